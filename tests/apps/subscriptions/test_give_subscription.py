"""A subscription for somebody else: bought, sent on its day, opened once, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.give_refund import plan_refund
from broadsheet.apps.payments.models import Mandate, Order, Payment
from broadsheet.apps.plans.actions import TooManyTries, set_price
from broadsheet.apps.subscriptions.actions.give_subscription import (
    CannotRedeem,
    Greeting,
    WrongGift,
    check_out_gift,
    find_gift,
    make_code,
    redeem_gift,
    send_gifts,
)
from broadsheet.apps.subscriptions.actions.renew_terms import renew_due_terms
from broadsheet.apps.subscriptions.actions.start_subscription import PriceChanged
from broadsheet.apps.subscriptions.models import GiftSubscription, Subscription, Term
from broadsheet.domain.billing_calendar import add_months, local_day
from broadsheet.domain.money import Money
from broadsheet.plumbing.events import dispatch_outbox
from tests.factories.sale import assert_books_hold, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAN = "smart-quarterly"


@pytest.fixture
def today(now, settings):
    return local_day(now, settings.PAPER.zone)


@pytest.fixture
def greeting(today) -> Greeting:
    return Greeting("Meenal", "Arjun", "arjun@example.org", today, "For the long evenings.")


def check_out(sale, now, greeting, **more):
    asked = {
        "reader_id": sale.reader.pk,
        "plan_code": PLAN,
        "shown": Money(90_000, "INR"),
        "greeting": greeting,
        "gateway": sale.gateway,
        "return_url_of": lambda uid: f"/subscribe/checkout/{uid}/",
        "now": now,
    }
    return check_out_gift(**{**asked, **more})


def buy(sale, now, greeting) -> GiftSubscription:
    sale.bank.decide(check_out(sale, now, greeting).url, "approve")
    sale.come_back(now)
    return GiftSubscription.objects.latest("pk")


def find(gift, reader, now) -> GiftSubscription:
    return find_gift(code=make_code(gift.uid), reader_id=reader.pk, address="192.0.2.7", now=now)


def test_bought_sent_and_opened(sale, now, greeting):
    gift = buy(sale, now, greeting)
    assert gift.paid_at == now
    assert not Mandate.objects.exists()
    assert not Subscription.objects.exists()
    assert [send_gifts(now=now), send_gifts(now=now)] == [1, 0]
    dispatch_outbox(now=now)
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        (["meenal@example.org"], "Your gift for Arjun"),
        (["arjun@example.org"], "Meenal gives you The Lantern"),
    ]
    assert make_code(gift.uid) not in mail.outbox[0].body
    assert make_code(gift.uid) in mail.outbox[1].body
    assert "For the long evenings." in mail.outbox[1].body
    arjun = make_reader("arjun@example.org")
    subscription = redeem_gift(gift_id=find(gift, arjun, now).pk, reader_id=arjun.pk, now=now)
    assert (subscription.state, subscription.renews) == ("active", False)
    assert subscription.ends_on == add_months(subscription.anchor_on, 3)
    assert list_benefits(arjun.pk, now) == {"premium", "unlimited", "ad-free"}
    assert list_benefits(sale.reader.pk, now) == frozenset()
    assert_books_hold(now)
    later = now + timedelta(days=120)
    renew_due_terms(now=later, gateway=sale.gateway)
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert Payment.objects.count() == 1


def test_the_code_itself_is_kept_nowhere(sale, now, greeting):
    gift = buy(sale, now, greeting)
    code = make_code(gift.uid)
    kept = " ".join(str(value) for value in vars(GiftSubscription.objects.get()).values())
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert find(gift, sale.reader, now) == gift
    loosely = code.lower().replace("-", " ")
    assert find_gift(code=loosely, reader_id=None, address="", now=now) == gift


def test_a_gift_is_opened_once(sale, now, greeting):
    gift = buy(sale, now, greeting)
    arjun, zoya = make_reader("arjun@example.org"), make_reader("zoya@example.org")
    redeem_gift(gift_id=gift.pk, reader_id=arjun.pk, now=now)
    for reader in (arjun, zoya):
        with pytest.raises(CannotRedeem, match="opened already"):
            redeem_gift(gift_id=gift.pk, reader_id=reader.pk, now=now)
        with pytest.raises(CannotRedeem, match="opened already"):
            find(gift, reader, now)
    assert Subscription.objects.count() == Term.objects.count() == 1


def test_one_that_was_not_paid_opens_nothing(sale, now, greeting):
    check_out(sale, now, greeting)
    gift = GiftSubscription.objects.get()
    with pytest.raises(CannotRedeem, match="no gift with this code"):
        find(gift, sale.reader, now)
    with pytest.raises(CannotRedeem):
        redeem_gift(gift_id=gift.pk, reader_id=sale.reader.pk, now=now)
    assert send_gifts(now=now) == 0


def test_a_subscriber_reads_longer_and_is_charged_later(sale, now, greeting):
    subscription = sale.subscribe(now)
    first_end = subscription.ends_on
    gift = buy(sale, now, greeting)
    redeem_gift(gift_id=gift.pk, reader_id=sale.reader.pk, now=now)
    subscription.refresh_from_db()
    assert (subscription.seq, subscription.ends_on) == (2, add_months(first_end, 3))
    assert_books_hold(now)
    renew_due_terms(now=now, gateway=sale.gateway, as_of=first_end)
    assert Payment.objects.count() == 2
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    subscription.refresh_from_db()
    assert (subscription.seq, subscription.ends_on) == (3, add_months(first_end, 6))
    assert list(Term.objects.order_by("seq").values_list("state", flat=True)) == [
        "paid",
        "given",
        "paid",
    ]
    assert_books_hold(now)


def test_a_gift_waits_while_a_renewal_is_under_way(sale, now, greeting):
    subscription = sale.subscribe(now)
    gift = buy(sale, now, greeting)
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    with pytest.raises(CannotRedeem, match="when that is settled"):
        redeem_gift(gift_id=gift.pk, reader_id=sale.reader.pk, now=now)
    gift.refresh_from_db()
    assert gift.redeemed_at is None


def test_it_waits_for_its_day_and_is_remembered(sale, now, greeting, today):
    gift = buy(sale, now, replace(greeting, send_on=today + timedelta(days=10)))
    assert send_gifts(now=now + timedelta(days=9)) == 0
    day = now + timedelta(days=10)
    assert send_gifts(now=day) == 1
    assert send_gifts(now=day + timedelta(days=29)) == 0
    month = day + timedelta(days=30)
    assert [send_gifts(now=month), send_gifts(now=month)] == [1, 0]
    dispatch_outbox(now=month)
    last = mail.outbox[-1]
    assert (last.to, make_code(gift.uid) in last.body) == (["meenal@example.org"], True)
    years = now + timedelta(days=3_000)
    redeem_gift(gift_id=gift.pk, reader_id=sale.reader.pk, now=years)
    assert Subscription.objects.get().is_live


def test_pressing_twice_is_one_gift(sale, now, greeting):
    assert check_out(sale, now, greeting) == check_out(sale, now, greeting)
    other = check_out(sale, now, replace(greeting, to_name="Zoya"))
    assert other.order_uid != str(Order.objects.earliest("pk").uid)
    assert list(Order.objects.order_by("pk").values_list("state", flat=True)) == ["closed", "open"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to_name", ""),
        ("to_name", "x" * 61),
        ("from_name", "Win at https://evil.example"),
        ("to_name", "a\nBcc: all@example.org"),
        ("to_email", "arjun"),
        ("to_email", "a@b.example\nBcc: all@example.org"),
        ("note", "x" * 501),
        ("note", "see http://evil.example"),
    ],
)
def test_a_gift_that_cannot_stand(sale, now, greeting, field, value):
    with pytest.raises(WrongGift) as wrong:
        check_out(sale, now, replace(greeting, **{field: value}))
    assert wrong.value.field == field
    assert Order.objects.count() == 0


@pytest.mark.parametrize("days", [-1, 367])
def test_it_is_sent_on_a_day_within_a_year(sale, now, greeting, today, days):
    with pytest.raises(WrongGift) as wrong:
        check_out(sale, now, replace(greeting, send_on=today + timedelta(days=days)))
    assert wrong.value.field == "send_on"


def test_the_giver_pays_what_was_shown(sale, now, greeting):
    set_price(plan_code=PLAN, amount=Money(95_000, "INR"), starts_at=now, actor="test", now=now)
    with pytest.raises(PriceChanged) as changed:
        check_out(sale, now, greeting)
    assert changed.value.quote.offer.price == Money(95_000, "INR")
    assert Order.objects.count() == 0


def test_one_that_was_given_back_opens_nothing(sale, now, greeting):
    gift = buy(sale, now, greeting)
    plan_refund(
        payment_id=Payment.objects.get().pk,
        amount=Money(90_000, "INR"),
        reason="bought twice",
        actor="devan",
        now=now,
    )
    with pytest.raises(CannotRedeem, match="taken back"):
        find(gift, sale.reader, now)
    with pytest.raises(CannotRedeem, match="taken back"):
        redeem_gift(gift_id=gift.pk, reader_id=sale.reader.pk, now=now)
    assert send_gifts(now=now) == 0


def test_nobody_can_try_all_codes(sale, now, greeting):
    gift = buy(sale, now, greeting)
    for number in range(10):
        with pytest.raises(CannotRedeem):
            find_gift(code=f"WRONG-{number}", reader_id=sale.reader.pk, address="", now=now)
    with pytest.raises(TooManyTries):
        find(gift, sale.reader, now)
    assert find(gift, sale.reader, now + timedelta(hours=1)) == gift
