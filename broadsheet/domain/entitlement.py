"""Grants over time → the benefits held at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """One hold on one benefit: ``[starts_at, ends_at)``, cut short by ``revoked_at``."""

    benefit: str
    starts_at: datetime
    ends_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        if instant < self.starts_at:
            return False
        return all(end is None or instant < end for end in (self.ends_at, self.revoked_at))


def benefits_at(grants: Iterable[Grant], instant: datetime) -> frozenset[str]:
    """The codes of every benefit held at ``instant``."""
    return frozenset(grant.benefit for grant in grants if grant.holds_at(instant))
