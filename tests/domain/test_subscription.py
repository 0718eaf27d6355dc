from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from broadsheet.domain.dunning import USUAL_PATIENCE, Patience
from broadsheet.domain.subscription import (
    LIVE_STATES,
    STEPS,
    State,
    Step,
    UnlawfulStep,
    find_next,
    next_after,
)

pytestmark = pytest.mark.pure


def test_every_state_can_be_reached_and_money_is_never_refused_but_where_none_is_owed():
    reached = {State.INCOMPLETE} | set(STEPS.values())
    assert reached == set(State)
    assert {state for state in State if find_next(state, Step.PAID) is None} == {
        State.ACTIVE,
        State.PAUSED,
    }


@pytest.mark.parametrize("state", State)
def test_paid_always_leads_to_active(state):
    assert find_next(state, Step.PAID) in {State.ACTIVE, None}


def test_an_unlawful_step_is_refused():
    with pytest.raises(UnlawfulStep, match="ended cannot be fell_due"):
        next_after(State.ENDED, Step.FELL_DUE)
    assert find_next(State.ENDED, Step.FELL_DUE) is None
    assert next_after(State.ACTIVE, Step.FELL_DUE) is State.RENEWING


class Life(RuleBasedStateMachine):
    """Walks the machine; one charge at most is open, and only while it is renewing."""

    def __init__(self):
        super().__init__()
        self.state = State.INCOMPLETE
        self.open_charge = True
        self.paid = 0

    def go(self, step):
        self.state = next_after(self.state, step)

    @precondition(lambda self: self.open_charge)
    @rule()
    def settle(self):
        self.open_charge = False
        self.paid += 1
        self.go(Step.PAID)

    @precondition(lambda self: self.open_charge and self.state is State.INCOMPLETE)
    @rule()
    def give_up(self):
        self.open_charge = False
        self.go(Step.ORDER_CLOSED)

    @precondition(lambda self: self.open_charge and self.state is State.RENEWING)
    @rule()
    def decline(self):
        self.open_charge = False
        self.go(Step.DECLINED)

    @precondition(lambda self: self.state is State.ACTIVE)
    @rule()
    def fall_due(self):
        self.open_charge = True
        self.go(Step.FELL_DUE)

    @precondition(lambda self: self.state is State.PAST_DUE)
    @rule()
    def retry(self):
        self.open_charge = True
        self.go(Step.RETRIED)

    @precondition(lambda self: self.state is State.PAST_DUE)
    @rule(step=st.sampled_from([Step.GRACE_OVER, Step.TERM_OVER]))
    def stop(self, step):
        self.go(step)

    @precondition(lambda self: self.state in {State.LAPSED, State.ENDED, State.ABANDONED})
    @rule()
    def late_money(self):
        self.paid += 1
        self.go(Step.PAID)

    @invariant()
    def live_only_when_once_paid(self):
        assert self.paid or self.state not in LIVE_STATES

    @invariant()
    def an_open_charge_blocks_the_end(self):
        if self.open_charge:
            assert self.state in {State.INCOMPLETE, State.RENEWING}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


def test_the_ladder_of_retries():
    first = date(2026, 11, 1)
    tried, ladder = first, []
    while (tried := USUAL_PATIENCE.find_next_retry(first, tried)) is not None:
        ladder.append(tried)
    assert ladder == [date(2026, 11, day) for day in (2, 4, 6, 8)]
    assert USUAL_PATIENCE.grace_ends_on(first) == date(2026, 11, 8)


@given(st.dates(), st.integers(min_value=0, max_value=30))
def test_a_retry_always_lies_ahead(day, late):
    patience = Patience()
    tried = date.fromordinal(min(day.toordinal() + late, date.max.toordinal() - 60))
    found = patience.find_next_retry(min(day, tried), tried)
    assert found is None or found > tried
