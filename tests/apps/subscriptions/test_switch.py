"""Another plan: today for its price less what is left, or with the next term; undone; refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.models import Charge, Mandate, Order, Payment
from broadsheet.apps.subscriptions.actions.pause_subscription import (
    CannotPause,
    pause_subscription,
)
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.actions.stop_subscription import cancel_subscription
from broadsheet.apps.subscriptions.actions.switch_plan import (
    CannotSwitch,
    CostChanged,
    drop_switch,
    switch_at_end,
    switch_now,
)
from broadsheet.apps.subscriptions.models import Subscription, Switch, Term
from broadsheet.apps.subscriptions.queries.life import list_switch_choices
from broadsheet.domain.billing_calendar import add_months, day_begins, local_day
from broadsheet.domain.charge import ChargeState
from broadsheet.domain.money import Money
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EVERYTHING = {"premium", "unlimited", "ad-free"}
QUARTERLY, YEARLY, TWO_YEARS = "smart-quarterly", "smart-essential", "super-saver"


@pytest.fixture
def subscription(sale, now) -> Subscription:
    return sale.subscribe(now)


def to_pay(subscription, plan, now):
    """What the account page shows."""
    fresh = Subscription.objects.select_related("plan").get(pk=subscription.pk)
    found = {choice.offer.code: choice for choice in list_switch_choices(fresh, now)}
    return found[plan].today.to_pay


def switch(sale, now, shown, plan=YEARLY):
    return switch_now(
        reader_id=sale.reader.pk,
        plan_code=plan,
        shown=shown,
        checkout_gateway=sale.gateway.code,
        open_gateway=sale.open_gateway,
        return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
        now=now,
    )


def what_stands(reader_id):
    return Subscription.objects.values(
        "plan", "seq", "ends_on", "anchor_on", "state", "due_at"
    ).get(reader_id=reader_id), list(Term.objects.values("seq", "starts_on", "ends_on", "state"))


def test_the_credit_is_taken_off_and_the_calendar_hangs_on_today(sale, now, subscription):
    start, end = subscription.anchor_on, subscription.ends_on
    later = now + timedelta(days=30)
    days = (end - start).days
    credit = 90_000 * (days - 30) // days
    shown = to_pay(subscription, YEARLY, later)
    assert shown == Money(270_000 - credit, "INR")
    standing = switch(sale, later, shown)
    assert standing.url == ""  # charged on the mandate, without the bank's page
    subscription.refresh_from_db()
    today = local_day(later, subscription.zone_info)
    assert (subscription.plan.code, subscription.seq) == (YEARLY, 2)
    assert (subscription.anchor_on, subscription.anchor_seq) == (today, 2)
    assert subscription.ends_on == add_months(today, 12)
    assert subscription.due_at == day_begins(subscription.ends_on, subscription.zone_info)
    assert list(
        Term.objects.order_by("seq").values_list(
            "seq", "starts_on", "ends_on", "was_to_end_on", "amount_minor", "credit_minor"
        )
    ) == [
        (1, start, today, end, 90_000, 0),
        (2, today, add_months(today, 12), None, shown.minor, credit),
    ]
    assert sale.bank.rows(
        "SELECT amount FROM charge WHERE key LIKE ?",
        f"bs-{Term.objects.get(seq=2).order.uid.hex}%",
    ) == [(shown.minor,)]
    assert list_benefits(sale.reader.pk, later) == EVERYTHING
    assert_books_hold(later)
    tally = renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    assert tally == RenewalTally(due=1, succeeded=1)
    assert Term.objects.get(seq=3).amount_minor == 270_000
    assert_books_hold(later)


def test_done_twice_and_in_two_tabs_it_is_one_order_and_one_charge(sale, now, subscription):
    shown = to_pay(subscription, YEARLY, now)
    switch(sale, now, shown)
    with pytest.raises(CannotSwitch):
        switch(sale, now, shown)  # the second click finds that plan under way
    assert Order.objects.count() == Charge.objects.count() == Payment.objects.count() == 2
    assert_books_hold(now)


def test_on_the_first_day_all_of_it_is_credit(sale, now, subscription):
    assert to_pay(subscription, YEARLY, now) == Money(180_000, "INR")
    switch(sale, now, Money(180_000, "INR"))
    first = Term.objects.get(seq=1)
    assert first.ends_on == first.starts_on
    # And what was credited is not lost at the next switch.
    assert to_pay(subscription, TWO_YEARS, now) == Money(390_000 - 270_000, "INR")
    switch(sale, now, Money(120_000, "INR"), TWO_YEARS)
    assert sum(Payment.objects.values_list("amount_minor", flat=True)) == 390_000
    assert_books_hold(now)


@pytest.mark.parametrize("reason", ["insufficient_funds", "stolen_card"])
def test_a_refused_charge_changes_nothing(sale, now, subscription, reason):
    before = what_stands(sale.reader.pk)
    sale.bank.script("decline", "charge", reason=reason)
    switch(sale, now, to_pay(subscription, YEARLY, now))
    assert list_benefits(sale.reader.pk, now) == EVERYTHING
    # Within the hour the reader may still pay at the bank's page; then it is given up.
    reap_charges(now=now + timedelta(minutes=61), open_gateway=sale.open_gateway)
    assert what_stands(sale.reader.pk) == before
    assert Switch.objects.get().state == "void"
    assert_books_hold(now)
    tally = renew_due_terms(now=now, gateway=sale.gateway, as_of=before[0]["ends_on"])
    assert tally == RenewalTally(due=1, succeeded=1)
    assert Term.objects.get(seq=2).amount_minor == 90_000
    assert_books_hold(now)


def test_after_a_refusal_the_reader_pays_at_the_banks_page(sale, now, subscription):
    from broadsheet.apps.payments.actions.begin_checkout import begin_checkout

    sale.bank.script("decline", "charge", reason="insufficient_funds")
    switch(sale, now, to_pay(subscription, YEARLY, now))
    order = Order.objects.latest("pk")
    page = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/back/", now=now)
    sale.bank.decide(page.url, "approve")
    assert sale.come_back(now) is ChargeState.SUCCEEDED
    subscription.refresh_from_db()
    assert (subscription.plan.code, subscription.seq) == (YEARLY, 2)
    assert_books_hold(now)


def test_the_runner_waits_while_the_answer_is_unknown(sale, now, subscription):
    end = subscription.ends_on
    last_day = day_begins(end, subscription.zone_info) - timedelta(hours=2)
    sale.bank.script("lose_reply_after_commit", "charge")
    switch(sale, last_day, to_pay(subscription, YEARLY, last_day))
    assert Charge.objects.latest("pk").state == "unknown"
    for days in range(3):
        as_of = end + timedelta(days=days)
        assert renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of) == RenewalTally()
    reap_charges(now=last_day + timedelta(hours=1), open_gateway=sale.open_gateway)
    subscription.refresh_from_db()
    assert (subscription.plan.code, subscription.seq) == (YEARLY, 2)
    assert sale.bank.rows("SELECT count(*) FROM charge WHERE state = 'succeeded' AND key LIKE ?",
        f"bs-{Order.objects.latest('pk').uid.hex}%") == [(1,)]  # fmt: skip
    assert_books_hold(last_day)


@pytest.mark.parametrize("limit", [{"max_minor": 100_000}, {"withdrawn_at": "2026-01-01T00:00Z"}])
def test_where_the_mandate_does_not_reach_the_bank_is_asked_by_its_page(
    sale, now, subscription, limit
):
    Mandate.objects.update(**limit)
    shown = to_pay(subscription, YEARLY, now)
    first, second = switch(sale, now, shown), switch(sale, now, shown)
    assert first.url
    assert first == second
    subscription.refresh_from_db()
    assert (subscription.plan.code, subscription.due_at) == (QUARTERLY, None)
    with pytest.raises(CannotPause, match="change of plan"):
        pause_subscription(reader_id=sale.reader.pk, days=5, actor="test", now=now)
    with pytest.raises(CannotSwitch, match="waits for your bank"):
        switch_at_end(
            reader_id=sale.reader.pk,
            plan_code=TWO_YEARS,
            shown=Money(390_000, "INR"),
            actor="test",
            now=now,
        )
    # Another plan closes the first page before it opens the second.
    other = switch(sale, now, to_pay(subscription, TWO_YEARS, now), TWO_YEARS)
    assert other.url != first.url
    assert sale.bank.decide(other.url, "approve").status_code == 303
    sale.come_back(now)
    subscription.refresh_from_db()
    assert subscription.plan.code == TWO_YEARS
    assert list(Switch.objects.order_by("pk").values_list("state", flat=True)) == ["void", "made"]
    assert subscription.mandate == Mandate.objects.latest("pk")
    assert_books_hold(now)


def test_saying_no_at_the_page_changes_nothing(sale, now, subscription):
    before = what_stands(sale.reader.pk)
    Mandate.objects.update(max_minor=100_000)
    page = switch(sale, now, to_pay(subscription, YEARLY, now)).url
    sale.bank.decide(page, "decline")
    reap_charges(now=now + timedelta(hours=2), open_gateway=sale.open_gateway)
    assert Switch.objects.get().state == "void"
    assert what_stands(sale.reader.pk) == before


def test_money_for_a_switch_that_was_given_up_comes_late_and_is_not_lost(sale, now, subscription):
    from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
    from broadsheet.apps.payments.gateways.contract import GatewayState
    from broadsheet.apps.payments.queries import count_quarantined
    from broadsheet.domain.charge import ChargeOutcome

    sale.bank.script("decline", "charge", reason="insufficient_funds")
    shown = to_pay(subscription, YEARLY, now)
    switch(sale, now, shown)
    late = Charge.objects.get(state="declined")
    reap_charges(now=now + timedelta(hours=2), open_gateway=sale.open_gateway)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    apply_gateway_state(
        charge_id=late.pk,
        said=GatewayState(ChargeOutcome.SUCCEEDED, "late-9", shown),
        heard_by="test",
        now=now,
    )
    assert Payment.objects.latest("pk").parked_for == "the plan could not be switched any more"
    assert count_quarantined() == 1
    assert Term.objects.count() == 1
    subscription.refresh_from_db()
    assert subscription.state == "ended"


@pytest.mark.parametrize(
    ("plan", "shown", "why"),
    [
        (YEARLY, 1, CostChanged),
        (QUARTERLY, 90_000, CannotSwitch),
        ("no-such-plan", 90_000, CannotSwitch),
    ],
)
def test_what_cannot_be_switched_to_leaves_everything(sale, now, subscription, plan, shown, why):
    before = what_stands(sale.reader.pk)
    with pytest.raises(why):
        switch(sale, now, Money(shown, "INR"), plan)
    assert what_stands(sale.reader.pk) == before
    assert Order.objects.count() == 1


def test_a_cheaper_plan_waits_for_the_end(sale, now):
    subscription = sale.subscribe(now, TWO_YEARS)
    end = subscription.ends_on
    (yearly, quarterly) = sorted(
        list_switch_choices(subscription, now), key=lambda c: -c.offer.price.minor
    )
    assert (yearly.today, quarterly.today) == (None, None)
    with pytest.raises(CannotSwitch, match="next term only"):
        switch(sale, now, Money(0, "INR"), QUARTERLY)
    wanted = {
        "reader_id": sale.reader.pk,
        "plan_code": QUARTERLY,
        "shown": Money(90_000, "INR"),
        "actor": "test",
        "now": now,
    }
    with pytest.raises(CostChanged):
        switch_at_end(**{**wanted, "shown": Money(89_999, "INR")})
    for _ in range(2):
        switch_at_end(**wanted)
    subscription.refresh_from_db()
    assert (subscription.plan.code, subscription.next_plan.code) == (TWO_YEARS, QUARTERLY)
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=end).succeeded == 1
    subscription.refresh_from_db()
    assert (subscription.plan.code, subscription.next_plan) == (QUARTERLY, None)
    assert (subscription.anchor_on, subscription.ends_on) == (end, add_months(end, 3))
    assert Payment.objects.latest("pk").amount_minor == 90_000
    assert_books_hold(now)
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on).succeeded == 1
    assert Term.objects.get(seq=3).ends_on == add_months(end, 6)
    assert_books_hold(now)


def test_taken_back_it_is_as_if_it_had_never_been(sale, now):
    subscription = sale.subscribe(now, TWO_YEARS)
    switch_at_end(
        reader_id=sale.reader.pk,
        plan_code=QUARTERLY,
        shown=Money(90_000, "INR"),
        actor="test",
        now=now,
    )
    for _ in range(2):
        drop_switch(reader_id=sale.reader.pk, actor="test", now=now)
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    assert Payment.objects.latest("pk").amount_minor == 390_000
    assert_books_hold(now)
