"""The letters there are, the words they came with, and the publisher's own.

The first words are template files; the publisher's are plain text with named placeholders, ``{{
amount }}``, and nothing else that is understood: no reader's name or amount can be misread as code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from broadsheet.apps.subscriptions.models import LetterText

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "subscriptions" / "letters"
PARTS = frozenset({"foot"})
LONGEST_BODY, LONGEST_SUBJECT = 6000, 120
EVERYWHERE = ("account_url", "help_mail", "paper", "subscribe_url")
_NAMED = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_ASKED = re.compile(r"\{%-?\s*(?:if|elif)\s+(?:not\s+)?([a-z_]+)")


class NoSuchLetter(LookupError):  # noqa: N818
    """There is no letter of this name."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as the desk shows it."""

    name: str
    first_words: str
    """The template it came with, as it stands in its file."""
    placeholders: tuple[str, ...]
    subject: str = ""
    """The publisher's own subject; empty, the letter's own is used."""
    body: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def is_reworded(self) -> bool:
        return bool(self.body)

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


def list_letters() -> list[Letter]:
    """Every letter, by name: one query."""
    own = {row.name: row for row in LetterText.objects.all()}
    return [_letter(name, own.get(name)) for name in _names()]


def get_letter(name: str) -> Letter:
    """One letter. Raises ``NoSuchLetter``."""
    if name not in _names():
        raise NoSuchLetter(f"There is no letter {name!r}.")
    return _letter(name, LetterText.objects.filter(name=name).first())


def find_own_words(name: str, words: Mapping[str, object]) -> tuple[str, str] | None:
    """The publisher's subject (perhaps empty) and body with ``words`` put in, if there are any."""
    row = LetterText.objects.filter(name=name).first()
    if row is None:
        return None
    return _fill(row.subject, words), _fill(row.body, words)


def find_placeholders(text: str) -> set[str]:
    """The names in ``text``. Raises ``ValueError`` where braces are left over."""
    rest = _NAMED.sub("", text)
    if "{{" in rest or "}}" in rest or "{%" in rest or "%}" in rest:
        raise ValueError("Write placeholders as {{ name }}; braces mean nothing else here.")
    return set(_NAMED.findall(text))


def _fill(text: str, words: Mapping[str, object]) -> str:
    return _NAMED.sub(lambda found: str(words.get(found[1], "")), text)


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem not in PARTS)


def _letter(name: str, own: LetterText | None) -> Letter:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    known = {*_NAMED.findall(text), *_ASKED.findall(text), *EVERYWHERE}
    return Letter(
        name=name,
        first_words=text.strip(),
        placeholders=tuple(sorted(known)),
        subject=own.subject if own else "",
        body=own.body if own else "",
        changed_at=own.changed_at if own else None,
        changed_by=own.changed_by if own else "",
    )
