"""The shelf of Stripe's objects in the bank's book: JSON by name, found by kind, time and owner.

A field whose name begins with ``_`` is the bank's own and is never shown. The Stripe side has a
clock that can be put ahead, so that a day's notice need not be sat out.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from dataclasses import dataclass
from typing import Any

from broadsheet.bank.book import Book

Thing = dict[str, Any]
_LETTERS = string.ascii_letters + string.digits
MOST_LISTED = 100
_PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "checkout.session": "cs_test",
    "customer": "cus",
    "dispute": "du",
    "event": "evt",
    "mandate": "mandate",
    "payment_intent": "pi",
    "payment_method": "pm",
    "refund": "re",
    "webhook_endpoint": "we",
}
_LENGTHS = {"checkout.session": 58, "customer": 14}


class Refusal(Exception):  # noqa: N818
    """An error as Stripe words it. ``kept`` says that a repeat under the same key gets it again."""

    def __init__(self, status: int, message: str, *, kept: bool = False, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.error = {"type": "invalid_request_error", "message": message, **more}


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is asked for. Times are Unix seconds, half-open."""

    limit: int = 10
    starting_after: str = ""
    ending_before: str = ""
    since: int = 0
    until: int = 2**62
    customer: str = ""
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the deeds write on."""

    book: Book

    def now(self) -> float:
        """Unix seconds by the stand-in's own clock."""
        with self.book.reading() as db:
            return self.book.now() + float(
                db.execute("SELECT ahead FROM stripe_clock").fetchone()[0]
            )

    def put_clock_ahead(self, seconds: float) -> None:
        with self.book.writing() as db:
            db.execute("UPDATE stripe_clock SET ahead = ahead + ?", (seconds,))

    def add(
        self,
        kind: str,
        body: Thing,
        *,
        customer: str = "",
        intent: str = "",
        token: str | None = None,
        ripe_at: float | None = None,
    ) -> Thing:
        """Put a new object on the shelf, with its name, kind and time."""
        created = int(self.now())
        made = {"id": new_name(kind), "object": kind, "created": created, "livemode": False, **body}
        self.book.insert(
            "stripe_object",
            id=made["id"],
            kind=kind,
            created=created,
            customer=customer,
            intent=intent,
            token=token,
            ripe_at=ripe_at,
            body=json.dumps(made),
        )
        return made

    def save(self, thing: Thing, **columns: object) -> Thing:
        """Write an object back; ``columns`` (customer, ripe_at) change beside it."""
        columns["body"] = json.dumps(thing)
        changes = ", ".join(f"{name} = ?" for name in columns)
        with self.book.writing() as db:
            db.execute(
                f"UPDATE stripe_object SET {changes} WHERE id = ?",  # noqa: S608 (names are ours)
                (*columns.values(), thing["id"]),
            )
        return thing

    def find(self, name: str, kind: str = "") -> Thing | None:
        with self.book.reading() as db:
            row = db.execute(
                "SELECT body FROM stripe_object WHERE id = ? AND (? = '' OR kind = ?)",
                (name, kind, kind),
            ).fetchone()
        return _read(row)

    def find_by_token(self, token: str) -> Thing | None:
        """The checkout session whose page has this secret in its address."""
        with self.book.reading() as db:
            row = db.execute("SELECT body FROM stripe_object WHERE token = ?", (token,)).fetchone()
        return _read(row)

    def get(self, name: str, kind: str, *, param: str = "", status: int = 404) -> Thing:
        """The object, or Stripe's words for its absence."""
        found = self.find(name, kind)
        if found is None:
            raise Refusal(
                status,
                f"No such {kind}: '{name}'",
                code="resource_missing",
                param=param or "id",
            )
        return found

    def list_things(self, kind: str, part: Slice) -> tuple[list[Thing], bool]:
        """Newest first, and whether there are more beyond."""
        backwards = bool(part.ending_before)
        edge = part.ending_before or part.starting_after
        asked: list[tuple[str, object]] = [
            ("kind = ?", kind),
            ("created >= ?", part.since),
            ("created < ?", part.until),
        ]
        if part.customer:
            asked.append(("customer = ?", part.customer))
        if part.intent:
            asked.append(("intent = ?", part.intent))
        if edge:
            asked.append(("seq > ?" if backwards else "seq < ?", self._seq(edge)))
        sql = (
            f"SELECT body FROM stripe_object WHERE {' AND '.join(words for words, _ in asked)}"  # noqa: S608
            f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?"
        )
        with self.book.reading() as db:
            found_rows = db.execute(sql, (*(value for _, value in asked), part.limit + 1))
            rows = [json.loads(row["body"]) for row in found_rows]
        found, more = rows[: part.limit], len(rows) > part.limit
        return (found[::-1] if backwards else found), more

    def list_ripe(self) -> list[Thing]:
        """What its time has come for, earliest first."""
        with self.book.reading() as db:
            rows = db.execute(
                "SELECT body FROM stripe_object WHERE ripe_at <= ? ORDER BY ripe_at LIMIT 100",
                (self.now(),),
            ).fetchall()
        return [json.loads(row["body"]) for row in rows]

    def _seq(self, name: str) -> int:
        with self.book.reading() as db:
            row = db.execute("SELECT seq FROM stripe_object WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise Refusal(400, f"No such object: '{name}'", code="resource_missing")
        return int(row["seq"])


def _read(row: sqlite3.Row | None) -> Thing | None:
    if row is None:
        return None
    thing: Thing = json.loads(row["body"])
    return thing


def new_name(kind: str) -> str:
    """A fresh name such as ``pi_3Hq…``."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTHS.get(kind, 24)))
    return f"{_PREFIXES[kind]}_{letters}"


def shown(thing: Thing) -> Thing:
    """What others may see of an object."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}
