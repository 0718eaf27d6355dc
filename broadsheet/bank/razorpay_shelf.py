"""The shelf of Razorpay's objects in the bank's book: JSON by name, found by receipt and owner.

A field whose name begins with ``_`` is the bank's own and is never shown. The Razorpay side has a
clock that can be put ahead, so that a day and a half of notice need not be sat out.
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
_NAME_LENGTH = 14
PREFIXES = {
    "card": "card",
    "customer": "cust",
    "dispute": "disp",
    "event": "event",
    "invoice": "inv",
    "order": "order",
    "payment": "pay",
    "payment_link": "plink",
    "refund": "rfnd",
    "token": "token",
    "webhook": "wh",
}


class Refusal(Exception):  # noqa: N818
    """An error as Razorpay words it: code, description, source, step, reason, metadata."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = "BAD_REQUEST_ERROR",
        source: str = "business",
        step: str = "payment_initiation",
        reason: str = "input_validation_failed",
        metadata: Thing | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error = {
            "code": code,
            "description": description,
            "field": field,
            "source": source,
            "step": step,
            "reason": reason,
            "metadata": metadata or {},
        }


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is asked for. Times are Unix seconds, both ends included."""

    count: int = 10
    skip: int = 0
    since: int = 0
    until: int = 2**62


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the deeds write on. ``parent`` is the order of a payment, the payment of a refund."""

    book: Book

    def now(self) -> float:
        """Unix seconds by the stand-in's own clock."""
        with self.book.reading() as db:
            row = db.execute("SELECT ahead FROM razorpay_clock").fetchone()
        return self.book.now() + float(row[0])

    def put_clock_ahead(self, seconds: float) -> None:
        with self.book.writing() as db:
            db.execute("UPDATE razorpay_clock SET ahead = ahead + ?", (seconds,))

    def add(self, kind: str, body: Thing, **columns: object) -> Thing:
        """Put a new object on the shelf, with its name and time; ``columns`` are what it is found
        by: receipt, parent, owner, token, ripe_at.
        """
        created = int(self.now())
        made = {"id": new_name(kind), "entity": kind, **body, "created_at": created}
        self.book.insert(
            "razorpay_object",
            id=made["id"],
            kind=kind,
            created=created,
            body=json.dumps(made),
            **columns,
        )
        return made

    def save(self, thing: Thing, **columns: object) -> Thing:
        """Write an object back; ``columns`` change beside it."""
        columns["body"] = json.dumps(thing)
        changes = ", ".join(f"{name} = ?" for name in columns)
        with self.book.writing() as db:
            db.execute(
                f"UPDATE razorpay_object SET {changes} WHERE id = ?",  # noqa: S608 (names are ours)
                (*columns.values(), thing["id"]),
            )
        return thing

    def find(self, name: str, *kinds: str) -> Thing | None:
        with self.book.reading() as db:
            row = db.execute(
                "SELECT kind, body FROM razorpay_object WHERE id = ?", (name,)
            ).fetchone()
        return None if row is None or row["kind"] not in kinds else _read(row)

    def get(self, name: str, *kinds: str) -> Thing:
        """The object, or Razorpay's words for its absence."""
        found = self.find(name, *kinds)
        if found is None:
            raise Refusal("The id provided does not exist")
        return found

    def find_by_token(self, token: str) -> Thing | None:
        """The link whose page has this secret in its address."""
        with self.book.reading() as db:
            row = db.execute(
                "SELECT body FROM razorpay_object WHERE token = ?", (token,)
            ).fetchone()
        return None if row is None else _read(row)

    def token_of(self, thing: Thing) -> str:
        """The secret in the address of a link's page."""
        with self.book.reading() as db:
            row = db.execute(
                "SELECT token FROM razorpay_object WHERE id = ?", (thing["id"],)
            ).fetchone()
        return str(row["token"])

    def list_things(self, kind: str, part: Slice, **columns: str) -> list[Thing]:
        """Newest first, of those whose columns say so."""
        asked: list[tuple[str, object]] = [
            ("kind = ?", kind),
            ("created >= ?", part.since),
            ("created <= ?", part.until),
            *((f"{name} = ?", value) for name, value in columns.items()),
        ]
        sql = (
            f"SELECT body FROM razorpay_object WHERE {' AND '.join(w for w, _ in asked)}"  # noqa: S608
            " ORDER BY seq DESC LIMIT ? OFFSET ?"
        )
        with self.book.reading() as db:
            rows = db.execute(sql, (*(value for _, value in asked), part.count, part.skip))
            return [_read(row) for row in rows]

    def list_ripe(self) -> list[Thing]:
        """What its time has come for, earliest first."""
        with self.book.reading() as db:
            rows = db.execute(
                "SELECT body FROM razorpay_object WHERE ripe_at <= ? ORDER BY ripe_at LIMIT 100",
                (self.now(),),
            ).fetchall()
        return [_read(row) for row in rows]


def new_name(kind: str) -> str:
    """A fresh name such as ``pay_Hq3…``."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_NAME_LENGTH))
    return f"{PREFIXES[kind]}_{letters}"


def shown(thing: Thing) -> Thing:
    """What others may see of an object."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def _read(row: sqlite3.Row) -> Thing:
    thing: Thing = json.loads(row["body"])
    return thing
