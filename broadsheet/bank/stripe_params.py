"""Stripe's forms (``metadata[key]=…``, ``expand[0]=…``) as values, and lists and expansion."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from broadsheet.bank.messages import Request
from broadsheet.bank.stripe_shelf import MOST_LISTED, Refusal, Shelf, Slice, Thing, shown

MOST_FIELDS = 200
MOST_DEEP = 4
MOST_AMOUNT = 99_999_999
"""Stripe takes at most eight figures."""
_NAME = re.compile(r"(\w+)((?:\[\w*\])*)")
_PART = re.compile(r"\[(\w*)\]")


class Params(dict[str, Any]):
    """The fields of one level. Reading one raises ``Refusal`` when it is not what it must be."""

    @property
    def fields(self) -> dict[str, Any]:
        return self

    def only(self, *names: str) -> Params:
        """Itself, unless it holds a field of another name."""
        for name in self:
            if name not in names:
                raise Refusal(
                    400,
                    f"Received unknown parameter: {name}",
                    code="parameter_unknown",
                    param=name,
                )
        return self

    def inner(self, name: str) -> Params:
        """The level below ``name``; an empty one if there is none."""
        value = self.get(name, Params())
        if not isinstance(value, Params):
            raise Refusal(400, f"Invalid object: {name}", param=name)
        return value

    def text(self, name: str, *, blank: bool = False) -> str:
        value = self.get(name, "")
        if not isinstance(value, str) or not (value or blank):
            raise Refusal(
                400, f"Missing required param: {name}.", code="parameter_missing", param=name
            )
        return value

    def number(self, name: str, *, default: int | None = None, least: int = 0) -> int:
        said = self.get(name, "" if default is None else str(default))
        if not isinstance(said, str) or not re.fullmatch(r"[0-9]{1,12}", said):
            raise Refusal(
                400, f"Invalid integer: {name}", code="parameter_invalid_integer", param=name
            )
        if not least <= int(said) or (
            name in {"amount", "unit_amount"} and int(said) > MOST_AMOUNT
        ):
            raise Refusal(400, f"{name} is out of range.", code="amount_too_small", param=name)
        return int(said)

    def flag(self, name: str) -> bool:
        said = self.get(name, "false")
        if said not in {"true", "false"}:
            raise Refusal(400, f"Invalid boolean: {name}", param=name)
        return bool(said == "true")

    def listed(self, name: str) -> list[str]:
        """The texts of ``name[0]``, ``name[1]`` or ``name[]``."""
        return [value for value in self.inner(name).values() if isinstance(value, str)]


def read_form(request: Request) -> Params:
    """The body of a POST or the query of a GET, nested. Raises ``Refusal``."""
    raw = request.body() if request.method == "POST" else request.environ["QUERY_STRING"].encode()
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise Refusal(400, "The form could not be read.") from error
    form = Params()
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise Refusal(400, f"Invalid parameter name: {name[:80]}")
        path = (match[1], *_PART.findall(match[2]))
        if len(path) > MOST_DEEP + 1:
            raise Refusal(400, "Parameters are nested too deeply.")
        _put(form, path, value)
    return form


def _put(form: Params, path: tuple[str, ...], value: str) -> None:
    level = form
    for part in path[:-1]:
        below = level.setdefault(part, Params())
        if not isinstance(below, Params):
            raise Refusal(400, f"Invalid object: {part}")
        level = below
    level[path[-1] or str(len(level))] = value


def read_slice(params: Params) -> Slice:
    """Which part of a list ``limit``, ``created[gte]`` and the rest ask for."""
    params.only(
        "limit",
        "starting_after",
        "ending_before",
        "created",
        "customer",
        "payment_intent",
        "expand",
    )
    limit = params.number("limit", default=10, least=1)
    if limit > MOST_LISTED:
        raise Refusal(400, "limit is at most 100.", param="limit")
    created = params.inner("created").only("gt", "gte", "lt", "lte")
    since = max(
        created.number("gte", default=0), created.number("gt") + 1 if "gt" in created else 0
    )
    until = min(
        created.number("lt") if "lt" in created else 2**62,
        created.number("lte") + 1 if "lte" in created else 2**62,
    )
    return Slice(
        limit=limit,
        starting_after=params.text("starting_after", blank=True),
        ending_before=params.text("ending_before", blank=True),
        since=since,
        until=until,
        customer=params.text("customer", blank=True),
        intent=params.text("payment_intent", blank=True),
    )


def expand(shelf: Shelf, thing: Thing, paths: list[str]) -> Thing:
    """What others may see of a thing, with the objects at ``paths`` in place of their names."""
    seen = shown(thing)
    for path in paths:
        level = seen
        for part in path.split(".")[:MOST_DEEP]:
            if part not in level:
                raise Refusal(400, f"This property cannot be expanded ({part}).", param="expand")
            name = level[part]
            if isinstance(name, str):
                level[part] = shown(shelf.get(name, "", param=part))
            if not isinstance(level[part], dict):
                break
            level = level[part]
    return seen
