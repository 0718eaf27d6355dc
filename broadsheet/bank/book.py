"""The bank's book: one SQLite file, one writer at a time, on the disk before anyone is answered.

``synchronous=FULL`` with a write-ahead log flushes at every commit, so what was answered survives
a kill or a loss of power. The deeds stand in ``deeds.py``; here are the shelves they write on.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from broadsheet.bank.records import (
    Answer,
    Charge,
    ChargeState,
    Checkout,
    CheckoutState,
    Dispute,
    DisputeState,
    Mandate,
    MandateState,
    Refund,
)

# Each step is run once, in order; ``user_version`` counts those done. Only ever append.
STEPS: tuple[str, ...] = (
    """
    CREATE TABLE checkout (
        id INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        token TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL UNIQUE,
        merchant TEXT NOT NULL,
        description TEXT NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL CHECK (length(currency) = 3),
        return_url TEXT NOT NULL,
        mandate_wanted INTEGER NOT NULL,
        mandate_limit INTEGER,
        state TEXT NOT NULL CHECK (
            state IN ('open', 'silent', 'approved', 'declined', 'cancelled', 'expired')),
        reason TEXT NOT NULL DEFAULT '',
        code TEXT NOT NULL DEFAULT '',
        wrong_codes INTEGER NOT NULL DEFAULT 0,
        created_at REAL NOT NULL,
        expires_at REAL NOT NULL,
        decided_at REAL
    );
    CREATE TABLE mandate (
        id INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        currency TEXT NOT NULL,
        "limit" INTEGER,
        display TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
        created_at REAL NOT NULL
    );
    CREATE TABLE charge (
        id INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL UNIQUE,
        checkout TEXT UNIQUE REFERENCES checkout (reference),
        mandate TEXT REFERENCES mandate (reference),
        amount INTEGER NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL,
        description TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('succeeded', 'declined', 'pending')),
        reason TEXT NOT NULL DEFAULT '',
        refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
        created_at REAL NOT NULL
    );
    CREATE TABLE refund (
        id INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL UNIQUE,
        charge TEXT NOT NULL REFERENCES charge (reference),
        amount INTEGER NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL,
        created_at REAL NOT NULL
    );
    CREATE TABLE answer (
        key TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        status INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE TABLE fault (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        deed TEXT NOT NULL,
        times INTEGER NOT NULL CHECK (times >= 0),
        seconds REAL NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX charge_by_time ON charge (created_at, id);
    """,
    """
    CREATE TABLE webhook_call (
        id INTEGER PRIMARY KEY,
        company TEXT NOT NULL,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        event TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('due', 'held', 'sent', 'dropped', 'given_up')),
        tries INTEGER NOT NULL DEFAULT 0,
        due_at REAL NOT NULL
    );
    CREATE INDEX webhook_call_due ON webhook_call (due_at, id) WHERE state = 'due';
    """,
    """
    CREATE TABLE stripe_object (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        created INTEGER NOT NULL,
        customer TEXT NOT NULL DEFAULT '',
        intent TEXT NOT NULL DEFAULT '',
        token TEXT UNIQUE,
        ripe_at REAL,
        body TEXT NOT NULL
    );
    CREATE INDEX stripe_by_kind ON stripe_object (kind, created, seq);
    CREATE INDEX stripe_by_customer ON stripe_object (customer, kind, seq) WHERE customer != '';
    CREATE INDEX stripe_by_intent ON stripe_object (intent, kind, seq) WHERE intent != '';
    CREATE INDEX stripe_ripe ON stripe_object (ripe_at) WHERE ripe_at IS NOT NULL;
    CREATE TABLE stripe_answer (
        key TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        status INTEGER NOT NULL,
        body TEXT NOT NULL,
        at REAL NOT NULL
    );
    CREATE TABLE stripe_clock (ahead REAL NOT NULL);
    INSERT INTO stripe_clock VALUES (0);
    """,
    """
    CREATE TABLE webhook_address (url TEXT NOT NULL, secret TEXT NOT NULL);
    ALTER TABLE refund ADD COLUMN state TEXT NOT NULL DEFAULT 'succeeded'
        CHECK (state IN ('succeeded', 'declined', 'pending'));
    ALTER TABLE refund ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    CREATE TABLE dispute (
        id INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        charge TEXT NOT NULL REFERENCES charge (reference),
        amount INTEGER NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('opened', 'won', 'lost')),
        reason TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL
    );
    """,
    """
    CREATE TABLE razorpay_object (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        created INTEGER NOT NULL,
        receipt TEXT NOT NULL DEFAULT '',
        parent TEXT NOT NULL DEFAULT '',
        owner TEXT NOT NULL DEFAULT '',
        token TEXT UNIQUE,
        ripe_at REAL,
        body TEXT NOT NULL
    );
    CREATE INDEX razorpay_by_kind ON razorpay_object (kind, created, seq);
    CREATE INDEX razorpay_by_receipt ON razorpay_object (receipt, kind, seq) WHERE receipt != '';
    CREATE INDEX razorpay_by_parent ON razorpay_object (parent, kind, seq) WHERE parent != '';
    CREATE INDEX razorpay_by_owner ON razorpay_object (owner, kind, seq) WHERE owner != '';
    CREATE INDEX razorpay_ripe ON razorpay_object (ripe_at) WHERE ripe_at IS NOT NULL;
    CREATE TABLE razorpay_answer (
        key TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE TABLE razorpay_clock (ahead REAL NOT NULL);
    INSERT INTO razorpay_clock VALUES (0);
    """,
)


class Book:
    """The bank's file, open. One connection; a lock lets one thread in at a time."""

    def __init__(self, path: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        self.now = clock
        self._lock = threading.RLock()
        self._depth = 0
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("PRAGMA foreign_keys=ON")
        self._step_up()

    def close(self) -> None:
        with self._lock:
            self.db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when the block is left; nested blocks join the outer one."""
        with self._lock:
            if self._depth:
                yield self.db
                return
            self.db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            else:
                self.db.execute("COMMIT")
            finally:
                self._depth -= 1

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self.db

    def find_checkout(
        self, *, reference: str = "", token: str = "", key: str = ""
    ) -> Checkout | None:
        """The checkout by whichever of its three names is given."""
        row = self._find("checkout", reference=reference, token=token, key=key)
        return (
            row
            if row is None
            else Checkout(
                reference=row["reference"],
                token=row["token"],
                key=row["key"],
                merchant=row["merchant"],
                description=row["description"],
                amount=row["amount"],
                currency=row["currency"],
                return_url=row["return_url"],
                mandate_wanted=bool(row["mandate_wanted"]),
                mandate_limit=row["mandate_limit"],
                state=CheckoutState(row["state"]),
                reason=row["reason"],
                code=row["code"],
                wrong_codes=row["wrong_codes"],
                created_at=row["created_at"],
                expires_at=row["expires_at"],
                decided_at=row["decided_at"],
            )
        )

    def find_charge(
        self, *, reference: str = "", key: str = "", checkout: str = ""
    ) -> Charge | None:
        row = self._find("charge", reference=reference, key=key, checkout=checkout)
        return row if row is None else _charge(row)

    def find_mandate(self, *, reference: str) -> Mandate | None:
        row = self._find("mandate", reference=reference)
        return (
            row
            if row is None
            else Mandate(
                reference=row["reference"],
                currency=row["currency"],
                limit=row["limit"],
                display=row["display"],
                state=MandateState(row["state"]),
                created_at=row["created_at"],
            )
        )

    def find_refund(self, *, reference: str = "", key: str = "") -> Refund | None:
        row = self._find("refund", reference=reference, key=key)
        return row if row is None else _refund(row)

    def find_dispute(self, *, reference: str) -> Dispute | None:
        row = self._find("dispute", reference=reference)
        return row if row is None else _dispute(row)

    def list_charges(self, *, since: float, after: str, limit: int) -> list[Charge]:
        """Charges from ``since`` on, oldest first, behind the one named ``after``, if any."""
        return [_charge(row) for row in self._list("charge", since, after, limit)]

    def list_refunds(self, *, since: float, after: str, limit: int) -> list[Refund]:
        """Refunds, in the same way."""
        return [_refund(row) for row in self._list("refund", since, after, limit)]

    def list_disputes(self, *, since: float, after: str, limit: int) -> list[Dispute]:
        """Disputes, in the same way."""
        return [_dispute(row) for row in self._list("dispute", since, after, limit)]

    def count_charges(self) -> int:
        with self.reading() as db:
            return int(db.execute("SELECT count(*) FROM charge").fetchone()[0])

    def insert(self, table: str, **values: object) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        with self.writing() as db:
            db.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 (names are ours)
                tuple(values.values()),
            )

    def update(self, table: str, reference: str, **values: object) -> None:
        changes = ", ".join(f'"{name}" = ?' for name in values)
        with self.writing() as db:
            db.execute(
                f"UPDATE {table} SET {changes} WHERE reference = ?",  # noqa: S608 (names are ours)
                (*values.values(), reference),
            )

    def find_answer(self, key: str) -> tuple[str, Answer] | None:
        """The request that carried ``key`` and what was answered to it."""
        with self.reading() as db:
            row = db.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        return row and (row["request"], Answer(status=row["status"], body=row["body"]))

    def keep_answer(self, key: str, request: str, answer: Answer) -> None:
        self.insert("answer", key=key, request=request, status=answer.status, body=answer.body)

    def _find(self, table: str, **names: str) -> sqlite3.Row | None:
        (column, value), *_ = [*((n, v) for n, v in names.items() if v), ("reference", "")]
        with self.reading() as db:
            row: sqlite3.Row | None = db.execute(
                f"SELECT * FROM {table} WHERE {column} = ?",  # noqa: S608 (names are ours)
                (value,),
            ).fetchone()
        return row

    def _list(self, table: str, since: float, after: str, limit: int) -> list[sqlite3.Row]:
        with self.reading() as db:
            return db.execute(
                f"SELECT * FROM {table} WHERE created_at >= ?"  # noqa: S608 (names are ours)
                f" AND id > coalesce((SELECT id FROM {table} WHERE reference = ?), 0)"
                " ORDER BY id LIMIT ?",
                (since, after, limit),
            ).fetchall()

    def _step_up(self) -> None:
        done = self.db.execute("PRAGMA user_version").fetchone()[0]
        for number, step in enumerate(STEPS[done:], start=done + 1):
            self.db.executescript(f"BEGIN IMMEDIATE;{step};PRAGMA user_version={number};COMMIT;")


def new_reference(kind: str) -> str:
    """A fresh name such as ``ch_5f0c…``; 120 random bits."""
    return f"{kind}_{secrets.token_hex(15)}"


def _charge(row: sqlite3.Row) -> Charge:
    return Charge(
        reference=row["reference"],
        key=row["key"],
        checkout=row["checkout"],
        mandate=row["mandate"],
        amount=row["amount"],
        currency=row["currency"],
        description=row["description"],
        state=ChargeState(row["state"]),
        reason=row["reason"],
        refunded=row["refunded"],
        created_at=row["created_at"],
    )


def _refund(row: sqlite3.Row) -> Refund:
    return Refund(
        reference=row["reference"],
        key=row["key"],
        charge=row["charge"],
        amount=row["amount"],
        currency=row["currency"],
        state=ChargeState(row["state"]),
        reason=row["reason"],
        created_at=row["created_at"],
    )


def _dispute(row: sqlite3.Row) -> Dispute:
    return Dispute(
        reference=row["reference"],
        charge=row["charge"],
        amount=row["amount"],
        currency=row["currency"],
        state=DisputeState(row["state"]),
        reason=row["reason"],
        created_at=row["created_at"],
    )
