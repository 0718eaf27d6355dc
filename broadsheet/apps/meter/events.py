"""What the meter tells of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyAdopted:
    """A policy was adopted; it may begin later."""

    code: str


@dataclass(frozen=True, slots=True)
class PolicyEnded:
    """A policy was given another end, or taken back before it began."""

    code: str


@dataclass(frozen=True, slots=True)
class PolicyReworded:
    """A policy's message was changed."""

    code: str


@dataclass(frozen=True, slots=True)
class LinkRevoked:
    """A link that lent a story was taken back."""

    link_id: int


@dataclass(frozen=True, slots=True)
class ReadGivenBack:
    """A reader took a read back; the keys under which it had counted."""

    reader_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionRevoked:
    """A session was signed out: no pass of it may count any more."""

    session: str
