"""What the newsroom tells of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryPublished:
    """A version of a story is before readers."""

    story_id: int
    version: int


@dataclass(frozen=True, slots=True)
class StoryChanged:
    """A story changed without a new text: its access, a correction, or it was taken back."""

    story_id: int


@dataclass(frozen=True, slots=True)
class StoryKilled:
    """A published story was withdrawn for good."""

    story_id: int


@dataclass(frozen=True, slots=True)
class FrontCurated:
    """The stories of a front were put in a new order."""

    front: str


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """A section, topic, author or picture changed, which many pages print."""

    kind: str
    key: int


@dataclass(frozen=True, slots=True)
class StoriesIngested:
    """A batch of copy from outside went before readers: new stories, and new versions of known ones."""

    created: tuple[int, ...]
    updated: tuple[int, ...]
