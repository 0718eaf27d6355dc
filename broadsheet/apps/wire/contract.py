"""What a format is: it recognises a file by its content and reads items from it, one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zoneinfo import ZoneInfo

from broadsheet.domain.wire_copy import Copy

log = logging.getLogger(__name__)
LARGEST_ITEM = 5_000_000
"""Bytes of one item; a larger one is set aside unread."""


class CannotRead(Exception):  # noqa: N818
    """An item, or what is left of a file, that cannot become a story; the message says why.

    ``broken``: the item is damaged or unfit. Otherwise it is sound, and simply no story.
    """

    def __init__(self, reason: str, *, broken: bool = True) -> None:
        super().__init__(reason)
        self.broken = broken


class LacksColumns(Exception):  # noqa: N818
    """A table without a column that every story needs; the message names it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One file being read. ``where`` is how the file is called to people; ``feed`` names items
    whose identifiers mean nothing outside their file; ``zone`` is for times that name none.
    """

    stream: BinaryIO
    where: str
    feed: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file: what was read, or why it was not. ``place`` is a line, a number or ""."""

    place: str
    copy: Copy | None = None
    reason: str = ""
    broken: bool = True


def attempt(place: str, read: Callable[[], Copy]) -> Item:
    """One item read, or why it was not. Whatever a hostile item provokes ends with the item."""
    try:
        return Item(place, read())
    except CannotRead as error:
        return Item(place, reason=str(error), broken=error.broken)
    except RecursionError:
        return Item(place, reason="it is nested too deeply")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        log.warning("item %s could not be read", place, exc_info=True)
        return Item(place, reason=f"it is not put together as its format asks ({error!r:.80})")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, decoded, and its name in lower case without ``.gz``."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write stories down. ``read`` never raises for a bad item: it yields it as such."""

    name: str
    from_agencies: bool
    recognise: Callable[[Head], bool]
    read: Callable[[Reading], Iterator[Item]]
