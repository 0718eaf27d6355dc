"""The code a stopped reader can quote: ``LN-M5-7Q4K``.

It says the paper's mark (LN), the policy (M5) and, in the last part, the reason, the limit and the
window, closed by a check character. It names no reader and is read without any look-up:

    last part = base 32 of ((months since 2026) × 128 + limit) × 8 + reason, at least 3 characters,
                then one Luhn check character over the whole code

Letters that a voice or a hand confuses (I, L, O, U) stand for 1, 1, 0 and V.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadsheet.domain.meter import Reason

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CONFUSED = str.maketrans("ILOU", "110V")
FIRST_YEAR = 2026
HIGHEST_LIMIT = 127
REASONS = (
    Reason.ALLOWANCE_SPENT,
    Reason.REGISTRATION_NEEDED,
    Reason.PREMIUM_NEEDED,
    Reason.COUNT_UNAVAILABLE,
)
MARK = re.compile(r"[A-Z]{1,4}")
POLICY = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_SHAPE = re.compile(rf"({MARK.pattern})-({POLICY.pattern})-([A-Z0-9]{{4,8}})")
_DASHES = re.compile(r"[\s‐‑‒–—−_-]+")


class UnreadableCode(ValueError):  # noqa: N818
    """A code that this house did not write, or that was miscopied. The message says which."""


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """Why one page was a preview; ``window`` is a month such as ``2026-11``."""

    mark: str
    policy: str
    reason: Reason
    limit: int
    window: str

    def encode(self) -> str:
        """Write the code. Raises ``ValueError`` for what has no place in it."""
        if not MARK.fullmatch(self.mark) or not POLICY.fullmatch(self.policy):
            raise ValueError(f"no code can be written for {self.mark!r} and {self.policy!r}")
        if not 0 <= self.limit <= HIGHEST_LIMIT:
            raise ValueError(f"a limit is between 0 and {HIGHEST_LIMIT}, not {self.limit}")
        months = _months(self.window)
        number = (months * (HIGHEST_LIMIT + 1) + self.limit) * 8 + REASONS.index(self.reason)
        digits = ""
        while number:
            number, rest = divmod(number, len(ALPHABET))
            digits = ALPHABET[rest] + digits
        body = f"{self.mark}-{self.policy}-{digits.rjust(3, '0')}"
        return body + _check(body)

    @classmethod
    def decode(cls, text: str) -> ReasonCode:
        """Read a code as a person typed it. Raises ``UnreadableCode``."""
        written = _SHAPE.fullmatch(_DASHES.sub("-", text.strip()).upper())
        if written is None:
            raise UnreadableCode(f"{text.strip()!r} is not a code; one looks like LN-M5-7Q4K.")
        mark, policy, last = written.groups()
        last = last.translate(CONFUSED)
        if _check(f"{mark}-{policy}-{last[:-1]}") != last[-1]:
            raise UnreadableCode(
                f"{text.strip()!r} was miscopied: its check character does not fit. Copy it again."
            )
        number = 0
        for digit in last[:-1]:
            number = number * len(ALPHABET) + ALPHABET.index(digit)
        number, reason = divmod(number, 8)
        months, limit = divmod(number, HIGHEST_LIMIT + 1)
        if reason >= len(REASONS):
            raise UnreadableCode(
                f"{text.strip()!r} gives a reason this version of Broadsheet does not know."
            )
        window = f"{FIRST_YEAR + months // 12:04}-{months % 12 + 1:02}"
        return cls(mark=mark, policy=policy, reason=REASONS[reason], limit=limit, window=window)


def make_mark(paper_name: str) -> str:
    """The paper's mark: first and last letter of its name's last word (The Lantern → LN)."""
    words = re.findall(r"[A-Z]+", paper_name.upper())
    return words[-1][0] + words[-1][-1] if words else "BS"


def _months(window: str) -> int:
    year, month = window.split("-")
    months = (int(year) - FIRST_YEAR) * 12 + int(month) - 1
    if months < 0:
        raise ValueError(f"no code can be written for the window {window}")
    return months


def _check(body: str) -> str:
    """Luhn over base 32: every miscopied character and nearly every swap of neighbours shows."""
    size = len(ALPHABET)
    total = 0
    for place, character in enumerate(reversed(body.replace("-", "").translate(CONFUSED))):
        value = ALPHABET.index(character)
        if place % 2 == 0:
            value *= 2
            value = value // size + value % size
        total += value
    return ALPHABET[-total % size]
