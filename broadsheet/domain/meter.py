"""THE decision: may this reader open this story now?

Three callers: the gate at each page view, the desk's "why was I stopped?", and whoever replays
reads under another policy. Same values in, same verdict out; the caller counts.

    access      who reads                        verdict
    free        anyone                           full,    free
    registered  holder of ``unlimited``          full,    entitled
                anyone with an account           full,    registered
                anonymous                        preview, registration-needed
    premium     holder of ``premium``            full,    entitled
                anyone else                      preview, premium-needed
    metered     holder of ``unlimited``          full,    entitled
                has read it in this window       full,    already-read
                has read fewer than allowed      full,    within-allowance   ← counts
                has read as many as allowed      preview, allowance-spent
                reads cannot be counted          full, uncounted | preview, count-unavailable
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from broadsheet.domain.story import AccessClass

PREMIUM = "premium"
UNLIMITED = "unlimited"
AD_FREE = "ad-free"


class Outcome(StrEnum):
    """What is served."""

    FULL = "full"
    PREVIEW = "preview"


class Wall(StrEnum):
    """What stands instead of the rest of a preview."""

    NONE = ""
    LIMIT = "limit"
    REGISTRATION = "registration"
    PREMIUM = "premium"


class Reason(StrEnum):
    """Why."""

    FREE = "free"
    ENTITLED = "entitled"
    REGISTERED = "registered"
    ALREADY_READ = "already-read"
    WITHIN_ALLOWANCE = "within-allowance"
    UNCOUNTED = "uncounted"
    ALLOWANCE_SPENT = "allowance-spent"
    REGISTRATION_NEEDED = "registration-needed"
    PREMIUM_NEEDED = "premium-needed"
    COUNT_UNAVAILABLE = "count-unavailable"


WALLS: dict[Reason, Wall] = {
    Reason.ALLOWANCE_SPENT: Wall.LIMIT,
    Reason.REGISTRATION_NEEDED: Wall.REGISTRATION,
    Reason.PREMIUM_NEEDED: Wall.PREMIUM,
    Reason.COUNT_UNAVAILABLE: Wall.LIMIT,
}
"""The reasons to stop a reader, and the wall each one meets."""


class ReaderKind(StrEnum):
    """How the paper knows a reader. Benefits decide, the kind only picks the allowance."""

    ANONYMOUS = "anonymous"
    REGISTERED = "registered"
    SUBSCRIBER = "subscriber"


class WindowKind(StrEnum):
    """The period in which reads are counted."""

    CALENDAR_MONTH = "calendar-month"


@dataclass(frozen=True, slots=True)
class Policy:
    """One meter: allowances are distinct metered stories per window, in the paper's ``zone``."""

    code: str
    anonymous_allowance: int
    registered_allowance: int
    zone: tzinfo
    window: WindowKind = WindowKind.CALENDAR_MONTH


@dataclass(frozen=True, slots=True)
class Window:
    """One period of the meter, half open; ``key`` names it (``2026-11``)."""

    key: str
    starts_at: datetime
    ends_at: datetime

    @property
    def resets_on(self) -> date:
        """The paper's day on which the allowance is whole again."""
        return self.ends_at.date()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, as far as the meter cares."""

    kind: ReaderKind = ReaderKind.ANONYMOUS
    benefits: frozenset[str] = frozenset()


class Reads(NamedTuple):
    """What the count held before this view: stories read in the window, whether this is one, and
    in a rolling window the day number of the oldest (``date.toordinal``; 0 for none or elsewhere).
    """

    before: int
    already: bool
    oldest: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer. ``used`` includes this view when it counts; all counts are stories."""

    outcome: Outcome
    reason: Reason
    policy: str
    used: int
    limit: int
    window: str
    resets_on: date

    @property
    def wall(self) -> Wall:
        return WALLS.get(self.reason, Wall.NONE)

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def counts(self) -> bool:
        """Whether this view spends one of the allowance."""
        return self.reason is Reason.WITHIN_ALLOWANCE


def get_window(policy: Policy, now: datetime) -> Window:
    """The window that holds ``now``, bounded by midnights of the policy's zone."""
    local = now.astimezone(policy.zone)
    year, month = local.year, local.month
    after = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004
    return Window(
        key=f"{year:04}-{month:02}",
        starts_at=datetime(year, month, 1, tzinfo=policy.zone),
        ends_at=datetime(*after, 1, tzinfo=policy.zone),
    )


def get_allowance(policy: Policy, reader: Reader) -> int:
    """How many metered stories this reader may open in one window."""
    if reader.kind is ReaderKind.ANONYMOUS:
        return policy.anonymous_allowance
    return policy.registered_allowance


def is_counted(access: AccessClass, reader: Reader) -> bool:
    """Whether the verdict depends on what was read; everything else needs no count at all."""
    return access is AccessClass.METERED and UNLIMITED not in reader.benefits


def decide(
    policy: Policy,
    access: AccessClass,
    reader: Reader,
    reads: Reads | None,
    now: datetime,
    *,
    open_when_uncounted: bool = False,
) -> Verdict:
    """Decide one view.

    ``reads`` may be ``None`` where ``is_counted`` is false, or when the count cannot be had: then
    a metered story opens only if the paper chose so (``open_when_uncounted``).
    """
    window = get_window(policy, now)
    if not is_counted(access, reader):
        reason = _reason_without_count(access, reader)
        limit = used = 0
    else:
        limit = get_allowance(policy, reader)
        reason, used = _reason_by_count(reads, limit, open_when_uncounted=open_when_uncounted)
    return Verdict(
        outcome=Outcome.PREVIEW if reason in WALLS else Outcome.FULL,
        reason=reason,
        policy=policy.code,
        used=used,
        limit=limit,
        window=window.key,
        resets_on=window.resets_on,
    )


def _reason_without_count(access: AccessClass, reader: Reader) -> Reason:
    if access is AccessClass.FREE:
        return Reason.FREE
    if access is AccessClass.PREMIUM:
        return Reason.ENTITLED if PREMIUM in reader.benefits else Reason.PREMIUM_NEEDED
    if UNLIMITED in reader.benefits:
        return Reason.ENTITLED
    if reader.kind is ReaderKind.ANONYMOUS:
        return Reason.REGISTRATION_NEEDED
    return Reason.REGISTERED


def _reason_by_count(
    reads: Reads | None, limit: int, *, open_when_uncounted: bool
) -> tuple[Reason, int]:
    if reads is None:
        return (Reason.UNCOUNTED if open_when_uncounted else Reason.COUNT_UNAVAILABLE), 0
    if reads.already:
        return Reason.ALREADY_READ, reads.before
    if reads.before < limit:
        return Reason.WITHIN_ALLOWANCE, reads.before + 1
    return Reason.ALLOWANCE_SPENT, reads.before
