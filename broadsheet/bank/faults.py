"""The fault script: what goes wrong next, and when. For tests; a kill keeps it.

Each fault waits for one deed (``*`` = any) and is spent after ``times``:

reset_before             the connection is cut, nothing was done
error_before             500, nothing was done
busy                     429, nothing was done
hang                     no answer for ``seconds``, nothing was done
slow                     the deed and its answer, ``seconds`` late
lose_reply_after_commit  done and on the disk, then the connection is cut
error_after_commit       done and on the disk, then 500
hang_after_commit        done and on the disk, then no answer for ``seconds``
decline                  a charge or refund is declined for ``reason``
pend                     a charge or refund stays pending until it is settled
in_flight                the deed takes ``seconds``; a repeat under its key meanwhile gets 409
error_kept               done and on the disk, then 500, at each repeat under its key too
drop_webhook             a webhook is never sent
duplicate_webhook        a webhook is sent twice
reorder_webhook          a webhook is held back until the next one is on its way
delay_webhook            a webhook is sent ``seconds`` late

The last six are for the wires that have such things; webhooks are a deed of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from broadsheet.bank.book import Book

BEFORE = frozenset({"reset_before", "error_before", "busy", "hang", "slow"})
AFTER = frozenset({"lose_reply_after_commit", "error_after_commit", "hang_after_commit"})
INSIDE = frozenset({"decline", "pend", "in_flight", "error_kept"})
AWAY = frozenset({"drop_webhook", "duplicate_webhook", "reorder_webhook", "delay_webhook"})
KINDS = BEFORE | AFTER | INSIDE | AWAY
WEBHOOK = "webhook"
DEEDS = frozenset(
    {"*", "checkout", "charge", "refund", "lookup", "decide", "cancel", "order", "revoke", WEBHOOK}
)
T = TypeVar("T")


class CutConnection(Exception):  # noqa: N818
    """Close the connection without a word."""


class FaultyAnswer(Exception):  # noqa: N818
    """Answer with this status instead."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} by the fault script")
        self.status = status


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    deed: str
    times: int
    seconds: float
    reason: str


def add_fault(book: Book, fault: Fault) -> None:
    book.insert(
        "fault",
        kind=fault.kind,
        deed=WEBHOOK if fault.kind in AWAY else fault.deed,
        times=fault.times,
        seconds=fault.seconds,
        reason=fault.reason,
    )


def list_faults(book: Book) -> list[Fault]:
    """Those not yet spent, in the order in which they will happen."""
    with book.reading() as db:
        rows = db.execute("SELECT * FROM fault WHERE times > 0 ORDER BY id").fetchall()
    return [
        Fault(row["kind"], row["deed"], row["times"], row["seconds"], row["reason"]) for row in rows
    ]


def clear_faults(book: Book) -> None:
    with book.writing() as db:
        db.execute("DELETE FROM fault")


def with_faults(
    book: Book, deed: str, do: Callable[[Fault | None], T], *, wait: Callable[[float], None]
) -> T:
    """Do ``do``, as badly as the script says; it is handed the fault that happens inside it."""
    fault = _next_fault(book, deed)
    if fault is None:
        return do(None)
    if fault.kind in BEFORE:
        _go_wrong(fault, wait)
    done = do(fault if fault.kind in INSIDE else None)
    if fault.kind in AFTER:
        _go_wrong(fault, wait)
    return done


def next_webhook_fault(book: Book) -> Fault | None:
    """What goes wrong with the webhook that is now to be sent; spent by asking."""
    return _next_fault(book, WEBHOOK, any_deed="")


def _next_fault(book: Book, deed: str, *, any_deed: str = "*") -> Fault | None:
    with book.writing() as db:
        row = db.execute(
            "SELECT * FROM fault WHERE times > 0 AND deed IN (?, ?) ORDER BY id LIMIT 1",
            (deed, any_deed),
        ).fetchone()
        if row is None:
            return None
        db.execute("UPDATE fault SET times = times - 1 WHERE id = ?", (row["id"],))
    return Fault(row["kind"], row["deed"], row["times"], row["seconds"], row["reason"])


def _go_wrong(fault: Fault, wait: Callable[[float], None]) -> None:
    if fault.kind in {"slow", "hang", "hang_after_commit"}:
        wait(fault.seconds)
    if fault.kind in {"error_before", "error_after_commit"}:
        raise FaultyAnswer(500)
    if fault.kind == "busy":
        raise FaultyAnswer(429)
    if fault.kind != "slow":
        raise CutConnection
