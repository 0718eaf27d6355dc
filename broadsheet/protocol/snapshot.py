"""What every gate worker must know of the paper: policies, setting, revoked sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.domain.meter import Policy, PolicyKind, WindowKind
from broadsheet.domain.policy_scope import EVERYTHING, PAPERS_OWN, Scope

VERSION = 2
OPEN = "open"
CLOSED = "closed"


class UnreadableSnapshot(ValueError):  # noqa: N818
    """A snapshot that does not have the form this house writes."""


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """A policy and the half-open span in which it is in force; no end: until the next.

    The fields are those of ``domain.meter.Policy``, with priority and scope from ``policy_scope``.
    """

    code: str
    anonymous_allowance: int
    registered_allowance: int
    window: WindowKind
    message_version: str
    starts_at: datetime
    ends_at: datetime | None = None
    kind: PolicyKind = PolicyKind.METER
    days: int = 0
    account_first: bool = False
    tally: str = ""
    priority: int = PAPERS_OWN
    scope: Scope = EVERYTHING

    def is_in_force(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy in force, as the meter takes it, with its scope."""

    policy: Policy
    scope: Scope
    message_version: str


@dataclass(frozen=True, slots=True)
class RevokedSession:
    """A session signed out: no pass of it counts any more. Dropped once its passes have expired."""

    session: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RevokedLink:
    """A link taken back before its end: what it lent is locked again. Dropped once it is over."""

    link_id: int
    until: datetime


@dataclass(frozen=True)
class Snapshot:
    """All that the gate is told. ``policies`` are those in force and coming, in order of start."""

    mark: str = "BS"
    zone_name: str = "UTC"
    language: str = "en"
    metered_when_store_is_down: str = CLOSED
    policies: tuple[DatedPolicy, ...] = ()
    revoked: tuple[RevokedSession, ...] = field(default=())
    lend_premium: bool = False
    revoked_links: tuple[RevokedLink, ...] = ()
    new_readers_per_network: int = 0
    """In a day; 0 for no limit."""
    readers_at_once: int = 0
    """Places in which one account's benefits hold; 0 for no limit."""
    crawlers_read_full: str = "none"
    """The name of verified crawlers that get the full text."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @cached_property
    def revoked_sessions(self) -> frozenset[str]:
        return frozenset(row.session for row in self.revoked)

    @cached_property
    def revoked_link_ids(self) -> frozenset[int]:
        return frozenset(row.link_id for row in self.revoked_links)

    def find_policy(self, now: datetime) -> tuple[Policy, DatedPolicy] | None:
        """The paper's own meter at ``now``: the last one to start of those that have not ended."""
        for row in reversed(self.policies):
            if row.priority == PAPERS_OWN and row.is_in_force(now):
                return self._make_policy(row), row
        return None

    def list_standing(self, now: datetime) -> tuple[Standing, ...]:
        """Every policy in force at ``now`` in falling priority; last, if any, the paper's own."""
        rows = [row for row in self.policies if row.priority != PAPERS_OWN and row.is_in_force(now)]
        rows.sort(key=lambda row: (-row.priority, row.code))
        own = self.find_policy(now)
        if own is not None:
            rows.append(own[1])
        return tuple(
            Standing(self._make_policy(row), row.scope, row.message_version) for row in rows
        )

    def _make_policy(self, row: DatedPolicy) -> Policy:
        return Policy(
            code=row.code,
            anonymous_allowance=row.anonymous_allowance,
            registered_allowance=row.registered_allowance,
            zone=self.zone,
            window=row.window,
            kind=row.kind,
            days=row.days,
            account_first=row.account_first,
            tally=row.tally,
        )

    def find_next_change(self, now: datetime) -> datetime | None:
        """The first instant after ``now`` at which a policy starts or ends."""
        edges = [row.starts_at for row in self.policies]
        edges += [row.ends_at for row in self.policies if row.ends_at]
        return min((edge for edge in edges if edge > now), default=None)

    def encode(self) -> str:
        return json.dumps(
            {
                "v": VERSION,
                "mark": self.mark,
                "zone": self.zone_name,
                "language": self.language,
                "metered_when_store_is_down": self.metered_when_store_is_down,
                "policies": [_write_policy(row) for row in self.policies],
                "revoked": [
                    {"session": row.session, "until": row.until.isoformat()} for row in self.revoked
                ],
                "lend_premium": self.lend_premium,
                "revoked_links": [
                    {"link": row.link_id, "until": row.until.isoformat()}
                    for row in self.revoked_links
                ],
                "new_readers_per_network": self.new_readers_per_network,
                "readers_at_once": self.readers_at_once,
                "crawlers_read_full": self.crawlers_read_full,
            },
            ensure_ascii=False,
        )

    @classmethod
    def decode(cls, text: str) -> Snapshot:
        """Read what ``encode`` wrote. Raises ``UnreadableSnapshot``."""
        try:
            written = json.loads(text)
            snapshot = cls(
                mark=written["mark"],
                zone_name=written["zone"],
                language=written["language"],
                metered_when_store_is_down=written["metered_when_store_is_down"],
                policies=tuple(_read_policy(row) for row in written["policies"]),
                revoked=tuple(
                    RevokedSession(row["session"], _instant(row["until"]))
                    for row in written["revoked"]
                ),
                lend_premium=bool(written.get("lend_premium", False)),
                revoked_links=tuple(
                    RevokedLink(int(row["link"]), _instant(row["until"]))
                    for row in written.get("revoked_links", ())
                ),
                new_readers_per_network=int(written.get("new_readers_per_network", 0)),
                readers_at_once=int(written.get("readers_at_once", 0)),
                crawlers_read_full=str(written.get("crawlers_read_full", "none")),
            )
            snapshot.zone  # noqa: B018
        except (ValueError, TypeError, KeyError, LookupError) as error:
            raise UnreadableSnapshot(f"{type(error).__name__}: {error}") from error
        return snapshot


SETS = ("sections", "topics", "origins", "authors", "countries", "segments")


def write_scope(scope: Scope) -> dict[str, Any]:
    """A scope's parts that are given, as plain values."""
    written: dict[str, Any] = {part: sorted(getattr(scope, part)) for part in SETS}
    written |= {"from_age": scope.from_age, "until_age": scope.until_age}
    return {part: value for part, value in written.items() if value not in (None, [])}


def read_scope(written: dict[str, Any]) -> Scope:
    """Read what ``write_scope`` wrote. Raises ``ValueError`` or ``TypeError``."""
    if unknown := written.keys() - {*SETS, "from_age", "until_age"}:
        raise ValueError(f"unknown parts of a scope: {', '.join(sorted(unknown))}")
    sets = {part: frozenset(str(name) for name in written.get(part, ())) for part in SETS}
    return Scope(
        from_age=_read_age(written.get("from_age")),
        until_age=_read_age(written.get("until_age")),
        **sets,
    )


def _read_age(written: object) -> int | None:
    return None if written is None else int(str(written))


def _write_policy(row: DatedPolicy) -> dict[str, Any]:
    return {
        "code": row.code,
        "anonymous_allowance": row.anonymous_allowance,
        "registered_allowance": row.registered_allowance,
        "window": row.window,
        "message_version": row.message_version,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "kind": row.kind,
        "days": row.days,
        "account_first": row.account_first,
        "tally": row.tally,
        "priority": row.priority,
        "scope": write_scope(row.scope),
    }


def _read_policy(row: dict[str, Any]) -> DatedPolicy:
    """Version 1 knew the paper's own meter only."""
    return DatedPolicy(
        code=row["code"],
        anonymous_allowance=int(row["anonymous_allowance"]),
        registered_allowance=int(row["registered_allowance"]),
        window=WindowKind(row["window"]),
        message_version=row["message_version"],
        starts_at=_instant(row["starts_at"]),
        ends_at=_instant(row["ends_at"]) if row["ends_at"] else None,
        kind=PolicyKind(row.get("kind", PolicyKind.METER)),
        days=int(row.get("days", 0)),
        account_first=bool(row.get("account_first", False)),
        tally=row.get("tally", ""),
        priority=int(row.get("priority", PAPERS_OWN)),
        scope=read_scope(row.get("scope", {})),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
