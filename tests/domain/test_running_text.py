"""Plain text becomes paragraphs, and the top of a story is put in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.running_text import (
    Settled,
    clean_line,
    count_words,
    has_text,
    part_text,
    settle_text,
    split_byline,
    split_sentences,
    strip_controls,
    tidy_dateline,
)
from broadsheet.domain.wire_copy import Block

pytestmark = pytest.mark.pure
LONG = "The harbour board met for six hours and heard nineteen speakers before anyone mentioned the cranes, which have stood idle since the strike of last year."
REST = "It then voted by nine to two to repair them, at a cost that the treasurer would not name. The two who voted against said the sum was known and was too high. Work is to begin before the monsoon, if the steel comes in time."


def p(*texts: str) -> list[Block]:
    return [("paragraph", text) for text in texts]


def settle(*texts: str, headline: str = "Cranes to be repaired", **given_: object) -> Settled:
    return settle_text(p(*texts), headline=headline, **given_)  # type: ignore[arg-type]


# --- parting --------------------------------------------------------------------------------


def test_empty_lines_part_paragraphs() -> None:
    assert part_text("One < two & three.\r\n\r\n\r\nFour\x00 five.\n \nSix.") == p(
        "One &lt; two &amp; three.", "Four five.", "Six."
    )


def test_lines_broken_to_a_width_are_one_paragraph() -> None:
    wrapped = "The harbour board met for six hours and heard\nnineteen speakers before anyone mentioned the\ncranes."
    assert part_text(wrapped) == p(wrapped.replace("\n", " "))


def test_lines_of_any_length_are_paragraphs_of_their_own() -> None:
    assert part_text(f"{LONG}\nShort.\n{REST}") == p(LONG, "Short.", REST)


def test_bullets_become_a_list() -> None:
    assert part_text("Elected were:\n* Ian & Jo\n• Dale\n2. Sven\nThe rest stay.") == [
        ("paragraph", "Elected were:"),
        ("list", ("Ian &amp; Jo", "Dale", "Sven")),
        ("paragraph", "The rest stay."),
    ]
    assert part_text("- one\n- two") == [("list", ("one", "two"))]
    assert part_text(f"{LONG}\n\n– He said so.\n\n- And left.\n\n{REST}")[2] == (
        "paragraph",
        "- And left.",
    )


def test_a_short_line_between_paragraphs_is_a_crosshead() -> None:
    text = f"{LONG}\n\nWhat happens next\n\n{REST}"
    assert part_text(text)[1] == ("crosshead", "What happens next")
    assert part_text(text.replace("next", "next."))[1] == ("paragraph", "What happens next.")


def test_a_wall_of_text_is_parted_by_sentences() -> None:
    wall = " ".join([LONG, REST] * 3)
    blocks = part_text(wall)
    assert " ".join(text for _kind, text in blocks) == wall
    assert len(blocks) == 5
    assert all(text.endswith(".") for _kind, text in blocks)


def test_a_wall_keeps_a_short_end_with_what_stands_before() -> None:
    sentence = "Then " + "word " * 49 + "ended."
    wall = " ".join([sentence] * 3 + ["He left."])
    assert part_text(wall) == p(sentence, sentence, f"{sentence} He left.")


def test_a_wall_whose_paragraphs_are_glued_comes_apart_there() -> None:
    one, two, three = f"{LONG} {LONG} {LONG}", f"{LONG} {REST}", REST
    assert [text for _kind, text in part_text(one + two + three)][-1] == three
    curly = "She said “it is done.”The rest is silence."
    parts = [text for _kind, text in part_text(f"{LONG} {REST} {LONG}{REST}{curly}")]
    assert parts[-1] == "The rest is silence."


def test_a_wall_with_wider_gaps_comes_apart_at_them() -> None:
    parts = [text for _kind, text in part_text(f"{LONG} {REST}  {LONG} {REST}  {LONG}")]
    assert parts[-1] == LONG


def test_a_wall_without_a_full_stop_comes_apart_at_wide_gaps() -> None:
    bare = "the harbour board met for six hours and heard nineteen speakers"
    parts = [text for _kind, text in part_text("    ".join([bare] * 14))]
    assert parts == [bare] * 14


def test_an_unbroken_wall_stays_whole() -> None:
    wall = "word " * 200
    assert part_text(wall) == p(wall.strip())


@given(st.text(max_size=400))
def test_no_word_is_lost(text: str) -> None:
    import html
    import re

    blocks = part_text(text)
    kept = "".join(
        "".join(map(html.unescape, value if kind == "list" else (value,))) for kind, value in blocks
    )
    letters = re.compile(r"[^\W\d_]")
    wanted = "".join(letters.findall(text))
    assert "".join(letters.findall(kept)).replace("None", "") == wanted.replace("None", "")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He met Mr. Rao. They spoke.", ["He met Mr. Rao.", "They spoke."]),
        ("The U.S. Senate voted. It rose.", ["The U.S. Senate voted.", "It rose."]),
        ("“Go!” He went. 5 stayed.", ["“Go!”", "He went.", "5 stayed."]),
        ("at 3 p.m. they left", ["at 3 p.m. they left"]),
        ("पहला वाक्य। दूसरा वाक्य।", ["पहला वाक्य।", "दूसरा वाक्य।"]),
        ("", []),
    ],
)
def test_split_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


# --- settling -------------------------------------------------------------------------------


def test_the_first_sentence_becomes_the_standfirst_and_leaves_the_text() -> None:
    assert settle(f"{LONG} {REST}") == Settled(tuple(p(REST)), LONG)


def test_the_first_sentence_leaves_with_its_paragraph() -> None:
    assert settle(LONG, REST) == Settled(tuple(p(REST)), LONG)


def test_markup_after_the_first_sentence_is_kept() -> None:
    assert settle(f"{LONG} <b>{REST}</b>") == Settled(tuple(p(f"<b>{REST}</b>")), LONG)


@pytest.mark.parametrize(
    "texts",
    [
        ("Too short. " + REST,),
        (LONG,),
        (LONG, "Little is left."),
        (f"<b>{LONG}</b> {REST}",),
        (LONG.removesuffix(".") + ":", REST),
        (LONG.replace(".", ",") * 3 + ".", REST),
        (),
    ],
)
def test_no_standfirst_is_made_where_none_fits(texts: tuple[str, ...]) -> None:
    assert settle(*texts) == Settled(tuple(p(*texts)))


def test_no_standfirst_is_made_before_a_list() -> None:
    blocks: list[Block] = [("paragraph", LONG), ("list", (REST,))]
    assert settle_text(blocks, headline="H") == Settled(tuple(blocks))
    assert settle_text(blocks[1:], headline="H") == Settled(tuple(blocks[1:]))


def test_a_given_standfirst_stays_and_nothing_is_taken() -> None:
    assert settle(LONG, REST, standfirst="A word  of its own.") == Settled(
        tuple(p(LONG, REST)), "A word of its own."
    )


def test_a_given_standfirst_that_is_the_first_paragraph_is_printed_once() -> None:
    assert settle(LONG, REST, standfirst=LONG) == Settled(tuple(p(REST)), LONG)
    assert settle(LONG, standfirst=LONG) == Settled(tuple(p(LONG)))


def test_a_given_standfirst_that_is_the_text_cut_off_is_dropped() -> None:
    assert settle(LONG, REST, standfirst=LONG[:70] + "…") == Settled(tuple(p(REST)), LONG)
    assert settle("Ahem.", f"{LONG} {REST}", standfirst=LONG) == Settled(
        tuple(p("Ahem.", f"{LONG} {REST}"))
    )


def test_a_standfirst_that_repeats_the_headline_is_dropped() -> None:
    blocks: list[Block] = [("list", ("one",)), *p(LONG)]
    assert settle_text(blocks, headline="Cranes!", standfirst="cranes").standfirst == ""


@pytest.mark.parametrize(
    "line",
    [
        "FOR IMMEDIATE RELEASE",
        "Press Release:",
        "Friday, January 4, 2019",
        "4 January 2019",
        "28.01.2019 09:18",
        "CRANES TO BE REPAIRED",
    ],
)
def test_what_is_not_the_story_goes_from_the_top(line: str) -> None:
    published = datetime(2019, 1, 4, tzinfo=UTC)
    assert settle(line, LONG, REST, published_at=published) == Settled(tuple(p(REST)), LONG)
    assert settle(line) == Settled(())


def test_only_the_top_is_looked_at() -> None:
    assert len(settle(*["PRESS RELEASE"] * 8).blocks) == 2


def test_a_date_of_another_year_is_part_of_the_story() -> None:
    published = datetime(2019, 1, 4, tzinfo=UTC)
    assert settle("March 3, 1911", LONG, published_at=published).blocks[0][1] == "March 3, 1911"


def test_a_long_headline_repeated_in_part_goes_too() -> None:
    headline = "Cranes to be repaired before the monsoon, says the harbour board"
    assert settle(headline[:45], LONG, REST, headline=headline).standfirst == LONG


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Asha Rao", ("Asha Rao",)),
        ("By Sen. Jon Kyl", ("Sen. Jon Kyl",)),
        ("Von Andrej Sokolow, dpa", ("Andrej Sokolow", "dpa")),
        ("By Paulo de Souza and Frances d'Emilio", ("Paulo de Souza", "Frances d'Emilio")),
    ],
)
def test_a_byline_at_the_top_is_one(line: str, names: tuple[str, ...]) -> None:
    found = settle(line, LONG, REST).byline
    assert found == tuple(name for name in names if name != "dpa")
    assert settle(line, LONG, REST, byline=("Tom Hill",)).byline == ("Tom Hill",)


def test_a_sentence_that_begins_with_by_is_no_byline() -> None:
    line = "By nightfall the cranes were moving again"
    assert settle(line, LONG).blocks[0][1] == line


def test_the_label_between_headline_and_text_becomes_the_kicker() -> None:
    blocks: list[Block] = [
        ("list", ("Harbour", "Cranes")),
        ("crosshead", "Cranes to be repaired"),
        ("crosshead", "Old dock"),
        *p(LONG, REST),
    ]
    assert settle_text(blocks, headline="Cranes to be repaired") == Settled(
        tuple(p(REST)), LONG, kicker="Old dock"
    )


def test_a_headline_far_down_is_left_alone() -> None:
    texts = (LONG, REST, "Cranes to be repaired", REST)
    assert settle(*texts).blocks[1:] == tuple(p("Cranes to be repaired", REST))


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("GROSETO, Italy (AP) -- ", "GROSETO, Italy"),
        ("SAN JOSE, Calif.–(BUSINESS WIRE)–", "SAN JOSE, Calif."),
        ("YERINGTON, NV, March 08, 2024 /24-7PressRelease/ -- ", "YERINGTON, NV"),
        ("Berlin (dpa) - ", "Berlin"),
        ("KNOXVILLE, Tenn. (AP) _ ", "KNOXVILLE, Tenn."),
        ("(ANSA) - Rome, October 11 - ", "Rome"),
        ("LONDON — ", "LONDON"),
    ],
)
def test_a_dateline_in_the_text_is_found(opening: str, place: str) -> None:
    assert settle(opening + LONG, REST) == Settled(tuple(p(REST)), LONG, place)


def test_a_dash_lost_after_a_dateline_is_understood() -> None:
    blocks = part_text(f"WASHINGTON  {LONG}\n\n{REST}")
    assert settle_text(blocks, headline="H").dateline == "WASHINGTON"


@pytest.mark.parametrize(
    "opening", ["Nobody came - ", "The <b>BIG</b> ONE - ", "AT&amp;T WON (AP) - "]
)
def test_what_only_looks_like_a_dateline_stays(opening: str) -> None:
    assert settle(opening + LONG, REST).dateline == ""


def test_a_dateline_alone_is_no_story() -> None:
    assert settle("LONDON — Soon.").dateline == ""


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("London (dpa) -", "London"),
        ("MARCH 04, 2013", ""),
        ("MOSCOW, Monday (Reuters)", "MOSCOW, Monday"),
        ("ROMA, 01 LUG -", "ROMA"),
        ("New York, NY", "New York, NY"),
        ("", ""),
    ],
)
def test_tidy_dateline(written: str, place: str) -> None:
    assert tidy_dateline(written) == place


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("By Asha Rao and Tom Hill, City Reporter", ("Asha Rao", "Tom Hill")),
        ("Von Christian Hollmann, dpa", ("Christian Hollmann",)),
        ("NTB", ()),
        ("degenhardt.sandra", ()),
        ("MAR 04", ()),
        ("Asha Rao (Kadalpur)", ("Asha Rao",)),
        ("Asha Rao; Asha Rao", ("Asha Rao",)),
        ("Reuters", ()),
    ],
)
def test_split_byline(written: str, names: tuple[str, ...]) -> None:
    assert split_byline(written, not_these=("Reuters", "DPA")) == names


def test_half_a_character_goes() -> None:
    assert strip_controls("a\ud800b") == "ab"
    assert strip_controls("\ufeffa") == "a"
    assert strip_controls("₹ é") == "₹ é"


def test_small_things() -> None:
    assert clean_line(" a\x07 b\n c ") == "a b c"
    assert count_words([("paragraph", "one <b>two</b>"), ("list", ("three", "four five"))]) == 5
    assert has_text([("crosshead", "x")]) is False
    assert has_text([("list", ("x",))]) is True
