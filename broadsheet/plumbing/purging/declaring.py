"""What stands beside a model: the pages that print a row of it, by purge key and address.

    @purges(Page("story:{pk}"), Page("topic:{pk}", each="topics", at="/topic/{slug}/"))
    class Story(models.Model): …

Words in braces are attributes of the row, or of each row of the relation ``each``; a page whose
word is ``None`` does not exist for that row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any, TypeVar

from django.db import models

from broadsheet.protocol.rendition import ALL

M = TypeVar("M", bound=type[models.Model])
_declared: dict[type[models.Model], tuple[Page, ...]] = {}


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or one for each row of ``each``; without ``at`` no CDN may keep it."""

    key: str
    at: str = ""
    each: str = ""


EVERY_PAGE = Page(ALL)
"""For what many pages print: a name, a price, a picture."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page to forget: its purge key, and its path where it has a single one."""

    key: str
    path: str = ""


def purges(*pages: Page) -> Callable[[M], M]:
    """Declare which pages print a row of the model."""

    def declare(model: M) -> M:
        _declared[model] = pages
        return model

    return declare


def list_declared() -> dict[type[models.Model], tuple[Page, ...]]:
    """Every model that declares, with its pages."""
    return dict(_declared)


def list_relations(model: type[models.Model]) -> tuple[str, ...]:
    """What ``list_targets`` follows from a row, for ``prefetch_related``."""
    return tuple(dict.fromkeys(path for page in _declared[model] for path in _find_relations(page)))


def list_targets(row: models.Model) -> list[Target]:
    """The pages that print a row, each once."""
    return list(dict.fromkeys(_list_targets(row)))


def _list_targets(row: models.Model) -> Iterator[Target]:
    for page in _declared[type(row)]:
        rows = getattr(row, page.each).all() if page.each else (row,)
        for one in rows:
            key, path = _fill(page.key, one), _fill(page.at, one)
            if key is not None:
                yield Target(key, path or "")


def _fill(pattern: str, row: Any) -> str | None:
    filled = ""
    for text, words, _form, _conversion in Formatter().parse(pattern):
        filled += text
        if words is not None:
            value = row
            for word in words.split("."):
                value = getattr(value, word)
                if value is None:
                    return None
            filled += str(value)
    return filled


def _find_relations(page: Page) -> Iterator[str]:
    words = [
        words for pattern in (page.key, page.at) for _, words, _, _ in Formatter().parse(pattern)
    ]
    paths = {word.rpartition(".")[0] for word in words if word and "." in word}
    if page.each:
        yield page.each
        yield from sorted(f"{page.each}__{path.replace('.', '__')}" for path in paths)
    else:
        yield from sorted(path.replace(".", "__") for path in paths)
