"""The publisher's words to a stopped reader: a template with four names, checked before it is kept.

``You have read this month’s {{free_limit}} free stories. They come back on {{resets_on}}.``
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

NAMES = ("free_limit", "used", "remaining", "resets_on")
LONGEST = 500
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class WrongMessage(ValueError):  # noqa: N818
    """A template that cannot be used; the message says what to write instead."""


def check_message(template: str) -> None:
    """Raises ``WrongMessage`` for an empty or overlong template, stray braces or unknown names."""
    if not template.strip():
        raise WrongMessage("Write a message; a stopped reader must be told why.")
    if len(template) > LONGEST:
        raise WrongMessage(f"Keep the message within {LONGEST} characters.")
    for name in _PLACE.findall(template):
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)[0]
            raise WrongMessage(
                f"There is no {{{{{name}}}}}. Did you mean {{{{{near}}}}}? "
                f"The names are: {', '.join(NAMES)}."
            )
    rest = _PLACE.sub("", template)
    if "{" in rest or "}" in rest:
        raise WrongMessage("A name stands between two braces on each side: {{free_limit}}.")


def find_names(template: str) -> list[str]:
    """The names that a template uses, in order."""
    return _PLACE.findall(template)


def fill_message(template: str, values: Mapping[str, str]) -> str:
    """Put the values, already written for people, in the places of their names."""
    return _PLACE.sub(lambda place: values[place[1]], template)
