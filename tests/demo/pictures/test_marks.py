"""The demo newspaper's marks: the same in both places, at their sizes, flat."""

from __future__ import annotations

import pytest
from PIL import Image

from broadsheet.demo.pictures.marks import ICONS, MARKS, STATIC

pytestmark = pytest.mark.pure


def test_the_reader_serves_the_same_marks():
    for mark in MARKS.iterdir():
        assert (STATIC / mark.name).read_bytes() == mark.read_bytes()


@pytest.mark.parametrize(("name", "side"), ICONS.items())
def test_an_icon_has_its_size(name, side):
    with Image.open(MARKS / name) as icon:
        assert icon.size == (side, side)


def test_the_nameplate_takes_the_colour_of_text_and_lights_the_lamp():
    drawing = (MARKS / "nameplate.svg").read_text(encoding="utf-8")
    assert drawing.count("currentColor") == 1
    assert drawing.count("#F6AA1C") == 1
    assert "<text" not in drawing
