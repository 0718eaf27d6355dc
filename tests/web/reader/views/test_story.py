"""A story's page: its markup contract, its variants, and what a stopped reader never gets."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from broadsheet.domain.story import AccessClass, Origin
from broadsheet.protocol.rendition import ENVIRON_KEY, FACTS_HEADER, StoryFacts
from tests.web.reader.conftest import LOCKED, OPENING, PUBLISHED, body_of

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def json_ld_of(response: Any) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', response.content.decode()
    )
    assert found
    said: dict[str, Any] = json.loads(found.group(1))
    return said


def test_the_full_page_carries_the_whole_text_and_the_contracts_marks(
    write: Any, as_gate: Any
) -> None:
    story = write()
    response = as_gate(story.get_absolute_url())
    page = text_of(response)
    assert response.status_code == 200
    assert (
        f'<article class="story" data-story="{story.pk}" data-access="metered" data-origin="staff">'
        in page
    )
    assert page.count('data-part="body"') == 1
    assert 'data-part="preview"' not in page
    assert "data-paywall" not in page
    for sentence in (OPENING, *LOCKED):
        assert page.count(sentence) == 1


def test_the_gate_learns_what_it_must_know(write: Any, as_gate: Any) -> None:
    story = write()
    facts = StoryFacts.decode(as_gate(story.get_absolute_url())[FACTS_HEADER])
    assert facts == StoryFacts(
        id=story.pk,
        version=3,
        access=AccessClass.METERED,
        origin=Origin.STAFF,
        section="city",
        url=f"/city/water-1-{story.pk}/",
        topics=("the-audit",),
        authors=("zoya-mistral",),
        published_at=PUBLISHED.isoformat(),
    )


def test_while_the_emergency_switch_is_on_it_is_free_for_all(write: Any, as_gate: Any) -> None:
    story = write(access="premium", freed_at=datetime(2026, 11, 20, 4, tzinfo=UTC))
    response = as_gate(story.get_absolute_url())
    assert StoryFacts.decode(response[FACTS_HEADER]).access is AccessClass.FREE
    assert 'data-access="free"' in text_of(response)
    assert ">Premium<" not in text_of(response)
    said = json_ld_of(response)
    assert said["isAccessibleForFree"] is True
    assert "hasPart" not in said


@pytest.mark.usefixtures("plans")
def test_a_stopped_reader_gets_the_opening_and_the_wall_with_its_numbers(
    write: Any, as_gate: Any, limit_wall: dict[str, Any]
) -> None:
    story = write()
    page = text_of(as_gate(story.get_absolute_url(), **limit_wall))
    assert 'data-part="preview"' in page
    assert 'data-part="body"' not in page
    assert page.count(OPENING) == 1
    assert 'data-paywall="limit" data-reason="LN-M5-7Q4K"' in page
    assert "You have read all 5" in page
    assert "5 used, 0 left until 1 December." in page
    assert "You have opened 5 free stories since 1 November." in page
    assert page.count('class="flame"') == 5
    assert f'name="next" value="{story.get_absolute_url()}"' in page
    assert f'href="/account/login/?next={story.get_absolute_url()}"' in page
    assert 'action="/subscribe/checkout/"' in page


@pytest.mark.usefixtures("plans")
def test_the_wall_shows_each_plan_with_its_full_charge(
    write: Any, as_gate: Any, limit_wall: dict[str, Any]
) -> None:
    page = text_of(as_gate(write().get_absolute_url(), **limit_wall))
    assert re.findall(r'data-plan="([^"]+)"', page) == [
        "smart-quarterly",
        "smart-essential",
        "super-saver",
    ]
    assert re.findall(r'data-part="price">([^<]+)<', page) == ["₹900", "₹2,700", "₹3,900"]
    assert re.findall(r'data-part="per-month">([^<]+)<', page) == ["₹300", "₹225", "₹162"]
    assert re.findall(r'data-part="term">([^<]+)<', page) == ["3 months", "1 year", "2 years"]
    assert re.findall(r'value="([^"]+)" checked', page) == ["smart-essential"]
    assert "Monthly figures are rounded." in page


@pytest.mark.parametrize("wall", ["limit", "registration", "premium"])
@pytest.mark.usefixtures("plans")
def test_no_locked_sentence_stands_in_any_byte_of_a_preview(
    wall: str, write: Any, as_gate: Any, limit_wall: dict[str, Any]
) -> None:
    quote = {
        "type": "pull_quote",
        "value": {"quote": LOCKED[4], "speaker": "A clerk"},
        "id": "q",
    }
    chart = {
        "type": "chart",
        "value": {"title": "Locked chart", "rows": "2019 = 8\n2020 = 9", "unit": "leaks"},
        "id": "c",
    }
    story = write(body=body_of(OPENING, *LOCKED, more=(quote, chart)))
    response = as_gate(story.get_absolute_url(), **(limit_wall | {"wall": wall}))
    everything = text_of(response) + json.dumps(dict(response.headers))
    assert f'data-paywall="{wall}"' in everything
    for sentence in (*LOCKED, "Locked chart", "behind door"):
        assert sentence not in everything


def test_without_the_gate_the_door_is_closed(write: Any, client: Any) -> None:
    story = write(access="free")
    response = client.get(
        story.get_absolute_url(), headers={"Broadsheet-Rendition": '{"outcome":"full"}'}
    )
    page = text_of(response)
    assert 'data-paywall="limit" data-reason=""' in page
    assert LOCKED[0] not in page
    assert "We could not count what you have read" in page


def test_a_request_nobody_can_read_closes_the_door(write: Any, client: Any) -> None:
    response = client.get(write().get_absolute_url(), **{ENVIRON_KEY: "not json"})
    assert 'data-part="preview"' in response.content.decode()


def test_bytes_hold_no_reader_and_no_cookie(
    write: Any, as_gate: Any, client: Any, admin_user: Any
) -> None:
    address = write().get_absolute_url()
    first = as_gate(address)
    client.force_login(admin_user)
    second = as_gate(address)
    assert first.content == second.content
    assert not first.cookies
    assert "csrf" not in first.content.decode()
    assert "Cookie" not in first.get("Vary", "")


@pytest.mark.parametrize("path", ["/city/an-old-slug-{id}/", "/opinion/water-1-{id}/"])
@pytest.mark.usefixtures("opinion")
def test_an_old_address_leads_to_the_new_one(path: str, write: Any, as_gate: Any) -> None:
    story = write()
    response = as_gate(path.format(id=story.pk))
    assert response.status_code == 301
    assert response["Location"] == story.get_absolute_url()


def test_a_killed_story_is_gone_with_a_sentence(write: Any, as_gate: Any) -> None:
    story = write(live=False, killed_at=PUBLISHED, kill_note="The figure was not ours to print.")
    response = as_gate(story.get_absolute_url())
    assert response.status_code == 410
    assert "The figure was not ours to print." in text_of(response)
    assert OPENING not in text_of(response)


def test_a_draft_and_an_unknown_number_are_not_found(write: Any, as_gate: Any) -> None:
    draft = write(live=False, published_at=None)
    assert as_gate(draft.get_absolute_url()).status_code == 404
    assert as_gate("/city/water-1-999999/").status_code == 404


def test_an_agency_stands_where_the_name_would_and_the_note_below(write: Any, as_gate: Any) -> None:
    story = write(origin="wire", agency="Peninsula Press", author=False)
    page = text_of(as_gate(story.get_absolute_url()))
    assert 'data-origin="wire"' in page
    assert "<b>Peninsula Press</b>" in page
    note = re.search(r'data-part="disclaimer">(.*?)</p>', page)
    assert note
    assert re.sub(r"<[^>]+>", "", note.group(1)).strip() == (
        "This is an agency report. It was published from the feed of Peninsula Press without our "
        "journalists changing it; The Lantern’s reporters did not write or verify it."
    )


def test_our_own_reporting_carries_no_note(write: Any, as_gate: Any) -> None:
    assert 'data-part="disclaimer"' not in text_of(as_gate(write().get_absolute_url()))


def test_a_correction_names_its_day(write: Any, as_gate: Any) -> None:
    from broadsheet.apps.newsroom.models import Correction

    story = write()
    Correction.objects.create(story=story, on=date(2026, 11, 22), text="It is 640.")
    page = text_of(as_gate(story.get_absolute_url()))
    assert "<b>Correction, 22 November:</b> It is 640." in page


def test_json_ld_describes_a_locked_story_without_its_text(
    write: Any, as_gate: Any, picture: Any
) -> None:
    story = write(lead_picture=picture, headline="A </script> in a headline & more")
    response = as_gate(story.get_absolute_url())
    said = json_ld_of(response)
    assert said["@type"] == "NewsArticle"
    assert said["headline"] == "A </script> in a headline & more"
    assert said["isAccessibleForFree"] is False
    assert said["hasPart"] == {
        "@type": "WebPageElement",
        "isAccessibleForFree": False,
        "cssSelector": ".locked",
    }
    assert 'class="prose locked" data-part="body"' in response.content.decode()
    assert said["author"] == [
        {
            "@type": "Person",
            "name": "Zoya Mistral",
            "url": "http://127.0.0.1:8000/author/zoya-mistral/",
        }
    ]
    assert said["image"][0].endswith("tanks-1200x630.png")
    assert "articleBody" not in said


def test_a_free_story_says_so_and_hides_nothing(write: Any, as_gate: Any) -> None:
    said = json_ld_of(as_gate(write(access="free").get_absolute_url()))
    assert said["isAccessibleForFree"] is True
    assert "hasPart" not in said


def test_canonical_and_open_graph_stand_at_the_papers_address(write: Any, as_gate: Any) -> None:
    story = write()
    page = text_of(as_gate(story.get_absolute_url()))
    address = f"http://127.0.0.1:8000{story.get_absolute_url()}"
    assert f'<link rel="canonical" href="{address}">' in page
    assert f'<meta property="og:url" content="{address}">' in page
    assert '<meta property="og:type" content="article">' in page


def test_a_storyline_stands_beside_newest_first(write: Any, as_gate: Any) -> None:
    from broadsheet.apps.newsroom.models import Storyline, StorylineEvent

    line = Storyline.objects.create(title="The port accounts", slug="port-accounts")
    for day, title in ((1, "First"), (3, "Third"), (2, "Second")):
        StorylineEvent.objects.create(storyline=line, on=date(2026, 11, day), title=title)
    page = text_of(as_gate(write(storyline=line).get_absolute_url()))
    titles = re.findall(r'<h3 class="h-4">(First|Second|Third)</h3>', page)
    assert titles == ["Third", "Second", "First"]
    assert page.count('class="now"') == 1
    assert 'href="/storyline/port-accounts/"' in page


def test_advertising_is_there_only_when_the_gate_says_so(write: Any, as_gate: Any) -> None:
    from broadsheet.apps.advertising.models import HouseAd

    HouseAd.objects.create(slot="story", headline="Read us", link="/subscribe/", link_text="Plans")
    address = write().get_absolute_url()
    assert '<aside class="ad"' in text_of(as_gate(address, advertising=True))
    assert '<aside class="ad"' not in text_of(as_gate(address, advertising=False))


def test_a_feature_has_a_drop_cap_a_pull_quote_and_a_chart_with_its_table(
    write: Any, as_gate: Any, picture: Any
) -> None:
    more = (
        {
            "type": "pull_quote",
            "value": {"quote": "We only rake", "speaker": "H. Koli, raker"},
            "id": "q",
        },
        {
            "type": "chart",
            "value": {
                "title": "Too hot",
                "rows": "2019 = 8\n2020 = 19",
                "unit": "days",
                "mark": "2020",
                "note": "Nights <begin>",
                "source": "The pans",
            },
            "id": "c",
        },
    )
    story = write(form="feature", lead_picture=picture, body=body_of(OPENING, *LOCKED, more=more))
    raw = as_gate(story.get_absolute_url()).content.decode()
    assert '<article class="story feature"' in raw
    assert raw.count('class="drop"') == 1
    assert "<b>H. Koli</b>, raker" in raw
    assert '<th scope="row">2020</th><td>19 days</td>' in raw
    assert "Nights &lt;begin&gt;" in raw
    assert "Nights <begin>" not in raw
    assert "<i>Source: The pans</i>" in raw


@pytest.mark.parametrize("others", [0, 3])
def test_a_full_story_asks_little(
    others: int,
    write: Any,
    as_gate: Any,
    picture: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    from broadsheet.apps.newsroom.models import Storyline, StorylineEvent

    line = Storyline.objects.create(title="The port accounts", slug="port-accounts")
    StorylineEvent.objects.create(storyline=line, on=date(2026, 11, 1), title="First")
    story = write(0, lead_picture=picture, storyline=line)
    for number in range(1, others + 1):
        write(number, lead_picture=picture)
    with django_assert_max_num_queries(12):
        response = as_gate(story.get_absolute_url())
    assert response.content.decode().count('class="rail-item item"') == others


@pytest.mark.usefixtures("plans")
def test_a_stopped_story_asks_little(
    write: Any,
    as_gate: Any,
    limit_wall: dict[str, Any],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    story = write()
    with django_assert_max_num_queries(12):
        as_gate(story.get_absolute_url(), **limit_wall)


def test_updated_is_said_with_its_time(write: Any, as_gate: Any) -> None:
    same_day = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    page = text_of(as_gate(write(updated_at=same_day).get_absolute_url()))
    assert "Updated 11.30am" in page


def test_a_contributed_story_without_a_name_does_not_borrow_the_papers(
    write: Any, as_gate: Any
) -> None:
    page = text_of(as_gate(write(origin="contributed", author=False).get_absolute_url()))
    assert "<b>Contributed</b>" in page
    assert "<b>The Lantern</b>" not in page


def test_a_day_without_a_time_shows_no_midnight(write: Any, as_gate: Any) -> None:
    midnight = datetime(2019, 1, 4, 0, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
    page = text_of(as_gate(write(published_at=midnight).get_absolute_url()))
    assert "4 January 2019" in page
    assert "12am" not in page
    morning = write(2, published_at=midnight.replace(hour=9, minute=40))
    assert "9.40am" in text_of(as_gate(morning.get_absolute_url()))
