"""The code a stopped reader can quote: ``LN-M5-7Q4K``.

It says the paper's mark (LN), the policy (M5) and, in the last part, the reason, the limit and the
window, closed by a check character. It names no reader and is read without any look-up:

    last part = base 32 of (window × 128 + limit) × 8 + reason, at least 3 characters,
                then one Luhn check character over the whole code
    window    = of a calendar month, months since January 2026 (below 2,048)
                of a week, 2,048 + weeks since Monday 29 December 2025 (below 8,192)
                of rolling days, 8,192 + (day on which a story comes back, in days since
                1 January 2026) × 64 + length in days

Letters that a voice or a hand confuses (I, L, O, U) stand for 1, 1, 0 and V.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from broadsheet.domain.meter import MOST_DAYS, Reason

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CONFUSED = str.maketrans("ILOU", "110V")
FIRST_YEAR = 2026
FIRST_MONDAY = date(2025, 12, 29)
FIRST_DAY = date(2026, 1, 1)
WEEKS_FROM = 2_048
ROLLING_FROM = 8_192
LONGEST = 64
HIGHEST_LIMIT = 127
REASONS = (
    Reason.ALLOWANCE_SPENT,
    Reason.REGISTRATION_NEEDED,
    Reason.PREMIUM_NEEDED,
    Reason.COUNT_UNAVAILABLE,
    Reason.SUBSCRIBERS_ONLY,
    Reason.NETWORK_BUDGET,
    Reason.TOO_MANY_AT_ONCE,
    Reason.REGISTER_TO_GO_ON,
)
MARK = re.compile(r"[A-Z]{1,4}")
POLICY = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_SHAPE = re.compile(rf"({MARK.pattern})-({POLICY.pattern})-([A-Z0-9]{{4,8}})")
_DASHES = re.compile(r"[\s‐‑‒–—−_-]+")


class UnreadableCode(ValueError):  # noqa: N818
    """A code that this house did not write, or that was miscopied. The message says which."""


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """Why one page was a preview.

    ``window`` is a month (``2026-11``), a week (``2026-W48``) or rolling days (``rolling-7``);
    with rolling days ``resets_on`` is the day on which a story comes back, else ``None``.
    """

    mark: str
    policy: str
    reason: Reason
    limit: int
    window: str
    resets_on: date | None = None

    def encode(self) -> str:
        """Write the code. Raises ``ValueError`` for what has no place in it."""
        if not MARK.fullmatch(self.mark) or not POLICY.fullmatch(self.policy):
            raise ValueError(f"no code can be written for {self.mark!r} and {self.policy!r}")
        if not 0 <= self.limit <= HIGHEST_LIMIT:
            raise ValueError(f"a limit is between 0 and {HIGHEST_LIMIT}, not {self.limit}")
        window = _number_window(self.window, self.resets_on)
        number = (window * (HIGHEST_LIMIT + 1) + self.limit) * 8 + REASONS.index(self.reason)
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
        number, limit = divmod(number, HIGHEST_LIMIT + 1)
        window, resets_on = _name_window(number, text)
        return cls(mark, policy, REASONS[reason], limit, window, resets_on)


def make_mark(paper_name: str) -> str:
    """The paper's mark: first and last letter of its name's last word (The Lantern → LN)."""
    words = re.findall(r"[A-Z]+", paper_name.upper())
    return words[-1][0] + words[-1][-1] if words else "BS"


def _number_window(window: str, resets_on: date | None) -> int:
    kind, _, rest = window.partition("-")
    if kind == "rolling" and resets_on is not None:
        number, days = (resets_on - FIRST_DAY).days, int(rest)
        if number >= 0 and 1 <= days <= MOST_DAYS:
            return ROLLING_FROM + number * LONGEST + days
    elif rest.startswith("W"):
        number = (date.fromisocalendar(int(kind), int(rest[1:]), 1) - FIRST_MONDAY).days // 7
        if 0 <= number < ROLLING_FROM - WEEKS_FROM:
            return WEEKS_FROM + number
    elif kind.isdecimal():
        number = (int(kind) - FIRST_YEAR) * 12 + int(rest) - 1
        if 0 <= number < WEEKS_FROM:
            return number
    raise ValueError(f"no code can be written for the window {window}")


def _name_window(number: int, text: str) -> tuple[str, date | None]:
    if number < WEEKS_FROM:
        return f"{FIRST_YEAR + number // 12:04}-{number % 12 + 1:02}", None
    if number < ROLLING_FROM:
        year, week, _ = (FIRST_MONDAY + timedelta(weeks=number - WEEKS_FROM)).isocalendar()
        return f"{year:04}-W{week:02}", None
    number, days = divmod(number - ROLLING_FROM, LONGEST)
    try:
        resets_on = FIRST_DAY + timedelta(days=number)
    except OverflowError:
        days = 0
    if not 1 <= days <= MOST_DAYS:
        raise UnreadableCode(
            f"{text.strip()!r} names a window this version of Broadsheet does not know."
        )
    return f"rolling-{days}", resets_on


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
