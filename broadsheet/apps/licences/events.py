"""What licences tell of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LicencesChanged:
    """What a licence opens, to whom or until when, was changed."""

    licence_id: int


@dataclass(frozen=True, slots=True)
class SeatOffered:
    """Somebody was invited to a seat."""

    invite_id: int


@dataclass(frozen=True, slots=True)
class AddressClaimed:
    """A reader says that an address of an organisation is theirs; a code will show it."""

    claim_id: int
