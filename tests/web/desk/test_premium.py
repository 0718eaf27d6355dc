"""One gesture makes a story premium, in the list, the editor and at the premium desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.models import OutboxRow
from broadsheet.web.desk.views.premium import start_of_day

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
Make = Callable[..., Story]


def test_the_day_begins_at_the_papers_midnight() -> None:
    assert start_of_day(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == datetime(
        2026, 11, 22, tzinfo=ZoneInfo("Asia/Kolkata")
    )


def test_todays_stories_and_their_count(sign_in: SignIn, make_story: Make) -> None:
    today, premium = make_story(), make_story(access="premium")
    make_story(published_at=datetime.now(UTC) - timedelta(days=2))
    make_story(live=False)
    answer = sign_in("editor").get("/desk/premium/")
    assert {story.pk for story in answer.context["stories"]} == {today.pk, premium.pk}
    assert answer.context["premium"] == 1


@pytest.mark.parametrize(
    ("form", "access", "events"),
    [({"premium": "1"}, "premium", 1), ({"premium": "0"}, "metered", 0), ({}, "premium", 1)],
)
def test_one_gesture(
    sign_in: SignIn, make_story: Make, form: dict[str, str], access: str, events: int
) -> None:
    story = make_story()
    answer = sign_in("editor").post(
        f"/desk/premium/{story.pk}/", {**form, "next": "/desk/stories/?p=2"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/desk/stories/?p=2")
    story.refresh_from_db()
    assert (story.access, OutboxRow.objects.count()) == (access, events)


def test_it_leads_nowhere_else(sign_in: SignIn, make_story: Make) -> None:
    client, story = sign_in("editor"), make_story()
    for away in ("https://evil.example/", "//evil.example/"):
        answer = client.post(f"/desk/premium/{story.pk}/?next={away}")
        assert answer["Location"] == "/desk/premium/"
    here = client.post(f"/desk/premium/{story.pk}/", {"next": "http://testserver/desk/stories/"})
    assert here["Location"] == "http://testserver/desk/stories/"
    assert client.get(f"/desk/premium/{story.pk}/").status_code == 405
    assert client.post("/desk/premium/999999/").status_code == 404


def test_the_first_page_counts_the_day(sign_in: SignIn, make_story: Make) -> None:
    make_story(access="premium")
    draft = make_story(live=False)
    waiting = make_story(
        live=False, go_live_at=datetime.now(UTC) + timedelta(hours=1), headline="Tomorrow"
    )
    page = sign_in("editor").get("/desk/").content.decode()
    assert "of 30 promised" in page
    assert f"/desk/stories/edit/{draft.pk}/" in page
    assert f"/desk/stories/edit/{waiting.pk}/" in page
