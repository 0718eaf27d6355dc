"""The emergency switch at the desk: one story or many, free for all and locked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from broadsheet.apps.newsroom.actions import free_story
from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.models import AuditRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
Make = Callable[..., Story]


def _freed() -> list[int]:
    return list(
        Story.objects.filter(freed_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    )


def test_many_at_once(sign_in: SignIn, make_story: Make) -> None:
    first, second, third = make_story(), make_story(access="premium"), make_story()
    client = sign_in("editor")
    answer = client.post("/desk/free/", {"story": [first.pk, second.pk]})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/free/")
    assert _freed() == [first.pk, second.pk]
    page = client.get("/desk/free/")
    assert [story.pk for story in page.context["freed"]] == [second.pk, first.pk]
    assert [story.pk for story in page.context["locked"]] == [third.pk]
    assert AuditRow.objects.filter(deed="free_story").values_list("actor", flat=True)[0] == (
        "editor@lantern.example"
    )


def test_until_is_the_papers_time(sign_in: SignIn, make_story: Make) -> None:
    story = make_story()
    sign_in("editor").post("/desk/free/", {"story": [story.pk], "until": "2126-11-22T18:30"})
    story.refresh_from_db()
    assert story.freed_until == datetime(2126, 11, 22, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize("until", ["2020-01-01T00:00", "soon"])
def test_a_time_that_cannot_be_is_refused(sign_in: SignIn, make_story: Make, until: str) -> None:
    story = make_story()
    answer = sign_in("editor").post("/desk/free/", {"story": [story.pk], "until": until})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert _freed() == []


@pytest.mark.parametrize(
    ("given", "status"),
    [([], 302), (["999999"], 302), (["x"], 200), (["9" * 30], 200), (["-1"], 200)],
)
def test_nothing_to_free_frees_nothing(
    sign_in: SignIn, make_story: Make, given: list[str], status: int
) -> None:
    make_story()
    assert sign_in("editor").post("/desk/free/", {"story": given}).status_code == status
    assert _freed() == []


def test_one_gesture_each_way(sign_in: SignIn, make_story: Make) -> None:
    client, story = sign_in("editor"), make_story()
    address = f"/desk/free/{story.pk}/"
    answer = client.post(f"{address}?next=/desk/stories/")
    assert (answer.status_code, answer["Location"], _freed()) == (302, "/desk/stories/", [story.pk])
    client.post(address, {"free": "1"})
    assert _freed() == [story.pk]
    client.post(address, {"free": "0"})
    assert _freed() == []
    assert client.get(address).status_code == 405
    assert client.post("/desk/free/999999/").status_code == 404
    assert client.post(f"{address}?next=https://evil.example/")["Location"] == "/desk/free/"


def test_a_draft_is_refused(sign_in: SignIn, make_story: Make) -> None:
    draft = make_story(live=False)
    assert sign_in("editor").post(f"/desk/free/{draft.pk}/").status_code == 302
    assert _freed() == []


@pytest.mark.parametrize("role", ["subscription-manager", "reader", ""])
def test_who_does_not_publish_cannot_switch(sign_in: SignIn, make_story: Make, role: str) -> None:
    story = make_story()
    client = sign_in(role)
    client.post("/desk/free/", {"story": [story.pk]})
    client.post(f"/desk/free/{story.pk}/", {"free": "1"})
    assert _freed() == []


def test_the_desk_says_so_plainly(sign_in: SignIn, make_story: Make) -> None:
    story = make_story(headline="Boil your water")
    client = sign_in("editor")
    assert "free for all just now" not in client.get("/desk/").content.decode()
    free_story(story_id=story.pk, actor=None, now=datetime.now(UTC))
    assert "1 story is free for all just now." in client.get("/desk/").content.decode()
    assert "Lock again" in client.get("/desk/stories/").content.decode()
    editor = client.get(f"/desk/stories/edit/{story.pk}/").content.decode()
    assert "Free for all: lock again" in editor


def test_words_narrow_the_list(sign_in: SignIn, make_story: Make) -> None:
    make_story(headline="Boil your water")
    cyclone = make_story(headline="Cyclone Ambar turns")
    make_story(headline="Cyclone shelters", access="free")
    page = sign_in("editor").get("/desk/free/", {"q": "cyclone"})
    assert [story.pk for story in page.context["locked"]] == [cyclone.pk]
