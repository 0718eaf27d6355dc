"""Tables of licences: the agreement, its seats, its networks and domains, what was read."""

from broadsheet.apps.licences.models.licence import Licence, RangeRegister
from broadsheet.apps.licences.models.place import EmailDomain, LicensedRange, Poster, PosterDay
from broadsheet.apps.licences.models.seat import AddressClaim, Invite, Seat
from broadsheet.apps.licences.models.usage import CountedHours, UsageHour

__all__ = [
    "AddressClaim",
    "CountedHours",
    "EmailDomain",
    "Invite",
    "Licence",
    "LicensedRange",
    "Poster",
    "PosterDay",
    "RangeRegister",
    "Seat",
    "UsageHour",
]
