"""The front page is put in order by a plain form, and readers see it only when it is saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from broadsheet.apps.newsroom.models import Slot, Story

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
Make = Callable[..., Story]
FRONT = "/desk/front/home/"


def _shown(answer: object) -> dict[str, list[int]]:
    parts = answer.context["parts"]  # type: ignore[attr-defined]
    return {part.role: [story.pk for story in part.stories] for part in parts if part.stories}


def _stands() -> list[tuple[str, int]]:
    return list(Slot.objects.order_by("role", "position").values_list("role", "story_id"))


def test_gestures_change_the_form_and_save_changes_the_front(
    sign_in: SignIn, make_story: Make
) -> None:
    client = sign_in("editor")
    a, b, c = (make_story(headline=f"Story {n}").pk for n in "abc")
    answer = client.post(FRONT, {"do": f"place:{a}", "into": "row"})
    assert _shown(answer) == {"row": [a]}
    answer = client.post(FRONT, {"do": f"place:{b}", "into": "row", "place": [f"row:{a}"]})
    places = [f"row:{a}", f"row:{b}"]
    assert _shown(answer) == {"row": [a, b]}
    assert _shown(client.post(FRONT, {"do": f"up:{b}", "place": places})) == {"row": [b, a]}
    assert _shown(client.post(FRONT, {"do": f"up:{a}", "place": places})) == {"row": [a, b]}
    assert _shown(client.post(FRONT, {"do": f"down:{a}", "place": places})) == {"row": [b, a]}
    assert _shown(client.post(FRONT, {"do": f"remove:{a}", "place": places})) == {"row": [b]}
    assert _stands() == []

    answer = client.post(FRONT, {"do": "save", "place": [f"lead:{c}", *places]})

    assert (answer.status_code, answer["Location"]) == (302, FRONT)
    assert _stands() == [("lead", c), ("row", a), ("row", b)]
    assert _shown(client.get(FRONT)) == {"lead": [c], "row": [a, b]}


def test_a_full_part_gives_up_its_last(sign_in: SignIn, make_story: Make) -> None:
    a, b = make_story().pk, make_story().pk
    answer = sign_in("editor").post(
        FRONT, {"do": f"place:{b}", "into": "lead", "place": [f"lead:{a}"]}
    )
    assert _shown(answer) == {"lead": [b]}


def test_a_refused_save_keeps_what_was_placed(sign_in: SignIn, make_story: Make) -> None:
    live, draft = make_story().pk, make_story(live=False).pk
    answer = sign_in("editor").post(
        FRONT, {"do": "save", "place": [f"lead:{live}", f"row:{draft}"]}
    )
    assert answer.status_code == 200
    assert _shown(answer) == {"lead": [live], "row": [draft]}
    assert f"Story {draft} is not published" in answer.content.decode()
    assert _stands() == []


def test_nonsense_is_passed_over(sign_in: SignIn, make_story: Make) -> None:
    key = make_story().pk
    answer = sign_in("editor").post(
        FRONT, {"do": "fly:away", "place": ["masthead:1", "lead:x", "lead", f"lead:{key}"]}
    )
    assert _shown(answer) == {"lead": [key]}


def test_the_search_offers_what_is_published_and_not_placed(
    sign_in: SignIn, make_story: Make
) -> None:
    client = sign_in("editor")
    placed = make_story(headline="Water placed")
    found = make_story(headline="Water rises")
    make_story(headline="Water draft", live=False)
    make_story(headline="Fire")
    answer = client.post(FRONT, {"do": "search", "q": "water", "place": [f"lead:{placed.pk}"]})
    assert answer.context["candidates"] == [found]
    assert _shown(answer) == {"lead": [placed.pk]}
    assert client.get("/desk/front/cellar/").status_code == 404
