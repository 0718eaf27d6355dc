"""Licences as gate and Django tell each other of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.address_range import AddressRange
from broadsheet.protocol.licences import (
    CAMPUS,
    DAY_PASS,
    DeviceMark,
    LicenceInForce,
    Licences,
    UnreadableLicences,
    read_mark,
    read_poster,
    write_mark,
    write_poster,
)

pytestmark = pytest.mark.pure
KEY = b"k" * 32
numbers = st.integers(0, 10**12 - 1)
licences = st.builds(
    LicenceInForce,
    id=st.integers(1, 10**6),
    benefits=st.frozensets(st.sampled_from(["premium", "unlimited", "ad-free"])),
    starts_at=numbers,
    ends_at=numbers,
    remember_days=st.integers(0, 365),
    marks_since=numbers,
    shown_as=st.sampled_from(["", "Kadalpur%20University"]),
)
ranges = st.builds(
    lambda version, first, more: AddressRange(version, first, first + more),
    st.sampled_from([4, 6]),
    st.integers(0, 2**32 - 2**16),
    st.integers(0, 2**15),
)
documents = st.builds(
    Licences,
    st.lists(licences, max_size=4).map(tuple),
    st.lists(st.tuples(ranges, st.integers(1, 9)), max_size=6).map(tuple),
    st.frozensets(st.integers(1, 99)),
)


@given(documents)
def test_what_is_written_is_read(told):
    assert Licences.decode(told.encode()) == told


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda _text: "[]",
        lambda _text: "{}",
        lambda text: text.replace("premium", "no such! name"),
        lambda text: text.replace("[4,", "[5,"),
        lambda text: text.replace("[4,1,2,", "[4,2,1,"),
    ],
)
def test_another_form_is_refused(spoil):
    told = Licences(
        (LicenceInForce(1, frozenset({"premium"}), 1, 2),), ((AddressRange(4, 1, 2), 1),)
    )
    assert json.loads(told.encode())["v"] == 1
    with pytest.raises(UnreadableLicences):
        Licences.decode(spoil(told.encode()))


@given(st.builds(DeviceMark, st.sampled_from([CAMPUS, DAY_PASS]), numbers, numbers, numbers))
def test_a_mark_is_read_on_its_own_device_only(mark):
    text = write_mark(KEY, mark, "a" * 32)
    assert read_mark(KEY, text, "a" * 32) == mark
    assert read_mark(KEY, text, "b" * 32) is None
    assert read_mark(b"j" * 32, text, "a" * 32) is None


@given(st.text(max_size=140))
def test_what_we_never_wrote_is_no_mark_and_no_poster(text):
    assert read_mark(KEY, text, "a" * 32) is None
    assert read_poster(KEY, text) is None


@given(st.integers(1, 10**9), st.integers(1, 2**39))
def test_a_posters_address_is_read_back(poster, expires_at):
    text = write_poster(KEY, poster, expires_at)
    assert read_poster(KEY, text) == (poster, expires_at)
    assert read_poster(KEY, text.replace("-", "-1", 1)) is None
