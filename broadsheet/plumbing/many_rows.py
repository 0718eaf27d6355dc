"""Many rows by one statement: insert, insert or replace, update.

Django's own bulk methods make a placeholder for every value and, to update, a CASE for every row;
at a thousand rows that is most of the time. Here a statement takes one array a column (PostgreSQL),
or is prepared once and run row by row inside the driver (SQLite). The database's constraints hold as
ever, and a field that is not named gets its default. Used where measured to be needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

Row = Sequence[Any]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert ``rows``; ``columns`` names their fields (``reader_id`` for a foreign key)."""
    if not rows:
        return
    fields, rows = _completed(model, columns, rows)
    _run(f"INSERT INTO {_table(model)} ({_names(fields)})", fields, rows)


def insert_numbered_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]
) -> list[int]:
    """Insert ``rows``; their new ids, in the same order. Wants a transaction open."""
    if not rows:
        return []
    if connection.vendor == "postgresql":
        fields, rows = _completed(model, columns, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_table(model)} ({_names(fields)}) SELECT {_names(fields)} "  # noqa: S608
                f"FROM {_unnested(fields)} ORDER BY row_number RETURNING id",
                _arrays(fields, rows),
            )
            return [row[0] for row in cursor.fetchall()]
    # The write lock is ours since the transaction began, so nobody else takes these numbers.
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
    first = (found[0] if found else 0) + 1
    ids = list(range(first, first + len(rows)))
    insert_rows(model, ["id", *columns], [(n, *row) for n, row in zip(ids, rows, strict=True)])
    return ids


def put_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    unique: Sequence[str],
) -> None:
    """Insert ``rows``, or where one with the same ``unique`` columns stands, write the rest over it."""
    if not rows:
        return
    over = [_quote(field) for field in _fields(model, columns) if field.attname not in unique]
    fields, rows = _completed(model, columns, rows)
    into = f"INSERT INTO {_table(model)} ({_names(fields)})"
    conflict = _names(_fields(model, unique))
    moves = ", ".join(f"{name} = excluded.{name}" for name in over)
    _run(into, fields, rows, then=f" ON CONFLICT ({conflict}) DO UPDATE SET {moves}")


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write the values of each row to the one whose id stands first in it."""
    if not rows:
        return
    fields = _fields(model, columns)
    table = _table(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            moves = ", ".join(f"{_quote(field)} = v.{_quote(field)}" for field in fields)
            cursor.execute(
                f"UPDATE {table} SET {moves} FROM {_unnested([model._meta.pk, *fields])} "  # noqa: S608
                f"WHERE {table}.id = v.id",
                _arrays([model._meta.pk, *fields], rows),
            )
            return
        moves = ", ".join(f"{_quote(field)} = %s" for field in fields)
        turned = _turned(fields, [row[1:] for row in rows])
        cursor.executemany(
            f"UPDATE {table} SET {moves} WHERE id = %s",  # noqa: S608
            [(*values, row[0]) for values, row in zip(turned, rows, strict=True)],
        )


def _run(into: str, fields: Sequence[Any], rows: Sequence[Row], *, then: str = "") -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            wanted = f"{into} SELECT {_names(fields)} FROM {_unnested(fields)}"  # noqa: S608
            cursor.execute(wanted + then, _arrays(fields, rows))
            return
        places = ", ".join(["%s"] * len(fields))
        cursor.executemany(f"{into} VALUES ({places}){then}", list(_turned(fields, rows)))


def _fields(model: type[models.Model], columns: Sequence[str]) -> list[Any]:
    known: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    return [known[name] for name in columns]


def _completed(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]
) -> tuple[list[Any], Sequence[Row]]:
    """The rows with the defaults of the fields that nobody named."""
    fields = _fields(model, columns)
    rest: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if field not in fields and not field.primary_key and not field.null
    ]
    if any(callable(field.default) for field in rest):
        rows = [(*row, *(field.get_default() for field in rest)) for row in rows]
    elif rest:
        same = tuple(field.get_default() for field in rest)
        rows = [(*row, *same) for row in rows]
    return [*fields, *rest], rows


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quote(field: Any) -> str:
    return connection.ops.quote_name(field.column)


def _names(fields: Iterable[Any]) -> str:
    return ", ".join(map(_quote, fields))


def _turned(fields: Sequence[Any], rows: Sequence[Row]) -> Iterable[Row]:
    """The rows as SQLite's driver wants them."""
    columns = [
        _each(_SQLITE.get(field.get_internal_type()), values)
        for field, values in zip(fields, zip(*rows, strict=True), strict=True)
    ]
    return zip(*columns, strict=True)


def _each(turn: Callable[[Any], Any] | None, values: Sequence[Any]) -> Sequence[Any]:
    if turn is None:
        return values
    known: dict[int, Any] = {}
    # A batch says the same instants and dates over and over; the rows keep them alive meanwhile.
    for value in values:
        if id(value) not in known:
            known[id(value)] = None if value is None else turn(value)
    return [known[id(value)] for value in values]


def _instant(value: datetime) -> str:
    return connection.ops.adapt_datetimefield_value(value) or ""


_SQLITE: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": _instant,
    "DateField": date.isoformat,
    "UUIDField": lambda value: value.hex if isinstance(value, UUID) else value,
    "JSONField": json.dumps,
}


def _unnested(fields: Sequence[Any]) -> str:
    """One array parameter a column, laid side by side as table ``v``."""
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    return f"unnest({arrays}) WITH ORDINALITY AS v ({_names(fields)}, row_number)"


def _type(field: Any) -> str:
    kind: str = (field.rel_db_type if field.primary_key else field.db_type)(connection)
    return "text" if kind.startswith("varchar") else kind


def _arrays(fields: Sequence[Any], rows: Sequence[Row]) -> list[str]:
    columns = zip(*rows, strict=True)
    return [_array(field, values) for field, values in zip(fields, columns, strict=True)]


def _array(field: Any, values: Sequence[Any]) -> str:
    """A column as PostgreSQL's array literal, to be handed over as one parameter."""
    kind = field.get_internal_type()
    if kind in {"CharField", "TextField", "SlugField"}:
        said = ["NULL" if value is None else _quoted(value) for value in values]
    elif kind == "JSONField":
        said = [_quoted(json.dumps(value)) for value in values]
    elif kind in {"DateTimeField", "DateField"}:
        said = ["NULL" if value is None else value.isoformat() for value in values]
    else:
        said = ["NULL" if value is None else str(value) for value in values]
    return "{" + ",".join(said) + "}"


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


@models.Field.register_lookup
@models.ForeignKey.register_lookup
class Among(models.Lookup[Any]):
    """``pk__among=ids``: like ``in``, but one parameter however many values, and so read quickly."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, words = self.process_lhs(compiler, connection)
        wanted = list(self.rhs)
        if connection.vendor == "postgresql":
            kind = self.lhs.output_field.rel_db_type(connection)
            kind = "text" if kind.startswith("varchar") else kind
            said = [_quoted(one) if isinstance(one, str) else str(one) for one in wanted]
            array = "{" + ",".join(said) + "}"
            return f"{column} = ANY(%s::{kind}[])", [*words, array]
        return f"{column} IN (SELECT value FROM json_each(%s))", [  # noqa: S608
            *words,
            json.dumps(wanted),
        ]
