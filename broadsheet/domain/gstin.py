"""The Indian tax number and the States that it and an address name.

Fifteen characters: the State's two digits, the holder's PAN, the number of the registration, ``Z``
and a check digit. Names of States are those that the tax portal's own tables print.
"""

from __future__ import annotations

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin, pan

STATES: dict[str, str] = {
    "35": "Andaman and Nicobar Islands",
    "37": "Andhra Pradesh",
    "12": "Arunachal Pradesh",
    "18": "Assam",
    "10": "Bihar",
    "04": "Chandigarh",
    "22": "Chhattisgarh",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "07": "Delhi",
    "30": "Goa",
    "24": "Gujarat",
    "06": "Haryana",
    "02": "Himachal Pradesh",
    "01": "Jammu and Kashmir",
    "20": "Jharkhand",
    "29": "Karnataka",
    "32": "Kerala",
    "38": "Ladakh",
    "31": "Lakshadweep",
    "23": "Madhya Pradesh",
    "27": "Maharashtra",
    "14": "Manipur",
    "17": "Meghalaya",
    "15": "Mizoram",
    "13": "Nagaland",
    "21": "Odisha",
    "34": "Puducherry",
    "03": "Punjab",
    "08": "Rajasthan",
    "11": "Sikkim",
    "33": "Tamil Nadu",
    "36": "Telangana",
    "16": "Tripura",
    "09": "Uttar Pradesh",
    "05": "Uttarakhand",
    "19": "West Bengal",
}
"""Two digits → name, in the order of the alphabet."""

WITHOUT_LEGISLATURE = frozenset({"04", "26", "31", "35", "38"})
"""Union territories whose half of the tax is called UTGST."""

LENGTH = 15
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NotGstin(ValueError):  # noqa: N818
    """Not a GSTIN; the message says what is wrong with it."""


def read_gstin(written: str) -> str:
    """The number without spaces, in capitals. Raises ``NotGstin``."""
    number = gstin.compact(written)
    if len(number) != LENGTH:
        raise NotGstin("A GSTIN has 15 characters.")
    if number[:2] not in STATES:
        raise NotGstin("A GSTIN begins with the two digits of a State.")
    try:
        # The library's list of States ends before Ladakh; all else it checks as for another.
        if number[:2] == "38":
            pan.validate(number[2:12])
            luhn.validate(number, _ALPHABET)
            gstin.validate(_like_delhi(number))
        else:
            gstin.validate(number)
    except ValidationError as error:
        raise NotGstin("This GSTIN has a wrong character in it; compare it once more.") from error
    return number


def state_of(number: str) -> str:
    """The two digits of the State that a GSTIN was given in."""
    return number[:2]


def _like_delhi(number: str) -> str:
    body = "07" + number[2:14]
    return body + luhn.calc_check_digit(body, _ALPHABET)
