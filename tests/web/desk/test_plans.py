"""Plans, prices and coupons at the desk: told as sentences, refused beside the words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.plans.models import Coupon, Plan, Price
from broadsheet.apps.plans.queries import get_offer
from broadsheet.apps.subscriptions.models import PriceChange
from broadsheet.domain.coupon import Reduction
from broadsheet.domain.money import Money
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import lay_out_plans

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
PLAN = "smart-quarterly"


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    lay_out_plans()
    return sign_in("subscription-manager")


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def new_plan(**fields: Any) -> dict[str, Any]:
    return {
        "name": "The weekend",
        "code": "weekend",
        "term_count": "2",
        "term_unit": "week",
        "benefits": ["premium"],
        "gifts_per_month": "3",
        "position": "40",
        "amount": "149",
        "currency": "INR",
        "starts_at": "",
        "do": "save",
        **fields,
    }


def test_every_plan_is_told_in_a_sentence(manager: Client) -> None:
    page = manager.get("/desk/plans/")
    said = text(page)
    assert "Smart quarterly costs ₹900 every 3 months and opens Premium stories," in said
    assert "with 5 stories to give away each month." in said
    assert "Nobody holds it." in said
    assert len(page.context["offered"]) == 3


def test_the_list_asks_a_fixed_number_of_queries(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    manager.get("/desk/plans/")
    with django_assert_max_num_queries(25) as few:
        manager.get("/desk/plans/")
    before = len(few)
    for n in range(5):
        Plan.objects.create(code=f"p{n}", name=f"P{n}", term_count=1, term_unit="day")
    with django_assert_max_num_queries(before):
        manager.get("/desk/plans/")


def test_a_plan_of_any_term_is_seen_and_then_sold(manager: Client) -> None:
    page = manager.post("/desk/plans/new/", new_plan(do="show"))
    assert "The card that readers will see" in text(page)
    assert "₹323 a month ₹149 every 2 weeks" in text(page)
    assert not Plan.objects.filter(code="weekend").exists()
    answer = manager.post("/desk/plans/new/", new_plan())
    assert (answer.status_code, answer["Location"]) == (302, "/desk/plans/")
    offer = get_offer("weekend", datetime.now(UTC))
    assert (offer.price, offer.term, offer.gifts_per_month) == (Money(14_900, "INR"), "2 weeks", 3)
    assert AuditRow.objects.filter(
        actor="subscription-manager@lantern.example", deed="put_plan"
    ).exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": ""}, "Write what it costs."),
        ({"amount": "0"}, "A price is more than nought."),
        ({"amount": "-5"}, "greater than or equal to 0"),
        ({"amount": "nine"}, "Write a number, as in 900 or 4.50."),
        ({"amount": "1.005"}, "fewer digits after the point"),
        ({"amount": "99999999999"}, "A price is more than nought"),
        ({"amount": "150.5", "currency": "JPY"}, "fewer digits after the point"),
        ({"currency": "XXX"}, "not one of the available choices"),
        ({"term_count": "0"}, "greater than or equal to 1"),
        ({"term_count": "1001"}, "less than or equal to 1000"),
        ({"term_unit": "fortnight"}, "not one of the available choices"),
        ({"gifts_per_month": "1001"}, "less than or equal to 1000"),
        ({"code": PLAN}, "Another plan has this code"),
        ({"code": "new"}, "Another plan has this code"),
        ({"code": "<b>"}, "valid “slug”"),
        ({"name": ""}, "This field is required."),
        ({"benefits": ["crossword"]}, "not one of the available choices"),
        ({"step1_terms": "3"}, "Write both how many terms and what each costs."),
        ({"step1_terms": "3", "step1_amount": "149"}, "A step costs less"),
        ({"step1_terms": "121", "step1_amount": "9"}, "less than or equal to 120"),
        ({"trial_count": "7", "trial_unit": "day", "trial_amount": "200"}, "A step costs less"),
        ({"part1_name": "Print", "part1_amount": "100"}, "One part is the whole"),
        ({"part1_name": "Print"}, "Write both a name and what it costs."),
        (
            {
                "part1_name": "Print",
                "part1_amount": "100",
                "part2_name": "Digital",
                "part2_amount": "50",
            },
            "The parts must add up",
        ),
        ({"starts_at": "tomorrow"}, "Write a day and a time"),
    ],
)
def test_what_cannot_be_sold_is_refused_with_a_sentence(
    manager: Client, wrong: dict[str, Any], said: str
) -> None:
    page = manager.post("/desk/plans/new/", new_plan(**wrong))
    assert page.status_code == 200
    assert said in text(page)
    assert (Plan.objects.count(), Price.objects.count()) == (3, 3)


def test_a_price_from_a_day_with_a_trial_and_steps(manager: Client) -> None:
    asked = {
        "amount": "1,200",
        "currency": "INR",
        "starts_at": "2031-01-01T00:00",
        "trial_count": "7",
        "trial_unit": "day",
        "trial_amount": "",
        "step1_terms": "3",
        "step1_amount": "99",
        "part1_name": "Digital",
        "part1_amount": "800",
        "part1_class": "online",
        "part2_name": "The printed paper",
        "part2_amount": "400",
        "part2_class": "online",
    }
    page = manager.post(f"/desk/plans/{PLAN}/price/", {**asked, "do": "show"})
    assert "First 7 days free" in text(page)
    answer = manager.post(f"/desk/plans/{PLAN}/price/", {**asked, "do": "save"})
    assert answer["Location"] == f"/desk/plans/{PLAN}/"
    price = Price.objects.latest("pk")
    assert price.starts_at.isoformat() == "2030-12-31T18:30:00+00:00"
    assert price.steps == [
        {"terms": 1, "amount_minor": 0, "count": 7, "unit": "day"},
        {"terms": 3, "amount_minor": 9_900},
    ]
    assert [part["amount_minor"] for part in price.parts] == [80_000, 40_000]
    assert get_offer(PLAN, datetime.now(UTC)).price == Money(90_000, "INR")
    page = manager.get(f"/desk/plans/{PLAN}/")
    assert "₹1,200 every 3 months (first 7 days free)" in text(page)
    assert "From 1 January 2031: ₹1,200" in text(manager.get("/desk/plans/"))
    next_one = manager.get(f"/desk/plans/{PLAN}/price/").content.decode()
    assert 'value="1200"' in next_one
    assert 'value="The printed paper"' in next_one
    answer = manager.post(f"/desk/plans/price/{price.pk}/drop/")
    assert answer["Location"] == f"/desk/plans/{PLAN}/"
    assert Price.objects.filter(plan__code=PLAN).count() == 1


def test_a_price_before_the_standing_one_is_refused(manager: Client) -> None:
    asked = {"amount": "5", "currency": "INR", "starts_at": "2019-01-01T00:00", "do": "save"}
    page = manager.post(f"/desk/plans/{PLAN}/price/", asked)
    assert "choose a later one" in text(page)
    assert Price.objects.count() == 3


def test_another_currency_stands_beside(manager: Client) -> None:
    asked = {"amount": "19.50", "currency": "USD", "starts_at": "", "do": "save"}
    manager.post(f"/desk/plans/{PLAN}/price/", asked)
    assert "costs ₹900 every 3 months or $19.50 every 3 months" in text(manager.get("/desk/plans/"))


def test_words_are_changed_and_the_length_stands(manager: Client) -> None:
    page = manager.get(f"/desk/plans/{PLAN}/")
    assert 'name="term_count"' not in page.content.decode()
    asked = {"name": "The quarter", "benefits": [], "gifts_per_month": "", "position": "2"}
    manager.post(f"/desk/plans/{PLAN}/", {**asked, "term_count": "99"})
    plan = Plan.objects.get(code=PLAN)
    assert (plan.name, plan.term_count, plan.gifts_per_month) == ("The quarter", 3, 0)
    assert plan.benefits.count() == 0


def test_taken_off_and_put_back(manager: Client) -> None:
    manager.post(f"/desk/plans/{PLAN}/offer/", {"active": "0"})
    page = manager.get("/desk/plans/")
    assert (len(page.context["offered"]), len(page.context["others"])) == (2, 1)
    manager.post(f"/desk/plans/{PLAN}/offer/", {"active": "1"})
    assert Plan.objects.get(code=PLAN).active


def test_a_new_price_for_old_readers_is_announced_and_taken_back(manager: Client) -> None:
    price = Price.objects.get(plan__code=PLAN)
    today = datetime.now(UTC).date()
    asked = {
        "price": str(price.pk),
        "notice_on": (today + timedelta(days=5)).isoformat(),
        "starts_on": (today + timedelta(days=10)).isoformat(),
    }
    page = manager.post(f"/desk/plans/{PLAN}/old-readers/", asked)
    assert "at least 30 days before" in text(page)
    assert PriceChange.objects.count() == 0
    asked["starts_on"] = (today + timedelta(days=50)).isoformat()
    answer = manager.post(f"/desk/plans/{PLAN}/old-readers/", asked)
    assert answer["Location"] == f"/desk/plans/{PLAN}/"
    change = PriceChange.objects.get()
    assert (change.price, change.told_at) == (price, None)
    manager.post(f"/desk/plans/change/{change.pk}/drop/")
    change.refresh_from_db()
    assert change.withdrawn_at is not None


def coupon(**fields: Any) -> dict[str, Any]:
    return {
        "code": "spring-25",
        "kind": "share",
        "percent": "25",
        "amount": "",
        "currency": "INR",
        "lasts": "once",
        "terms": "",
        "starts_at": "",
        "ends_at": "",
        "limit": "100",
        **fields,
    }


def test_a_coupon_is_made_told_and_withdrawn(manager: Client) -> None:
    answer = manager.post("/desk/coupons/new/", coupon(plans=[PLAN]))
    assert answer["Location"] == "/desk/coupons/"
    row = Coupon.objects.get()
    assert (row.code, row.reduction, row.limit) == ("SPRING-25", Reduction(share=2_500), 100)
    said = text(manager.get("/desk/coupons/"))
    assert "SPRING-25 takes 25 per cent off the first term of Smart quarterly." in said
    assert "Used by 0 readers, of 100 at most." in said
    manager.post("/desk/coupons/SPRING-25/withdraw/")
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def test_a_coupon_of_a_sum_for_some_terms(manager: Client) -> None:
    asked = coupon(kind="sum", percent="", amount="100.50", lasts="terms", terms="3", limit="")
    manager.post("/desk/coupons/new/", asked)
    assert Coupon.objects.get().reduction == Reduction(amount=Money(10_050, "INR"), terms=3)
    assert "takes ₹100.50 off the first 3 terms of any plan." in text(manager.get("/desk/coupons/"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"percent": ""}, "Write how many per cent."),
        ({"percent": "101"}, "less than or equal to 100"),
        ({"percent": "0.005"}, "no more than 2 decimal places"),
        ({"percent": "100", "lasts": "ever"}, "holds for one term"),
        ({"kind": "sum", "amount": ""}, "Write how much."),
        ({"lasts": "terms"}, "Write for how many terms."),
        ({"lasts": "terms", "terms": "500"}, "1 to 120 terms"),
        ({"code": "x"}, "4 to 24 letters and figures"),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"ends_at": "2020-01-01T00:00"}, "not in the past"),
        ({"plans": ["gold"]}, "not one of the available choices"),
    ],
)
def test_a_coupon_that_cannot_stand(manager: Client, wrong: dict[str, Any], said: str) -> None:
    page = manager.post("/desk/coupons/new/", coupon(**wrong))
    assert said in text(page)
    assert Coupon.objects.count() == 0


@pytest.mark.parametrize("role", ["editor", "reader", ""])
def test_nobody_else_sells(sign_in: SignIn, role: str) -> None:
    lay_out_plans()
    client = sign_in(role)
    manager_only = ["/desk/plans/", "/desk/plans/new/", f"/desk/plans/{PLAN}/", "/desk/coupons/"]
    for address in manager_only:
        assert client.get(address).status_code in {302, 403}
    assert client.post(f"/desk/plans/{PLAN}/offer/", {"active": "0"}).status_code in {302, 403}
    assert Plan.objects.get(code=PLAN).active
