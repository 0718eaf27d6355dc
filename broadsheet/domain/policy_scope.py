"""Which policy rules a story for a reader, and whether a set of policies makes sense.

Several policies may be in force at once. Each has a priority and a scope; of those whose scope
covers story and reader, the one with the highest priority rules alone. The paper's own meter has
priority 0 and covers everything.

A scope has parts: sections, topics, origins, authors, countries, segments and the story's age. A
part left empty takes anything; parts given must all fit. A story has many topics and authors, and
one in common is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from broadsheet.domain.meter import Policy, PolicyKind, Reader

PAPERS_OWN = 0
"""The priority of the paper's own meter."""
HIGHEST_PRIORITY = 999
_MANY = frozenset({"topics", "authors", "segments"})
"""Parts of which one story or reader may have several values at once."""
DAY = timedelta(days=1)
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StoryTraits:
    """What of a story a scope can ask for; names are slugs and origins."""

    section: str = ""
    topics: frozenset[str] = _NOTHING
    origin: str = ""
    authors: frozenset[str] = _NOTHING
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy rules. Ages are whole days (24 hours) since a story was published:
    ``from_age`` included, ``until_age`` not; ``None`` is open. ``segments`` may name kinds of
    reader (``anonymous``) as well as segments.
    """

    sections: frozenset[str] = _NOTHING
    topics: frozenset[str] = _NOTHING
    origins: frozenset[str] = _NOTHING
    authors: frozenset[str] = _NOTHING
    countries: frozenset[str] = _NOTHING
    segments: frozenset[str] = _NOTHING
    from_age: int | None = None
    until_age: int | None = None

    def covers(self, story: StoryTraits, reader: Reader, now: datetime) -> bool:
        """Whether this scope takes in the story for this reader now."""
        return (
            (not self.sections or story.section in self.sections)
            and (not self.origins or story.origin in self.origins)
            and (not self.topics or not self.topics.isdisjoint(story.topics))
            and (not self.authors or not self.authors.isdisjoint(story.authors))
            and (not self.countries or reader.country in self.countries)
            and (
                not self.segments
                or reader.kind in self.segments
                or not self.segments.isdisjoint(reader.segments)
            )
            and self._covers_age(story.published_at, now)
        )

    def includes(self, other: Scope) -> bool:
        """Whether whatever ``other`` covers is covered by this one too."""
        return (
            all(
                not mine or (theirs and theirs <= mine) for _, mine, theirs in _pair_up(self, other)
            )
            and (self.from_age or 0) <= (other.from_age or 0)
            and _until(other) <= _until(self)
        )

    def meets(self, other: Scope) -> bool:
        """Whether one story and reader could be covered by both."""
        return (
            all(
                name in _MANY or not mine or not theirs or not mine.isdisjoint(theirs)
                for name, mine, theirs in _pair_up(self, other)
            )
            and (self.from_age or 0) < _until(other)
            and (other.from_age or 0) < _until(self)
        )

    def find_next_edge(self, published_at: datetime | None, now: datetime) -> datetime | None:
        """The first instant after ``now`` at which the story's age enters or leaves this scope."""
        if published_at is None:
            return None
        edges = (published_at + DAY * age for age in (self.from_age, self.until_age) if age)
        return min((edge for edge in edges if edge > now), default=None)

    def _covers_age(self, published_at: datetime | None, now: datetime) -> bool:
        if self.from_age is None and self.until_age is None:
            return True
        if published_at is None:
            return False
        age = max(0, (now - published_at) // DAY)  # another host's clock may be ahead
        return (self.from_age or 0) <= age < _until(self)


EVERYTHING = Scope()
"""The scope of the paper's own meter."""


class Scoped(Protocol):
    """Anything with a policy's place among others."""

    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> PolicyKind: ...
    @property
    def priority(self) -> int: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime | None: ...


class Ruling(Protocol):
    """A policy with its scope."""

    @property
    def policy(self) -> Policy: ...
    @property
    def scope(self) -> Scope: ...


R = TypeVar("R", bound=Ruling)


def choose(candidates: Sequence[R], story: StoryTraits, reader: Reader, now: datetime) -> R:
    """The first that covers, of candidates in falling priority; the last must cover everything."""
    for candidate in candidates[:-1]:
        if candidate.scope.covers(story, reader, now):
            return candidate
    return candidates[-1]


class PoliciesClash(ValueError):  # noqa: N818
    """A policy that could not do what was meant. ``part`` names the part of it to change."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


def check_against(candidate: Scoped, others: Iterable[Scoped]) -> None:
    """Raises ``PoliciesClash`` if ``candidate`` could never rule a story, or contradicts another.

    It never rules when one of higher priority covers all of its scope for all of its time, and it
    takes the same from others. It contradicts one of the same priority that could cover the same
    story at the same time, for then nobody could say which of the two rules.
    """
    scope = candidate.scope
    if scope.from_age is not None and scope.from_age < 0:
        raise PoliciesClash("from_age", "A story’s age begins at 0 days.")
    if (scope.from_age or 0) >= _until(scope):
        raise PoliciesClash(
            "until_age",
            f"No story is {scope.from_age or 0} days old or more and yet younger than "
            f"{scope.until_age}: this policy could never apply.",
        )
    for other in others:
        if other.code == candidate.code or not _overlap(candidate, other):
            continue
        if other.priority == candidate.priority and scope.meets(other.scope):
            raise PoliciesClash(
                "priority",
                f"{other.code} has priority {other.priority} too, and both could rule the same "
                "story at the same time. Give one of them another priority.",
            )
        for upper, lower in ((other, candidate), (candidate, other)):
            if upper.priority > lower.priority and _hides(upper, lower):
                raise PoliciesClash("priority", _say_hidden(upper, lower, candidate))


def _say_hidden(upper: Scoped, lower: Scoped, candidate: Scoped) -> str:
    if lower is candidate:
        return (
            f"{upper.code} (priority {upper.priority}) rules everything that this policy covers, "
            "for all of its time: it could never apply. Give it a higher priority or another scope."
        )
    return (
        f"This policy would rule everything that {lower.code} (priority {lower.priority}) covers, "
        f"which could then never apply again. End {lower.code} first, or narrow this one."
    )


def _hides(upper: Scoped, lower: Scoped) -> bool:
    return (
        upper.scope.includes(lower.scope)
        and upper.starts_at <= lower.starts_at
        and (
            upper.ends_at is None or (lower.ends_at is not None and lower.ends_at <= upper.ends_at)
        )
    )


def _overlap(one: Scoped, other: Scoped) -> bool:
    return (one.ends_at is None or other.starts_at < one.ends_at) and (
        other.ends_at is None or one.starts_at < other.ends_at
    )


def _pair_up(one: Scope, other: Scope) -> Iterable[tuple[str, frozenset[str], frozenset[str]]]:
    for part in fields(Scope):
        mine, theirs = getattr(one, part.name), getattr(other, part.name)
        if isinstance(mine, frozenset):
            yield part.name, mine, theirs


def _until(scope: Scope) -> float:
    return float("inf") if scope.until_age is None else scope.until_age
