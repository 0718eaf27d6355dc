"""What is done to the meter."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.meter.events import PolicyAdopted, PolicyReworded, SessionRevoked
from broadsheet.apps.meter.models import MeterPolicy, RevokedSession
from broadsheet.apps.meter.queries import get_snapshot
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce, at_once
from broadsheet.plumbing.gate_feed import write_snapshot
from broadsheet.protocol.cookies import PASS_SECONDS

FIRST_MESSAGE = (
    "You have read this month’s {{free_limit}} free stories. They come back on {{resets_on}}; "
    "the ones you have opened stay open."
)
REVOKED_FOR = timedelta(seconds=PASS_SECONDS + 60)
"""How long a session must be remembered after it was signed out: the life of a pass and a minute."""


class CannotAdopt(ValidationError):  # noqa: N818
    """The policy cannot stand as asked; ``message_dict`` says why, by field."""


@transaction.atomic
def adopt_policy(
    *,
    anonymous_allowance: int,
    registered_allowance: int,
    message: str,
    starts_at: datetime,
    actor: str,
    now: datetime,
    code: str = "",
) -> MeterPolicy:
    """Adopt a meter from ``starts_at`` (now or later); the policy before it ends there.

    Without a ``code`` one is made of the anonymous allowance (M5, then M5B, M5C …). Raises
    ``CannotAdopt``.
    """
    if starts_at < now:
        raise CannotAdopt({"starts_at": _("A policy begins now or later, not in the past.")})
    if MeterPolicy.objects.filter(starts_at=starts_at).exists():
        raise CannotAdopt({"starts_at": _("Another policy begins at that very instant.")})
    coming = (
        MeterPolicy.objects.select_for_update()
        .filter(starts_at__gt=starts_at)
        .order_by("starts_at")
        .first()
    )
    policy = MeterPolicy(
        code=code or _find_free_code(anonymous_allowance),
        anonymous_allowance=anonymous_allowance,
        registered_allowance=registered_allowance,
        message=message,
        starts_at=starts_at,
        ends_at=coming.starts_at if coming else None,
    )
    try:
        policy.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise CannotAdopt(error.message_dict) from error
    MeterPolicy.objects.in_force(starts_at).update(ends_at=starts_at)
    policy.save(force_insert=True)
    record_deed(
        actor=actor,
        deed="adopt_policy",
        subject=f"meter.policy:{policy.code}",
        now=now,
        anonymous_allowance=anonymous_allowance,
        registered_allowance=registered_allowance,
        message=message,
        starts_at=starts_at.isoformat(),
    )
    announce(PolicyAdopted(policy.code), now=now)
    return policy


@transaction.atomic
def reword_policy(*, code: str, message: str, actor: str, now: datetime) -> MeterPolicy:
    """Change what a policy tells stopped readers. Raises ``CannotAdopt``, ``DoesNotExist``."""
    policy = MeterPolicy.objects.select_for_update().get(code=code)
    before, policy.message = policy.message, message
    try:
        policy.clean()
    except ValidationError as error:
        raise CannotAdopt(error.message_dict) from error
    policy.save(update_fields=["message"])
    record_deed(
        actor=actor,
        deed="reword_policy",
        subject=f"meter.policy:{code}",
        now=now,
        before=before,
        message=message,
    )
    announce(PolicyReworded(code), now=now)
    return policy


def ensure_first_policy(*, actor: str, now: datetime) -> MeterPolicy:
    """The policy in force; a paper without any begins with 5 free stories, 8 with an account."""
    standing = MeterPolicy.objects.in_force(now).first()
    return standing or adopt_policy(
        anonymous_allowance=5,
        registered_allowance=8,
        message=FIRST_MESSAGE,
        starts_at=now,
        actor=actor,
        now=now,
    )


@transaction.atomic
def revoke_session(*, session: str, now: datetime) -> None:
    """Sign a session's passes out at every gate. ``session`` is ``reader_pass.hash_session``'s."""
    RevokedSession.objects.update_or_create(session=session, defaults={"until": now + REVOKED_FOR})
    announce(SessionRevoked(session), now=now)


@at_once
def refresh_gate(
    event: PolicyAdopted | PolicyReworded | SessionRevoked,
    *,
    now: datetime,
) -> None:
    """Handler: what the meter told of, every gate worker must know within a second."""
    publish_snapshot(now=now)


def publish_snapshot(*, now: datetime) -> bool:
    """Write the gate's snapshot if it says anything new; whether it did."""
    RevokedSession.objects.filter(until__lte=now).delete()
    text = get_snapshot(now).encode()
    path = settings.PLANT.home / "gate" / "snapshot.json"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_snapshot(text)
    return True


def _find_free_code(allowance: int) -> str:
    stem = f"M{allowance}"
    taken = set(MeterPolicy.objects.filter(code__startswith=stem).values_list("code", flat=True))
    candidates = [stem, *(f"{stem}{letter}" for letter in "BCDEFGHJKMNPQRSTVWXYZ")]
    free = [code for code in candidates if code not in taken]
    if not free:
        raise CannotAdopt({"code": _("Give the policy a code of its own, as in M5A.")})
    return free[0]
