"""The nameplate: a publisher's drawing, the demo's, or the name set in type."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from broadsheet.web.reader.marks import find_nameplate
from broadsheet.web.reader.templatetags.paper import plate

pytestmark = pytest.mark.pure
DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10">{}</svg>'


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> Any:
    settings.PLANT = dataclasses.replace(settings.PLANT, home=tmp_path)
    find_nameplate.cache_clear()
    yield tmp_path
    find_nameplate.cache_clear()


def test_the_demo_ships_its_own() -> None:
    drawn = find_nameplate()
    assert drawn is not None
    assert drawn.symbol.startswith('<symbol id="plate" viewBox="33 -1510 11831 1581"><path')


def test_a_paper_of_another_name_is_set_in_type(settings: Any) -> None:
    settings.PAPER = dataclasses.replace(settings.PAPER, name="The Beacon <b>")
    assert find_nameplate() is None
    said = plate({"paper": settings.PAPER})
    assert said == '<span class="plate plate--word">The Beacon &lt;b&gt;</span>'


def test_a_publishers_drawing_is_taken_by_its_outlines_alone(own_home: Path) -> None:
    inside = '<script>alert(1)</script><path d="M0 0H40" onclick="x()" fill="currentColor"/>'
    (own_home / "nameplate.svg").write_text(DRAWN.format(inside), encoding="utf-8")
    drawn = find_nameplate()
    assert drawn is not None
    assert drawn.symbol == (
        '<symbol id="plate" viewBox="0 0 40 10"><path d="M0 0H40" fill="currentColor"/></symbol>'
    )
    assert (drawn.width, drawn.height) == (40, 10)


@pytest.mark.parametrize("broken", ["not xml", DRAWN.format(""), DRAWN.replace("0 0 40 10", "x")])
def test_a_drawing_that_cannot_be_used_is_passed_over(broken: str, own_home: Path) -> None:
    (own_home / "nameplate.svg").write_text(broken, encoding="utf-8")
    drawn = find_nameplate()
    assert drawn is not None
    assert "33 -1510" in drawn.symbol
