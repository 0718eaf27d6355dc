from __future__ import annotations

import base64
import codecs
import gzip

import pytest

from broadsheet.scan.letters import ROT47, fold, list_readings, unescape

pytestmark = pytest.mark.pure
SAID = "The minister’s café said: “No ship will sail before the tide of Friday turns.”"
LETTERS = "theministerscafesaidnoshipwillsailbeforethetideoffridayturns"


@pytest.mark.parametrize(
    "written",
    [
        SAID,
        SAID.upper(),
        SAID.replace(" ", "\u00a0\n  "),
        'The minister\'s cafe\u0301 said: "No ship will sail before the tide of Friday turns."',
        "The minis\u00adter’s ca\u200bfé said: No ship will sail before the tide of Friday turns",
    ],
)
def test_only_letters_count(written):
    assert fold(written) == LETTERS


@pytest.mark.parametrize(
    "written",
    [
        r"The minister\u2019s caf\u00e9 said: \"No ship\nwill sail before the tide of Friday turns.\"",
        r"The minister\\u2019s caf\\u00E9 said: \\\"No ship will sail before the tide of Friday turns",
        r"The minister\x27s caf\u{00e9} said: No ship will sail\/ before the tide of Friday turns",
        "The minister&rsquo;s caf&eacute; said: &ldquo;No ship will sail before the tide of Friday turns",
        "The minister&amp;rsquo;s caf&amp;#233; said: No ship will sail before the tide of Friday turns",
        "The%20minister%27s%20caf%C3%A9%20said%3A%20No%20ship%20will%20sail%20before%20the%20tide%20of%20Friday%20turns",
    ],
)
def test_escapes_are_taken_off(written):
    assert fold(unescape(written)) == LETTERS


def readings_with(text: str) -> set[str]:
    return {disguise for disguise, letters in list_readings(text) if LETTERS in letters}


def test_tags_inside_a_sentence_do_not_part_it():
    assert readings_with(SAID.replace("ship", "sh<b>i</b>p")) == {""}
    assert readings_with(SAID.replace(" ", "</span> <span>")) == {""}
    assert readings_with(f'<p data-text="{SAID}">') == {""}
    assert readings_with(f"<!-- {SAID} -->") == {""}
    assert readings_with(
        f"&lt;p&gt;{SAID.replace('ship', '&lt;b&gt;ship&lt;/b&gt;')}&lt;/p&gt;"
    ) == {""}


def test_what_is_packed_is_unpacked():
    whole = (f"<p>{SAID}</p>" * 3).encode()
    assert readings_with(f"x = '{base64.b64encode(whole).decode()}'") == {"base64"}
    assert readings_with(base64.urlsafe_b64encode(whole).decode().rstrip("=")) == {"base64"}
    twice = base64.b64encode(base64.b64encode(whole)).decode()
    assert readings_with(twice) == {"base64 base64"}
    varied = whole + bytes(range(32, 127)) * 2
    assert readings_with(base64.b64encode(gzip.compress(varied)).decode()) == {"base64"}


def test_a_picture_in_base64_is_no_text():
    noise = base64.b64encode(bytes(range(256)) * 8).decode()
    assert readings_with(f'<img src="data:image/png;base64,{noise}">') == set()


def test_letters_turned_by_forty_seven_are_turned_back():
    turned = f"<p>{SAID}</p>".translate(ROT47).replace("&", "&amp;").replace("<", "&lt;")
    assert readings_with(f'<div class="encrypted-content">{turned}</div>') == {"rot47"}


def test_letters_turned_by_thirteen_are_left_to_the_locked_text():
    assert readings_with(codecs.encode(SAID, "rot13")) == set()


def test_a_flood_of_open_tags_is_read_in_one_go():
    assert readings_with("<" * 300_000 + SAID + "<b " * 100_000) == {""}
