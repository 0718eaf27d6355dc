"""What is done to benefits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from broadsheet.apps.benefits.models import Benefit, Entitlement
from broadsheet.plumbing.audit import record_deed


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


@transaction.atomic
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
    codes = sorted(set(benefits))
    known = dict(Benefit.objects.filter(code__in=codes).values_list("code", "pk"))
    if missing := [code for code in codes if code not in known]:
        raise Benefit.DoesNotExist(f"There is no benefit {missing[0]!r}.")
    for code in codes:
        Entitlement.objects.update_or_create(
            source=source,
            benefit_id=known[code],
            defaults={
                "reader_id": reader_id,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "revoked_at": None,
            },
        )
    record_deed(
        actor=source,
        deed="grant_entitlement",
        subject=f"accounts.reader:{reader_id}",
        now=now,
        benefits=codes,
        ends_at=ends_at.isoformat() if ends_at else None,
    )
    return len(codes)


@transaction.atomic
def move_end_of_entitlement(*, source: str, ends_at: datetime, now: datetime) -> int:
    """Let what ``source`` granted end at another instant; the number of grants moved."""
    moved = Entitlement.objects.filter(source=source, starts_at__lt=ends_at).update(ends_at=ends_at)
    record_deed(
        actor=source,
        deed="move_end_of_entitlement",
        subject=source,
        now=now,
        ends_at=ends_at.isoformat(),
    )
    return moved


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
