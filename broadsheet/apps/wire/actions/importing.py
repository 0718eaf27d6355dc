"""Importing stories: files in, stories out, and everything else set aside with its reason.

Items are read one by one and taken in by batches, each in a transaction of its own, so that an
import of any size needs the same memory and one that is broken off can simply be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, OperationalError

from broadsheet.apps.wire.actions.addressing import Terms, name_section
from broadsheet.apps.wire.actions.batch import Arrived, Outcome, take_in_batch
from broadsheet.apps.wire.contract import (
    CannotRead,
    Format,
    Head,
    Item,
    LacksColumns,
    Reading,
)
from broadsheet.apps.wire.files import Source, open_source, read_head, walk_sources
from broadsheet.apps.wire.formats import BY_NAME, detect
from broadsheet.apps.wire.models import SetAside
from broadsheet.apps.wire.reader_process import is_worth_a_process, read_beside

BATCH = 500
MOST_NOTES = 10_000
AUTO = "auto"
LONGEST_FEED = 80


class CannotImport(Exception):  # noqa: N818
    """An import that makes no sense as asked for; the message says what to do. Nothing happened."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An item set aside: where it stands, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. ``broken`` of the items ``set_aside`` were damaged or unfit; the others
    are sound and simply no stories. ``errors`` stops at ten thousand; the desk lists them all.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    set_aside: int = 0
    broken: int = 0
    errors: tuple[Noted, ...] = ()


@dataclass(slots=True)
class _Import:
    terms: Terms
    now: datetime
    feed: str
    on_progress: Callable[[Imported], None]
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    broken: int = 0
    errors: list[Noted] = field(default_factory=list)
    waiting: list[Arrived] = field(default_factory=list)

    def state(self) -> Imported:
        return Imported(
            read=sum(self.counts.values()),
            created=self.counts[Outcome.CREATED],
            updated=self.counts[Outcome.UPDATED],
            unchanged=self.counts[Outcome.UNCHANGED],
            set_aside=self.counts[Outcome.SET_ASIDE],
            broken=self.broken,
            errors=tuple(self.errors),
        )


def import_stories(
    *,
    paths: Iterable[Path],
    format: str = AUTO,  # noqa: A002
    section: str = "",
    origin: str = "",
    access: str = "",
    agency: str = "",
    feed: str = "",
    now: datetime,
    on_progress: Callable[[Imported], None] | None = None,
) -> Imported:
    """Take in every story of these files and folders.

    What an option says holds for every item; otherwise each says it itself. ``feed`` names what
    identifiers belong to where a format's are not unique in the world; without it, the file's
    name does. Raises ``CannotImport`` before anything is done, except for a named table that lacks
    columns, which is met when its turn comes.
    """
    listed = [Path(path) for path in paths]
    _refuse_senseless(listed, format, section)
    run = _Import(
        Terms(section=section, origin=origin, access=access, agency=agency),
        now,
        feed,
        on_progress or (lambda _state: None),
    )
    try:
        for source in walk_sources(listed):
            _read_source(run, source, format)
        _flush(run)
    except LacksColumns as error:
        _flush(run)
        raise CannotImport(str(error)) from error
    return run.state()


def _refuse_senseless(paths: list[Path], format_name: str, section: str) -> None:
    if format_name != AUTO and format_name not in BY_NAME:
        known = ", ".join((AUTO, *BY_NAME))
        raise CannotImport(f"There is no format {format_name!r}. The formats are: {known}.")
    for path in paths:
        if not path.exists():
            raise CannotImport(f"There is no file or folder {path}.")
    if section:
        try:
            name_section(section)
        except CannotRead as error:
            raise CannotImport(f"{str(error).capitalize()}. Choose another section.") from error


def _read_source(run: _Import, source: Source, format_name: str) -> None:
    SetAside.objects.filter(file=source.where[:500]).delete()
    try:
        with open_source(source) as stream:
            format = _choose(source, read_head(stream, source.bare_name), format_name)  # noqa: A001
            feed, zone = (run.feed or _feed_of(source))[:LONGEST_FEED], settings.PAPER.zone
            if is_worth_a_process(source):
                items = read_beside(source, format.name, feed, zone)
            else:
                items = format.read(Reading(stream, source.where, feed, zone))
            for item in items:
                _queue(run, source, item, from_agencies=format.from_agencies)
    except CannotRead as error:
        _queue(run, source, Item("", reason=str(error), broken=error.broken), from_agencies=False)
    except LacksColumns as error:
        if source.named:
            raise
        _queue(run, source, Item("", reason=str(error)), from_agencies=False)


def _choose(source: Source, head: Head, format_name: str) -> Format:
    """The format to read this file in. Raises ``CannotRead``.

    A file that was named is read in the format that was named; one met in a folder must look it.
    """
    found = detect(head)
    if format_name == AUTO:
        if found is None:
            raise CannotRead("not in a format we read", broken=source.named)
        return found
    wanted = BY_NAME[format_name]
    if source.named or found is wanted:
        return wanted
    raise CannotRead(f"not {wanted.name}", broken=False)


def _feed_of(source: Source) -> str:
    name = source.bare_name
    return name.rpartition(".")[0] or name


def _queue(run: _Import, source: Source, item: Item, *, from_agencies: bool) -> None:
    run.waiting.append(Arrived(source.where, item, from_agencies))
    if len(run.waiting) >= BATCH:
        _flush(run)


def _flush(run: _Import) -> None:
    arrived, run.waiting = run.waiting, []
    if not arrived:
        return
    for piece, outcome, reason, broken in _take_in(run, arrived):
        run.counts[outcome] += 1
        if outcome is Outcome.SET_ASIDE:
            run.broken += broken
            if len(run.errors) < MOST_NOTES:
                run.errors.append(Noted(piece.where, reason))
    run.on_progress(run.state())


def _take_in(run: _Import, arrived: list[Arrived]) -> Iterator[tuple[Arrived, Outcome, str, bool]]:
    """A batch; should the database refuse it, each of its items alone."""
    try:
        yield from take_in_batch(arrived, run.terms, now=run.now)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(arrived) == 1:
            reason = f"the database refused it: {str(error).splitlines()[0]}"
            item = Item(arrived[0].item.place, reason=reason)
            alone = Arrived(arrived[0].file, item, arrived[0].from_agencies)
            yield from take_in_batch([alone], run.terms, now=run.now)
            return
        for one in arrived:
            yield from _take_in(run, [one])
