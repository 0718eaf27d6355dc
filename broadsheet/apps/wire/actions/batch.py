"""One batch of arrived items: weighed against what is known, taken in, remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction

from broadsheet.apps.newsroom.actions import (
    CannotIngest,
    IncomingCopy,
    Ingested,
    ingest_batch,
    kill_copy,
)
from broadsheet.apps.wire.actions.addressing import Terms, address
from broadsheet.apps.wire.contract import CannotRead, Item
from broadsheet.apps.wire.models import SetAside, Take
from broadsheet.domain.wire_copy import Pubstatus, Standing, Weight, stand, weigh

KILL_NOTE = "{agency} withdrew this story."
WITHDRAWN = "The agency withdrew this story."
NEVER_CAME = "its sender withdrew it before it came in"
REPEATED = "the same item came before in this import"
CLASH = "the same item came before in this import, with other words"


class Outcome(StrEnum):
    """What became of an item that was read."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Arrived:
    """An item, and the file it was read from."""

    file: str
    item: Item
    from_agencies: bool

    @property
    def where(self) -> str:
        if not self.item.place:
            return self.file
        return f"{self.file}{'#' if self.from_agencies else ':'}{self.item.place}"


Answer = tuple[Arrived, Outcome, str, bool]
Key = tuple[str, str]


@dataclass(slots=True)
class _Pending:
    """What a batch will do about one item."""

    take: Take | None
    standing: Standing | None
    incoming: IncomingCopy | None = None
    canceled_by: str = ""
    places: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    arrived: Sequence[Arrived]
    now: datetime
    pending: dict[Key, _Pending]
    answers: dict[int, tuple[Outcome, str, bool]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def set_aside(self, place: int, reason: str, *, broken: bool = True) -> None:
        self.answers[place] = (Outcome.SET_ASIDE, reason, broken)


def take_in_batch(arrived: Sequence[Arrived], terms: Terms, *, now: datetime) -> list[Answer]:
    """Take a batch in, in one transaction; one answer an item, in order."""
    with transaction.atomic():
        batch = _Batch(arrived, now, _find_known(arrived, now))
        for place, piece in enumerate(arrived):
            _meet(batch, place, piece, terms)
        _ingest(batch)
        _kill(batch)
        _remember(batch)
        _set_aside(batch)
    return [(piece, *batch.answers[place]) for place, piece in enumerate(arrived)]


def _find_known(arrived: Sequence[Arrived], now: datetime) -> dict[Key, _Pending]:
    names: dict[str, set[str]] = {}
    for piece in arrived:
        if piece.item.copy is not None:
            names.setdefault(piece.item.copy.feed, set()).add(piece.item.copy.external_id)
    takes = _lock_takes(names)
    if connection.features.has_select_for_update:
        takes |= _hold_places(names, takes, now)
    return {
        key: _Pending(
            take,
            Standing(take.version, take.sent_at, take.canceled, take.digest, take.seen_at == now)
            if take.digest or take.canceled
            else None,
        )
        for key, take in takes.items()
    }


def _lock_takes(names: dict[str, set[str]]) -> dict[Key, Take]:
    return {
        (take.feed, take.external_id): take
        for feed, identifiers in sorted(names.items())
        for take in Take.objects.select_for_update()
        .filter(feed=feed, external_id__in=identifiers)
        .order_by("external_id")
    }


def _hold_places(
    names: dict[str, set[str]], takes: dict[Key, Take], now: datetime
) -> dict[Key, Take]:
    """Empty rows for items not known yet, so that an import of the same items beside this one
    waits here and then finds them known. A database with one writer needs none.
    """
    missing = {
        feed: {name for name in identifiers if (feed, name) not in takes}
        for feed, identifiers in names.items()
    }
    Take.objects.bulk_create(
        (
            Take(feed=feed, external_id=name, seen_at=now)
            for feed, identifiers in sorted(missing.items())
            for name in sorted(identifiers)
        ),
        ignore_conflicts=True,
    )
    return _lock_takes(missing)


def _meet(batch: _Batch, place: int, piece: Arrived, terms: Terms) -> None:
    """Weigh one item against the newest known version of it."""
    copy = piece.item.copy
    if copy is None:
        batch.set_aside(place, piece.item.reason, broken=piece.item.broken)
        return
    canceled = copy.pubstatus is Pubstatus.CANCELED
    try:
        incoming = (
            None
            if canceled
            else address(copy, terms, from_agencies=piece.from_agencies, now=batch.now)
        )
    except CannotRead as error:
        batch.set_aside(place, str(error), broken=error.broken)
        return
    pending = batch.pending.setdefault((copy.feed, copy.external_id), _Pending(None, None))
    arriving = stand(copy, incoming.digest() if incoming else "")
    weight = weigh(pending.standing, arriving)
    if weight in {Weight.CLASH, Weight.REPEATED}:
        clash = weight is Weight.CLASH
        batch.set_aside(place, CLASH if clash else REPEATED, broken=clash)
        return
    if weight in {Weight.FIRST, Weight.NEWER}:
        first = weight is Weight.FIRST
        pending.standing, pending.incoming = arriving, incoming
        pending.canceled_by = (copy.agency or terms.agency) if canceled else ""
        pending.places.append(place)
        batch.answers[place] = (Outcome.CREATED if first else Outcome.UPDATED, "", False)
        return
    if weight is Weight.SAME and pending.standing is not None and pending.take is not None:
        pending.standing = replace(pending.standing, in_this_import=True)
        batch.seen.add(pending.take.pk)
    batch.answers[place] = (Outcome.UNCHANGED, "", False)


def _ingest(batch: _Batch) -> None:
    """The newest version of each item to the newsroom."""
    chosen = [one for one in batch.pending.values() if one.places and one.incoming is not None]
    answers = ingest_batch(
        copies=[one.incoming for one in chosen if one.incoming is not None], now=batch.now
    )
    for one, answer in zip(chosen, answers, strict=True):
        if answer.outcome is None:
            for place in one.places:
                batch.set_aside(place, answer.reason.rstrip("."))
            one.places.clear()
            continue
        one.take = one.take or Take()
        one.take.story_id = answer.story_id
        if answer.outcome is Ingested.UNCHANGED:
            for place in one.places:
                batch.answers[place] = (Outcome.UNCHANGED, "", False)
        elif answer.outcome is Ingested.UPDATED:
            batch.answers[one.places[0]] = (Outcome.UPDATED, "", False)


def _kill(batch: _Batch) -> None:
    for (feed, external_id), one in batch.pending.items():
        if not one.places or one.incoming is not None:
            continue
        *earlier, last = one.places
        if one.take is None or one.take.story_id is None:
            for place in earlier:
                batch.answers[place] = (Outcome.UNCHANGED, "", False)
            batch.set_aside(last, NEVER_CAME, broken=False)
            one.take = one.take or Take()
            continue
        note = KILL_NOTE.format(agency=one.canceled_by) if one.canceled_by else WITHDRAWN
        try:
            done = kill_copy(feed=feed, external_id=external_id, note=note[:300], now=batch.now)
        except CannotIngest as error:
            batch.set_aside(last, str(error).rstrip("."))
            one.places.clear()
            continue
        outcome = Outcome.UPDATED if done is Ingested.UPDATED else Outcome.UNCHANGED
        batch.answers[last] = (outcome, "", False)


def _remember(batch: _Batch) -> None:
    takes = []
    for (feed, external_id), one in batch.pending.items():
        if not one.places or one.standing is None:
            continue
        take = one.take or Take()
        takes.append(
            Take(
                feed=feed,
                external_id=external_id,
                version=one.standing.version,
                sent_at=one.standing.sent_at,
                canceled=one.standing.canceled,
                digest=one.standing.digest,
                seen_at=batch.now,
                story_id=take.story_id,
            )
        )
    Take.objects.bulk_create(
        takes,
        update_conflicts=True,
        unique_fields=["feed", "external_id"],
        update_fields=["version", "sent_at", "canceled", "digest", "seen_at", "story"],
    )
    unused = [
        one.take.pk
        for one in batch.pending.values()
        if one.take is not None and one.take.pk and not one.take.digest and not one.places
    ]
    if unused:
        Take.objects.filter(pk__in=unused, digest="", canceled=False).delete()
    if batch.seen:
        Take.objects.filter(pk__in=batch.seen).update(seen_at=batch.now)


def _set_aside(batch: _Batch) -> None:
    SetAside.objects.bulk_create(
        SetAside(
            file=piece.file[:500],
            place=piece.item.place[:80],
            reason=reason[:400],
            broken=broken,
            read_at=batch.now,
        )
        for place, piece in enumerate(batch.arrived)
        for outcome, reason, broken in (batch.answers[place],)
        if outcome is Outcome.SET_ASIDE
    )
