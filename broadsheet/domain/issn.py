"""The ISSN of a newspaper: eight characters, the last one checks (ISO 3297)."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"(\d{4})-?(\d{3}[\dX])")


class NotIssn(ValueError):  # noqa: N818
    """A text that is no ISSN; the message says why."""


def read_issn(text: str) -> str:
    """The number as ``1234-5679``. Raises ``NotIssn``."""
    found = _SHAPE.fullmatch(text.strip().upper())
    if found is None:
        raise NotIssn(f"{text!r} is no ISSN: write it as 0378-5955.")
    digits = found[1] + found[2]
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=False))
    check = -total % 11
    if digits[-1] != ("X" if check == 10 else str(check)):  # noqa: PLR2004
        raise NotIssn(f"{text!r} is miscopied: its last character does not check.")
    return f"{found[1]}-{found[2]}"
