from __future__ import annotations

import pytest
from stdnum import luhn
from stdnum.in_ import gstin

from broadsheet.domain.gstin import STATES, WITHOUT_LEGISLATURE, NotGstin, read_gstin, state_of

pytestmark = pytest.mark.pure
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def with_check(body: str) -> str:
    return body + luhn.calc_check_digit(body, ALPHABET)


def test_a_gstin_is_read_as_people_write_it():
    assert read_gstin(" 27aapfu 0939f-1zv ") == "27AAPFU0939F1ZV"
    assert state_of("27AAPFU0939F1ZV") == "27"


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_numbers(state):
    number = with_check(f"{state}AAPFU0939F1Z")
    assert read_gstin(number) == number


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "15 characters"),
        ("27AAPFU0939F1Z", "15 characters"),
        ("27AAPFU0939F1ZVV", "15 characters"),
        ("99AAPFU0939F1ZV", "two digits"),
        ("27AAPFU0939F1ZW", "wrong character"),
        ("27AAPFU0939F1AV", "wrong character"),
        ("27AAPFU0939F0ZV", "wrong character"),
        ("38AAPFU0939F1ZV", "wrong character"),
        (with_check("38AAPFU0939F1A"), "wrong character"),
        ("38AAPFU0939F1<V", "wrong character"),
        ("२७AAPFU0939F1ZV", "two digits"),
    ],
)
def test_what_is_not_a_gstin_is_refused(written, says):
    with pytest.raises(NotGstin, match=says):
        read_gstin(written)


def test_we_know_no_state_that_the_library_denies_but_ladakh():
    known = {code for code in STATES if gstin.is_valid(with_check(f"{code}AAPFU0939F1Z"))}
    assert set(STATES) - known == {"38"}
    assert set(STATES) > WITHOUT_LEGISLATURE
