"""What may become of one charge.

                       ┌───────────────────────────► succeeded ◄─┐ late success:
    planned ──► sent ──┼──► pending ──┐ the gateway's            │ never lost
                  │    │              │ later word               │
                  │    ├──► unknown ──┴──► succeeded, declined ──┘
                  │    ├──► declined
                  └────┴──► not_sent        the gateway was surely not reached

An *open* charge (planned, sent, pending, unknown) blocks every other charge for the same order.
Timeouts, server errors and killed processes make it unknown: never declined.
Source of the rules: billing.md §6.3.
"""

from __future__ import annotations

from enum import StrEnum


class ChargeOutcome(StrEnum):
    """What a gateway says of a charge, or what its silence means."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    PENDING = "pending"
    UNKNOWN = "unknown"


class ChargeState(StrEnum):
    """Where our record of a charge stands."""

    PLANNED = "planned"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    PENDING = "pending"
    UNKNOWN = "unknown"


class DeclineKind(StrEnum):
    """Whether asking again may help."""

    SOFT = "soft"
    HARD = "hard"


OPEN_STATES = frozenset(
    {ChargeState.PLANNED, ChargeState.SENT, ChargeState.PENDING, ChargeState.UNKNOWN}
)
WAITING_STATES = OPEN_STATES - {ChargeState.PLANNED}

_FIRST_WORD = {outcome: ChargeState(outcome) for outcome in ChargeOutcome}
_NEXT: dict[ChargeState, dict[ChargeOutcome, ChargeState]] = {
    # A browser's return may come in before our own record of the sending.
    ChargeState.PLANNED: _FIRST_WORD,
    ChargeState.SENT: _FIRST_WORD,
    ChargeState.UNKNOWN: {
        ChargeOutcome.SUCCEEDED: ChargeState.SUCCEEDED,
        ChargeOutcome.DECLINED: ChargeState.DECLINED,
        ChargeOutcome.NOT_SENT: ChargeState.NOT_SENT,
        ChargeOutcome.PENDING: ChargeState.PENDING,
    },
    # A gateway that once acknowledged the charge cannot later not have been reached.
    ChargeState.PENDING: {
        ChargeOutcome.SUCCEEDED: ChargeState.SUCCEEDED,
        ChargeOutcome.DECLINED: ChargeState.DECLINED,
    },
    ChargeState.DECLINED: {ChargeOutcome.SUCCEEDED: ChargeState.SUCCEEDED},
    ChargeState.NOT_SENT: {ChargeOutcome.SUCCEEDED: ChargeState.SUCCEEDED},
    ChargeState.SUCCEEDED: {},
}


def next_state(state: ChargeState, outcome: ChargeOutcome) -> ChargeState | None:
    """The state that ``outcome`` leads to, or ``None`` when it changes nothing."""
    new = _NEXT[state].get(outcome)
    return None if new is state else new
