"""A request and a response, no more of HTTP than a small bank needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]


class BadRequest(Exception):  # noqa: N818
    """A body that is not what its kind says."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    def header_list(self) -> list[tuple[str, str]]:
        return [
            ("Content-Type", self.content_type),
            ("Content-Length", str(len(self.body))),
            ("X-Content-Type-Options", "nosniff"),
            *self.headers,
        ]


@dataclass(frozen=True, slots=True)
class Request:
    """What the routes read of a WSGI environ."""

    environ: Environ = field(repr=False)

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        return str(self.environ.get("PATH_INFO") or "/")

    def header(self, name: str) -> str:
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))

    def query(self, name: str) -> str:
        return _first(parse_qs(str(self.environ.get("QUERY_STRING", ""))), name)

    def body(self) -> bytes:
        """The whole body; the server has bounded its length."""
        length = int(self.environ.get("CONTENT_LENGTH") or 0)
        read: bytes = self.environ["wsgi.input"].read(length) if length else b""
        return read

    def form(self) -> dict[str, list[str]]:
        """The fields of a posted form. Raises ``BadRequest``."""
        try:
            return parse_qs(self.body().decode(), max_num_fields=20, keep_blank_values=True)
        except ValueError as error:
            raise BadRequest("The form could not be read.") from error

    def json(self) -> Any:
        """The JSON of the body. Raises ``BadRequest``."""
        try:
            return json.loads(self.body() or b"null", parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise BadRequest("The body is not JSON.") from error


def json_response(status: int, what: Any, *, headers: Iterable[tuple[str, str]] = ()) -> Response:
    return json_text_response(status, json.dumps(what, sort_keys=True), headers=headers)


def json_text_response(
    status: int, text: str, *, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    kept = (("Cache-Control", "no-store"), *headers)
    return Response(status, text.encode(), "application/json", kept)


def field_of(form: dict[str, list[str]], name: str) -> str:
    return _first(form, name)


def _first(fields: dict[str, list[str]], name: str) -> str:
    values = fields.get(name)
    return values[0] if values else ""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
