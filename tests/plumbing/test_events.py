from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from broadsheet.plumbing import events
from broadsheet.plumbing.models import OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
HEARD: list[tuple[str, object]] = []


@dataclasses.dataclass(frozen=True, slots=True)
class BoatReturned:
    boat: str
    on: date
    at: datetime
    crew: tuple[str, ...]


class StormError(Exception):
    pass


def log_it(event, *, now):
    HEARD.append(("log", event))


def write_letter(event, *, now):
    HEARD.append(("letter", event))


@events.at_once
def ring_bell(event, *, now):
    HEARD.append(("bell", event))


def sink(event, *, now):
    HEARD.append(("sink", event))
    raise StormError("the sea is in")


@pytest.fixture
def wire(settings):
    import sys

    HEARD.clear()
    settings.WIRING = __name__
    sys.modules.setdefault(__name__, sys.modules[__name__])

    def lay(**columns):
        globals()["TABLE"] = (events.Wire(BoatReturned, **columns),)

    return lay


EVENT = BoatReturned("Uppalam", date(2026, 11, 21), NOW, ("Sudhir", "Thomas"))


def test_the_first_column_hears_inside_the_transaction_and_can_undo_it(wire):
    wire(same_transaction=(log_it, sink), after_commit=(write_letter,))
    with pytest.raises(StormError), transaction.atomic():
        events.announce(EVENT, now=NOW)
    assert HEARD == [("log", EVENT), ("sink", EVENT)]
    assert OutboxRow.objects.count() == 0


def note_all(events, *, now):
    HEARD.append(("all", tuple(events)))


def test_many_events_are_heard_together_first_and_then_one_by_one(wire):
    wire(together=(note_all,), same_transaction=(log_it,), after_commit=(write_letter,))
    other = dataclasses.replace(EVENT, crew=("Meenal",))
    with transaction.atomic():
        events.announce_all([EVENT, other], now=NOW)
        events.announce_all([], now=NOW)
    assert [("all", (EVENT, other)), ("log", EVENT), ("log", other)] == HEARD
    assert events.dispatch_outbox(now=NOW) == 2
    assert HEARD[3:] == [("letter", EVENT), ("letter", other)]


def test_the_second_column_waits_for_the_sweep(wire):
    wire(after_commit=(write_letter,))
    with transaction.atomic():
        events.announce(EVENT, now=NOW)
    assert HEARD == []
    assert events.dispatch_outbox(now=NOW) == 1
    assert HEARD == [("letter", EVENT)]
    assert events.dispatch_outbox(now=NOW) == 0
    assert HEARD == [("letter", EVENT)]


def test_a_prompt_handler_is_called_by_the_process_that_committed(wire):
    wire(after_commit=(ring_bell, write_letter))
    with transaction.atomic():
        events.announce(EVENT, now=NOW)
        assert HEARD == []
    assert HEARD == [("bell", EVENT)]
    assert OutboxRow.objects.filter(done_at__isnull=True).count() == 1


def test_nothing_is_heard_of_what_was_rolled_back(wire):
    wire(after_commit=(ring_bell, write_letter))
    with pytest.raises(StormError), transaction.atomic():
        events.announce(EVENT, now=NOW)
        raise StormError
    assert HEARD == []
    assert OutboxRow.objects.count() == 0


def test_a_handler_that_fails_is_tried_again_later_and_alone(wire):
    wire(after_commit=(sink, write_letter))
    with transaction.atomic():
        events.announce(EVENT, now=NOW)
    assert events.dispatch_outbox(now=NOW) == 1
    assert [name for name, _ in HEARD] == ["sink", "letter"]
    assert events.dispatch_outbox(now=NOW + timedelta(seconds=1)) == 0
    assert [name for name, _ in HEARD] == ["sink", "letter"]
    assert events.dispatch_outbox(now=NOW + timedelta(seconds=3)) == 0
    assert [name for name, _ in HEARD] == ["sink", "letter", "sink"]
    row = OutboxRow.objects.get(done_at__isnull=True)
    assert (row.tries, row.last_error) == (2, "StormError('the sea is in')")


def test_a_row_whose_process_died_is_taken_up_after_its_lease(wire):
    wire(after_commit=(write_letter,))
    with transaction.atomic():
        events.announce(EVENT, now=NOW)
    OutboxRow.objects.update(due_at=NOW + events.LEASE)
    assert events.dispatch_outbox(now=NOW) == 0
    assert events.dispatch_outbox(now=NOW + events.LEASE) == 1
    assert HEARD == [("letter", EVENT)]
