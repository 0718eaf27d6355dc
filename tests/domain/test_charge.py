from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.charge import (
    OPEN_STATES,
    WAITING_STATES,
    ChargeOutcome,
    ChargeState,
    next_state,
)

pytestmark = pytest.mark.pure

words = st.lists(st.sampled_from(ChargeOutcome), max_size=8)


def follow(state, outcomes):
    for outcome in outcomes:
        state = next_state(state, outcome) or state
    return state


@pytest.mark.parametrize("outcome", ChargeOutcome)
def test_the_first_word_is_believed(outcome):
    assert next_state(ChargeState.SENT, outcome) == ChargeState(outcome)


@given(words)
def test_success_is_final(outcomes):
    assert follow(ChargeState.SUCCEEDED, outcomes) is ChargeState.SUCCEEDED


@given(words)
def test_success_is_never_lost(outcomes):
    state = follow(ChargeState.SENT, outcomes)
    assert (state is ChargeState.SUCCEEDED) == (ChargeOutcome.SUCCEEDED in outcomes)


@given(words)
def test_a_closed_charge_does_not_open_again(outcomes):
    for closed in (ChargeState.DECLINED, ChargeState.NOT_SENT, ChargeState.SUCCEEDED):
        assert follow(closed, outcomes) not in OPEN_STATES


@pytest.mark.parametrize(("state", "outcome"), list(itertools.product(ChargeState, ChargeOutcome)))
def test_a_word_heard_twice_changes_nothing_more(state, outcome):
    once = next_state(state, outcome) or state
    assert next_state(once, outcome) is None


def test_what_a_gateway_acknowledged_cannot_have_missed_it():
    assert next_state(ChargeState.PENDING, ChargeOutcome.NOT_SENT) is None
    assert next_state(ChargeState.PENDING, ChargeOutcome.UNKNOWN) is None


def test_the_open_states():
    assert {"planned", "sent", "pending", "unknown"} == OPEN_STATES
    assert {"sent", "pending", "unknown"} == WAITING_STATES
