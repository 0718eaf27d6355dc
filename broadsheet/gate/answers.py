"""The meter's verdicts in the form the gate serves them, made once for each and kept.

A ``Period`` is a span in which policy, window and setting stand still. Within it every verdict of
``domain.meter.decide`` depends on who reads and how much was read only, so each is asked for once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from broadsheet.domain import meter
from broadsheet.domain.meter import Outcome, Policy, Reader, ReaderKind, Reads, Verdict
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.domain.story import AccessClass
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.protocol.snapshot import OPEN, Snapshot

log = logging.getLogger(__name__)
NO_POLICY = "M0"
SPENT_HELD = 8_192


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
        "window",
    )

    def __init__(self, verdict: Verdict, audience: Audience, access: AccessClass) -> None:
        self.verdict = verdict
        self.window = verdict.window
        self.is_counted = meter.is_counted(access, audience.reader)
        self.request = audience.full
        if verdict.outcome is Outcome.PREVIEW:
            self.request = audience.period.write_preview_request(verdict, audience.full)
        self.header = f"{verdict.outcome}; reason={verdict.reason}"
        if self.is_counted:
            self.header += f"; used={verdict.used}; limit={verdict.limit}"
        kind = audience.reader.kind
        self.shown = f"{verdict.used}.{verdict.limit}.{verdict.resets_on}.{kind}"
        self.shown_cookie: tuple[str, str] | None = None
        self.event = (
            json.dumps(
                {
                    "access": access,
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


class Audience:
    """All readers whom one period treats alike: same kind, same benefits."""

    __slots__ = (
        "_by_count",
        "_without",
        "allowance",
        "edition",
        "full",
        "period",
        "reader",
        "tail",
    )

    def __init__(self, period: Period, reader: Reader) -> None:
        self.period = period
        self.reader = reader
        self.allowance = meter.get_allowance(period.policy, reader)
        advertising = meter.AD_FREE not in reader.benefits
        self.full = RenditionRequest(
            outcome=Outcome.FULL, language=period.language, advertising=advertising
        )
        self.edition = (period.language, advertising)
        self.tail = f".{reader.kind}"
        self._without: dict[AccessClass, Served | None] = {}
        self._by_count: dict[Reads | None, Served] = {}

    def find_uncounted(self, access: AccessClass) -> Served | None:
        """The answer that needs no count, or ``None`` where reads decide."""
        try:
            return self._without[access]
        except KeyError:
            counted = meter.is_counted(access, self.reader)
            served = None if counted else self._decide(access, None)
            self._without[access] = served
            return served

    def get_counted(self, reads: Reads | None) -> Served:
        """The answer for a metered story, from the reads before it; ``None`` when not to be had."""
        served = self._by_count.get(reads)
        if served is None:
            served = self._by_count[reads] = self._decide(AccessClass.METERED, reads)
        return served

    def _decide(self, access: AccessClass, reads: Reads | None) -> Served:
        period = self.period
        verdict = meter.decide(
            period.policy,
            access,
            self.reader,
            reads,
            period.begins_at,
            open_when_uncounted=period.open_when_uncounted,
        )
        return Served(verdict, self, access)


class Period:
    """One policy in one window. Good for every instant from ``begins_at`` until ``ends`` (epoch)."""

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        found = snapshot.find_policy(now)
        if found is None:
            log.warning("no meter policy is in force: metered stories are closed")
            self.policy, self._message_version = Policy(NO_POLICY, 0, 0, snapshot.zone), ""
        else:
            self.policy, self._message_version = found[0], found[1].message_version
        self.begins_at = now
        self.snapshot = snapshot
        self.mark = snapshot.mark
        self.language = snapshot.language
        self.open_when_uncounted = snapshot.metered_when_store_is_down == OPEN
        self.revoked = snapshot.revoked_sessions
        window = meter.get_window(self.policy, now)
        self.window = window.key
        self.resets_on = window.resets_on
        next_change = snapshot.find_next_change(now) or window.ends_at
        self.ends = min(window.ends_at, next_change).astimezone(UTC).timestamp()
        self._spent: dict[str, frozenset[int]] = {}
        self._audiences: dict[Reader, Audience] = {}
        self.anonymous = self.get_audience(Reader())

    def get_audience(self, reader: Reader) -> Audience:
        audience = self._audiences.get(reader)
        if audience is None:
            audience = self._audiences.setdefault(reader, Audience(self, reader))
        return audience

    def find_spent(self, reader_key: str, story: int) -> Reads | None:
        """The reads of a device known to have spent its allowance, without asking the store."""
        held = self._spent.get(reader_key)
        return None if held is None else Reads(len(held), story in held)

    def keep_spent(self, reader_key: str, stories: Iterable[int]) -> None:
        """Remember a device whose allowance is spent: in this period its reads change no more."""
        if len(self._spent) >= SPENT_HELD:
            self._spent.clear()
        self._spent[reader_key] = frozenset(stories)

    def write_preview_request(self, verdict: Verdict, full: RenditionRequest) -> RenditionRequest:
        """The page of a stopped reader, with the numbers its message needs and its code."""
        code = ReasonCode(
            self.mark, verdict.policy, verdict.reason, verdict.limit, verdict.window
        ).encode()
        return RenditionRequest(
            outcome=verdict.outcome,
            wall=verdict.wall,
            policy=verdict.policy,
            limit=verdict.limit,
            window=verdict.window,
            resets_on=verdict.resets_on,
            code=code,
            language=full.language,
            advertising=full.advertising,
            message_version=self._message_version,
        )


def is_signed_in(reader: Reader) -> bool:
    """Whether the reader has an account here."""
    return reader.kind is not ReaderKind.ANONYMOUS
