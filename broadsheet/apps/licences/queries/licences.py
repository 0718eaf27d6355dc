"""Licences as the desk, a reader and the gate ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.licences.models import EmailDomain, Licence, LicensedRange, Poster, Seat
from broadsheet.domain.address_range import AddressRange
from broadsheet.domain.billing_calendar import local_day
from broadsheet.plumbing.models import AuditRow
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.licences import DeviceMark, LicenceInForce, Licences
from broadsheet.protocol.proxies import read_address

DEEDS_SHOWN = 40
LONGEST_SHOWN = 60
"""Characters of a name that the line above a story shows."""
SUBJECT = "licences.licence:"


@dataclass(frozen=True, slots=True)
class SeatHeld:
    """A seat as its reader sees it."""

    seat_id: int
    organisation: str
    taken_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    """A licence with what stands around it, for its page at the desk."""

    licence: Licence
    benefits: tuple[str, ...]
    ranges: tuple[AddressRange, ...]
    domains: tuple[str, ...]
    posters: tuple[Poster, ...]


def list_licences(now: datetime) -> list[Licence]:
    """All licences: those not over first, the one that ends soonest before the others."""
    rows = Licence.objects.order_by("ends_on", "organisation", "pk")
    return sorted(rows, key=lambda one: one.is_over(now))


def get_licence(code: str) -> LicenceFacts:
    """One licence by its code. Raises ``Licence.DoesNotExist``."""
    licence = Licence.objects.prefetch_related(
        "benefits",
        Prefetch("ranges", queryset=LicensedRange.objects.order_by("version", "first")),
        Prefetch("domains", queryset=EmailDomain.objects.order_by("name")),
        Prefetch("posters", queryset=Poster.objects.order_by("-made_at", "-pk")),
    ).get(code=code)
    return LicenceFacts(
        licence=licence,
        benefits=tuple(benefit.name for benefit in licence.benefits.all()),
        ranges=tuple(row.as_range() for row in licence.ranges.all()),
        domains=tuple(row.name for row in licence.domains.all()),
        posters=tuple(licence.posters.all()),
    )


def list_deeds_of(licence: Licence) -> list[AuditRow]:
    """Who did what to a licence, the latest first."""
    rows = AuditRow.objects.filter(subject=f"{SUBJECT}{licence.code}").order_by("-at", "-pk")
    return list(rows[:DEEDS_SHOWN])


def not_over(now: datetime) -> QuerySet[Licence]:
    """Licences in force and coming."""
    today = local_day(now, settings.PAPER.zone)
    return Licence.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now), ends_on__gt=today)


def list_seats_of(reader_id: int, now: datetime) -> list[SeatHeld]:
    """The seats that a reader holds, the oldest first."""
    rows = Seat.objects.filter(reader_id=reader_id, left_at__isnull=True).select_related("licence")
    return [
        SeatHeld(row.pk, row.licence.organisation, row.taken_at, row.licence.ends_at)
        for row in rows.order_by("taken_at", "pk")
        if not row.licence.is_over(now)
    ]


def find_seat_licence(reader_id: int, now: datetime) -> int:
    """The licence in force in which a reader has a seat, 0 for none; of several the oldest."""
    rows = Seat.objects.filter(reader_id=reader_id, left_at__isnull=True).select_related("licence")
    live = (row for row in rows.order_by("taken_at", "pk") if row.licence.is_in_force(now))
    return next((row.licence_id for row in live), 0)


def find_licence_at(address: str, now: datetime) -> Licence | None:
    """The licence in force on whose network an address lies; the address as WSGI gives it."""
    found = read_address(address)
    if found is None:
        return None
    number = f"{int(found):032x}"
    row = (
        LicensedRange.objects.filter(
            version=found.version,
            first__lte=number,
            last__gte=number,
            licence__in=not_over(now),
        )
        .select_related("licence")
        .first()
    )
    return row.licence if row is not None and row.licence.is_in_force(now) else None


def find_licence_by_mark(mark: DeviceMark, now: datetime) -> Licence | None:
    """The licence that a device's mark still gives."""
    licence = Licence.objects.filter(pk=mark.licence).first()
    if licence is None:
        return None
    closed = Poster.objects.filter(pk=mark.poster, revoked_at__isnull=False)
    told = Licences((_tell(licence),), (), frozenset(closed.values_list("pk", flat=True)))
    return licence if told.find_by_mark(mark, now.timestamp()) is not None else None


def find_licence_by_domain(name: str, now: datetime) -> Licence | None:
    """The licence not over whose people have addresses of this domain."""
    row = EmailDomain.objects.select_related("licence").filter(name=name).first()
    return row.licence if row is not None and not row.licence.is_over(now) else None


def list_licences_in_force(now: datetime) -> Licences:
    """What the gate must know at ``now``: three queries, however many ranges."""
    rows = list(not_over(now).prefetch_related("benefits").order_by("pk"))
    ranges = LicensedRange.objects.filter(licence__in=not_over(now)).order_by("version", "first")
    closed = Poster.objects.filter(revoked_at__isnull=False, licence__in=not_over(now))
    return Licences(
        licences=tuple(_tell(row) for row in rows),
        ranges=tuple(
            (AddressRange(version, int(first, 16), int(last, 16)), licence)
            for version, first, last, licence in ranges.values_list(
                "version", "first", "last", "licence_id"
            )
        ),
        closed_posters=frozenset(
            pk
            for pk, expires_at in closed.values_list("pk", "expires_at")
            if expires_at.timestamp() + DAY_SECONDS > now.timestamp()
        ),
    )


def _tell(row: Licence) -> LicenceInForce:
    benefits: list[Benefit] = list(row.benefits.all())
    return LicenceInForce(
        id=row.pk,
        benefits=frozenset(benefit.code for benefit in benefits),
        starts_at=int(row.starts_at.timestamp()),
        ends_at=int(row.ends_at.timestamp()),
        remember_days=row.remember_days,
        marks_since=int(row.marks_since.timestamp()) if row.marks_since else 0,
        shown_as=quote(row.organisation[:LONGEST_SHOWN], safe=""),
    )
