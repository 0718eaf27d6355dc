"""Give a subscription: buy a term for somebody else, send its code on a day, redeem it once.

The code is made from the paper's secret and the gift's own number whenever it is needed; the
database keeps its hash alone. A gift never runs out: unused, its giver is reminded.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.begin_checkout import CheckoutStanding, begin_checkout
from broadsheet.apps.payments.actions.open_order import open_checkout_order
from broadsheet.apps.payments.events import PaymentSettled
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Order, Payment
from broadsheet.apps.payments.queries import find_open_checkout, has_open_charge
from broadsheet.apps.plans.actions import note_wrong_code, refuse_if_too_many
from broadsheet.apps.plans.models import Plan
from broadsheet.apps.plans.queries import get_offer, list_plan_benefits, say_term
from broadsheet.apps.subscriptions.actions.give_term import give_term
from broadsheet.apps.subscriptions.actions.start_subscription import (
    CHECKOUT_LASTS,
    OtherCheckoutOpen,
    PriceChanged,
    give_up_checkout,
    quote_plan,
)
from broadsheet.apps.subscriptions.events import (
    GiftBought,
    GiftDue,
    GiftForgotten,
    GiftRedeemed,
)
from broadsheet.apps.subscriptions.models import GiftSubscription, Subscription, Term
from broadsheet.apps.subscriptions.queries import find_live_subscription, next_span
from broadsheet.domain.billing_calendar import local_day, term_span
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import State
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

LONGEST_NAME, LONGEST_NOTE = 60, 500
LATEST = timedelta(days=366)
REMINDED_AFTER = timedelta(days=30)
A_RUN = 200
_BYTES, _GROUP = 10, 4


class WrongGift(ValueError):  # noqa: N818
    """Something of a gift cannot stand; ``field`` names it and the message says what to write."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


class CannotRedeem(Exception):  # noqa: N818
    """The code opens nothing, or not just now; the message tells the reader why."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who gives, to whom, when it is sent, and what is written with it. Raises ``WrongGift``."""

    from_name: str
    to_name: str
    to_email: str
    send_on: date
    note: str = ""

    def check(self, today: date) -> None:
        for field in ("from_name", "to_name"):
            name = getattr(self, field)
            if not name or len(name) > LONGEST_NAME or re.search(r"[\x00-\x1f<>]|://", name):
                raise WrongGift(field, _("Write a name of up to 60 letters."))
        if len(self.note) > LONGEST_NOTE or "://" in self.note:
            raise WrongGift("note", _("Write up to 500 letters, and no links."))
        try:
            validate_email(self.to_email)
        except ValidationError as wrong:
            raise WrongGift("to_email", _("Write an e-mail address.")) from wrong
        if not today <= self.send_on <= today + LATEST:
            raise WrongGift("send_on", _("Choose a day from today on, within a year."))


def check_out_gift(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    greeting: Greeting,
    gateway: Gateway,
    return_url_of: Callable[[str], str],
    now: datetime,
) -> CheckoutStanding:
    """Bring the giver to the gateway's page; done twice, it is the same order and page.

    Raises ``WrongGift``, ``OfferGone``, ``PriceChanged``, ``OtherCheckoutOpen``.
    """
    greeting.check(local_day(now, settings.PAPER.zone))

    def start() -> Order:
        return _start_gift(
            reader_id=reader_id,
            plan_code=plan_code,
            shown=shown,
            greeting=greeting,
            gateway_code=gateway.code,
            now=now,
        )

    try:
        order = start()
    except OtherCheckoutOpen as other:
        if not give_up_checkout(other.order, gateway, now=now):
            raise
        order = start()
    return begin_checkout(
        order_id=order.pk,
        gateway=gateway,
        return_url=return_url_of(str(order.uid)),
        wants_mandate=False,
        now=now,
    )


@transaction.atomic
def _start_gift(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    greeting: Greeting,
    gateway_code: str,
    now: datetime,
) -> Order:
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    offer = get_offer(plan_code, now, shown.currency)
    if offer.price != shown:
        raise PriceChanged(
            quote_plan(reader_id=None, plan_code=plan_code, now=now, currency=shown.currency)
        )
    described = {
        "plan_id": Plan.objects.values_list("pk", flat=True).get(code=plan_code),
        "price_id": offer.price_id,
        "from_name": greeting.from_name,
        "to_name": greeting.to_name,
        "to_email": greeting.to_email.lower(),
        "note": greeting.note,
        "send_on": greeting.send_on,
    }
    if (standing := find_open_checkout(reader_id)) is not None:
        fresh = standing.expires_at is None or now < standing.expires_at
        same = GiftSubscription.objects.filter(order=standing, **described).exists()
        if fresh and same and standing.amount == shown:
            return standing
        raise OtherCheckoutOpen(standing)
    uid = uuid4()
    order = open_checkout_order(
        reader_id=reader_id,
        source=f"subscriptions.gift:{uid}",
        amount=offer.price,
        description=_("A gift: %(plan)s, %(term)s") % {"plan": offer.name, "term": offer.term},
        gateway=gateway_code,
        continue_to="",
        expires_at=now + CHECKOUT_LASTS,
        parts=offer.parts,
        now=now,
    )
    GiftSubscription.objects.create(
        uid=uid,
        giver_id=reader_id,
        order=order,
        term_count=offer.length.count,
        term_unit=offer.length.unit.value,
        code_hash=hash_code(make_code(uid)),
        created_at=now,
        **described,
    )
    return order


def note_gifts_paid(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Gifts were paid for: their givers are told, and their codes are sent on their day."""
    rows = GiftSubscription.objects.filter(
        order_id__in=[event.order_id for event in events], paid_at__isnull=True
    )
    for gift in rows:
        GiftSubscription.objects.filter(pk=gift.pk).update(paid_at=now)
        announce(GiftBought(gift.pk, gift.giver_id), now=now)


def send_gifts(*, now: datetime) -> int:
    """Let the letters go whose day has come, and remind of those forgotten; how many."""
    today = local_day(now, settings.PAPER.zone)
    paid = GiftSubscription.objects.filter(paid_at__isnull=False, redeemed_at__isnull=True)
    paid = paid.exclude(order__payment__refunded_minor__gte=F("order__payment__amount_minor"))
    due = paid.filter(sent_at__isnull=True, send_on__lte=today).order_by("pk")[:A_RUN]
    done = sum(_mark(gift, "sent_at", GiftDue(gift.pk), now) for gift in list(due))
    old = paid.filter(sent_at__lte=now - REMINDED_AFTER, reminded_at__isnull=True)
    forgotten = list(old.order_by("pk")[:A_RUN])
    return done + sum(_mark(gift, "reminded_at", GiftForgotten(gift.pk), now) for gift in forgotten)


@transaction.atomic
def _mark(gift: GiftSubscription, field: str, event: GiftDue | GiftForgotten, now: datetime) -> int:
    # The paper's secret may have changed since the gift was bought: the hash follows it.
    marked = GiftSubscription.objects.filter(
        pk=gift.pk, redeemed_at__isnull=True, **{f"{field}__isnull": True}
    ).update(**{field: now, "code_hash": hash_code(make_code(gift.uid))})
    if marked:
        announce(event, now=now)
    return marked


def find_gift(*, code: str, reader_id: int | None, address: str, now: datetime) -> GiftSubscription:
    """The gift that a code opens. Raises ``CannotRedeem``, ``TooManyTries``; wrong codes count."""
    refuse_if_too_many(reader_id=reader_id, address=address, now=now)
    gifts = GiftSubscription.objects.select_related("plan")
    gift = gifts.filter(code_hash=hash_code(code), paid_at__isnull=False).first()
    if gift is None:
        note_wrong_code(reader_id=reader_id, address=address, now=now)
        raise CannotRedeem(_("We know no gift with this code. Please look at it again."))
    if gift.redeemed_at is not None:
        raise CannotRedeem(_("This gift has been opened already."))
    _refuse_given_back(gift)
    return gift


@transaction.atomic
def redeem_gift(*, gift_id: int, reader_id: int, now: datetime) -> Subscription:
    """Begin a subscription that does not renew, or lengthen the one the reader has.

    Raises ``CannotRedeem``; nothing of the gift is lost then.
    """
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    gift = GiftSubscription.objects.select_for_update(of=("self",)).get(pk=gift_id)
    if gift.redeemed_at is not None or gift.paid_at is None:
        raise CannotRedeem(_("This gift has been opened already."))
    _refuse_given_back(gift)
    live = find_live_subscription(reader_id)
    term = _begin(gift, reader_id, now) if live is None else _lengthen(gift, live, now)
    gift.redeemed_at, gift.redeemed_by_id, gift.term = now, reader_id, term
    gift.save(update_fields=["redeemed_at", "redeemed_by", "term"])
    record_deed(
        actor=f"reader:{reader_id}",
        deed="redeem_gift",
        subject=f"subscriptions.gift:{gift.pk}",
        now=now,
        term=term.pk,
    )
    announce(GiftRedeemed(gift.pk, reader_id), now=now)
    return term.subscription


def make_code(uid: UUID) -> str:
    """The code of a gift: ``ABCD-EFGH-JKLM-NPQR``, 80 bits from the paper's secret."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"gift:" + uid.bytes, "sha256")
    letters = base64.b32encode(digest[:_BYTES]).decode()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def hash_code(code: str) -> str:
    """What is kept of a code; how it is spaced and written does not matter."""
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    return hashlib.sha256(f"gift:{plain}".encode()).hexdigest()


def _refuse_given_back(gift: GiftSubscription) -> None:
    """The giver has the money back, or is promised all of it: the code opens nothing any more."""
    back = Payment.objects.filter(order_id=gift.order_id, refunded_minor__gte=F("amount_minor"))
    if back.exists():
        raise CannotRedeem(_("This gift was taken back by whoever gave it."))


def _begin(gift: GiftSubscription, reader_id: int, now: datetime) -> Term:
    subscription = Subscription(
        reader_id=reader_id,
        plan_id=gift.plan_id,
        price_id=gift.price_id,
        term_count=gift.term_count,
        term_unit=gift.term_unit,
        amount_minor=gift.price.amount_minor,
        currency=gift.price.currency,
        parts=gift.price.parts,
        state=State.ACTIVE.value,
        zone=settings.PAPER.time_zone,
        created_at=now,
    )
    today = local_day(now, subscription.zone_info)
    span = term_span(today, length=gift.term_length, index=0)
    subscription.anchor_on, subscription.seq, subscription.ends_on = today, 1, span.ends_on
    subscription.save(force_insert=True)
    return give_term(subscription, span, seq=1, actor=f"reader:{reader_id}", now=now)


def _lengthen(gift: GiftSubscription, live: Subscription, now: datetime) -> Term:
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=live.pk)
    planned = subscription.terms.filter(state=Term.State.PLANNED).exists()
    at_bank = any(has_open_charge(row.order_id) for row in subscription.continuations.all())
    if subscription.state != State.ACTIVE or subscription.frozen_at or planned or at_bank:
        raise CannotRedeem(
            _(
                "Your next payment is under way, or you are away. Open the gift when that is settled."
            )
        )
    assert subscription.ends_on is not None
    seq = subscription.seq + 1
    starts_on = next_span(subscription).starts_on
    span = term_span(starts_on, length=gift.term_length, index=0)
    subscription.seq, subscription.ends_on = seq, span.ends_on
    subscription.anchor_on, subscription.anchor_seq = span.ends_on, seq + 1
    # The given term uses up none of the terms that were agreed at a lower price.
    subscription.agreed_seq += 1
    subscription.save()
    return give_term(
        subscription,
        span,
        seq=seq,
        actor=f"reader:{subscription.reader_id}",
        now=now,
        more_benefits=list_plan_benefits(gift.plan_id),
    )


def describe_gift(gift: GiftSubscription) -> str:
    """``Smart Quarterly, 3 months``; wants ``plan`` joined."""
    return f"{gift.plan.name}, {say_term(gift.term_length)}"
