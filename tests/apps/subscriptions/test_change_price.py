"""A new price for old readers: told a month before, within the mandate, else asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from broadsheet.apps.payments.models import Mandate, Payment
from broadsheet.apps.plans.actions import CannotSetPrice, set_price, take_back_price
from broadsheet.apps.plans.models import Price
from broadsheet.apps.subscriptions.actions.change_price import (
    CannotChangePrice,
    adopt_coming_prices,
    agree_to_price,
    schedule_price_change,
    tell_price_changes,
    withdraw_price_change,
)
from broadsheet.apps.subscriptions.actions.renew_terms import renew_due_terms
from broadsheet.apps.subscriptions.models import PriceChange, Subscription
from broadsheet.apps.subscriptions.queries import find_agreement, plan_next_term
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.plumbing.events import dispatch_outbox
from tests.factories.sale import assert_books_hold, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAN = "smart-quarterly"


@pytest.fixture
def subscription(sale, now) -> Subscription:
    return sale.subscribe(now)


@pytest.fixture
def today(now, settings):
    return local_day(now, settings.PAPER.zone)


def new_price(now, minor: int = 120_000) -> Price:
    return set_price(
        plan_code=PLAN, amount=Money(minor, "INR"), starts_at=now, actor="test", now=now
    )


def schedule(now, today, price, *, notice=0, starts=30) -> PriceChange:
    return schedule_price_change(
        price_id=price.pk,
        notice_on=today + timedelta(days=notice),
        starts_on=today + timedelta(days=starts),
        actor="devan",
        now=now,
    )


def renew(sale, now, subscription) -> None:
    adopt_coming_prices(now=now)
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    subscription.refresh_from_db()


def paid() -> list[int]:
    return list(Payment.objects.order_by("pk").values_list("amount_minor", flat=True))


def test_a_new_price_alone_changes_nothing_for_old_readers(sale, now, subscription):
    new_price(now)
    renew(sale, now, subscription)
    assert paid() == [90_000, 90_000]


def test_told_then_paid(sale, now, today, subscription):
    change = schedule(now, today, new_price(now))
    assert [tell_price_changes(now=now), tell_price_changes(now=now)] == [1, 0]
    dispatch_outbox(now=now)
    letter = mail.outbox[-1]
    assert ("₹900" in letter.body, "₹1,200" in letter.body) == (True, True)
    assert "you need do nothing" in letter.body
    subscription.refresh_from_db()
    assert plan_next_term(subscription, subscription.ends_on).amount == Money(120_000, "INR")
    assert find_agreement(sale.reader.pk).amount == Money(120_000, "INR")
    renew(sale, now, subscription)
    assert paid() == [90_000, 120_000]
    assert (subscription.amount_minor, subscription.coming_on) == (120_000, None)
    renew(sale, now, subscription)
    assert paid() == [90_000, 120_000, 120_000]
    change.refresh_from_db()
    assert change.told_at == now
    assert_books_hold(now)


def test_terms_before_the_day_cost_what_they_did(sale, now, today, subscription):
    schedule(now, today, new_price(now), starts=100)
    tell_price_changes(now=now)
    renew(sale, now, subscription)
    renew(sale, now, subscription)
    assert paid() == [90_000, 90_000, 120_000]


def test_who_is_told_late_pays_the_old_price_a_month_longer(sale, now, today, subscription):
    schedule(now, today, new_price(now), starts=30)
    late = now + timedelta(days=80)
    tell_price_changes(now=late)
    subscription.refresh_from_db()
    assert subscription.coming_on == today + timedelta(days=110)
    renew(sale, now, subscription)
    assert paid() == [90_000, 90_000]


def test_where_the_mandate_does_not_reach_the_reader_is_asked(sale, now, today, subscription):
    Mandate.objects.update(max_minor=100_000)
    schedule(now, today, new_price(now))
    tell_price_changes(now=now)
    dispatch_outbox(now=now)
    assert "so we ask you first" in mail.outbox[-1].body
    renew(sale, now, subscription)
    assert paid() == [90_000, 90_000]
    assert agree_to_price(reader_id=sale.reader.pk, now=now)
    assert not agree_to_price(reader_id=sale.reader.pk, now=now)
    renew(sale, now, subscription)
    assert subscription.state == "past_due"
    agreement = find_agreement(sale.reader.pk)
    assert (agreement.amount, bool(agreement.order_to_pay)) == (Money(120_000, "INR"), True)
    assert paid() == [90_000, 90_000]


def test_a_lower_price_needs_no_answer(sale, now, today, subscription):
    Mandate.objects.update(max_minor=90_000)
    schedule(now, today, new_price(now, 50_000))
    tell_price_changes(now=now)
    renew(sale, now, subscription)
    assert paid() == [90_000, 50_000]


def test_new_readers_and_leavers_are_not_written_to(sale, now, today, subscription):
    price = new_price(now)
    Subscription.objects.update(cancelled_at=now)
    sale.reader = make_reader("zoya@example.org")
    sale.check_out(now, PLAN, shown=Money(120_000, "INR"))
    schedule(now, today, price)
    assert tell_price_changes(now=now) == 0


def test_nobody_is_told_before_the_notice_day(sale, now, today, subscription):
    schedule(now, today, new_price(now), notice=5, starts=40)
    assert tell_price_changes(now=now) == 0
    assert tell_price_changes(now=now + timedelta(days=5)) == 1


@pytest.mark.parametrize(
    ("notice", "starts", "said"),
    [(-1, 40, "in the past"), (0, 29, "30 days before"), (10, 39, "30 days before")],
)
def test_a_change_without_notice_is_refused(now, today, subscription, notice, starts, said):
    price = new_price(now)
    with pytest.raises(CannotChangePrice, match=said):
        schedule(now, today, price, notice=notice, starts=starts)
    assert PriceChange.objects.count() == 0


def test_old_readers_never_pay_the_new_price_before_new_ones(now, today, subscription):
    later = set_price(
        plan_code=PLAN,
        amount=Money(120_000, "INR"),
        starts_at=now + timedelta(days=50),
        actor="test",
        now=now,
    )
    with pytest.raises(CannotChangePrice, match="New readers would still pay less"):
        schedule(now, today, later, starts=40)


def test_a_change_is_taken_back_before_it_is_told_and_not_after(sale, now, today, subscription):
    price = new_price(now)
    change = schedule(now, today, price, notice=5, starts=40)
    with pytest.raises(CannotChangePrice, match="Another change waits"):
        schedule(now, today, price)
    withdraw_price_change(change_id=change.pk, actor="devan", now=now)
    withdraw_price_change(change_id=change.pk, actor="devan", now=now)
    assert tell_price_changes(now=now + timedelta(days=6)) == 0
    again = schedule(now, today, price)
    tell_price_changes(now=now)
    with pytest.raises(CannotChangePrice, match="told already"):
        withdraw_price_change(change_id=again.pk, actor="devan", now=now)


def test_a_price_that_has_not_begun_is_taken_back(now, subscription):
    coming = set_price(
        plan_code=PLAN,
        amount=Money(120_000, "INR"),
        starts_at=now + timedelta(days=5),
        actor="test",
        now=now,
    )
    take_back_price(price_id=coming.pk, actor="test", now=now)
    take_back_price(price_id=coming.pk, actor="test", now=now)
    standing = Price.objects.get(plan__code=PLAN)
    assert (standing.amount_minor, standing.ends_at) == (90_000, None)
    with pytest.raises(CannotSetPrice, match="has begun"):
        take_back_price(price_id=standing.pk, actor="test", now=now)
