"""What the rows refuse and fill in by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.models.body import (
    ChartBlock,
    parse_points,
    split_paragraphs,
    words_in,
)

Make = Callable[..., Story]


@pytest.mark.db
@pytest.mark.django_db
class TestStory:
    pytestmark = [pytest.mark.db, pytest.mark.django_db]

    def test_its_address_is_section_slug_and_number(self, make_story: Make) -> None:
        story = make_story()
        assert story.get_absolute_url() == f"/city/night-ferries-{story.pk}/"

    def test_an_empty_slug_comes_from_the_headline(self, make_story: Make) -> None:
        story = make_story(slug="")
        story.full_clean()
        assert story.slug == "kadalpur-reopens-its-night-ferries"
        story.slug, story.headline = "", "कदलपुर"
        story.full_clean()
        assert story.slug == "story"

    def test_agency_copy_names_its_sender(self, make_story: Make) -> None:
        story = make_story(origin="wire")
        with pytest.raises(ValidationError) as refused:
            story.full_clean()
        assert list(refused.value.message_dict) == ["agency"]

    def test_many_paragraphs_in_one_block_are_parted(self, make_story: Make) -> None:
        body = [{"type": "paragraph", "value": "<p>One.</p><p>Two.</p>", "id": "first"}]
        story = make_story(body=json.dumps(body))
        story.full_clean()
        assert [str(block.value) for block in story.body] == ["<p>One.</p>", "<p>Two.</p>"]
        ids = [block.id for block in story.body]
        assert ids[0] == "first"
        story.full_clean()
        assert [block.id for block in story.body] == ids


pytestmark = pytest.mark.db


def test_split_keeps_what_it_does_not_understand() -> None:
    odd = [
        {"type": "paragraph", "value": "<p>One.</p>and more", "id": "a"},
        {"type": "crosshead", "value": "<p>x</p><p>y</p>", "id": "b"},
    ]
    assert split_paragraphs(odd) == odd


def test_split_ids_stay_the_same_from_time_to_time() -> None:
    raw = [{"type": "paragraph", "value": "<p>One.</p><p> </p><p>Two.</p>", "id": "a"}]
    parted = split_paragraphs(raw)
    assert [block["value"] for block in parted] == ["<p>One.</p>", "<p>Two.</p>"]
    assert parted == split_paragraphs(raw)


def test_the_editors_marks_are_no_text() -> None:
    raw = [{"type": "paragraph", "value": '<p data-block-key="5dqyk">One.</p>', "id": "a"}]
    assert split_paragraphs(raw) == [{"type": "paragraph", "value": "<p>One.</p>", "id": "a"}]


def test_words_are_counted_without_markup() -> None:
    assert words_in("<p>Six <b>boats</b>, two&nbsp;decks</p>") == 4


def test_chart_figures_are_read_line_by_line() -> None:
    assert parse_points("2017 = 8\n\n2018=1,200.5\n x = y = -3") == [
        ("2017", Decimal(8)),
        ("2018", Decimal("1200.5")),
        ("x = y", Decimal(-3)),
    ]
    for wrong in ("2017", "= 3", "2017 = many"):
        with pytest.raises(ValueError, match=wrong):
            parse_points(wrong)


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"rows": "2017 = x"}, "rows"),
        ({"rows": "2017 = 1"}, "rows"),
        ({"rows": "2017 = 1\n2018 = 2", "mark": "2019"}, "mark"),
    ],
)
def test_a_wrong_chart_is_refused_beside_its_field(fields: dict[str, str], beside: str) -> None:
    block = ChartBlock()
    with pytest.raises(ValidationError) as refused:
        block.clean(block.to_python({"title": "T", "mark": "", **fields}))
    assert list(refused.value.block_errors) == [beside]  # type: ignore[attr-defined]
