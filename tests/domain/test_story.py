from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.story import (
    DISCLAIMERS,
    AccessClass,
    Origin,
    count_preview_blocks,
    count_words,
    get_disclaimer,
    is_agency_needed,
    is_disclaimer_needed,
)

pytestmark = pytest.mark.pure


def test_the_names_are_those_of_the_contract():
    assert [a.value for a in AccessClass] == ["free", "registered", "metered", "premium"]
    assert [o.value for o in Origin] == [
        "staff",
        "wire",
        "edited-wire",
        "contributed",
        "sponsored",
        "ai-assisted",
    ]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([50, 40, 150], 1),
        ([30, 30, 180], 2),
        ([30, 31, 200], 1),
        ([61, 10, 500], 0),
        ([30, 30, 20], 0),
        ([20, 60], 1),
        ([21, 60], 0),
        ([], 0),
        ([0, 60, 180], 2),
    ],
)
def test_a_preview_is_whole_blocks_within_sixty_words_and_a_quarter(words, shown):
    assert count_preview_blocks(words) == shown


@given(st.lists(st.integers(0, 400), max_size=40))
def test_a_preview_never_passes_either_bound(words):
    shown = sum(words[: count_preview_blocks(words)])
    assert shown <= 60
    assert shown * 4 <= sum(words)


def test_words_are_counted_across_no_break_spaces():
    assert count_words("₹640\u00a0crore  was\nlost") == 4


def test_only_the_papers_own_reporting_goes_without_a_disclaimer():
    assert {o for o in Origin if not is_disclaimer_needed(o)} == {Origin.STAFF}
    assert get_disclaimer(Origin.STAFF) == ""
    assert set(DISCLAIMERS) == set(Origin) - {Origin.STAFF}


def test_an_agency_is_named_where_the_sentence_names_it():
    for origin in Origin:
        fields = {
            name for _, name, _, _ in string.Formatter().parse(get_disclaimer(origin)) if name
        }
        assert ("agency" in fields) == is_agency_needed(origin)
        assert fields <= {"agency", "paper"}
