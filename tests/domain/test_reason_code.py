from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadsheet.domain.meter import WALLS, Reason
from broadsheet.domain.reason_code import (
    ALPHABET,
    CONFUSED,
    REASONS,
    ReasonCode,
    UnreadableCode,
    make_mark,
)

pytestmark = pytest.mark.pure

STOPPED = ReasonCode(
    mark="LN", policy="M5", reason=Reason.ALLOWANCE_SPENT, limit=5, window="2026-11"
)
codes = st.builds(
    ReasonCode,
    mark=st.from_regex(r"[A-Z]{1,4}", fullmatch=True),
    policy=st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True),
    reason=st.sampled_from(REASONS),
    limit=st.integers(0, 127),
    window=st.builds(lambda y, m: f"{y}-{m:02}", st.integers(2026, 2060), st.integers(1, 12)),
)


def test_a_code_is_short_and_stable():
    assert STOPPED.encode() == "LN-M5-A18P"


def test_every_reason_to_stop_has_a_code():
    assert set(REASONS) == set(WALLS)


@given(codes)
def test_a_code_is_read_without_any_look_up(code):
    assert ReasonCode.decode(code.encode()) == code


@pytest.mark.parametrize("typed", [" ln-m5-{} ", "LN\u2011M5\u2011{}", "ln m5 {}", "LN_M5_{}"])
def test_a_code_is_read_as_people_type_it(typed):
    last = STOPPED.encode().rpartition("-")[2]
    assert ReasonCode.decode(typed.format(last)) == STOPPED
    assert ReasonCode.decode(typed.format(last.replace("1", "l"))) == STOPPED


@given(codes, st.data())
def test_one_miscopied_character_always_shows(code, data):
    written = code.encode()
    place = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.sampled_from(ALPHABET))
    assume(written[place] != "-")
    assume(written[place].translate(CONFUSED) != other)
    with pytest.raises(UnreadableCode):
        ReasonCode.decode(written[:place] + other + written[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "LN", "LN-M5", "LN-M5-A1", "LN-5M-A18P", "12-M5-A18P", "LN-M5-A18P-X", "ल-M5-A18P"]
)
def test_what_is_no_code_is_refused_with_an_example(text):
    with pytest.raises(UnreadableCode, match="one looks like LN-M5-7Q4K"):
        ReasonCode.decode(text)


@pytest.mark.parametrize("days", [0, 61, 63])
def test_a_window_of_a_later_version_is_refused(days):
    from broadsheet.domain.reason_code import ALPHABET, ROLLING_FROM, _check

    number, digits = ((ROLLING_FROM + days) * 128 + 5) * 8, ""
    while number:
        number, rest = divmod(number, 32)
        digits = ALPHABET[rest] + digits
    body = f"LN-M5-{digits}"
    with pytest.raises(UnreadableCode, match="does not know"):
        ReasonCode.decode(body + _check(body))


@pytest.mark.parametrize(
    "wrong",
    [
        {"mark": "ln"},
        {"policy": "5M"},
        {"limit": 128},
        {"limit": -1},
        {"window": "2025-12"},
        {"reason": Reason.FREE},
    ],
)
def test_no_code_is_written_for_what_it_cannot_say(wrong):
    import dataclasses

    with pytest.raises(ValueError, match=r".+"):
        dataclasses.replace(STOPPED, **wrong).encode()


@pytest.mark.parametrize(
    ("name", "mark"),
    [("The Lantern", "LN"), ("Hill Post", "PT"), ("Q", "QQ"), ("दैनिक", "BS"), ("Le Café", "CF")],
)
def test_the_mark_comes_from_the_papers_name(name, mark):
    assert make_mark(name) == mark
