"""The publisher's words to a stopped reader: whose they are, and filled in."""

from __future__ import annotations

from datetime import date

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.domain.meter import PolicyKind, Reason
from broadsheet.domain.meter_message import fill_message
from broadsheet.plumbing.formatting import format_date, format_number

SPOKEN: dict[str, frozenset[str]] = {
    PolicyKind.METER: frozenset({Reason.ALLOWANCE_SPENT, Reason.REGISTER_TO_GO_ON}),
    PolicyKind.LOCKED: frozenset({Reason.SUBSCRIBERS_ONLY}),
    PolicyKind.ACCOUNT: frozenset({Reason.REGISTRATION_NEEDED}),
}
"""The stops that a policy of each kind has words for. For all others the paper has its own: a
premium story, say, is none of the policy's making.
"""


def find_words(*, policy: str, reason: str) -> str:
    """The template that a policy has for a stop, or ``""`` where it has none."""
    row = MeterPolicy.objects.filter(code=policy).only("kind", "message").first()
    return row.message if row and reason in SPOKEN.get(row.kind, ()) else ""


def fill_words(template: str, *, limit: int, resets_on: date) -> str:
    """A template as a reader stopped with ``limit`` stories read sees it."""
    return fill_message(
        template,
        {
            "free_limit": format_number(limit),
            "used": format_number(limit),
            "remaining": format_number(0),
            "resets_on": format_date(resets_on, "day"),
        },
    )
