"""What is on offer, and how it is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.plans.actions import CannotSetPrice, offer_plan, put_plan, set_price
from broadsheet.apps.plans.models import Plan, Price
from broadsheet.apps.plans.queries import (
    OfferGone,
    get_gifts_per_month,
    get_offer,
    list_offers,
    say_rhythm,
    say_term,
)
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import LONG_AGO, lay_out_plans

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def plans(db):
    lay_out_plans()


def price(code, minor, starts_at, now=NOW):
    return set_price(
        plan_code=code, amount=Money(minor, "INR"), starts_at=starts_at, actor="test", now=now
    )


def test_the_cards_of_the_contract(plans, django_assert_num_queries):
    with django_assert_num_queries(3):
        offers = list_offers(NOW)
    assert [
        (o.code, o.length.count, o.term, o.price.minor, o.per_month.minor, o.is_rounded)
        for o in offers
    ] == [
        ("smart-quarterly", 3, "3 months", 90_000, 30_000, False),
        ("smart-essential", 12, "1 year", 270_000, 22_500, False),
        ("super-saver", 24, "2 years", 390_000, 16_200, True),
    ]
    assert [benefit.code for benefit in offers[0].benefits] == ["premium", "unlimited", "ad-free"]


def test_each_plan_says_how_many_stories_it_gives_away(plans):
    assert [offer.gifts_per_month for offer in list_offers(NOW)] == [5, 10, 15]
    plan = Plan.objects.get(code="super-saver")
    assert get_gifts_per_month(plan.pk) == 15


@pytest.mark.parametrize("gifts", [-1, 1001])
def test_a_plan_gives_neither_less_than_none_nor_without_end(plans, gifts):
    with pytest.raises(ValueError, match="between 0 and 1000"):
        put_plan(
            code="week",
            name="Week",
            length=TermLength(1, TermUnit.MONTH),
            benefits=[],
            position=9,
            gifts_per_month=gifts,
            actor="test",
            now=NOW,
        )
    assert not Plan.objects.filter(code="week").exists()


def test_a_new_price_is_for_its_day_and_after(plans):
    monday = NOW + timedelta(days=7)
    price("smart-quarterly", 100_000, monday)
    assert get_offer("smart-quarterly", monday - timedelta(seconds=1)).price.minor == 90_000
    assert get_offer("smart-quarterly", monday).price.minor == 100_000
    assert len(list_offers(monday)) == 3


def test_the_same_price_again_changes_nothing(plans):
    rows = Price.objects.count()
    price("smart-quarterly", 90_000, NOW)
    lay_out_plans()
    assert Price.objects.count() == rows


@pytest.mark.parametrize("minor", [0, -100, 10**12 + 1])
def test_a_price_out_of_bounds_is_refused(plans, minor):
    with pytest.raises(CannotSetPrice):
        price("smart-quarterly", minor, NOW)
    assert Price.objects.filter(plan__code="smart-quarterly").count() == 1


def test_a_price_cannot_begin_before_the_one_that_stands(plans):
    with pytest.raises(CannotSetPrice):
        price("smart-quarterly", 100_000, LONG_AGO - timedelta(days=1))
    assert get_offer("smart-quarterly", NOW).price.minor == 90_000


def test_the_database_holds_one_standing_price(plans):
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(
            plan=Plan.objects.first(), amount_minor=1, currency="INR", starts_at=NOW
        )


def test_a_plan_taken_off_is_gone_for_new_readers(plans):
    offer_plan(code="super-saver", active=False, actor="test", now=NOW)
    assert [offer.code for offer in list_offers(NOW)] == ["smart-quarterly", "smart-essential"]
    with pytest.raises(OfferGone):
        get_offer("super-saver", NOW)
    offer_plan(code="super-saver", active=True, actor="test", now=NOW)
    assert len(list_offers(NOW)) == 3


def test_two_plans_of_one_length_say_their_names(plans):
    assert not any(offer.shares_length for offer in list_offers(NOW))
    put_plan(
        code="bundle",
        name="Paper and screen",
        length=TermLength(3, TermUnit.MONTH),
        benefits=[],
        position=9,
        actor="test",
        now=NOW,
    )
    price("bundle", 500_000, NOW)
    assert [o.code for o in list_offers(NOW) if o.shares_length] == ["smart-quarterly", "bundle"]


def test_a_plan_without_a_price_is_not_on_offer(plans):
    put_plan(
        code="week",
        name="Week",
        length=TermLength(1, TermUnit.WEEK),
        benefits=[],
        position=9,
        actor="test",
        now=NOW,
    )
    assert len(list_offers(NOW)) == 3


def test_the_term_of_a_plan_that_was_priced_stands(plans):
    with pytest.raises(ValueError, match="make a new plan"):
        put_plan(
            code="super-saver",
            name="S",
            length=TermLength(6, TermUnit.MONTH),
            benefits=[],
            position=1,
            actor="test",
            now=NOW,
        )
    assert Plan.objects.get(code="super-saver").term_count == 24


def test_an_unknown_benefit_is_refused(plans):
    with pytest.raises(Benefit.DoesNotExist, match="crossword"):
        put_plan(
            code="x",
            name="X",
            length=TermLength(1, TermUnit.MONTH),
            benefits=["crossword"],
            position=1,
            actor="t",
            now=NOW,
        )
    assert not Plan.objects.filter(code="x").exists()


def test_each_deed_is_audited(plans):
    AuditRow.objects.all().delete()
    price("smart-quarterly", 100_000, NOW)
    row = AuditRow.objects.get()
    assert (row.actor, row.deed, row.subject) == ("test", "set_price", "plans.plan:smart-quarterly")


@pytest.mark.parametrize(
    ("count", "unit", "term", "rhythm"),
    [
        (1, "day", "1 day", "every day"),
        (10, "day", "10 days", "every 10 days"),
        (1, "week", "1 week", "every week"),
        (4, "week", "4 weeks", "every 4 weeks"),
        (1, "month", "1 month", "every month"),
        (3, "month", "3 months", "every 3 months"),
        (12, "month", "1 year", "every year"),
        (1, "year", "1 year", "every year"),
        (18, "month", "18 months", "every 18 months"),
        (24, "month", "2 years", "every 2 years"),
        (2, "year", "2 years", "every 2 years"),
    ],
)
def test_terms_in_words(count, unit, term, rhythm):
    length = TermLength(count, TermUnit(unit))
    assert (say_term(length), say_rhythm(length)) == (term, rhythm)
