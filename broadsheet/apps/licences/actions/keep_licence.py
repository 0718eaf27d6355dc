"""Licences made, changed, paid and ended by staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from broadsheet.apps.accounts.queries import find_reader_by_email
from broadsheet.apps.benefits.actions import move_ends_of_entitlements, revoke_entitlements
from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.licences.events import LicencesChanged
from broadsheet.apps.licences.models import Licence, Seat
from broadsheet.apps.licences.models.seat import name_source
from broadsheet.apps.licences.queries.licences import SUBJECT
from broadsheet.apps.payments.actions.record_transfer import CannotRecord, record_transfer
from broadsheet.apps.payments.models import Order, Payment
from broadsheet.apps.plans.models import Plan
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.licence import (
    WrongLicence,
    check_terms,
    read_domain_of,
    tidy_organisation,
)
from broadsheet.domain.money import Money
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

LONGEST_CODE = 32
AT_ONCE = 1_000
"""Seats dealt with by one round of statements."""


class CannotChange(ValueError):  # noqa: N818
    """The licence cannot be changed so; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence gives, to how many, from when to when (half open), remembered how long."""

    seats: int
    starts_on: date
    ends_on: date
    benefits: frozenset[str] = frozenset()
    plan_code: str = ""
    """Instead of ``benefits``: those of this plan today."""
    remember_days: int = 0
    allows_private: bool = False


@transaction.atomic
def create_licence(
    *, organisation: str, contact: str, terms: Terms, actor: str, now: datetime
) -> Licence:
    """Make a licence; its code follows from the organisation's name. Raises ``WrongLicence``."""
    name = tidy_organisation(organisation)
    if contact and read_domain_of(contact) is None:
        raise WrongLicence("contact", "This is no e-mail address.")
    benefits = _find_benefits(terms)
    check_terms(
        seats=terms.seats,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        remember_days=terms.remember_days,
        benefits=frozenset(benefit.code for benefit in benefits),
    )
    if terms.ends_on <= local_day(now, settings.PAPER.zone):
        raise WrongLicence("ends_on", "This day is over already.")
    licence = Licence.objects.create(
        code=_find_code(name),
        organisation=name,
        contact=contact.strip(),
        seats=terms.seats,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        remember_days=terms.remember_days,
        allows_private=terms.allows_private,
        created_at=now,
    )
    licence.benefits.set(benefits)
    _record(
        "create_licence",
        licence,
        actor=actor,
        now=now,
        seats=terms.seats,
        starts_on=terms.starts_on.isoformat(),
        ends_on=terms.ends_on.isoformat(),
        benefits=sorted(benefit.code for benefit in benefits),
        remember_days=terms.remember_days,
    )
    return licence


@transaction.atomic
def change_licence(
    *,
    code: str,
    seats: int,
    ends_on: date,
    remember_days: int,
    actor: str,
    now: datetime,
    call_marks_in: bool = False,
) -> Licence:
    """Give a licence other seats, another last day, another memory of devices.

    Seats that are held stay: fewer than those are refused. ``call_marks_in`` forgets every device
    remembered until now. Raises ``CannotChange``, ``WrongLicence``, ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    check_terms(
        seats=seats,
        starts_on=licence.starts_on,
        ends_on=ends_on,
        remember_days=remember_days,
        benefits=frozenset({"kept"}),
    )
    if ends_on <= local_day(now, settings.PAPER.zone):
        raise WrongLicence("ends_on", "This day is over. To stop the licence now, end it.")
    if seats < licence.seats_taken:
        raise CannotChange(
            f"{licence.seats_taken} seats are taken. Take some back before you lower the number."
        )
    is_moved = ends_on != licence.ends_on
    licence.seats, licence.ends_on, licence.remember_days = seats, ends_on, remember_days
    if call_marks_in:
        licence.marks_since = now
    licence.save(update_fields=["seats", "ends_on", "remember_days", "marks_since"])
    if is_moved:
        for ids in _in_rounds(_list_seat_ids(licence)):
            ends = dict.fromkeys(map(name_source, ids), licence.ends_at)
            move_ends_of_entitlements(ends, now=now)
    _record(
        "change_licence",
        licence,
        actor=actor,
        now=now,
        seats=seats,
        ends_on=ends_on.isoformat(),
        remember_days=remember_days,
        **({"called_marks_in": True} if call_marks_in else {}),
    )
    return licence


@transaction.atomic
def end_licence(*, code: str, actor: str, now: datetime) -> Licence:
    """End a licence now: seats, networks and devices read by it no more.

    Raises ``CannotChange`` if it is over, ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    licence.ended_at = now
    licence.seats_taken = 0
    licence.save(update_fields=["ended_at", "seats_taken"])
    seats = _list_seat_ids(licence)
    for ids in _in_rounds(seats):
        revoke_entitlements(list(map(name_source, ids)), now=now)
    Seat.objects.filter(licence=licence, left_at__isnull=True).update(left_at=now)
    licence.invites.filter(used_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now)
    licence.domains.all().delete()
    _record("end_licence", licence, actor=actor, now=now, seats=len(seats))
    return licence


@transaction.atomic
def close_licences(*, now: datetime) -> int:
    """Close what ended by its day: seats are left, domains are free again; the seats left.

    What the seats gave ends by itself at the same instant. Four statements, however many.
    """
    today = local_day(now, settings.PAPER.zone)
    over = Licence.objects.filter(ends_on__lte=today)
    left = Seat.objects.filter(licence__in=over, left_at__isnull=True).update(left_at=now)
    over.filter(seats_taken__gt=0).update(seats_taken=0)
    for licence in over.filter(domains__isnull=False).distinct()[:AT_ONCE]:
        licence.domains.all().delete()
    return left


@transaction.atomic
def record_licence_payment(
    *, code: str, payer: str, amount: Money, reference: str, actor: str, now: datetime
) -> Payment:
    """Enter the transfer by which an organisation paid; the invoice goes to the payer's account.

    ``payer`` is the address of an account. Raises ``CannotChange``, ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    reader = find_reader_by_email(payer.strip())
    if reader is None:
        raise CannotChange(
            f"Nobody has an account under {payer.strip()[:80]}. The invoice needs one: ask the "
            "organisation's contact to make an account, then record the transfer."
        )
    if licence.order_id is not None:
        raise CannotChange("A transfer is recorded for this licence already.")
    if amount.minor <= 0:
        raise CannotChange("Write an amount above nought.")
    order = Order.objects.create(
        reader=reader,
        source=f"{SUBJECT}{licence.code}",
        purpose=Order.Purpose.RENEWAL,
        description=f"Licence of {licence.organisation}"[:120],
        amount_minor=amount.minor,
        currency=amount.currency,
        gateway="transfer",
        created_at=now,
    )
    try:
        payment = record_transfer(
            order_id=order.pk, amount=amount, reference=reference, actor=actor, now=now
        )
    except CannotRecord as refused:
        raise CannotChange(str(refused)) from refused
    licence.order = order
    licence.save(update_fields=["order"])
    _record("record_licence_payment", licence, actor=actor, now=now, order=order.pk)
    return payment


def hold_licence(code: str, now: datetime) -> Licence:
    """The licence, locked. Raises ``CannotChange`` if it is over, ``Licence.DoesNotExist``."""
    licence = Licence.objects.select_for_update(of=("self",)).get(code=code)
    if licence.is_over(now):
        raise CannotChange("This licence is over. Make another for the time to come.")
    return licence


def _find_benefits(terms: Terms) -> list[Benefit]:
    if terms.plan_code:
        plan = Plan.objects.filter(code=terms.plan_code).first()
        if plan is None:
            raise WrongLicence("plan", f"There is no plan “{terms.plan_code[:60]}”.")
        return list(plan.benefits.all())
    found = list(Benefit.objects.filter(code__in=terms.benefits))
    if missing := terms.benefits - {benefit.code for benefit in found}:
        raise WrongLicence("benefits", f"There is no benefit “{min(missing)[:60]}”.")
    return found


def _find_code(name: str) -> str:
    """A code that nobody has: the name's slug, with a number if need be."""
    stem = slugify(name)[:LONGEST_CODE].strip("-") or "licence"
    taken = set(Licence.objects.filter(code__startswith=stem).values_list("code", flat=True))
    codes = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(code for code in codes if code not in taken)


def _list_seat_ids(licence: Licence) -> list[int]:
    rows = Seat.objects.filter(licence=licence, left_at__isnull=True).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _in_rounds(ids: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(ids), AT_ONCE):
        yield ids[at : at + AT_ONCE]


def _record(deed: str, licence: Licence, *, actor: str, now: datetime, **detail: object) -> None:
    record_deed(actor=actor, deed=deed, subject=f"{SUBJECT}{licence.code}", now=now, **detail)
    announce(LicencesChanged(licence.pk), now=now)
