"""The two messages about a story's page: which variant the gate wants, and what the story is.

The gate asks Django, in process, for one variant of a story and puts ``RenditionRequest.encode()``
under ``ENVIRON_KEY``. Django answers the bytes, the same for every reader of that variant, with
``StoryFacts.encode()`` in the header ``FACTS_HEADER``. No such key (no gate in front) means: answer
the preview, wall ``limit``, no numbers.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from broadsheet.domain.policy_scope import StoryTraits
from broadsheet.domain.story import AccessClass, Origin

ENVIRON_KEY = "broadsheet.rendition"
FACTS_HEADER = "Broadsheet-Story"
ALL = "all"
READER = "reader:"
VERSION = 1


class Unreadable(ValueError):  # noqa: N818
    """A message that does not have the form this house writes."""


@dataclass(frozen=True, slots=True)
class RenditionRequest:
    """One variant of a story's page; equal requests get equal bytes.

    ``outcome`` is ``full`` or ``preview``; ``wall`` is ``""``, ``limit``, ``registration`` or
    ``premium`` and ``reason`` why it stands there; ``window`` the meter's period (``2026-11``);
    ``code`` the reason code a stopped reader can quote. ``message_version`` changes when the policy's message is reworded.
    """

    outcome: str
    wall: str = ""
    policy: str = ""
    reason: str = ""
    limit: int = 0
    window: str = ""
    resets_on: date | None = None
    code: str = ""
    language: str = "en"
    advertising: bool = True
    message_version: str = ""

    def encode(self) -> str:
        written: dict[str, Any] = {"v": VERSION, **dataclasses.asdict(self)}
        written["resets_on"] = self.resets_on.isoformat() if self.resets_on else None
        return json.dumps(written, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> RenditionRequest:
        """Read what ``encode`` wrote. Raises ``Unreadable``."""
        written = _read(text, RenditionRequest)
        with _form("resets_on", text):
            if written.get("resets_on"):
                written["resets_on"] = date.fromisoformat(written["resets_on"])
        return cls(**written)


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What the gate must know of a story to decide; travels with every rendition."""

    id: int
    version: int
    access: AccessClass
    origin: Origin
    section: str
    url: str
    topics: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published_at: str = ""

    def describe(self) -> StoryTraits:
        """What a policy's scope can ask of the story. A date that cannot be read is none."""
        try:
            published_at = datetime.fromisoformat(self.published_at)
        except ValueError:
            published_at = None
        return StoryTraits(
            section=self.section,
            topics=frozenset(self.topics),
            origin=self.origin,
            authors=frozenset(self.authors),
            published_at=published_at if published_at and published_at.tzinfo else None,
        )

    def encode(self) -> str:
        """One line of ASCII, fit for a header."""
        return json.dumps(dataclasses.asdict(self), separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> StoryFacts:
        """Read what ``encode`` wrote. Raises ``Unreadable``."""
        written = _read(text, StoryFacts)
        with _form("access or origin", text):
            written["access"] = AccessClass(written["access"])
            written["origin"] = Origin(written["origin"])
            for name in ("topics", "authors"):
                written[name] = tuple(written.get(name, ()))
        return cls(**written)


def story_key(story_id: int) -> str:
    """The purge key of one story."""
    return f"story:{story_id}"


def spent_key(reader_key: str) -> str:
    """The purge key of what is remembered of one reader's spent allowance."""
    return f"{READER}{reader_key}"


@contextmanager
def _form(what: str, text: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError) as error:
        raise Unreadable(f"unknown {what}: {text[:80]!r}") from error


def _read(text: str, kind: type[RenditionRequest | StoryFacts]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    required = {f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING}
    try:
        written = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"not JSON: {text[:80]!r}") from error
    if not isinstance(written, dict) or not required <= written.keys():
        raise Unreadable(f"not a {kind.__name__}: {text[:80]!r}")
    return {name: value for name, value in written.items() if name in names}
