"""What every gate worker must know of the paper: policies, setting, revoked sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.domain.meter import Policy, WindowKind

VERSION = 1
OPEN = "open"
CLOSED = "closed"


class UnreadableSnapshot(ValueError):  # noqa: N818
    """A snapshot that does not have the form this house writes."""


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """A meter policy and the half-open span in which it is in force; no end: until the next."""

    code: str
    anonymous_allowance: int
    registered_allowance: int
    window: WindowKind
    message_version: str
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokedSession:
    """A session signed out: no pass of it counts any more. Dropped once its passes have expired."""

    session: str
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

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @cached_property
    def revoked_sessions(self) -> frozenset[str]:
        return frozenset(row.session for row in self.revoked)

    def find_policy(self, now: datetime) -> tuple[Policy, DatedPolicy] | None:
        """The policy in force at ``now``: the last one to start of those that have not ended."""
        for row in reversed(self.policies):
            if row.starts_at <= now and (row.ends_at is None or now < row.ends_at):
                policy = Policy(
                    code=row.code,
                    anonymous_allowance=row.anonymous_allowance,
                    registered_allowance=row.registered_allowance,
                    zone=self.zone,
                    window=row.window,
                )
                return policy, row
        return None

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
                "policies": [
                    {
                        "code": row.code,
                        "anonymous_allowance": row.anonymous_allowance,
                        "registered_allowance": row.registered_allowance,
                        "window": row.window,
                        "message_version": row.message_version,
                        "starts_at": row.starts_at.isoformat(),
                        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
                    }
                    for row in self.policies
                ],
                "revoked": [
                    {"session": row.session, "until": row.until.isoformat()} for row in self.revoked
                ],
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
            )
            snapshot.zone  # noqa: B018
        except (ValueError, TypeError, KeyError, LookupError) as error:
            raise UnreadableSnapshot(f"{type(error).__name__}: {error}") from error
        return snapshot


def _read_policy(row: dict[str, Any]) -> DatedPolicy:
    return DatedPolicy(
        code=row["code"],
        anonymous_allowance=int(row["anonymous_allowance"]),
        registered_allowance=int(row["registered_allowance"]),
        window=WindowKind(row["window"]),
        message_version=row["message_version"],
        starts_at=_instant(row["starts_at"]),
        ends_at=_instant(row["ends_at"]) if row["ends_at"] else None,
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
