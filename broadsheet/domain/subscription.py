"""The life of a subscription: its states, and the steps that may be taken between them.

    incomplete ── order closed ──► abandoned
        │ paid
        ▼          fell due
      active ────────────────────► renewing ── paid ──► active
      │ ▲ │                          ▲  │ declined
      │ │ │ paused           retried │  ▼
      │ │ └──────► paused          past due ── paid ──► active
      │ └─ resumed ───┘              │    │
      │ term over,                   │    │
      │ said stop     said stop      │    │ grace over
      ▼                              │    ▼
    ended ◄──────────────────────────┘  lapsed

``cut short`` leads from every live state to ended at once: the reader withdrew within the legal
days, staff ended it, or the bank took the money back. Money that comes late, to one that is
abandoned, ended or lapsed, makes it active again: it is never lost. To one that is active or paused
nothing is owed. Saying stop is a mark on a live subscription (``cancelled_at``), not a state: it
keeps everything to the term's end. A charge that is open blocks lapse, end, pause and cut. Benefits
are a matter of their own (``domain/entitlement``). Source of the rules: billing.md §1.5, §6.2.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a subscription stands."""

    INCOMPLETE = "incomplete"
    ABANDONED = "abandoned"
    ACTIVE = "active"
    RENEWING = "renewing"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    LAPSED = "lapsed"
    ENDED = "ended"


class Step(StrEnum):
    """What may happen to it."""

    PAID = "paid"
    ORDER_CLOSED = "order_closed"
    FELL_DUE = "fell_due"
    DECLINED = "declined"
    RETRIED = "retried"
    GRACE_OVER = "grace_over"
    TERM_OVER = "term_over"
    PAUSED = "paused"
    RESUMED = "resumed"
    CUT_SHORT = "cut_short"


LIVE_STATES = frozenset({State.ACTIVE, State.RENEWING, State.PAST_DUE, State.PAUSED})

STEPS: dict[tuple[State, Step], State] = {
    (State.INCOMPLETE, Step.PAID): State.ACTIVE,
    (State.INCOMPLETE, Step.ORDER_CLOSED): State.ABANDONED,
    (State.ABANDONED, Step.PAID): State.ACTIVE,
    (State.ACTIVE, Step.FELL_DUE): State.RENEWING,
    (State.ACTIVE, Step.TERM_OVER): State.ENDED,
    (State.RENEWING, Step.PAID): State.ACTIVE,
    (State.RENEWING, Step.DECLINED): State.PAST_DUE,
    (State.PAST_DUE, Step.RETRIED): State.RENEWING,
    (State.PAST_DUE, Step.PAID): State.ACTIVE,
    (State.PAST_DUE, Step.GRACE_OVER): State.LAPSED,
    (State.PAST_DUE, Step.TERM_OVER): State.ENDED,
    (State.LAPSED, Step.PAID): State.ACTIVE,
    (State.ENDED, Step.PAID): State.ACTIVE,
    (State.ACTIVE, Step.PAUSED): State.PAUSED,
    (State.PAUSED, Step.RESUMED): State.ACTIVE,
    **{(state, Step.CUT_SHORT): State.ENDED for state in LIVE_STATES},
}


class UnlawfulStep(Exception):  # noqa: N818
    """It cannot happen to a subscription in this state; trying again will not help."""


def find_next(state: State, step: Step) -> State | None:
    """Where ``step`` leads, or ``None`` where it changes nothing."""
    return STEPS.get((state, step))


def next_after(state: State, step: Step) -> State:
    """Where ``step`` leads. Raises ``UnlawfulStep``."""
    found = find_next(state, step)
    if found is None:
        raise UnlawfulStep(f"A subscription that is {state} cannot be {step}.")
    return found
