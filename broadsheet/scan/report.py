"""What a scan found."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Leak:
    """Locked text in one representation, given to one kind of reader.

    ``story`` is the address of the story whose text it is, ``address`` where it was seen,
    ``excerpt`` the beginning of the first locked sentence, ``sentences`` how many stood there.
    """

    story: str
    representation: str
    reader: str
    address: str
    excerpt: str
    sentences: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A story of which the scan cannot say whether it leaks."""

    story: str
    reason: str


@dataclass(slots=True)
class Report:
    """All figures of one scan.

    ``stories`` were found and asked for; ``locked`` of them have sentences that were looked for,
    ``open`` ones anybody may read. ``representations`` counts the answers that were searched.
    Metered stories open to a reader without cookies by design: ``new_readers_asked`` and
    ``new_readers_opened`` say how often that was tried and how often it opened.
    """

    stories: int = 0
    representations: int = 0
    locked: int = 0
    open: int = 0
    sentences: int = 0
    new_readers_asked: int = 0
    new_readers_opened: int = 0
    unanswered: int = 0
    left: int = 0
    seconds: float = 0.0
    leaks: list[Leak] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_facts(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def list_words(self) -> list[str]:
        """The report in lines for people."""
        lines = [
            f"{leak.story}\n    {leak.representation}, {leak.reader}: "
            f"{_count(leak.sentences, 'locked sentence')} at {leak.address}\n    {leak.excerpt}"
            for leak in self.leaks
        ]
        whys = Counter(one.reason for one in self.unjudged)
        lines += [f"Not judged, {_count(times, 'story')}: {why}." for why, times in whys.items()]
        if self.new_readers_asked:
            lines.append(
                f"A reader without cookies is a new one each time: of {self.new_readers_asked} "
                f"metered stories asked for so, {self.new_readers_opened} opened. That is the "
                "meter's way and no leak."
            )
        if self.unanswered:
            lines.append(f"{_count(self.unanswered, 'request')} brought no answer.")
        if self.left:
            lines.append(f"Left out, {self.left:,} of the listed addresses: raise --stories.")
        lines += [f"{note[:1].upper()}{note[1:]}." for note in self.notes]
        lines.append(
            f"{_count(len(self.leaks), 'leak')} in {_count(self.representations, 'representation')}"
            f" of {_count(self.stories, 'story')} ({self.locked} locked, {self.open} open); "
            f"{_count(self.sentences, 'locked sentence')} looked for in {self.seconds} s."
        )
        return lines


def _count(number: int, word: str) -> str:
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word[:-1] + 'ies' if word.endswith('y') else word + 's'}"
