"""What is done to benefits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from broadsheet.apps.benefits.models import Benefit, Entitlement
from broadsheet.plumbing.audit import Deed, record_deed, record_deeds
from broadsheet.plumbing.many_rows import put_rows, update_rows


@transaction.atomic
def put_benefit(
    *, code: str, name: str, sentence: str, position: int, actor: str, now: datetime
) -> Benefit:
    """Lay down a benefit, or change how it is described."""
    benefit, _ = Benefit.objects.update_or_create(
        code=code, defaults={"name": name, "sentence": sentence, "position": position}
    )
    record_deed(actor=actor, deed="put_benefit", subject=f"benefits.benefit:{code}", now=now)
    return benefit


@dataclass(frozen=True, slots=True)
class Given:
    """Benefits that a reader is to hold for ``[starts_at, ends_at)``, by ``source``."""

    reader_id: int
    benefits: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None
    source: str


def grant_entitlement(
    *,
    reader_id: int,
    benefits: Iterable[str],
    starts_at: datetime,
    ends_at: datetime | None,
    source: str,
    now: datetime,
) -> int:
    """Give a reader these benefits for a span; the number of grants that now stand for ``source``.

    Granting again from the same source moves the span instead of adding a second hold. Raises
    ``Benefit.DoesNotExist`` when a code is not known.
    """
    given = Given(reader_id, frozenset(benefits), starts_at, ends_at, source)
    return grant_entitlements([given], now=now)


@transaction.atomic
def grant_entitlements(wanted: Sequence[Given], *, now: datetime) -> int:
    """``grant_entitlement`` for many, each source once, in three statements."""
    codes = frozenset[str]().union(*(one.benefits for one in wanted))
    known = dict(Benefit.objects.filter(code__in=codes).values_list("code", "pk"))
    if missing := sorted(codes - known.keys()):
        raise Benefit.DoesNotExist(f"There is no benefit {missing[0]!r}.")
    rows = [
        (one.source, known[code], one.reader_id, one.starts_at, one.ends_at, None)
        for one in wanted
        for code in sorted(one.benefits)
    ]
    put_rows(
        Entitlement,
        ["source", "benefit_id", "reader_id", "starts_at", "ends_at", "revoked_at"],
        rows,
        unique=["source", "benefit_id"],
    )
    record_deeds(
        [
            Deed(
                actor=one.source,
                deed="grant_entitlement",
                subject=f"accounts.reader:{one.reader_id}",
                detail={
                    "benefits": sorted(one.benefits),
                    "ends_at": one.ends_at.isoformat() if one.ends_at else None,
                },
            )
            for one in wanted
        ],
        now=now,
    )
    return len(rows)


def move_end_of_entitlement(*, source: str, ends_at: datetime, now: datetime) -> int:
    """Let what ``source`` granted end at another instant; the number of grants moved."""
    return move_ends_of_entitlements({source: ends_at}, now=now)


@transaction.atomic
def move_ends_of_entitlements(ends: Mapping[str, datetime], *, now: datetime) -> int:
    """The same for many sources, in three statements."""
    held = Entitlement.objects.filter(source__in=ends).values_list("pk", "source", "starts_at")
    moves = [(pk, ends[source]) for pk, source, starts_at in held if starts_at < ends[source]]
    update_rows(Entitlement, ["ends_at"], moves)
    record_deeds(
        [
            Deed(source, "move_end_of_entitlement", source, {"ends_at": ends_at.isoformat()})
            for source, ends_at in ends.items()
        ],
        now=now,
    )
    return len(moves)


@transaction.atomic
def revoke_entitlement(*, source: str, now: datetime) -> int:
    """Take back at once what ``source`` granted and still holds; the number of grants cut."""
    held = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    cut = Entitlement.objects.filter(held, source=source, revoked_at__isnull=True).update(
        revoked_at=now
    )
    if cut:
        record_deed(actor=source, deed="revoke_entitlement", subject=source, now=now, grants=cut)
    return cut


@transaction.atomic
def revoke_entitlements(sources: Collection[str], *, now: datetime) -> int:
    """``revoke_entitlement`` for many sources, in two statements; the number of grants cut."""
    held = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    cut = Entitlement.objects.filter(held, source__in=sources, revoked_at__isnull=True).update(
        revoked_at=now
    )
    record_deeds([Deed(source, "revoke_entitlement", source) for source in sources], now=now)
    return cut
