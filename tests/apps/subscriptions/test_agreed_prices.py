"""Steps, trials, coupons and parts, from checkout to the renewals, against the real bank."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.models import Charge, Order, Payment
from broadsheet.apps.plans.actions import CouponRefused, offer_plan, put_coupon, set_price
from broadsheet.apps.plans.models import Coupon, Redemption
from broadsheet.apps.plans.queries import OfferGone
from broadsheet.apps.subscriptions.actions.continue_subscription import (
    AmountChanged,
    NothingToContinue,
    continue_subscription,
)
from broadsheet.apps.subscriptions.actions.renew_terms import renew_due_terms
from broadsheet.apps.subscriptions.actions.start_subscription import (
    PriceChanged,
    quote_plan,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.domain.billing_calendar import TermLength, TermUnit, add_months, local_day
from broadsheet.domain.coupon import Reduction
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import Step
from broadsheet.plumbing.events import dispatch_outbox
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAN = "smart-quarterly"
WEEK = TermLength(1, TermUnit.WEEK)
PARTS = [
    {"description": "Digital", "amount_minor": 60_000, "tax_class": "digital"},
    {"description": "The printed paper", "amount_minor": 30_000, "tax_class": "print"},
]


def rupees(amount: int) -> Money:
    return Money(amount * 100, "INR")


def price(now, amount: int = 900, **more):
    return set_price(
        plan_code=PLAN,
        amount=rupees(amount),
        starts_at=now - timedelta(days=1),
        actor="test",
        now=now,
        **more,
    )


def coupon(now, code: str = "SPRING-25", reduction: Reduction | None = None, **more):
    asked = {"starts_at": now, "ends_at": None, "limit": None, "plans": []}
    return put_coupon(
        code=code,
        reduction=reduction or Reduction(share=2_500),
        actor="test",
        now=now,
        **{**asked, **more},
    )


def buy(sale, now, code: str = "") -> Subscription:
    """The whole way at what is quoted: check out, approve, come back."""
    quote = quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now, code=code)
    standing = sale.check_out(now, PLAN, shown=quote.today, mark=quote.mark, code=code)
    if standing.order_uid:
        sale.bank.decide(standing.url, "approve")
        sale.come_back(now)
    return Subscription.objects.get(reader=sale.reader, state="active")


def renew(sale, now, times: int = 1) -> Subscription:
    for _ in range(times):
        subscription = Subscription.objects.get(reader=sale.reader)
        renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    return Subscription.objects.get(reader=sale.reader)


def paid() -> list[int]:
    return list(Payment.objects.order_by("pk").values_list("amount_minor", flat=True))


def test_steps_are_paid_one_after_the_other(sale, now):
    price(now, steps=[Step(2, rupees(99)), Step(1, rupees(499))])
    buy(sale, now)
    price(now + timedelta(days=2), 1_200)
    renew(sale, now, times=4)
    assert paid() == [9_900, 9_900, 49_900, 90_000, 90_000]
    assert list(Term.objects.order_by("seq").values_list("amount_minor", flat=True)) == paid()
    assert_books_hold(now)


def test_a_cheap_trial_is_shorter_and_the_calendar_hangs_on_its_end(sale, now):
    price(now, steps=[Step(1, rupees(1), WEEK)])
    subscription = buy(sale, now)
    today = local_day(now, subscription.zone_info)
    assert subscription.ends_on == today + timedelta(days=7)
    assert Order.objects.get().description == "Smart quarterly, 1 week"
    subscription = renew(sale, now, times=2)
    ends = list(Term.objects.order_by("seq").values_list("ends_on", flat=True))
    week = today + timedelta(days=7)
    assert ends == [week, add_months(week, 3), add_months(week, 6)]
    assert paid() == [100, 90_000, 90_000]
    assert_books_hold(now)


def test_an_introduction_is_had_once(sale, now):
    price(now, steps=[Step(1, rupees(99))])
    subscription = buy(sale, now)
    Subscription.objects.filter(pk=subscription.pk).update(state="ended")
    quote = quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now)
    assert quote.today == rupees(900)
    with pytest.raises(PriceChanged) as changed:
        sale.check_out(now, PLAN, shown=rupees(99))
    assert changed.value.quote.today == rupees(900)
    assert Order.objects.count() == 1


def test_who_changed_the_plan_after_beginning_low_does_not_begin_low_again(sale, now):
    price(now, steps=[Step(1, rupees(99))])
    subscription = buy(sale, now)
    Subscription.objects.filter(pk=subscription.pk).update(state="ended", steps=[])
    assert quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now).today == rupees(900)


def test_a_free_trial_asks_for_nothing_and_ends_by_itself(sale, now):
    price(now, steps=[Step(1, rupees(0), WEEK)])
    subscription = buy(sale, now)
    assert (Order.objects.count(), Charge.objects.count()) == (0, 0)
    assert (subscription.seq, subscription.renews) == (1, False)
    assert list_benefits(sale.reader.pk, now) == {"premium", "unlimited", "ad-free"}
    assert Term.objects.values_list("state", "amount_minor", "order").get() == ("given", 0, None)
    dispatch_outbox(now=now)
    assert "nothing was charged" in mail.outbox[0].body
    assert "₹900" in mail.outbox[0].body
    assert_books_hold(now)
    over = now + timedelta(days=8)
    renew_due_terms(now=over, gateway=sale.gateway)
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert list_benefits(sale.reader.pk, over) == frozenset()
    assert Charge.objects.count() == 0
    assert_books_hold(over)


def go_on(sale, now, amount: int = 900):
    return continue_subscription(
        reader_id=sale.reader.pk,
        shown=rupees(amount),
        gateway=sale.gateway,
        return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
        now=now,
    )


def test_going_on_after_a_free_trial_loses_no_day_and_renews_from_then_on(sale, now):
    price(now, steps=[Step(1, rupees(0), WEEK)])
    subscription = buy(sale, now)
    trial_end = subscription.ends_on
    first, second = go_on(sale, now), go_on(sale, now)
    assert first == second
    sale.bank.decide(first.url, "approve")
    sale.come_back(now)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq, subscription.renews) == ("active", 2, True)
    assert subscription.ends_on == add_months(trial_end, 3)
    assert list_benefits(sale.reader.pk, now + timedelta(days=30)) != frozenset()
    assert_books_hold(now)
    with pytest.raises(NothingToContinue):
        go_on(sale, now)
    subscription = renew(sale, now)
    assert (subscription.seq, subscription.ends_on) == (3, add_months(trial_end, 6))
    assert paid() == [90_000, 90_000]


def test_going_on_costs_what_was_shown(sale, now):
    price(now, steps=[Step(1, rupees(0), WEEK)])
    buy(sale, now)
    with pytest.raises(AmountChanged):
        go_on(sale, now, amount=1)
    assert Order.objects.count() == 0


def test_money_for_a_trial_that_ended_meanwhile_begins_it_again(sale, now):
    price(now, steps=[Step(1, rupees(0), WEEK)])
    subscription = buy(sale, now)
    page = go_on(sale, now)
    late = now + timedelta(days=8)
    sale.bank.decide(page.url, "approve")
    renew_due_terms(now=late, gateway=sale.gateway)
    sale.come_back(late)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert subscription.ends_on == add_months(local_day(late, subscription.zone_info), 3)
    assert_books_hold(late)


@pytest.mark.parametrize(
    ("reduction", "paid_for"),
    [
        (Reduction(share=2_500), [67_500, 90_000, 90_000]),
        (Reduction(share=2_500, terms=2), [67_500, 67_500, 90_000]),
        (Reduction(amount=Money(10_000, "INR"), terms=None), [80_000, 80_000, 80_000]),
    ],
)
def test_a_coupon_holds_for_its_terms(sale, now, reduction, paid_for):
    coupon(now, reduction=reduction)
    buy(sale, now, code=" spring-25 ")
    renew(sale, now, times=2)
    assert paid() == paid_for
    assert Redemption.objects.get().state == "used"
    assert Coupon.objects.get().taken == 1
    assert_books_hold(now)


def test_a_coupon_for_everything_needs_no_order(sale, now):
    coupon(now, reduction=Reduction(share=10_000))
    subscription = buy(sale, now, code="SPRING-25")
    assert Order.objects.count() == 0
    assert Redemption.objects.get().state == "used"
    assert subscription.ends_on == add_months(local_day(now, subscription.zone_info), 3)
    sale.bank.decide(go_on(sale, now).url, "approve")
    sale.come_back(now)
    assert renew(sale, now).seq == 3
    assert paid() == [90_000, 90_000]
    assert_books_hold(now)


def test_a_code_is_good_once_a_reader(sale, now):
    coupon(now)
    subscription = buy(sale, now, code="SPRING-25")
    Subscription.objects.filter(pk=subscription.pk).update(state="ended")
    with pytest.raises(CouponRefused, match="used this code before"):
        sale.check_out(now, PLAN, shown=rupees(675), code="SPRING-25")
    assert Order.objects.count() == 1


def test_pressing_twice_reserves_once_and_choosing_otherwise_lets_go(sale, now):
    coupon(now, limit=1)
    first = sale.check_out(now, PLAN, shown=rupees(675), code="SPRING-25")
    second = sale.check_out(now, PLAN, shown=rupees(675), code="SPRING-25")
    assert first == second
    assert (Redemption.objects.get().state, Coupon.objects.get().taken) == ("reserved", 1)
    sale.check_out(now, PLAN)
    assert (Redemption.objects.get().state, Coupon.objects.get().taken) == ("released", 0)
    third = sale.check_out(now, PLAN, shown=rupees(675), code="SPRING-25")
    assert third.order_uid != first.order_uid
    states = Redemption.objects.order_by("pk").values_list("state", flat=True)
    assert (list(states), Coupon.objects.get().taken) == (["released", "reserved"], 1)


def test_the_reader_pays_what_was_shown_or_is_asked_again(sale, now):
    coupon(now)
    quote = quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now, code="SPRING-25")
    price(now, 1_200)
    with pytest.raises(PriceChanged) as changed:
        sale.check_out(now, PLAN, shown=quote.today, mark=quote.mark, code="SPRING-25")
    assert changed.value.quote.today == rupees(900)
    assert (Order.objects.count(), Redemption.objects.count()) == (0, 0)


def test_the_same_first_amount_with_other_terms_after_it_is_asked_again(sale, now):
    price(now, steps=[Step(3, rupees(99))])
    quote = quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now)
    set_price(
        plan_code=PLAN,
        amount=rupees(1_500),
        starts_at=now,
        steps=[Step(1, rupees(99))],
        actor="test",
        now=now,
    )
    with pytest.raises(PriceChanged):
        sale.check_out(now, PLAN, shown=rupees(99), mark=quote.mark)
    assert Order.objects.count() == 0


def test_a_plan_taken_off_while_in_the_cart(sale, now):
    offer_plan(code=PLAN, active=False, actor="test", now=now)
    with pytest.raises(OfferGone):
        sale.check_out(now, PLAN)
    assert Order.objects.count() == 0


def test_a_code_that_would_make_later_terms_free_is_refused(sale, now):
    coupon(now, reduction=Reduction(amount=rupees(900), terms=2))
    with pytest.raises(CouponRefused, match="more than this plan costs"):
        quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now, code="SPRING-25")


def test_the_parts_go_with_every_order(sale, now):
    price(now, parts=PARTS)
    coupon(now, reduction=Reduction(share=3_333))
    buy(sale, now, code="SPRING-25")
    renew(sale, now)
    orders = Order.objects.order_by("pk")
    assert [[part["amount_minor"] for part in order.parts] for order in orders] == [
        [40_002, 20_001],
        [60_000, 30_000],
    ]
    assert paid() == [60_003, 90_000]
    assert_books_hold(now)


def test_another_currency_has_prices_of_its_own(sale, now):
    set_price(
        plan_code=PLAN,
        amount=Money(1_900, "USD"),
        starts_at=now,
        actor="test",
        now=now,
    )
    quote = quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now, currency="USD")
    assert quote.today == Money(1_900, "USD")
    assert quote_plan(reader_id=sale.reader.pk, plan_code=PLAN, now=now).today == rupees(900)
    coupon(now, reduction=Reduction(amount=rupees(100)))
    with pytest.raises(CouponRefused, match="another currency"):
        quote_plan(
            reader_id=sale.reader.pk, plan_code=PLAN, now=now, currency="USD", code="SPRING-25"
        )


def test_money_that_comes_after_the_order_was_given_up_keeps_its_coupon(sale, now):
    """Only the bookkeeping: the bank of these tests refuses late money at its page."""
    from broadsheet.apps.payments.events import OrderClosed, PaymentSettled
    from broadsheet.apps.plans.actions import keep_redemptions, release_redemption

    coupon(now, limit=1)
    sale.check_out(now, PLAN, shown=rupees(675), code="SPRING-25")
    order = Order.objects.get()
    release_redemption(OrderClosed(order.pk, sale.reader.pk), now=now)
    release_redemption(OrderClosed(order.pk, sale.reader.pk), now=now)
    assert Coupon.objects.get().taken == 0
    keep_redemptions([PaymentSettled(1, order.pk, sale.reader.pk, None)], now=now)
    assert (Redemption.objects.get().state, Coupon.objects.get().taken) == ("used", 1)
