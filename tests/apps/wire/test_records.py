"""Records with their fields named in many ways."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from broadsheet.apps.wire.contract import CannotRead
from broadsheet.apps.wire.records import copy_from_record, find_fields, read_language
from broadsheet.domain.wire_copy import Copy, PictureNote, Pubstatus

pytestmark = pytest.mark.pure
BODY = "The board voted.\n\nTwo were against."


def read(**record: Any) -> Copy:
    return copy_from_record(
        {"id": "1", "title": "Cranes", "body": BODY} | record, feed="f", zone=ZoneInfo("UTC")
    )


def test_fields_are_found_by_any_of_their_names() -> None:
    assert find_fields(["GUID", "Post Title", "full-text", "Pub Date", "Nothing"]) == {
        "id": "GUID",
        "headline": "Post Title",
        "body": "full-text",
        "published": "Pub Date",
    }
    assert find_fields({"summary": "", "excerpt": "x"}) == {"standfirst": "excerpt"}


def test_a_record_is_read_whole() -> None:
    copy = read(
        published_at="2019-01-04T10:00:00Z",
        updated_at="2019-01-05T10:00:00Z",
        version=3,
        status="Published",
        image={"url": "https://a.example/p.jpg"},
        copyright="Ours",
        location="KADALPUR (LNA) -",
        authors=[{"name": "Asha Rao"}, "Tom Hill"],
        tags="Harbour, Cranes, None",
        categories=["City", "News"],
        wire="Agency",
        lang="hi_IN",
        slug="cranes",
    )
    assert (copy.version, copy.pubstatus, copy.rights) == (3, Pubstatus.USABLE, "Ours")
    assert copy.pictures == (PictureNote("https://a.example/p.jpg"),)
    assert (copy.dateline, copy.byline) == ("KADALPUR", ("Asha Rao", "Tom Hill"))
    assert (copy.topics, copy.section) == (("Harbour", "Cranes"), "City")
    assert (copy.agency, copy.language, copy.slug) == ("Agency", "hi-IN", "cranes")
    assert copy.external_id == "1#hi-IN"
    assert (copy.published_at, copy.sent_at) != (None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("body_html", "<p>The board voted.</p><p>Two were against.</p>"),
        ("content", "<p>The board voted.</p><p>Two were against.</p>"),
        ("content", {"rendered": "<p>The board voted.</p><p>Two were against.</p>"}),
        ("body_markdown", "The board voted.\n\n  Two were against."),
        ("text", BODY),
        ("Body text", ["The board voted.", "Two were against."]),
    ],
)
def test_the_text_is_read_as_what_its_name_says(name: str, value: Any) -> None:
    assert read(**{"body": None, name: value}).body == (
        ("paragraph", "The board voted."),
        ("paragraph", "Two were against."),
    )


def test_a_body_text_is_never_taken_for_markup() -> None:
    assert read(body=None, body_text="<p>x</p> is a tag.").body == (
        ("paragraph", "&lt;p&gt;x&lt;/p&gt; is a tag."),
    )


@pytest.mark.parametrize(
    ("record", "reason", "broken"),
    [
        ({"id": None}, "it has no identifier", True),
        ({"title": " "}, "it has no headline", True),
        ({"body": ""}, "it has no text", False),
        ({"body": "FOR IMMEDIATE RELEASE"}, "it has no text", False),
        ({"date": "soon"}, "its published date cannot be read: 'soon'", True),
        ({"status": "odd"}, "its status is not one we know: 'odd'", True),
    ],
)
def test_what_is_missing_is_said(record: dict[str, Any], reason: str, broken: bool) -> None:
    with pytest.raises(CannotRead, match=reason) as caught:
        read(**record)
    assert caught.value.broken is broken


def test_a_record_without_any_text_column_is_damage() -> None:
    with pytest.raises(CannotRead) as caught:
        copy_from_record({"id": 1, "title": "x"}, feed="f", zone=ZoneInfo("UTC"))
    assert caught.value.broken is True


def test_a_cancellation_needs_no_words() -> None:
    assert read(status="killed", title="", body="").pubstatus is Pubstatus.CANCELED


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("English", "en"),
        ("en_GB", "en-GB"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("klingon!", ""),
        ("", ""),
    ],
)
def test_read_language(written: str, tag: str) -> None:
    assert read_language(written) == tag
