from __future__ import annotations

import codecs

import pytest

from broadsheet.scan.letters import fold
from broadsheet.scan.locked import LockedText, Sighting, list_sentences

pytestmark = pytest.mark.pure
ONE = "The night ferry will run again from Monday, the port trust decided on Thursday evening."
TWO = (
    "Its masters had asked for two crews, a second lamp at the old dock and, above all, for a "
    "timetable that follows the tide and not the office hours of the trust."
)
SHORT = "Nobody objected to any of it."


def lock(*printed: str, story: str = "/ferry") -> LockedText:
    text = LockedText()
    for sentence in list_sentences(list(printed)):
        text.add(story, sentence)
    return text


def test_sentences_too_short_to_be_known_again_are_left_out():
    found = list_sentences([f"{ONE} Yes. {TWO}", "Six words but far too few.", ONE])
    assert [sentence.printed for sentence in found] == [ONE, TWO]
    assert found[0].letters == fold(ONE)
    assert [s.printed for s in list_sentences([SHORT, "A, b, c, d, e, f, g."])] == []


def test_a_script_without_spaces_is_measured_by_letters():
    written = "夜間渡船将于周一恢复运行港务局周四晚间作出决定并且公布了新的时刻表以及票价"
    assert [sentence.printed for sentence in list_sentences([written])] == [written]


def test_a_sentence_is_found_whole_and_by_a_long_part():
    text = lock(ONE, TWO)
    assert len(text) == 2
    assert text.find(fold("Said: " + ONE + " And so on.")) == {Sighting("/ferry", ONE, "")}
    part = TWO[20:128]
    assert text.find(fold(part)) == {Sighting("/ferry", TWO, "")}
    assert text.find(fold(ONE + TWO)) == {
        Sighting("/ferry", ONE, ""),
        Sighting("/ferry", TWO, ""),
    }


@pytest.mark.parametrize(
    "innocent", ["", "abc", ONE[:40], TWO[:40], TWO[-40:], TWO[:24] + " x " + TWO[24:48] + "y"]
)
def test_a_few_words_are_no_leak(innocent):
    assert lock(ONE, TWO).find(fold(innocent)) == set()


@pytest.mark.parametrize(
    ("disguised", "disguise"),
    [(codecs.encode(ONE, "rot13"), "rot13"), (ONE[::-1], "reversed")],
)
def test_turned_and_mirrored_letters_are_known(disguised, disguise):
    assert lock(ONE).find(fold(disguised)) == {Sighting("/ferry", ONE, disguise)}


def test_what_anybody_may_read_is_forgiven():
    text = lock(ONE, TWO)
    text.forgive(fold("As reported, " + ONE))
    assert len(text) == 1
    assert text.find(fold(ONE + TWO)) == {Sighting("/ferry", TWO, "")}


def test_two_stories_may_hold_the_same_sentence():
    text = lock(ONE, story="/a")
    for sentence in list_sentences([ONE]):
        text.add("/b", sentence)
    assert {sighting.story for sighting in text.find(fold(ONE))} == {"/a", "/b"}


def test_a_long_excerpt_is_cut():
    long = " ".join(["ferry"] * 60) + "."
    (sighting,) = lock(long).find(fold(long))
    assert (len(sighting.excerpt), sighting.excerpt[-1]) == (160, "…")
