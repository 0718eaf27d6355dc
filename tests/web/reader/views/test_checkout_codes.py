"""Codes, steps, parts and currencies on the checkout page, as a browser without script meets them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from broadsheet.apps.payments.models import Order, Payment
from broadsheet.apps.plans.actions import offer_plan, put_coupon, set_price
from broadsheet.apps.plans.models import Redemption
from broadsheet.apps.subscriptions.actions.change_price import (
    schedule_price_change,
    tell_price_changes,
)
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries.ahead import find_unpaid_ahead
from broadsheet.domain.billing_calendar import TermLength, TermUnit, add_months, local_day
from broadsheet.domain.coupon import Reduction
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import Step

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CODE = "smart-quarterly"
PLAN = f"/subscribe/checkout/?plan={CODE}"
WEEK = TermLength(1, TermUnit.WEEK)


def rupees(amount: int) -> Money:
    return Money(amount * 100, "INR")


def set_to(now, amount, **more):
    day = now - timedelta(days=1)
    return set_price(plan_code=CODE, amount=amount, starts_at=day, actor="test", now=now, **more)


@pytest.fixture
def coupon(now):
    return put_coupon(
        code="SPRING-25",
        reduction=Reduction(share=2_500, terms=2),
        starts_at=now - timedelta(days=1),
        ends_at=None,
        limit=None,
        plans=[],
        actor="test",
        now=now,
    )


def words(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def press(client, page):
    """Send the form that pays, with all that the page had hidden in it."""
    form = page.content.decode().rpartition('method="post"')[2]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return client.post("/subscribe/checkout/", fields)


def test_a_code_is_shown_struck_counted_in_and_paid(sale, client, coupon):
    client.force_login(sale.reader.user)
    page = client.get(PLAN + "&code=spring-25&next=/city/")
    said = words(page)
    assert "instead of ₹900" in said
    assert "₹675" in said
    assert "Your code SPRING-25 is counted in." in said
    assert "every 3 months, until you say stop ₹900" in said
    assert "Pay ₹675 at the bank" in said
    bank = press(client, page)["Location"]
    sale.bank.decide(bank, "approve")
    order = Order.objects.get()
    assert client.get(f"/subscribe/checkout/{order.uid}/").status_code == 303
    assert (Payment.objects.get().amount_minor, Redemption.objects.get().state) == (67_500, "used")
    account = words(client.get("/account/"))
    assert "Next charge ₹675" in account


def test_a_wrong_code_is_told_of_and_the_price_stays(sale, client, coupon):
    client.force_login(sale.reader.user)
    page = client.get(PLAN + "&code=<b>wrong")
    assert "We know no code like this" in words(page)
    assert 'value="&lt;b&gt;wrong"' in page.content.decode()
    assert "Pay ₹900 at the bank" in words(page)
    fields = {"plan": CODE, "shown": "67500", "mark": "x", "code": "WRONG-1", "currency": "INR"}
    page = client.post("/subscribe/checkout/", fields)
    assert (page.status_code, Order.objects.count()) == (200, 0)


def test_a_stranger_keeps_the_code_through_the_sign_up(sale, client, coupon):
    page = client.get(PLAN + "&code=SPRING-25")
    assert "₹675" in words(page)
    assert "code%3DSPRING-25" in page.content.decode()


def test_codes_cannot_be_tried_without_end(sale, client, coupon):
    for n in range(30):
        client.get(f"{PLAN}&code=WRONG-{n}")
    assert "Too many wrong codes" in words(client.get(PLAN + "&code=SPRING-25"))


def test_a_code_that_was_used_up_while_the_page_was_open(sale, client, coupon, now):
    coupon.limit = 1
    coupon.save()
    client.force_login(sale.reader.user)
    page = client.get(PLAN + "&code=SPRING-25")
    coupon.taken = 1
    coupon.save()
    answer = press(client, page)
    assert "used up by other readers" in words(answer)
    assert "Pay ₹900 at the bank" in words(answer)
    assert Order.objects.count() == 0


def test_steps_are_told_with_their_days(sale, client, now):
    set_to(now, rupees(900), steps=[Step(3, rupees(99))])
    assert "₹99 each for the first 3 terms" in words(client.get("/subscribe/"))
    client.force_login(sale.reader.user)
    said = words(client.get(PLAN))
    assert "You pay today instead of ₹900 ₹99" in said
    assert "every 3 months, 2 times ₹99" in said
    assert "every 3 months, until you say stop ₹900" in said


def test_a_free_trial_begins_at_once_and_is_paid_from_the_account(sale, client, now):
    set_to(now, rupees(900), steps=[Step(1, rupees(0), WEEK)])
    client.force_login(sale.reader.user)
    page = client.get(PLAN + "&next=/city/night-ferries-12/")
    assert "We ask for no card now." in words(page)
    answer = press(client, page)
    assert (answer.status_code, answer["Location"]) == (303, "/city/night-ferries-12/")
    assert Order.objects.count() == 0
    account = words(client.get("/account/"))
    assert "Would you like to read on?" in account
    ahead = client.get("/account/subscription/continue/")
    assert "Pay ₹900 at the bank" in words(ahead)
    wrong = client.post("/account/subscription/continue/", {"shown": "1"})
    assert "The price has changed" in words(wrong)
    assert Order.objects.count() == 0
    answer = client.post("/account/subscription/continue/", {"shown": "90000"})
    sale.bank.decide(answer["Location"], "approve")
    order = Order.objects.get()
    back = client.get(f"/subscribe/checkout/{order.uid}/")
    assert back["Location"].endswith("/done/")
    assert Subscription.objects.get().renews
    assert client.get("/account/subscription/continue/")["Location"] == "/account/"


def test_reading_on_after_a_trial_tells_every_later_price(sale, client, now):
    set_to(now, rupees(900), steps=[Step(1, rupees(0), WEEK), Step(2, rupees(99))])
    client.force_login(sale.reader.user)
    press(client, client.get(PLAN))
    begins = Subscription.objects.get().ends_on
    ahead = find_unpaid_ahead(sale.reader.pk)
    assert (ahead.amount, ahead.starts_on) == (rupees(99), begins)
    assert ahead.changes == ((add_months(begins, 6), rupees(900)),)
    assert "on it is ₹900." in words(client.get("/account/subscription/continue/"))


def test_parts_stand_on_lines_of_their_own(sale, client, now):
    parts = [
        {"description": "Digital", "amount_minor": 60_000, "tax_class": "online"},
        {"description": "The printed paper", "amount_minor": 30_000, "tax_class": "print"},
    ]
    set_to(now, rupees(900), parts=parts)
    client.force_login(sale.reader.user)
    assert "Made up of Digital ₹600 The printed paper ₹300" in words(client.get(PLAN))


def test_prices_in_another_currency_are_chosen_on_the_page(sale, client, now):
    assert "Prices in INR" not in words(client.get("/subscribe/"))
    set_to(now, Money(1_900, "USD"))
    page = client.get("/subscribe/")
    assert "Prices in INR USD" in words(page)
    assert "₹900" in words(page)
    page = client.get("/subscribe/?currency=USD")
    assert "$19" in words(page)
    assert "₹900" not in words(page)
    assert "₹900" in words(client.get("/subscribe/?currency=EUR"))
    client.force_login(sale.reader.user)
    page = client.get(PLAN + "&currency=USD")
    assert press(client, page).status_code == 303
    assert Order.objects.values_list("amount_minor", "currency").get() == (1_900, "USD")


def test_a_currency_that_no_gateway_takes_is_told_of(sale, client, now):
    set_to(now, Money(1_900, "ZMW"))
    client.force_login(sale.reader.user)
    answer = press(client, client.get(PLAN + "&currency=ZMW"))
    assert (answer.status_code, answer["Location"]) == (303, "/subscribe/")
    assert Order.objects.count() == 0


def test_a_plan_taken_off_while_in_the_cart_leads_to_the_plans(sale, client, now):
    client.force_login(sale.reader.user)
    page = client.get(PLAN)
    offer_plan(code=CODE, active=False, actor="test", now=now)
    answer = press(client, page)
    assert answer["Location"] == "/subscribe/"
    assert Order.objects.count() == 0


def test_a_coming_price_is_told_and_agreed_to(sale, client, now, settings):
    from broadsheet.apps.payments.models import Mandate

    sale.subscribe(now)
    Mandate.objects.update(max_minor=90_000)
    price = set_to(now, rupees(1_200))
    today = local_day(now, settings.PAPER.zone)
    schedule_price_change(
        price_id=price.pk,
        notice_on=today,
        starts_on=today + timedelta(days=30),
        actor="test",
        now=now,
    )
    tell_price_changes(now=now)
    client.force_login(sale.reader.user)
    assert "A new price needs your word" in words(client.get("/account/"))
    answer = client.post("/account/subscription/price/")
    assert answer["Location"] == "/account/"
    assert Subscription.objects.get().coming_agreed
    assert "I agree to" not in words(client.get("/account/"))
