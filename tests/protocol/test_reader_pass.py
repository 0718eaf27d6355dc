from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.meter import Reader, ReaderKind
from broadsheet.protocol.keys import PASS, derive_key
from broadsheet.protocol.reader_pass import (
    ReaderPass,
    UnreadablePass,
    _sign,
    hash_session,
    make_pass,
    read_pass,
    write_pass,
)

pytestmark = pytest.mark.pure

KEY = derive_key("a secret", PASS)
SUBSCRIBER = ReaderPass(
    reader_id=12,
    reader=Reader(ReaderKind.SUBSCRIBER, frozenset({"premium", "unlimited", "ad-free"})),
    session="0123456789abcdef",
    expires_at=1_000,
)


def test_a_pass_survives_the_way_until_it_expires():
    text = write_pass(KEY, SUBSCRIBER, "cookie")
    assert text.startswith("2.1000.12.subscriber.ad-free+premium+unlimited...0123456789abcdef.")
    assert read_pass(KEY, text, "cookie", 999.9) == SUBSCRIBER
    assert read_pass(KEY, text, "cookie", 1_000) is None


def test_segments_survive_the_way():
    reader = Reader(ReaderKind.REGISTERED, segments=frozenset({"new-account", "former-subscriber"}))
    held = ReaderPass(7, reader, "ff", 1_000)
    text = write_pass(KEY, held, "cookie")
    assert text.startswith("2.1000.7.registered..former-subscriber+new-account..ff.")
    assert read_pass(KEY, text, "cookie", 0) == held


def test_a_crowded_pass_names_its_benefits_and_holds_them_back():
    crowded = SUBSCRIBER.crowd(expires_at=60)
    assert (crowded.expires_at, crowded.reader.crowded) == (60, True)
    assert crowded.reader.benefits == SUBSCRIBER.reader.benefits
    text = write_pass(KEY, crowded, "cookie")
    assert text.startswith("2.60.12.subscriber.ad-free+premium+unlimited..crowded.")
    assert read_pass(KEY, text, "cookie", 59) == crowded


def test_a_pass_of_the_last_version_is_still_read():
    signed = "1.1000.12.subscriber.ad-free+premium+unlimited.0123456789abcdef"
    assert read_pass(KEY, f"{signed}.{_sign(KEY, signed, 'cookie')}", "cookie", 0) == SUBSCRIBER
    signed = "1.1000.0.anonymous..ff"
    assert read_pass(KEY, f"{signed}.{_sign(KEY, signed, 'cookie')}", "cookie", 0) == ReaderPass(
        0, Reader(), "ff", 1_000
    )


def test_a_pass_is_worth_nothing_beside_another_session():
    text = write_pass(KEY, SUBSCRIBER, "cookie")
    assert read_pass(KEY, text, "other", 0) is None
    assert read_pass(derive_key("another", PASS), text, "cookie", 0) is None


@given(st.data())
def test_no_character_can_be_changed(data):
    text = write_pass(KEY, SUBSCRIBER, "cookie")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("09af.+-|é"))
    forged = text[:place] + other + text[place + 1 :]
    assert (read_pass(KEY, forged, "cookie", 0) is None) == (forged != text)


@pytest.mark.parametrize("text", ["", ".", "1.2.3", "x" * 600, "1.9.1.subscriber.premium.s.é"])
def test_nothing_else_is_a_pass(text):
    assert read_pass(KEY, text, "cookie", 0) is None


def test_djangos_answer_becomes_a_pass():
    answer = json.dumps(
        {"reader": 12, "kind": "registered", "benefits": [], "session": "ff"}
    ).encode()
    made = make_pass(answer, session_cookie="cookie", expires_at=300)
    assert made == ReaderPass(12, Reader(ReaderKind.REGISTERED), "ff", 300)
    told = json.loads(answer) | {"segments": ["new-account"]}
    made = make_pass(json.dumps(told).encode(), session_cookie="cookie", expires_at=300)
    assert made.reader.segments == {"new-account"}
    assert made.reader_key == "r12"


def test_nobodys_session_holds_nothing():
    answer = (
        b'{"reader": null, "kind": "", "benefits": ["premium"], "segments": ["x"], "session": ""}'
    )
    made = make_pass(answer, session_cookie="cookie", expires_at=300)
    assert made == ReaderPass(0, Reader(), hash_session("cookie"), 300)
    assert read_pass(KEY, write_pass(KEY, made, "cookie"), "cookie", 0) == made


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"reader": 1, "kind": "king", "benefits": []}',
        b'{"reader": "x", "kind": "registered", "benefits": []}',
        b'{"reader": 1, "kind": "registered", "benefits": null}',
        b'{"reader": 1, "kind": "registered", "benefits": ["a.b"]}',
        b'{"reader": 1, "kind": "registered", "benefits": [], "segments": ["a+b"]}',
        b'{"reader": 1, "kind": "registered", "benefits": [], "segments": 7}',
    ],
)
def test_another_answer_makes_no_pass(answer):
    with pytest.raises(UnreadablePass):
        make_pass(answer, session_cookie="cookie", expires_at=300)


def test_a_sessions_name_is_short_and_tells_nothing():
    assert len(hash_session("abc")) == 16
    assert hash_session("abc") != hash_session("abd")


def test_a_seats_licence_travels_with_the_pass():
    seated = ReaderPass(5, Reader(ReaderKind.SUBSCRIBER), "s", 100, licence=9)
    text = write_pass(KEY, seated, "cookie")
    assert text.startswith("3.")
    assert read_pass(KEY, text, "cookie", 0) == seated
    answer = b'{"reader":5,"kind":"subscriber","benefits":[],"session":"s","licence":9}'
    assert make_pass(answer, session_cookie="cookie", expires_at=100) == seated
