"""What is asked of licences."""

from broadsheet.apps.licences.queries.licences import (
    LicenceFacts,
    SeatHeld,
    find_licence_at,
    find_licence_by_domain,
    find_licence_by_mark,
    find_seat_licence,
    get_licence,
    list_deeds_of,
    list_licences,
    list_licences_in_force,
    list_seats_of,
)
from broadsheet.apps.licences.queries.posters import find_poster, write_poster_path
from broadsheet.apps.licences.queries.seats import (
    derive_code,
    derive_token,
    find_claim,
    find_invite,
    hash_secret,
)
from broadsheet.apps.licences.queries.usage import MonthOfUse, list_use

__all__ = [
    "LicenceFacts",
    "MonthOfUse",
    "SeatHeld",
    "derive_code",
    "derive_token",
    "find_claim",
    "find_invite",
    "find_licence_at",
    "find_licence_by_domain",
    "find_licence_by_mark",
    "find_poster",
    "find_seat_licence",
    "get_licence",
    "hash_secret",
    "list_deeds_of",
    "list_licences",
    "list_licences_in_force",
    "list_seats_of",
    "list_use",
    "write_poster_path",
]
