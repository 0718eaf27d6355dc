"""How rooms tell of what happened.

A room announces a frozen dataclass; ``wiring.TABLE`` says who hears it. Handlers of the first two
columns run at once, inside the same transaction; those under ``together`` are given all events of a
kind that one deed announces, in one call. The others run after commit, through the
outbox: one row per handler, retried with growing pauses until it succeeds. A handler marked
``at_once`` is tried by the process that committed; what it could not do the worker's sweep does.
Every handler is called as ``handler(event, now=…)``, or ``handler(events, now=…)`` under
``together``, and may be called twice for one event.
"""

from __future__ import annotations

import dataclasses
import importlib
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F

from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows
from broadsheet.plumbing.models import OutboxRow

log = logging.getLogger(__name__)
Handler = Callable[..., None]
H = TypeVar("H", bound=Handler)
LEASE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Wire:
    """One line of the wiring table."""

    event: type[Any]
    together: tuple[Handler, ...] = ()
    same_transaction: tuple[Handler, ...] = ()
    after_commit: tuple[Handler, ...] = ()


def at_once(handler: H) -> H:
    """Mark an after-commit handler that is cheap enough for the committing process."""
    handler.at_once = True  # type: ignore[attr-defined]
    return handler


def announce(event: Any, *, now: datetime) -> None:
    """Tell of ``event``. Call it inside the transaction of the deed."""
    announce_all([event], now=now)


def announce_all(events: Sequence[Any], *, now: datetime) -> None:
    """Tell of many events of one kind. Call it inside the transaction of the deed."""
    if not events:
        return
    kind = type(events[0])
    for wire in _wires_of(kind):
        for handler in wire.together:
            handler(events, now=now)
        for event in events:
            for handler in wire.same_transaction:
                handler(event, now=now)
        if wire.after_commit:
            _post(wire.after_commit, events, now)


def _post(handlers: Sequence[Handler], events: Sequence[Any], now: datetime) -> None:
    """One outbox row a handler and event."""
    kind = _name(type(events[0]))
    payloads = [_encode(event) for event in events]
    for handler in handlers:
        columns = ["event", "handler", "payload", "created_at", "due_at"]
        rows = [(kind, _name(handler), payload, now, now) for payload in payloads]
        if getattr(handler, "at_once", False):
            prompt = tuple(insert_numbered_rows(OutboxRow, columns, rows))
            transaction.on_commit(lambda ids=prompt: _try(ids, now))  # type: ignore[misc]
        else:
            insert_rows(OutboxRow, columns, rows)


def dispatch_outbox(*, now: datetime, limit: int = 100) -> int:
    """Run what is due in the outbox; the number of rows done. Safe in many processes at once."""
    due = list(
        OutboxRow.objects.filter(done_at__isnull=True, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)[:limit]
    )
    return _run(due, now)


def _try(ids: Iterable[int], now: datetime) -> None:
    try:
        _run(ids, now)
    except Exception:
        log.exception("an outbox row was left for the worker")


def _run(ids: Iterable[int], now: datetime) -> int:
    return sum(_run_one(pk, now) for pk in ids)


def _run_one(pk: int, now: datetime) -> bool:
    claimed = OutboxRow.objects.filter(pk=pk, done_at__isnull=True, due_at__lte=now).update(
        due_at=now + LEASE, tries=F("tries") + 1
    )
    if not claimed:
        return False
    row = OutboxRow.objects.get(pk=pk)
    try:
        _find(row.handler)(_decode(row.event, row.payload), now=now)
    except Exception as error:
        log.exception("outbox row %s: %s failed", row.pk, row.handler)
        pause = min(timedelta(seconds=2**row.tries), LONGEST_PAUSE)
        OutboxRow.objects.filter(pk=pk).update(due_at=now + pause, last_error=repr(error)[:2000])
        return False
    OutboxRow.objects.filter(pk=pk).update(done_at=now, last_error="")
    return True


def _wires_of(event: type[Any]) -> list[Wire]:
    table: Iterable[Wire] = importlib.import_module(settings.WIRING).TABLE
    return [wire for wire in table if wire.event is event]


def _name(thing: Any) -> str:
    return f"{thing.__module__}:{thing.__qualname__}"


def _find(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _encode(event: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"@": "datetime", "is": value.isoformat()}
    if isinstance(value, date):
        return {"@": "date", "is": value.isoformat()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _decode(name: str, payload: dict[str, Any]) -> Any:
    return _find(name)(**{key: _rich(value) for key, value in payload.items()})


def _rich(value: Any) -> Any:
    if isinstance(value, dict) and value.get("@") == "datetime":
        return datetime.fromisoformat(value["is"])
    if isinstance(value, dict) and value.get("@") == "date":
        return date.fromisoformat(value["is"])
    if isinstance(value, list):
        return tuple(_rich(item) for item in value)
    return value
