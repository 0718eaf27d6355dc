"""Adopting, rewording and ending the meter's policies.

The paper's own meter (priority 0) tiles: adopting another ends the one before. A special policy
stands beside it for a part of the stories or readers, and ends when it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.meter.events import PolicyAdopted, PolicyEnded, PolicyReworded
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import find_unknown_names
from broadsheet.domain.meter import PolicyKind, WindowKind
from broadsheet.domain.policy_scope import (
    EVERYTHING,
    PAPERS_OWN,
    PoliciesClash,
    Scope,
    check_against,
)
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce
from broadsheet.protocol.snapshot import write_scope

FIRST_MESSAGE = (
    "You have read this month’s {{free_limit}} free stories. They come back on {{resets_on}}; "
    "the ones you have opened stay open."
)
STEMS = {PolicyKind.OPEN: "OPEN", PolicyKind.LOCKED: "LOCK", PolicyKind.ACCOUNT: "ACCT"}
"""How the code of a policy that does not count begins."""
READERS_PARTS = frozenset({"countries", "segments"})


class CannotAdopt(ValidationError):  # noqa: N818
    """The policy cannot stand as asked; ``message_dict`` says why, by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTerms:
    """All that a special policy says, or the paper's own beyond its allowances.

    ``own_count`` chooses whether its reads are counted apart; ``None`` means: apart if it covers
    some stories only, together with the paper's own if it covers some readers.
    """

    kind: PolicyKind = PolicyKind.METER
    window: WindowKind = WindowKind.CALENDAR_MONTH
    days: int = 0
    account_first: bool = False
    priority: int = PAPERS_OWN
    scope: Scope = EVERYTHING
    name: str = ""
    own_count: bool | None = None
    ends_at: datetime | None = None


USUAL = PolicyTerms()


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
    terms: PolicyTerms = USUAL,
) -> MeterPolicy:
    """Adopt a policy from ``starts_at`` (now or later).

    The paper's own meter (priority 0) takes the place of the one before it. A special one must
    have a priority of its own among those that could rule the same story. Without a ``code`` one
    is made of the anonymous allowance (M5, then M5B, M5C …) or of what it does (OPEN, LOCK, ACCT).
    Raises ``CannotAdopt``.
    """
    policy = draft_policy(
        anonymous_allowance=anonymous_allowance,
        registered_allowance=registered_allowance,
        message=message,
        starts_at=starts_at,
        now=now,
        code=code,
        terms=terms,
    )
    if terms.priority == PAPERS_OWN:
        MeterPolicy.objects.own().in_force(starts_at).update(ends_at=starts_at)
    policy.save(force_insert=True)
    record_deed(
        actor=actor,
        deed="adopt_policy",
        subject=f"meter.policy:{policy.code}",
        now=now,
        **_write_for_audit(policy),
    )
    announce(PolicyAdopted(policy.code), now=now)
    return policy


@transaction.atomic
def draft_policy(
    *,
    anonymous_allowance: int,
    registered_allowance: int,
    message: str,
    starts_at: datetime,
    now: datetime,
    code: str = "",
    terms: PolicyTerms = USUAL,
) -> MeterPolicy:
    """The policy that ``adopt_policy`` would adopt, checked and not kept. Raises ``CannotAdopt``."""
    if starts_at < now:
        raise CannotAdopt({"starts_at": _("A policy begins now or later, not in the past.")})
    _take_turns(now)
    policy = MeterPolicy(
        code=code or _find_free_code(terms.kind, anonymous_allowance),
        anonymous_allowance=anonymous_allowance,
        registered_allowance=registered_allowance,
        message=message,
        starts_at=starts_at,
        ends_at=terms.ends_at,
        kind=terms.kind,
        window=terms.window,
        days=terms.days,
        account_first=terms.account_first,
        priority=terms.priority,
        scope=write_scope(terms.scope),
        name=terms.name,
    )
    if terms.priority == PAPERS_OWN:
        _fit_among_own(policy)
    else:
        policy.tally = policy.code if _counts_apart(terms) else ""
    _check(policy, terms.scope)
    return policy


@transaction.atomic
def end_policy(*, code: str, ends_at: datetime, actor: str, now: datetime) -> MeterPolicy:
    """End a special policy at an instant, now or later; one that ends before it begins is taken
    back. A meter of the paper's own can only be taken back; the one before it goes on.

    Raises ``CannotAdopt`` (the paper's own meter has no end but the next; an end put off may not
    bring the policy against another), ``DoesNotExist``.
    """
    _take_turns(now)
    policy = MeterPolicy.objects.select_for_update().get(code=code)
    has_begun = policy.starts_at <= now
    if policy.priority == PAPERS_OWN and (has_begun or ends_at > policy.starts_at):
        raise CannotAdopt(
            {"ends_at": _("The paper’s own meter ends when another is adopted in its place.")}
        )
    if ends_at < now:
        raise CannotAdopt({"ends_at": _("A policy ends now or later, not in the past.")})
    if policy.ends_at is not None and policy.ends_at <= now:
        raise CannotAdopt({"ends_at": _("This policy is over already.")})
    before = policy.ends_at
    if ends_at <= policy.starts_at:
        _take_back(policy)
    else:
        policy.ends_at = ends_at
        if before is not None and ends_at > before and (clash := _find_clash(policy)):
            said = _("It cannot go on until then. %(why)s") % {"why": clash}
            raise CannotAdopt({"ends_at": said}) from clash
        policy.save(update_fields=["ends_at"])
    record_deed(
        actor=actor,
        deed="end_policy",
        subject=f"meter.policy:{policy.code}",
        now=now,
        before=before.isoformat() if before else None,
        ends_at=ends_at.isoformat(),
    )
    announce(PolicyEnded(code), now=now)
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
    """The paper's own meter; a paper without any begins with 5 free stories, 8 with an account."""
    standing = MeterPolicy.objects.own().in_force(now).first()
    return standing or adopt_policy(
        anonymous_allowance=5,
        registered_allowance=8,
        message=FIRST_MESSAGE,
        starts_at=now,
        actor=actor,
        now=now,
    )


def _take_turns(now: datetime) -> None:
    """Wait for whoever else is adopting a policy, so that the two are checked against each other."""
    standing = MeterPolicy.objects.select_for_update().own().in_force(now)
    list(standing.values_list("pk", flat=True))


def _fit_among_own(policy: MeterPolicy) -> None:
    """Let a meter of the paper end where the next begins."""
    own = MeterPolicy.objects.own()
    if policy.ends_at is not None:
        raise CannotAdopt({"ends_at": _("The paper’s own meter ends when the next one begins.")})
    if own.filter(starts_at=policy.starts_at).exists():
        raise CannotAdopt({"starts_at": _("Another policy begins at that very instant.")})
    coming = (
        own.select_for_update().filter(starts_at__gt=policy.starts_at).order_by("starts_at").first()
    )
    policy.ends_at = coming.starts_at if coming else None


def _take_back(policy: MeterPolicy) -> None:
    """Forget a policy that has not begun; the paper's own meter before it goes on in its place."""
    policy.delete()
    if policy.priority == PAPERS_OWN:
        before = MeterPolicy.objects.own().filter(ends_at=policy.starts_at)
        before.update(ends_at=policy.ends_at)


def _counts_apart(terms: PolicyTerms) -> bool:
    if terms.kind is not PolicyKind.METER:
        return False
    if terms.own_count is not None:
        return terms.own_count
    given = {part.name for part in fields(Scope) if getattr(terms.scope, part.name)}
    return not given <= READERS_PARTS


def _check(policy: MeterPolicy, scope: Scope) -> None:
    """Raises ``CannotAdopt`` for whatever would keep the policy from doing what was meant."""
    try:
        policy.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise CannotAdopt(error.message_dict) from error
    if policy.ends_at is not None and policy.ends_at <= policy.starts_at:
        raise CannotAdopt({"ends_at": _("A policy ends after it begins.")})
    if policy.priority == PAPERS_OWN:
        if scope != EVERYTHING:
            raise CannotAdopt({"priority": _("Give a policy for a part a priority from 1 on.")})
        return
    if unknown := find_unknown_names(scope):
        raise CannotAdopt(unknown)
    if clash := _find_clash(policy):
        raise CannotAdopt({clash.part: str(clash)}) from clash


def _find_clash(policy: MeterPolicy) -> PoliciesClash | None:
    """Why a policy cannot stand beside the special ones that are there."""
    others = MeterPolicy.objects.special().in_force_or_coming(policy.starts_at)
    try:
        check_against(policy.as_dated_policy(), [row.as_dated_policy() for row in others])
    except PoliciesClash as clash:
        return clash
    return None


def _write_for_audit(policy: MeterPolicy) -> dict[str, Any]:
    written: dict[str, Any] = {
        "anonymous_allowance": policy.anonymous_allowance,
        "registered_allowance": policy.registered_allowance,
        "message": policy.message,
        "starts_at": policy.starts_at.isoformat(),
    }
    if policy.priority != PAPERS_OWN or policy.window != WindowKind.CALENDAR_MONTH:
        written |= {
            "kind": str(policy.kind),
            "window": str(policy.window),
            "days": policy.days,
            "account_first": policy.account_first,
            "priority": policy.priority,
            "scope": policy.scope,
            "tally": policy.tally,
            "ends_at": policy.ends_at.isoformat() if policy.ends_at else None,
        }
    return written


def _find_free_code(kind: PolicyKind, allowance: int) -> str:
    stem = STEMS.get(kind, f"M{allowance}")
    taken = set(MeterPolicy.objects.filter(code__startswith=stem).values_list("code", flat=True))
    candidates = [stem, *(f"{stem}{letter}" for letter in "BCDEFGHJKMNPQRSTVWXYZ")]
    free = [code for code in candidates if code not in taken]
    if not free:
        raise CannotAdopt({"code": _("Give the policy a code of its own, as in M5A.")})
    return free[0]
