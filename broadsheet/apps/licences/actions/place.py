"""Where an organisation's people are known by: its networks and its domains of mail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from broadsheet.apps.licences.actions.keep_licence import hold_licence
from broadsheet.apps.licences.events import LicencesChanged
from broadsheet.apps.licences.models import EmailDomain, Licence, LicensedRange, RangeRegister
from broadsheet.apps.licences.queries.licences import SUBJECT, not_over
from broadsheet.domain.address_range import AddressRange, WrongRange, read_ranges
from broadsheet.domain.licence import WrongLicence, read_domains
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce


@transaction.atomic
def put_ranges(*, code: str, text: str, actor: str, now: datetime) -> list[AddressRange]:
    """Let these be all networks of a licence, in place of those before.

    Raises ``WrongRange`` for what cannot be taken or is another licence's, ``CannotChange``,
    ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    ranges = read_ranges(text, allow_private=licence.allows_private)
    RangeRegister.objects.get_or_create(pk=1)
    RangeRegister.objects.select_for_update().get(pk=1)
    _refuse_others(licence, ranges, now)
    before = [str(row) for row in licence.ranges.order_by("version", "first")]
    licence.ranges.all().delete()
    LicensedRange.objects.bulk_create(
        LicensedRange(
            licence=licence, version=one.version, first=f"{one.first:032x}", last=f"{one.last:032x}"
        )
        for one in ranges
    )
    after = [str(one) for one in sorted(ranges)]
    _tell(
        "put_ranges",
        licence,
        actor=actor,
        now=now,
        added=[one for one in after if one not in before],
        dropped=[one for one in before if one not in after],
    )
    return ranges


@transaction.atomic
def put_domains(*, code: str, text: str, actor: str, now: datetime) -> list[str]:
    """Let these be all domains of a licence, in place of those before; seats taken stay.

    Raises ``WrongLicence`` for what cannot be taken or is another licence's, ``CannotChange``,
    ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    names = read_domains(text)
    RangeRegister.objects.get_or_create(pk=1)
    RangeRegister.objects.select_for_update().get(pk=1)
    others = EmailDomain.objects.filter(name__in=names).exclude(licence=licence)
    others.exclude(licence__in=not_over(now)).delete()
    if taken := others.select_related("licence").order_by("name").first():
        raise WrongLicence(
            "domains", f"{taken.name} is a domain of {taken.licence.organisation} already."
        )
    licence.domains.exclude(name__in=names).delete()
    known = set(licence.domains.values_list("name", flat=True))
    EmailDomain.objects.bulk_create(
        EmailDomain(licence=licence, name=name) for name in names if name not in known
    )
    _tell("put_domains", licence, actor=actor, now=now, domains=names)
    return names


def _refuse_others(licence: Licence, ranges: list[AddressRange], now: datetime) -> None:
    found = _find_overlap(licence, sorted(ranges), now) if ranges else None
    if found is not None:
        mine, row = found
        raise WrongRange(
            f"{mine} overlaps {row}, a network of {row.licence.organisation}. One address belongs "
            "to one licence: ask both which of them is meant."
        )


def _find_overlap(
    licence: Licence, mine: list[AddressRange], now: datetime
) -> tuple[AddressRange, LicensedRange] | None:
    """One pass over every other licence's ranges and over ours, both in order."""
    rows = LicensedRange.objects.filter(licence__in=not_over(now)).exclude(licence=licence)
    at = 0
    for row in rows.order_by("version", "first").select_related("licence").iterator(2_000):
        other = row.as_range()
        while at < len(mine) and (mine[at].version, mine[at].last) < (other.version, other.first):
            at += 1
        if at == len(mine):
            return None
        if mine[at].overlaps(other):
            return mine[at], row
    return None


def _tell(deed: str, licence: Licence, *, actor: str, now: datetime, **detail: object) -> None:
    record_deed(actor=actor, deed=deed, subject=f"{SUBJECT}{licence.code}", now=now, **detail)
    announce(LicencesChanged(licence.pk), now=now)
