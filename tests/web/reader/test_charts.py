"""Charts drawn by the server."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from broadsheet.web.reader.charts import draw_chart, make_scale

pytestmark = pytest.mark.pure


def points(*figures: float) -> list[tuple[str, Decimal]]:
    return [(str(2000 + place), Decimal(str(figure))) for place, figure in enumerate(figures)]


@pytest.mark.parametrize(
    ("values", "from_zero", "ticks"),
    [
        ((6, 9, 61), True, (0, 20, 40, 60, 80)),
        ((3, 3), True, (0, 1, 2, 3)),
        ((21400, 24816), False, (21000, 22000, 23000, 24000, 25000)),
        ((-4, 8), True, (-5, 0, 5, 10)),
        ((0.12, 0.31), True, (0, 0.1, 0.2, 0.3, 0.4)),
        ((0, 0), True, (0, 0.5, 1)),
    ],
)
def test_the_scale_has_round_steps_that_hold_every_figure(
    values: tuple[float, ...], from_zero: bool, ticks: tuple[float, ...]
) -> None:
    scale = make_scale(values, from_zero=from_zero)
    assert scale.ticks == pytest.approx(ticks)
    assert scale.ticks[0] <= min(values)
    assert scale.ticks[-1] >= max(values)


def test_few_figures_stand_as_columns_lit_from_the_mark() -> None:
    drawn = draw_chart(points(6, 9, 14, 61), mark="2002", note="First night season")
    ET.fromstring(drawn)
    assert re.findall(r'class="bar-([ab])"', drawn) == ["a", "a", "b", "b"]
    assert ">First night season<" in drawn
    assert drawn.count('class="line"') == 0


def test_many_figures_stand_as_a_line_with_its_last_point() -> None:
    drawn = draw_chart(points(*range(100, 130)))
    ET.fromstring(drawn)
    assert drawn.count('class="line"') == 1
    assert drawn.count('class="dot"') == 1
    assert "<rect" not in drawn


def test_words_of_the_newsroom_are_escaped() -> None:
    drawn = draw_chart(
        [("<b>", Decimal(1)), ("&", Decimal(2))], mark="&", note="<script>alert(1)</script>"
    )
    ET.fromstring(drawn)
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_figures_below_nought_hang_from_the_line() -> None:
    drawn = draw_chart(points(-4, 8))
    tops = [float(y) for y in re.findall(r'<rect[^>]* y="([\d.]+)"', drawn)]
    assert tops[0] > tops[1]
