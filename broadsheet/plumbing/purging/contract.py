"""What a CDN's adapter must be, and how one is found.

An adapter is a function ``open_cdn(plant)`` that returns a ``Cdn``. Ours are ``fastly`` and
``cloudflare``; anybody's own is found by the entry point group ``broadsheet.purge`` under the name
given in ``BROADSHEET_CDN``. An adapter only speaks to its company: it keeps nothing, decides
nothing, never raises for what the network did, and makes one call a purge, within 20 seconds. It
tells the truth in four words:

========= =======================================================================================
sent      the company took it
not_sent  it surely never arrived (name, connect or TLS failure), or was put off (429)
unknown   lost reply, 5xx, an answer that cannot be read: it is sent again, for a page may be
          forgotten twice
refused   the company said no (wrong token, no such zone): asking again is of no use
========= =======================================================================================
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Protocol

from broadsheet.plumbing.paper import WrongSetting
from broadsheet.plumbing.plant import Plant

GROUP = "broadsheet.purge"
OURS = {
    "cloudflare": "broadsheet.plumbing.purging.cloudflare",
    "fastly": "broadsheet.plumbing.purging.fastly",
}


class Outcome(StrEnum):
    """What became of one purge."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one purge; ``rest_seconds`` is how long the company asks not to be asked."""

    outcome: Outcome
    says: str = ""
    rest_seconds: float = 0.0


class Cdn(Protocol):
    """One CDN, as the queue and the pages see it."""

    @property
    def most(self) -> int:
        """How many keys, or addresses, one purge may hold."""
        ...

    @property
    def by_address(self) -> bool:
        """Whether pages are purged by address, not by key; the key ``all`` comes as a key always."""
        ...

    def purge(self, keys: Sequence[str], urls: Sequence[str]) -> Answer:
        """Forget pages: by ``keys``, or by ``urls`` where ``by_address``; the other is empty.

        Every page carries the key ``all``.
        """
        ...

    def write_tags(self, keys: Sequence[str]) -> tuple[str, str]:
        """The response header that gives a page its keys; the CDN takes it off again."""
        ...


def find_cdn(plant: Plant) -> Cdn | None:
    """The CDN of ``BROADSHEET_CDN``, if there is one. Raises ``WrongSetting``."""
    return _open_cdn(plant) if plant.cdn else None


@lru_cache(maxsize=4)
def _open_cdn(plant: Plant) -> Cdn:
    if plant.cdn in OURS:
        cdn: Cdn = importlib.import_module(OURS[plant.cdn]).open_cdn(plant)
        return cdn
    others = {point.name: point for point in entry_points(group=GROUP)}
    if plant.cdn not in others:
        known = ", ".join(sorted({*OURS, *others}))
        raise WrongSetting(f"BROADSHEET_CDN is {plant.cdn!r}; there are: {known}.")
    own: Cdn = others[plant.cdn].load()(plant)
    return own
