"""``docs/reference/addresses.md`` lists every address of the reader's site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver

pytestmark = pytest.mark.pure
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "addresses.md"


def list_addresses() -> Iterator[str]:
    """Each address as documents write it: ``/topic/<slug>/``."""
    from broadsheet.web.reader.urls import urlpatterns

    yield from (_write(route) for route in _walk(urlpatterns))


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route


def _write(route: str) -> str:
    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    route = re.sub(r"<\w+:(\w+)>", r"<\1>", route)
    return "/" + re.sub(r"[\^$\\]|\\Z", "", route)


def test_every_address_is_on_the_page() -> None:
    listed = set(re.findall(r"^\| `([^`]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert sorted(set(list_addresses()) - listed) == []
