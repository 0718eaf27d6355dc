"""The meter's verdicts in the form the gate serves them, made once for each and kept.

A ``Period`` is a span in which policies, windows and settings stand still. Within it a ``Rule``,
one policy for one audience and one access class, gives verdicts that depend on nothing but what
was read before, so each is asked of ``domain.meter.decide`` once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from broadsheet.counters.contract import Tally, find_tally
from broadsheet.counters.giving_back import name_notes
from broadsheet.domain import meter
from broadsheet.domain.meter import (
    Outcome,
    Policy,
    PolicyKind,
    Reader,
    ReaderKind,
    Reads,
    Reason,
    Verdict,
)
from broadsheet.domain.policy_scope import Scope, choose
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.domain.story import AccessClass
from broadsheet.gate.metrics import count
from broadsheet.protocol.rendition import ALL, READER, RenditionRequest, StoryFacts
from broadsheet.protocol.snapshot import OPEN, Snapshot, Standing

log = logging.getLogger(__name__)
NO_POLICY = "M0"
SPENT_HELD = 8_192
READERS_HELD = 4_096
"""Readers whose audience is known at once: kinds × benefits × segments × countries."""
CLOCK_STEP = 60.0
"""Seconds by which a clock may be put back without turning the windows back."""


class Served:
    """One verdict, ready: which page it means, its headers' words, its line in the spool."""

    __slots__ = (
        "event",
        "header",
        "is_counted",
        "request",
        "shown",
        "shown_cookie",
        "verdict",
        "views",
        "window",
    )

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        audience = rule.audience
        self.verdict = verdict
        self.views = count("views_total", outcome=verdict.outcome, reason=verdict.reason)
        self.window = verdict.window
        self.is_counted = rule.is_counted and verdict.reason not in meter.EXEMPTIONS
        self.request = audience.full
        if verdict.outcome is Outcome.PREVIEW:
            self.request = _write_preview_request(verdict, rule)
        self.header = f"{verdict.outcome}; reason={verdict.reason}"
        if self.is_counted:
            self.header += f"; used={verdict.used}; limit={verdict.limit}"
        kind = audience.reader.kind
        self.shown = f"{verdict.used}.{verdict.limit}.{verdict.resets_on}.{kind}"
        self.shown_cookie: tuple[str, str] | None = None
        self.event = (
            json.dumps(
                {
                    "access": rule.access,
                    "kind": kind,
                    "outcome": verdict.outcome,
                    "reason": verdict.reason,
                    "policy": verdict.policy,
                    "used": verdict.used,
                    "limit": verdict.limit,
                    "window": verdict.window,
                    "propensity": 1.0,
                },
                separators=(",", ":"),
            )[1:]
            + "\n"
        )


class Rule:
    """One policy for one audience and access class. ``standing`` is the one answer that needs no
    count, or ``None`` where reads decide; then they are counted in ``tally`` up to ``allowance``.
    """

    __slots__ = (
        "_by_count",
        "_exempt",
        "_spent",
        "_turned_away",
        "access",
        "allowance",
        "audience",
        "is_counted",
        "message_version",
        "policy",
        "standing",
        "tally",
    )

    def __init__(self, audience: Audience, ruling: Standing, access: AccessClass) -> None:
        self.audience = audience
        self.policy = ruling.policy
        self.message_version = ruling.message_version
        self.access = access
        self.is_counted = meter.is_counted(ruling.policy, access, audience.reader)
        self.allowance = meter.get_allowance(ruling.policy, audience.reader)
        self.tally = audience.period.get_tally(ruling.policy)
        self._by_count: dict[Reads | None, Served] = {}
        self._turned_away: dict[Reads, Served] = {}
        self._exempt: dict[Reason, Served] = {}
        self._spent = audience.period.get_spent(self.tally, self.allowance)
        self.standing = None if self.is_counted else self._decide(None)

    def get_counted(self, reads: Reads | None) -> Served:
        """The answer from the reads before this view; ``None`` when they cannot be had."""
        served = self._by_count.get(reads)
        if served is None:
            served = self._by_count[reads] = self._decide(reads)
        return served

    def get_turned_away(self, reads: Reads) -> Served:
        """The answer to one too many new readers of a network."""
        served = self._turned_away.get(reads)
        if served is None:
            served = self._turned_away[reads] = self._decide(reads, is_admitted=False)
        return served

    def get_exempt(self, reason: Reason) -> Served:
        """The answer where a verified exemption opens the story."""
        served = self._exempt.get(reason)
        if served is None:
            served = self._exempt[reason] = self._decide(None, exemption=reason)
        return served

    def get_exempt_unless_full(self, reason: Reason) -> Served:
        """As ``get_exempt``; where the story is open without a count it is so for its own reason."""
        standing = self.standing
        if standing is not None and standing.verdict.outcome is Outcome.FULL:
            return standing
        return self.get_exempt(reason)

    def find_spent(self, reader_key: str, story: int) -> Reads | None:
        """The reads of a device known to have spent this allowance, without asking the store."""
        held = self._spent.get(reader_key)
        return None if held is None else Reads(len(held[0]), story in held[0], held[1])

    def keep_spent(self, reader_key: str, stories: Iterable[int], oldest: int) -> None:
        """Remember a device whose allowance is spent: in this period its reads change no more."""
        if len(self._spent) >= SPENT_HELD:
            self._spent.clear()
        self._spent[reader_key] = (frozenset(stories), oldest)

    def _decide(
        self,
        reads: Reads | None,
        *,
        is_admitted: bool = True,
        exemption: Reason | None = None,
    ) -> Served:
        period = self.audience.period
        verdict = meter.decide(
            self.policy,
            self.access,
            self.audience.reader,
            reads,
            period.begins_at,
            open_when_uncounted=period.open_when_uncounted,
            is_admitted=is_admitted,
            exemption=exemption,
        )
        return Served(verdict, self)


class Audience:
    """All readers whom one period treats alike: same kind, benefits, segments and country."""

    __slots__ = ("_rules", "edition", "full", "period", "reader", "tail")

    def __init__(self, period: Period, reader: Reader) -> None:
        self.period = period
        self.reader = reader
        advertising = not reader.holds(meter.AD_FREE)
        self.full = RenditionRequest(
            outcome=Outcome.FULL, language=period.language, advertising=advertising
        )
        self.edition = (period.language, advertising)
        self.tail = f".{reader.kind}"
        self._rules: dict[tuple[str, AccessClass], Rule] = {}

    def choose_rule(self, facts: StoryFacts, now: float) -> tuple[Rule, float]:
        """The rule for a story, and until when (epoch seconds) its age leaves it that one."""
        ruling, until = self.period.choose_policy(facts, self.reader, now)
        key = (ruling.policy.code, facts.access)
        rule = self._rules.get(key)
        if rule is None:
            rule = self._rules.setdefault(key, Rule(self, ruling, facts.access))
        return rule, until


class Period:
    """Policies that stand still. Good for every instant from ``begins`` until ``ends`` (epoch
    seconds): no policy starts or ends and no window turns within.
    """

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        standing = snapshot.list_standing(now)
        if snapshot.find_policy(now) is None:
            log.warning("no meter policy is in force: metered stories are closed")
            nothing = Standing(Policy(NO_POLICY, 0, 0, snapshot.zone), Scope(), "")
            standing = (*standing, nothing)
        self.standing = standing
        self.own = standing[-1]
        self.begins_at = now
        self.begins = now.timestamp() - CLOCK_STEP
        self.snapshot = snapshot
        self.mark = snapshot.mark
        self.language = snapshot.language
        self.open_when_uncounted = snapshot.metered_when_store_is_down == OPEN
        self.revoked = snapshot.revoked_sessions
        self.countries = frozenset(c for ruling in standing for c in ruling.scope.countries)
        self.segments = frozenset(name for ruling in standing for name in ruling.scope.segments)
        self._tallies: dict[str, Tally] = {}
        self._spent: dict[tuple[Tally, int], dict[str, tuple[frozenset[int], int]]] = {}
        self.forgotten = 0
        """How often something was forgotten; what was asked before is not kept after."""
        self._audiences: dict[Reader, Audience] = {}
        self._of_reader: dict[Reader, Audience] = {}
        self._licensed: dict[tuple[Audience, frozenset[str], bool], Audience] = {}
        windows = [meter.get_window(ruling.policy, now) for ruling in standing]
        self.resets_on = windows[-1].resets_on
        edges = [window.ends_at for window in windows]
        edges += [edge for edge in (snapshot.find_next_change(now),) if edge]
        self.ends = min(edges).astimezone(UTC).timestamp()
        self.anonymous = self.get_audience(Reader())

    @property
    def tallies(self) -> list[Tally]:
        """Every count that a policy in force keeps, and the month's notes of what was given back."""
        counting = [r.policy for r in self.standing if r.policy.kind is PolicyKind.METER]
        month = self.begins_at.astimezone(self.snapshot.zone)
        notes = name_notes(f"{month:%Y-%m}")
        return [*dict.fromkeys(self.get_tally(policy) for policy in counting), notes]

    def get_audience(self, reader: Reader) -> Audience:
        """The readers among whom this one is; what no policy in force asks for makes no difference."""
        audience = self._of_reader.get(reader)
        if audience is None:
            country = reader.country if reader.country in self.countries else ""
            alike = replace(reader, country=country, segments=reader.segments & self.segments)
            audience = self._audiences.get(alike)
            if audience is None:
                audience = self._audiences.setdefault(alike, Audience(self, alike))
            if len(self._of_reader) >= READERS_HELD:
                self._of_reader.clear()
            self._of_reader[reader] = audience
        return audience

    def get_licensed(
        self, audience: Audience, benefits: frozenset[str], *, off_campus: bool
    ) -> Audience:
        """The readers among whom one of ``audience`` is by a licence that gives ``benefits``."""
        key = (audience, benefits, off_campus)
        found = self._licensed.get(key)
        if found is None:
            reader = audience.reader
            found = audience
            if reader.crowded or not benefits <= reader.benefits:
                found = self.get_audience(replace(reader, licensed=benefits, off_campus=off_campus))
            if len(self._licensed) >= READERS_HELD:
                self._licensed.clear()
            self._licensed[key] = found
        return found

    def get_tally(self, policy: Policy) -> Tally:
        """Where a policy's reads are counted."""
        tally = self._tallies.get(policy.code)
        if tally is None:
            window = meter.get_window(policy, self.begins_at)
            tally = self._tallies[policy.code] = find_tally(policy, window)
        return tally

    def get_spent(self, tally: Tally, allowance: int) -> dict[str, tuple[frozenset[int], int]]:
        """The devices known to have spent this allowance, by reader key."""
        return self._spent.setdefault((tally, allowance), {})

    def forget_readers(self, wanted: Iterable[str]) -> None:
        """Ask the store again for whoever gave a read back: purge keys ``reader:KEY``, or ``all``."""
        self.forgotten += 1
        for held in list(self._spent.values()):
            for key in wanted:
                if key == ALL:
                    held.clear()
                elif key.startswith(READER):
                    held.pop(key[len(READER) :], None)

    def choose_policy(
        self, facts: StoryFacts, reader: Reader, now: float
    ) -> tuple[Standing, float]:
        """The policy that rules a story for a reader; until when (epoch seconds) by its age."""
        if facts.access is not AccessClass.METERED or len(self.standing) == 1:
            return self.own, float("inf")
        story = facts.describe()
        at = datetime.fromtimestamp(now, UTC)
        edges = [
            edge.timestamp()
            for ruling in self.standing
            if (edge := ruling.scope.find_next_edge(story.published_at, at))
        ]
        return choose(self.standing, story, reader, at), min(edges, default=float("inf"))


def _write_preview_request(verdict: Verdict, rule: Rule) -> RenditionRequest:
    """The page of a stopped reader, with the numbers its message needs and its code."""
    period, full = rule.audience.period, rule.audience.full
    rolling = rule.tally.is_rolling
    code = ReasonCode(
        period.mark,
        verdict.policy,
        verdict.reason,
        verdict.limit,
        verdict.window,
        verdict.resets_on if rolling else None,
    ).encode()
    return RenditionRequest(
        outcome=verdict.outcome,
        wall=verdict.wall,
        policy=verdict.policy,
        reason=verdict.reason,
        limit=verdict.limit,
        window=verdict.window,
        resets_on=verdict.resets_on,
        code=code,
        language=full.language,
        advertising=full.advertising,
        message_version=rule.message_version,
    )


def is_signed_in(reader: Reader) -> bool:
    """Whether the reader has an account here."""
    return reader.kind is not ReaderKind.ANONYMOUS
