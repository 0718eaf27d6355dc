"""What is done to coupons: made, withdrawn, looked up, reserved with an order, kept or let go.

Nobody can try all codes: wrong ones are counted by reader and by address, in the database. The last
use of a limited coupon is taken by one conditional UPDATE, so of two at the same instant one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from broadsheet.apps.payments.events import OrderClosed, PaymentSettled
from broadsheet.apps.plans.actions.plan import MOST_MINOR
from broadsheet.apps.plans.models import CodeTries, Coupon, Plan, Redemption
from broadsheet.domain.coupon import Reduction, WrongCoupon, normalise_code
from broadsheet.plumbing.audit import record_deed

WATCHED = timedelta(hours=1)
MOST_WRONG = {"reader": 10, "address": 30}
"""Wrong codes in an hour; an address may be a whole office."""
MOST_READERS = 10_000_000
HELD = (Redemption.State.RESERVED, Redemption.State.USED)


class CouponRefused(Exception):  # noqa: N818
    """The code takes nothing off here; the message tells the reader why."""


class TooManyTries(CouponRefused):
    """Too many wrong codes came from this reader or address; an hour later it may be tried again."""


@dataclass(frozen=True, slots=True)
class FoundCoupon:
    """A coupon that holds for a reader and a plan just now."""

    coupon_id: int
    code: str
    reduction: Reduction


@transaction.atomic
def put_coupon(
    *,
    code: str,
    reduction: Reduction,
    starts_at: datetime,
    ends_at: datetime | None,
    limit: int | None,
    plans: Iterable[str],
    actor: str,
    now: datetime,
) -> Coupon:
    """Make a coupon; for every plan when none is named. Raises ``WrongCoupon``."""
    code = normalise_code(code)
    if reduction.amount is not None and reduction.amount.minor > MOST_MINOR:
        raise WrongCoupon("A coupon takes off less than ten thousand million.")
    if limit is not None and not 1 <= limit <= MOST_READERS:
        raise WrongCoupon("A coupon is for one reader or more; leave it empty for any number.")
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise WrongCoupon("A coupon ends after it begins, and not in the past.")
    wanted = sorted(set(plans))
    rows = list(Plan.objects.filter(code__in=wanted))
    if len(rows) != len(wanted):
        raise WrongCoupon(f"There is no plan {min(set(wanted) - {row.code for row in rows})!r}.")
    if Coupon.objects.filter(code=code).exists():
        raise WrongCoupon(f"There is a coupon {code} already; choose another code.")
    amount = reduction.amount
    coupon = Coupon.objects.create(
        code=code,
        share=reduction.share,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        terms=reduction.terms,
        starts_at=starts_at,
        ends_at=ends_at,
        limit=limit,
        created_at=now,
    )
    coupon.plans.set(rows)
    record_deed(
        actor=actor,
        deed="put_coupon",
        subject=f"plans.coupon:{code}",
        now=now,
        limit=limit,
        plans=wanted,
        **reduction.write(),
    )
    return coupon


@transaction.atomic
def withdraw_coupon(*, code: str, actor: str, now: datetime) -> None:
    """Let a coupon begin nothing more; who used it keeps it. Done twice, it is done once."""
    if Coupon.objects.filter(code=code, withdrawn_at__isnull=True).update(withdrawn_at=now):
        record_deed(actor=actor, deed="withdraw_coupon", subject=f"plans.coupon:{code}", now=now)


def look_up_coupon(
    *, code: str, plan_code: str, currency: str, reader_id: int | None, address: str, now: datetime
) -> FoundCoupon:
    """The coupon of a code that was typed, if it holds. Raises ``CouponRefused`` and counts it.

    Call it outside the transaction of the order: a refused try must be counted all the same.
    """
    refuse_if_too_many(reader_id=reader_id, address=address, now=now)
    try:
        kept = normalise_code(code)
    except WrongCoupon:
        kept = ""
    coupon = Coupon.objects.filter(code=kept, withdrawn_at__isnull=True).first() if kept else None
    if coupon is None or now < coupon.starts_at:
        note_wrong_code(reader_id=reader_id, address=address, now=now)
        raise CouponRefused(_("We know no code like this. Please look at it again."))
    if coupon.ends_at is not None and coupon.ends_at <= now:
        raise CouponRefused(_("This code is over."))
    plans = set(coupon.plans.values_list("code", flat=True))
    if plans and plan_code not in plans:
        raise CouponRefused(_("This code is for another plan."))
    if not coupon.reduction.fits(currency):
        raise CouponRefused(_("This code is for prices in another currency."))
    held = coupon.redemptions.filter(state__in=HELD)
    mine = held.filter(reader_id=reader_id).first() if reader_id is not None else None
    if mine is not None and mine.state == Redemption.State.USED:
        raise CouponRefused(_("You have used this code before; it is good once."))
    if mine is None and coupon.limit is not None and coupon.taken >= coupon.limit:
        raise CouponRefused(_("This code has been used up by other readers."))
    return FoundCoupon(coupon.pk, coupon.code, coupon.reduction)


@transaction.atomic
def reserve_coupon(
    *, coupon_id: int, reader_id: int, order_id: int | None, now: datetime
) -> Redemption:
    """Take one use of a coupon in the caller's transaction; without an order it is used at once.

    Raises ``CouponRefused`` when the last was just taken, or this reader holds one.
    """
    still = Q(limit__isnull=True) | Q(taken__lt=F("limit"))
    open_now = Q(withdrawn_at__isnull=True) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    taken = Coupon.objects.filter(still, open_now, pk=coupon_id).update(taken=F("taken") + 1)
    if not taken:
        raise CouponRefused(_("This code has been used up by other readers."))
    state = Redemption.State.USED if order_id is None else Redemption.State.RESERVED
    try:
        with transaction.atomic():
            return Redemption.objects.create(
                coupon_id=coupon_id,
                reader_id=reader_id,
                order_id=order_id,
                state=state,
                reserved_at=now,
            )
    except IntegrityError as twice:
        raise CouponRefused(_("You have used this code before; it is good once.")) from twice


def release_redemption(event: OrderClosed, *, now: datetime) -> None:
    """An order was given up: its coupon is free for somebody else."""
    del now
    held = Redemption.objects.filter(order_id=event.order_id, state=Redemption.State.RESERVED)
    for redemption in held:
        if held.filter(pk=redemption.pk).update(state=Redemption.State.RELEASED):
            Coupon.objects.filter(pk=redemption.coupon_id, taken__gt=0).update(taken=F("taken") - 1)


def keep_redemptions(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Orders were paid: their coupons are used.

    Money that comes after the order was given up keeps the price it was promised, even where the
    coupon has gone to its last reader meanwhile: one more is counted.
    """
    del now
    rows = Redemption.objects.filter(order_id__in=[event.order_id for event in events])
    rows.filter(state=Redemption.State.RESERVED).update(state=Redemption.State.USED)
    for late in rows.filter(state=Redemption.State.RELEASED):
        again = Redemption.objects.filter(
            coupon_id=late.coupon_id, reader_id=late.reader_id, state__in=HELD
        )
        if not again.exists():
            Redemption.objects.filter(pk=late.pk).update(state=Redemption.State.USED)
            Coupon.objects.filter(pk=late.coupon_id).update(taken=F("taken") + 1)


def refuse_if_too_many(*, reader_id: int | None, address: str, now: datetime) -> None:
    """Raises ``TooManyTries`` when too many wrong codes came lately."""
    lately = dict(
        CodeTries.objects.filter(
            who__in=_names(reader_id, address), since__gt=now - WATCHED
        ).values_list("who", "wrong")
    )
    if any(wrong >= MOST_WRONG[who.partition(":")[0]] for who, wrong in lately.items()):
        raise TooManyTries(_("Too many wrong codes. Please try again in an hour."))


@transaction.atomic
def note_wrong_code(*, reader_id: int | None, address: str, now: datetime) -> None:
    """Count one wrong code of a reader and of an address; forget what is older than an hour."""
    CodeTries.objects.filter(since__lte=now - WATCHED).delete()
    for who in _names(reader_id, address):
        CodeTries.objects.get_or_create(who=who, defaults={"since": now})
        CodeTries.objects.filter(who=who).update(wrong=F("wrong") + 1)


def _names(reader_id: int | None, address: str) -> list[str]:
    """Under what tries are counted; an address is kept as a digest alone."""
    names = [f"reader:{reader_id}"] if reader_id is not None else []
    if address:
        names.append(f"address:{salted_hmac('plans.code_tries', address).hexdigest()}")
    return names
