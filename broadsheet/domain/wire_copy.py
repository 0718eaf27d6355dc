"""Copy from outside: one parsed item, and how repeated versions of it merge.

A sender names an item once and sends it again and again: a first take, updates, a corrected
version, sometimes a cancellation. What stands is always the newest: the higher version, then the
later instant. A cancellation is final. The order in which the versions arrive does not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

HIGHEST_VERSION = 2**63 - 1
LONG_AGO = datetime.min.replace(tzinfo=UTC)
Block = tuple[str, Any]
"""("paragraph", inline HTML), ("crosshead", plain text) or ("list", tuple of inline HTML)."""


class Pubstatus(StrEnum):
    """What the sender allows. Source: IPTC publishing status."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class PictureNote:
    """A picture that came with the item: where it is, and what stands under it."""

    address: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """One item as it was read. Instants are aware; ``feed`` and ``external_id`` name it for good.

    ``embargoed_until`` is the instant before which it may not be published; an embargo whose end
    cannot be known makes the item withheld instead.
    """

    feed: str
    external_id: str
    headline: str
    body: tuple[Block, ...]
    version: int = 0
    pubstatus: Pubstatus = Pubstatus.USABLE
    language: str = ""
    kicker: str = ""
    standfirst: str = ""
    byline: tuple[str, ...] = ()
    dateline: str = ""
    slugline: str = ""
    slug: str = ""
    section: str = ""
    topics: tuple[str, ...] = ()
    origin: str = ""
    agency: str = ""
    access: str = ""
    published_at: datetime | None = None
    sent_at: datetime | None = None
    embargoed_until: datetime | None = None
    pictures: tuple[PictureNote, ...] = ()
    rights: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one item: its newest version, and a digest of what was made of it.

    ``in_this_import``: it was met earlier in the import that is going on.
    """

    version: int
    sent_at: datetime | None
    canceled: bool
    digest: str
    in_this_import: bool = False

    @property
    def rank(self) -> tuple[bool, int, datetime]:
        """Versions of one item stand in this order; the highest is the one that counts."""
        return (self.canceled, self.version, self.sent_at or LONG_AGO)


class Weight(StrEnum):
    """How an arriving version compares with what is known."""

    FIRST = "first"
    NEWER = "newer"
    SAME = "same"
    OLDER = "older"
    REPEATED = "repeated"
    """The same version with the same words, met before in this import."""
    CLASH = "clash"
    """The same version twice in one import, with other words: nobody can tell which is right."""


def stand(copy: Copy, digest: str) -> Standing:
    """What would be known of the item if this were its newest version."""
    return Standing(
        version=copy.version,
        sent_at=copy.sent_at,
        canceled=copy.pubstatus is Pubstatus.CANCELED,
        digest=digest,
        in_this_import=True,
    )


def weigh(known: Standing | None, arriving: Standing) -> Weight:
    """Compare an arriving version with the newest known one.

    A version equal in rank but not in words is an update when it comes in a later import (the
    sender, or the publisher, changed it without counting), and a clash within one.
    """
    if known is None:
        return Weight.FIRST
    if arriving.rank != known.rank:
        return Weight.NEWER if arriving.rank > known.rank else Weight.OLDER
    if known.canceled or arriving.digest == known.digest:
        return Weight.REPEATED if known.in_this_import else Weight.SAME
    return Weight.CLASH if known.in_this_import else Weight.NEWER


def merge_takes(known: Standing | None, arriving: Iterable[Standing]) -> Standing | None:
    """The version that stands after all of these; takes of different rank merge in any order."""
    for take in arriving:
        if weigh(known, take) in {Weight.FIRST, Weight.NEWER}:
            known = take
    return known


def read_version(written: str) -> int:
    """A version as senders write it; one that is not a whole number counts as none, which is 0."""
    digits = written.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 19:  # noqa: PLR2004
        return 0
    return min(int(digits), HIGHEST_VERSION)


def shorten_identifier(written: str, longest: int = 255) -> str:
    """An identifier that fits; a longer one keeps its beginning and ends in its digest."""
    name = " ".join(written.split())
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"{name[: longest - 41]}#{digest}"
