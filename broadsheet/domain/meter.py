"""THE decision: may this reader open this story now?

Three callers: the gate at each page view, the desk's "why was I stopped?", and whoever replays
reads under another policy. Same values in, same verdict out; the caller counts. Which policy rules
a story for a reader is ``policy_scope.choose``'s; here one policy decides.

    access      who reads                        verdict
    free        anyone                           full,    free
    registered  holder of ``unlimited``          full,    entitled
                anyone with an account           full,    registered
                anonymous                        preview, registration-needed
    premium     holder of ``premium``            full,    entitled
                anyone else                      preview, premium-needed
    metered     holder of ``unlimited``          full,    entitled
      by kind of policy, everybody else:
      open      anyone                           full,    open-by-policy
      locked    anyone                           preview, subscribers-only
      account   with an account                  full,    registered
                anonymous                        preview, registration-needed
      meter     has read it in this window       full,    already-read
                has read fewer than allowed      full,    within-allowance   ← counts
                  but is one too many new
                  readers of a network today     preview, network-budget
                has read as many as allowed      preview, allowance-spent, or
                  anonymous, account first       preview, register-to-go-on
                reads cannot be counted          full, uncounted | preview, count-unavailable

Three things come before the table. An exemption (a lent story, a verified crawler) is full and
counts nothing. What an organisation's licence gives, where the reader's own benefits do not open the
story, is full, licensed-network, or licensed-device away from its network. An account in use in too
many places at once holds its own benefits back: what would be entitled is a preview,
too-many-at-once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
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
    OPEN_BY_POLICY = "open-by-policy"
    LENT = "lent"
    VERIFIED_CRAWLER = "verified-crawler"
    LICENSED_NETWORK = "licensed-network"
    LICENSED_DEVICE = "licensed-device"
    ALLOWANCE_SPENT = "allowance-spent"
    REGISTRATION_NEEDED = "registration-needed"
    PREMIUM_NEEDED = "premium-needed"
    COUNT_UNAVAILABLE = "count-unavailable"
    SUBSCRIBERS_ONLY = "subscribers-only"
    NETWORK_BUDGET = "network-budget"
    TOO_MANY_AT_ONCE = "too-many-at-once"
    REGISTER_TO_GO_ON = "register-to-go-on"


EXEMPTIONS = frozenset({Reason.LENT, Reason.VERIFIED_CRAWLER})
"""Reasons that open a story whatever was read; the caller has verified them."""

WALLS: dict[Reason, Wall] = {
    Reason.ALLOWANCE_SPENT: Wall.LIMIT,
    Reason.REGISTRATION_NEEDED: Wall.REGISTRATION,
    Reason.PREMIUM_NEEDED: Wall.PREMIUM,
    Reason.COUNT_UNAVAILABLE: Wall.LIMIT,
    Reason.SUBSCRIBERS_ONLY: Wall.PREMIUM,
    Reason.NETWORK_BUDGET: Wall.REGISTRATION,
    Reason.TOO_MANY_AT_ONCE: Wall.LIMIT,
    Reason.REGISTER_TO_GO_ON: Wall.REGISTRATION,
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
    WEEK = "week"
    ROLLING_DAYS = "rolling-days"


class PolicyKind(StrEnum):
    """What a policy does with the metered stories it rules."""

    METER = "meter"
    OPEN = "open"
    LOCKED = "locked"
    ACCOUNT = "account"


UNCOUNTED_KINDS = {
    PolicyKind.OPEN: Reason.OPEN_BY_POLICY,
    PolicyKind.LOCKED: Reason.SUBSCRIBERS_ONLY,
}
"""What a policy of these kinds says of every metered story it rules."""
MOST_DAYS = 60
"""Longest rolling window, in days."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule for metered stories, in the paper's ``zone``.

    Allowances are distinct stories per window and matter to a ``meter`` only. ``days`` is the
    length of a rolling window, 1 to ``MOST_DAYS``, else 0. With ``account_first`` an anonymous
    reader at the end of the allowance is asked for an account, not yet for a subscription.
    ``tally`` names the count: policies with the same one share it, ``""`` is the paper's own.
    """

    code: str
    anonymous_allowance: int
    registered_allowance: int
    zone: tzinfo
    window: WindowKind = WindowKind.CALENDAR_MONTH
    kind: PolicyKind = PolicyKind.METER
    days: int = 0
    account_first: bool = False
    tally: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """One period of the meter, half open; ``key`` names it (``2026-11``, ``2026-W48``,
    ``rolling-7``). Of a rolling one ``since`` and ``today`` are the first and the last day whose
    reads count (``date.toordinal``), else 0.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    since: int = 0
    today: int = 0

    @property
    def resets_on(self) -> date:
        """The paper's day on which the allowance is whole again; of a rolling window tomorrow."""
        return self.ends_at.date()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, as far as the meter cares.

    ``segments`` are short names given to accounts; ``country`` two capital letters or ``""`` for
    unknown; ``crowded`` says that the account is in use in too many places at once. ``licensed``
    are the benefits that an organisation's licence gives whoever reads on its network, or, with
    ``off_campus``, on a device that it remembers.
    """

    kind: ReaderKind = ReaderKind.ANONYMOUS
    benefits: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    country: str = ""
    crowded: bool = False
    licensed: frozenset[str] = frozenset()
    off_campus: bool = False

    def holds(self, benefit: str) -> bool:
        """Whether the reader has it, by themselves or by a licence."""
        return benefit in self.benefits or benefit in self.licensed


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
    """The window that holds ``now``, bounded by midnights of the policy's zone.

    A rolling window ends at the next midnight, when its oldest day drops out.
    """
    today = now.astimezone(policy.zone).date()
    if policy.window is WindowKind.CALENDAR_MONTH:
        first = today.replace(day=1)
        after = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        return Window(f"{today:%Y-%m}", _midnight(first, policy), _midnight(after, policy))
    if policy.window is WindowKind.WEEK:
        first = today - timedelta(days=today.weekday())
        year, week, _ = today.isocalendar()
        after = first + timedelta(days=7)
        return Window(f"{year:04}-W{week:02}", _midnight(first, policy), _midnight(after, policy))
    first = today - timedelta(days=policy.days - 1)
    return Window(
        f"rolling-{policy.days}",
        _midnight(first, policy),
        _midnight(today + timedelta(days=1), policy),
        since=first.toordinal(),
        today=today.toordinal(),
    )


def get_allowance(policy: Policy, reader: Reader) -> int:
    """How many metered stories this reader may open in one window."""
    if reader.kind is ReaderKind.ANONYMOUS:
        return policy.anonymous_allowance
    return policy.registered_allowance


def is_counted(policy: Policy, access: AccessClass, reader: Reader) -> bool:
    """Whether the verdict depends on what was read; everything else needs no count at all."""
    return (
        access is AccessClass.METERED
        and policy.kind is PolicyKind.METER
        and not reader.holds(UNLIMITED)
    )


def decide(
    policy: Policy,
    access: AccessClass,
    reader: Reader,
    reads: Reads | None,
    now: datetime,
    *,
    open_when_uncounted: bool = False,
    is_admitted: bool = True,
    exemption: Reason | None = None,
) -> Verdict:
    """Decide one view.

    ``reads`` may be ``None`` where ``is_counted`` is false, or when the count cannot be had: then
    a metered story opens only if the paper chose so (``open_when_uncounted``). ``is_admitted`` is
    false for one too many new readers of a network. ``exemption`` is one of ``EXEMPTIONS``; raises
    ``ValueError`` for any other reason.
    """
    if exemption is not None and exemption not in EXEMPTIONS:
        raise ValueError(f"{exemption} exempts nobody")
    window = get_window(policy, now)
    limit = used = 0
    if exemption is not None and access is not AccessClass.FREE:
        reason = exemption
    elif not is_counted(policy, access, reader):
        reason = _reason_without_count(policy, access, reader)
    else:
        limit = get_allowance(policy, reader)
        reason, used = _reason_by_count(
            reads, limit, open_when_uncounted=open_when_uncounted, is_admitted=is_admitted
        )
        if reason is Reason.ALLOWANCE_SPENT and _asks_for_account(policy, reader):
            reason = Reason.REGISTER_TO_GO_ON
    return Verdict(
        outcome=Outcome.PREVIEW if reason in WALLS else Outcome.FULL,
        reason=reason,
        policy=policy.code,
        used=used,
        limit=limit,
        window=window.key,
        resets_on=_find_reset(policy, window, reads),
    )


def _reason_without_count(policy: Policy, access: AccessClass, reader: Reader) -> Reason:
    if access is AccessClass.FREE:
        return Reason.FREE
    held = _reason_by_benefit(access, reader)
    if held is not None:
        return held
    if access is AccessClass.PREMIUM:
        return Reason.PREMIUM_NEEDED
    if access is AccessClass.METERED and policy.kind in UNCOUNTED_KINDS:
        return UNCOUNTED_KINDS[policy.kind]
    is_known = reader.kind is not ReaderKind.ANONYMOUS
    return Reason.REGISTERED if is_known else Reason.REGISTRATION_NEEDED


def _reason_by_benefit(access: AccessClass, reader: Reader) -> Reason | None:
    """What the benefit that opens such a story says; ``None`` for who has it not."""
    benefit = PREMIUM if access is AccessClass.PREMIUM else UNLIMITED
    if benefit in reader.benefits and not reader.crowded:
        return Reason.ENTITLED
    if benefit in reader.licensed:
        return Reason.LICENSED_DEVICE if reader.off_campus else Reason.LICENSED_NETWORK
    if benefit in reader.benefits and access is not AccessClass.REGISTERED:
        return Reason.TOO_MANY_AT_ONCE
    return None


def _reason_by_count(
    reads: Reads | None, limit: int, *, open_when_uncounted: bool, is_admitted: bool
) -> tuple[Reason, int]:
    if reads is None:
        return (Reason.UNCOUNTED if open_when_uncounted else Reason.COUNT_UNAVAILABLE), 0
    if reads.already:
        return Reason.ALREADY_READ, reads.before
    if reads.before >= limit:
        return Reason.ALLOWANCE_SPENT, reads.before
    if not is_admitted:
        return Reason.NETWORK_BUDGET, reads.before
    return Reason.WITHIN_ALLOWANCE, reads.before + 1


def _asks_for_account(policy: Policy, reader: Reader) -> bool:
    return policy.account_first and reader.kind is ReaderKind.ANONYMOUS


def _find_reset(policy: Policy, window: Window, reads: Reads | None) -> date:
    """When the next story comes back: in a rolling window, when the oldest read drops out."""
    if not window.today:
        return window.resets_on
    oldest = reads.oldest if reads and reads.oldest else window.today
    return date.fromordinal(oldest + policy.days)


def _midnight(day: date, policy: Policy) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=policy.zone)
