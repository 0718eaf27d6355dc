"""What may become of one refund.

    planned ──► sent ──┬──► succeeded ──► declined     the bank sent the money back to us
       ▲               ├──► pending ───┐
       │               ├──► unknown ───┴──► succeeded, declined
       │               ├──► declined
       └── not_sent ◄──┴── unknown                     surely never arrived: it is sent again

A refund is a promise to a reader, so one that never arrived waits to be sent again; one whose
answer was lost is looked up and never sent blindly. Every state but declined *holds* its amount:
the refunds that hold may never exceed what was taken.
"""

from __future__ import annotations

from enum import StrEnum

from broadsheet.domain.charge import ChargeOutcome


class RefundState(StrEnum):
    """Where our record of a refund stands."""

    PLANNED = "planned"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    PENDING = "pending"
    UNKNOWN = "unknown"


SENDABLE_STATES = frozenset({RefundState.PLANNED, RefundState.NOT_SENT})
WAITING_STATES = frozenset({RefundState.SENT, RefundState.PENDING, RefundState.UNKNOWN})

_FIRST_WORD = {outcome: RefundState(outcome) for outcome in ChargeOutcome}
_LATER_WORD = {
    ChargeOutcome.SUCCEEDED: RefundState.SUCCEEDED,
    ChargeOutcome.DECLINED: RefundState.DECLINED,
    ChargeOutcome.PENDING: RefundState.PENDING,
}
_NEXT: dict[RefundState, dict[ChargeOutcome, RefundState]] = {
    RefundState.PLANNED: _LATER_WORD,
    RefundState.SENT: _FIRST_WORD,
    RefundState.NOT_SENT: _LATER_WORD,
    RefundState.UNKNOWN: {**_LATER_WORD, ChargeOutcome.NOT_SENT: RefundState.NOT_SENT},
    # A company that once acknowledged a refund cannot later not have been reached.
    RefundState.PENDING: _LATER_WORD,
    RefundState.SUCCEEDED: {ChargeOutcome.DECLINED: RefundState.DECLINED},
    RefundState.DECLINED: {},
}


def next_state(state: RefundState, outcome: ChargeOutcome) -> RefundState | None:
    """The state that ``outcome`` leads to, or ``None`` when it changes nothing."""
    new = _NEXT[state].get(outcome)
    return None if new is state else new
