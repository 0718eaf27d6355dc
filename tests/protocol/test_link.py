from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.lending import LinkKind
from broadsheet.protocol.keys import LENT, LINK, derive_key
from broadsheet.protocol.link import (
    LENT_HELD,
    LONGEST_LENT,
    Lent,
    LinkToken,
    add_lent,
    read_lent,
    read_token,
    write_lent,
    write_opener,
    write_token,
)

pytestmark = pytest.mark.pure

KEY = derive_key("a secret", LINK)
LENT_KEY = derive_key("a secret", LENT)
GIFT = LinkToken(LinkKind.GIFT, link_id=31, story_id=42, expires_at=1_765_000_000)
DEVICE, OTHER = "0" * 32, "1" * 32
HELD = (Lent(42, 31, 900), Lent(7, 30, 800))


def test_a_token_reads_as_it_was_written():
    text = write_token(KEY, GIFT)
    assert text.startswith("g-1f-2a-6933c340-")
    assert len(text) == 43
    assert read_token(KEY, text) == GIFT


@given(
    kind=st.sampled_from(LinkKind),
    link_id=st.integers(1, 2**53),
    story_id=st.integers(1, 2**53),
    expires_at=st.integers(0, 2**34),
)
def test_every_token_survives_the_way(kind, link_id, story_id, expires_at):
    token = LinkToken(kind, link_id, story_id, expires_at)
    assert read_token(KEY, write_token(KEY, token)) == token


@given(st.data())
def test_no_character_of_a_token_can_be_changed(data):
    text = write_token(KEY, GIFT)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("09afgnc7z-Gé"))
    forged = text[:place] + other + text[place + 1 :]
    assert (read_token(KEY, forged) is None) == (forged != text)


@pytest.mark.parametrize("text", ["", "-", "g-1-1-1-" + "a" * 26, "x-1-1-1-" + "a" * 26, "é" * 43])
def test_nothing_else_is_a_token(text):
    assert read_token(KEY, text) is None


def test_a_token_is_worth_nothing_under_another_key():
    assert read_token(derive_key("another", LINK), write_token(KEY, GIFT)) is None
    assert read_token(derive_key("a secret", LENT), write_token(KEY, GIFT)) is None


def test_what_was_lent_opens_on_the_device_that_opened_it_alone():
    text = write_lent(LENT_KEY, HELD, DEVICE)
    assert text.startswith("1.42-31-900+7-30-800.")
    assert read_lent(LENT_KEY, text, DEVICE) == HELD
    assert read_lent(LENT_KEY, text, OTHER) == ()
    assert read_lent(KEY, text, DEVICE) == ()
    assert read_lent(LENT_KEY, write_lent(LENT_KEY, (), DEVICE), DEVICE) == ()


@given(st.data())
def test_no_character_of_what_was_lent_can_be_changed(data):
    text = write_lent(LENT_KEY, HELD, DEVICE)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("019af.+-é"))
    forged = text[:place] + other + text[place + 1 :]
    assert (read_lent(LENT_KEY, forged, DEVICE) == ()) == (forged != text)


@pytest.mark.parametrize("text", ["", ".", "1..", "1.42-31-900", "é", "1" * (LONGEST_LENT + 1)])
def test_nothing_else_was_lent(text):
    assert read_lent(LENT_KEY, text, DEVICE) == ()


def test_five_stories_are_held_the_newest_first_and_each_once():
    held: tuple[Lent, ...] = ()
    for number in range(1, 8):
        held = add_lent(held, Lent(number, number, 1_000), now=0)
    assert [one.story_id for one in held] == [7, 6, 5, 4, 3]
    assert len(held) == LENT_HELD
    again = add_lent(held, Lent(5, 99, 2_000), now=0)
    assert [one[:2] for one in again] == [(5, 99), (7, 7), (6, 6), (4, 4), (3, 3)]
    longest = tuple(Lent(2**32 - 1, 2**53, 2**34) for _ in range(LENT_HELD))
    assert len(write_lent(LENT_KEY, longest, DEVICE)) <= LONGEST_LENT


def test_what_is_over_is_let_go():
    assert add_lent(HELD, Lent(1, 2, 2_000), now=850) == (Lent(1, 2, 2_000), Lent(42, 31, 900))


def test_two_links_know_a_device_by_different_names():
    names = {write_opener(KEY, link, device) for link in (1, 2) for device in (DEVICE, OTHER)}
    assert len(names) == 4
    assert {len(name) for name in names} == {32}
    assert write_opener(KEY, 1, DEVICE) == write_opener(KEY, 1, DEVICE)
