from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.refund import SENDABLE_STATES, WAITING_STATES, RefundState, next_state

pytestmark = pytest.mark.pure
Said, S = ChargeOutcome, RefundState


def walk(state: RefundState, words: list[ChargeOutcome]) -> RefundState:
    for word in words:
        state = next_state(state, word) or state
    return state


@pytest.mark.parametrize(
    ("state", "word", "becomes"),
    [
        (S.SENT, Said.NOT_SENT, S.NOT_SENT),
        (S.SENT, Said.UNKNOWN, S.UNKNOWN),
        (S.UNKNOWN, Said.NOT_SENT, S.NOT_SENT),
        (S.UNKNOWN, Said.UNKNOWN, None),
        (S.PENDING, Said.NOT_SENT, None),
        (S.PENDING, Said.PENDING, None),
        (S.PLANNED, Said.UNKNOWN, None),
        (S.PLANNED, Said.NOT_SENT, None),
        (S.NOT_SENT, Said.SUCCEEDED, S.SUCCEEDED),
        (S.SUCCEEDED, Said.DECLINED, S.DECLINED),
        (S.SUCCEEDED, Said.PENDING, None),
        (S.DECLINED, Said.SUCCEEDED, None),
    ],
)
def test_a_word_leads_where_the_diagram_says(
    state: RefundState, word: ChargeOutcome, becomes: RefundState | None
) -> None:
    assert next_state(state, word) is becomes


@given(st.lists(st.sampled_from(Said)), st.sampled_from(S))
def test_what_a_company_refused_stays_refused(
    words: list[ChargeOutcome], state: RefundState
) -> None:
    assert walk(walk(state, [*words, Said.DECLINED]), words) is S.DECLINED


@given(st.lists(st.sampled_from([Said.SUCCEEDED, Said.PENDING, Said.UNKNOWN, Said.NOT_SENT])))
def test_a_success_is_never_lost(words: list[ChargeOutcome]) -> None:
    assert walk(walk(S.SENT, [*words, Said.SUCCEEDED]), words) is S.SUCCEEDED


@given(st.lists(st.sampled_from(Said)))
def test_what_was_acknowledged_is_never_sent_again(words: list[ChargeOutcome]) -> None:
    assert walk(S.PENDING, words) not in SENDABLE_STATES
    assert walk(S.SUCCEEDED, words) not in SENDABLE_STATES | WAITING_STATES
