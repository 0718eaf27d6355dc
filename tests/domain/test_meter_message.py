from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.meter_message import (
    NAMES,
    WrongMessage,
    check_message,
    fill_message,
    find_names,
)

pytestmark = pytest.mark.pure

VALUES = {"free_limit": "5", "used": "5", "remaining": "0", "resets_on": "1 December"}


def test_every_name_is_filled_however_it_is_spaced():
    template = "{{free_limit}} of {{ used }}, {{remaining }} left until {{ resets_on}}."
    check_message(template)
    assert fill_message(template, VALUES) == "5 of 5, 0 left until 1 December."


def test_the_names_used_are_found_in_order():
    assert find_names("{{ used }} of {{free_limit}}.") == ["used", "free_limit"]
    assert find_names("No names.") == []


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("You have {{remainig}} left.", r"no \{\{remainig\}\}. Did you mean \{\{remaining\}\}\?"),
        ("{{limit}}", r"Did you mean \{\{free_limit\}\}\?"),
        ("{{}}", r"The names are: free_limit, used, remaining, resets_on."),
        ("{free_limit}", "two braces on each side"),
        ("{{free_limit}", "two braces on each side"),
        ("{{{free_limit}}}", "two braces on each side"),
        ("  ", "Write a message"),
        ("x" * 501, "within 500 characters"),
    ],
)
def test_a_wrong_template_is_refused_with_what_to_write(template, says):
    with pytest.raises(WrongMessage, match=says):
        check_message(template)


@given(st.text(max_size=80))
def test_what_passes_the_check_can_be_filled(template):
    try:
        check_message(template)
    except WrongMessage:
        return
    fill_message(template, dict.fromkeys(NAMES, ""))
