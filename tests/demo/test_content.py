from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from broadsheet.demo.content import Block, day_ago, moment, parse_body, read_stories, read_table

pytestmark = pytest.mark.pure
ZONE = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("written", "built_on", "day"),
    [
        ("-3d", date(2026, 11, 23), date(2026, 11, 20)),
        ("-3d", date(2026, 3, 2), date(2026, 2, 27)),
        ("-2y", date(2026, 11, 23), date(2024, 11, 23)),
        ("-2y11m", date(2026, 11, 23), date(2023, 12, 23)),
        ("-11m", date(2026, 11, 23), date(2025, 12, 23)),
        ("-1m", date(2026, 3, 31), date(2026, 2, 28)),
        ("-1m", date(2024, 3, 31), date(2024, 2, 29)),
        ("-1y", date(2024, 2, 29), date(2023, 2, 28)),
        ("-4y", date(2024, 2, 29), date(2020, 2, 29)),
        ("-6m", date(2026, 8, 31), date(2026, 2, 28)),
        ("-1y1m1d", date(2026, 3, 31), date(2025, 2, 27)),
        ("-12m", date(2026, 1, 31), date(2025, 1, 31)),
        ("-0d", date(2026, 1, 31), date(2026, 1, 31)),
    ],
)
def test_a_day_is_counted_back_by_the_calendar(written, built_on, day):
    assert day_ago(written, built_on=built_on) == day


@pytest.mark.parametrize(
    "written", ["", "-", "3d", "-3", "-3d2y", "-1y 2m", "yesterday", "2026-11-20"]
)
def test_what_is_not_a_day_is_refused(written):
    with pytest.raises(ValueError, match="is not a day such as '-2y11m' or '-3d'"):
        day_ago(written, built_on=date(2026, 11, 23))


def test_a_moment_is_local_to_the_paper():
    at = moment("-1d 06:30", built_on=date(2026, 11, 23), zone=ZONE)
    assert at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert at.tzinfo is ZONE


def test_a_moment_crosses_month_and_year():
    assert moment("-24d 23:59", built_on=date(2026, 1, 7), zone=ZONE) == datetime(
        2025, 12, 14, 23, 59, tzinfo=ZONE
    )


@pytest.mark.parametrize("written", ["", "-1d", "-1d 6:30", "1d 06:30", "-1d 06:30:00"])
def test_what_is_not_a_moment_is_refused(written):
    with pytest.raises(ValueError, match="is not a moment such as '-1d 06:30'"):
        moment(written, built_on=date(2026, 11, 23), zone=ZONE)


def test_an_hour_that_no_day_has_is_refused():
    with pytest.raises(ValueError, match="hour must be in"):
        moment("-1d 25:00", built_on=date(2026, 11, 23), zone=ZONE)


def test_each_kind_of_block_in_order():
    written = """
First line
and its second.

## What the night costs

> We went looking for a leak,
> and found a filing system.
> — Sudha Menon, engineer

```chart
title = "Too hot to rake"
labels = ["2025", "2026"]
values = [52, 61]
```


Last *Lantern* word.
"""
    assert parse_body(written) == [
        Block("paragraph", "<p>First line and its second.</p>"),
        Block("crosshead", "What the night costs"),
        Block(
            "pull_quote",
            {
                "words": "We went looking for a leak, and found a filing system.",
                "speaker": "Sudha Menon",
                "role": "engineer",
            },
        ),
        Block(
            "chart", {"title": "Too hot to rake", "labels": ["2025", "2026"], "values": [52, 61]}
        ),
        Block("paragraph", "<p>Last <i>Lantern</i> word.</p>"),
    ]


def test_a_pull_quote_may_have_no_speaker_and_a_speaker_no_role():
    assert parse_body("> Said.") == [
        Block("pull_quote", {"words": "Said.", "speaker": "", "role": ""})
    ]
    assert parse_body("> Said.\n> — Asha") == [
        Block("pull_quote", {"words": "Said.", "speaker": "Asha", "role": ""})
    ]


def test_a_paragraph_holds_no_markup_of_its_own():
    assert parse_body("1 < 2 & <b>3</b> > 2") == [
        Block("paragraph", "<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt; &gt; 2</p>")
    ]


def test_an_empty_text_has_no_blocks():
    assert parse_body(" \n\n \n") == []


def test_the_files_are_read_by_section_and_name():
    stories = read_stories()
    assert [story.section for story in stories] == sorted(story.section for story in stories)
    assert all(story.body and story.slug == story.facts["slug"] for story in stories)


@pytest.mark.parametrize("name", ["authors", "topics", "storylines"])
def test_the_tables_have_rows_with_names_of_their_own(name):
    keys = [row.get("id") or row["slug"] for row in read_table(name)]
    assert keys
    assert len(keys) == len(set(keys))
