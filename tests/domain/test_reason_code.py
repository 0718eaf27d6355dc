from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadsheet.domain.meter import MOST_DAYS, WALLS, Reason
from broadsheet.domain.reason_code import (
    ALPHABET,
    CONFUSED,
    FIRST_DAY,
    FIRST_MONDAY,
    REASONS,
    ReasonCode,
    UnreadableCode,
    make_mark,
)

pytestmark = pytest.mark.pure

STOPPED = ReasonCode(
    mark="LN", policy="M5", reason=Reason.ALLOWANCE_SPENT, limit=5, window="2026-11"
)
months = st.builds(lambda y, m: f"{y}-{m:02}", st.integers(2026, 2060), st.integers(1, 12))
weeks = st.integers(0, 2_000).map(
    lambda n: "{:04}-W{:02}".format(*(FIRST_MONDAY + timedelta(weeks=n)).isocalendar()[:2])
)
windows = st.tuples(months | weeks, st.none()) | st.tuples(
    st.integers(1, MOST_DAYS).map("rolling-{}".format),
    st.dates(FIRST_DAY, date(2060, 12, 31)),
)
codes = st.builds(
    lambda window, **parts: ReasonCode(window=window[0], resets_on=window[1], **parts),
    mark=st.from_regex(r"[A-Z]{1,4}", fullmatch=True),
    policy=st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True),
    reason=st.sampled_from(REASONS),
    limit=st.integers(0, 127),
    window=windows,
)


def test_a_code_is_short_and_stable():
    assert STOPPED.encode() == "LN-M5-A18P"


@pytest.mark.parametrize(
    ("window", "resets_on", "written"),
    [
        ("2026-W48", None, "LN-M5-21F187"),
        ("rolling-7", date(2026, 11, 29), "LN-M5-WR718B"),
    ],
)
def test_a_week_and_rolling_days_have_codes_of_their_own(window, resets_on, written):
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, window, resets_on)
    assert code.encode() == written
    assert ReasonCode.decode(written) == code


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
        {"window": "2025-W52"},
        {"window": "rolling-7"},
        {"window": "rolling-61", "resets_on": date(2026, 12, 1)},
        {"window": "rolling-7", "resets_on": date(2025, 12, 31)},
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
