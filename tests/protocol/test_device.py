from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.protocol.device import (
    NOBODY,
    Device,
    mark_met,
    read_device,
    rotate_device,
    write_device,
)
from broadsheet.protocol.keys import DEVICE, PASS, derive_key

pytestmark = pytest.mark.pure

KEY = derive_key("a secret", DEVICE)
DEVICE_12 = Device("ab" * 16, 20_779)


def test_a_device_survives_the_way():
    device = Device("0f" * 16, 20_779, "deadbeef")
    assert read_device(KEY, write_device(KEY, device), 20_780) == device


def test_a_device_that_was_only_issued_survives_the_way_too():
    device = DEVICE_12._replace(admitted=False)
    text = write_device(KEY, device)
    assert read_device(KEY, text, 20_780) == device
    assert read_device(KEY, "1" + text[1:], 20_780) is None, "nobody admits themselves"


def test_a_device_of_the_last_version_was_admitted():
    """Its cookies began with 1 and lived before there was a budget."""
    text = write_device(KEY, DEVICE_12)
    assert text.startswith("1" + "ab" * 16 + "20779" + NOBODY)
    assert read_device(KEY, text, 20_780).admitted


@pytest.mark.parametrize("admitted", [True, False])
def test_meeting_a_sign_in_admits_nobody(admitted):
    device = DEVICE_12._replace(admitted=admitted)
    assert rotate_device(KEY, device, "5e55", 20_800).admitted is admitted


def test_a_cookie_is_short_and_plain():
    text = write_device(KEY, DEVICE_12)
    assert len(text) == 78
    assert text.isalnum()


def test_a_new_device_has_met_nobody():
    assert DEVICE_12.met == NOBODY


@given(st.integers(0, 77), st.sampled_from("0123456789abcdefXYZ é"))
def test_no_character_can_be_changed(place, other):
    text = write_device(KEY, DEVICE_12)
    forged = text[:place] + other + text[place + 1 :]
    assert read_device(KEY, forged, 20_779) == (DEVICE_12 if forged == text else None)


@given(st.text(max_size=100))
def test_nothing_else_is_a_device(text):
    assert read_device(KEY, text, 20_779) is None


def test_another_key_signs_nothing_for_us():
    text = write_device(derive_key("another secret", DEVICE), DEVICE_12)
    assert read_device(KEY, text, 20_779) is None
    assert derive_key("a secret", PASS) != KEY


def test_a_cookie_lives_400_days_and_not_one_more():
    text = write_device(KEY, DEVICE_12)
    assert read_device(KEY, text, 20_779 + 400) == DEVICE_12
    assert read_device(KEY, text, 20_779 + 401) is None


def test_a_device_rotates_to_one_id_for_one_sign_in():
    first = rotate_device(KEY, DEVICE_12, "5e55", 20_800)
    assert first == rotate_device(KEY, DEVICE_12, "5e55", 20_800)
    assert first.id not in {DEVICE_12.id, rotate_device(KEY, DEVICE_12, "0ther", 20_800).id}
    assert first.met == mark_met(KEY, "5e55") != mark_met(KEY, "0ther")
    assert first.issued_on == 20_800


def test_reads_are_counted_under_the_id():
    assert DEVICE_12.reader_key == "d" + "ab" * 16
