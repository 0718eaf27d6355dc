"""Looking for locked sentences in answers, and keeping what was found."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from broadsheet.scan.asking import Answer
from broadsheet.scan.letters import list_readings
from broadsheet.scan.locked import LockedText, Sighting
from broadsheet.scan.page import Page
from broadsheet.scan.report import Leak

MOST_REMEMBERED = 20_000


class Found(NamedTuple):
    """A locked sentence in one part of an answer."""

    part: str
    sighting: Sighting


class Search:
    """Searches answers for one batch's locked text. The same bytes are searched once."""

    def __init__(self, text: LockedText) -> None:
        self._text = text
        self._seen: dict[bytes, tuple[Found, ...]] = {}

    def find(self, answer: Answer) -> list[Found]:
        """What stands in an answer's body and in its headers."""
        key = blake2b(answer.body, digest_size=16).digest()
        found = self._seen.get(key)
        if found is None:
            found = tuple(self._find_in_body(answer))
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            self._seen[key] = found
        in_head = (Found("headers", sighting) for sighting in self._find_in(answer.head, depth=0))
        return [*found, *in_head]

    def _find_in_body(self, answer: Answer) -> Iterable[Found]:
        sightings = self._find_in(answer.text)
        if not sightings:
            return
        placed: set[Sighting] = set()
        if answer.is_html:
            for part, text in Page(answer.address, answer.text).list_parts():
                here = self._find_in(text) & sightings
                placed |= here
                yield from (Found("" if part == "text" else part, sighting) for sighting in here)
        yield from (Found("", sighting) for sighting in sightings - placed)

    def _find_in(self, text: str, *, depth: int = 2) -> set[Sighting]:
        if not text:
            return set()
        found: set[Sighting] = set()
        for disguise, letters in list_readings(text, depth):
            for sighting in self._text.find(letters):
                words = f"{disguise} {sighting.disguise}".strip()
                found.add(sighting._replace(disguise=words))
        return found


class Leaks:
    """Gathers what was found: one leak for each story, representation and reader."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._found: dict[tuple[str, str, str], tuple[str, set[str]]] = {}

    def add(self, found: Found, *, door: str, reader: str, address: str) -> None:
        sighting = found.sighting
        manner = ", ".join(word for word in (found.part, sighting.disguise) if word)
        key = (sighting.story, f"{door}: {manner}" if manner else door, reader)
        with self._turn:
            self._found.setdefault(key, (address, set()))[1].add(sighting.excerpt)

    def __len__(self) -> int:
        return len(self._found)

    def list_leaks(self) -> list[Leak]:
        """All of them, in order of story, reader and representation."""
        return [
            Leak(story, representation, reader, address, min(excerpts), len(excerpts))
            for (story, representation, reader), (address, excerpts) in sorted(
                self._found.items(), key=lambda item: (item[0][0], item[0][2], item[0][1])
            )
        ]
