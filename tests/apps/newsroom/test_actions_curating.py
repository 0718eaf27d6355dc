"""A front holds exactly the stories it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from broadsheet.apps.newsroom.actions import curate_front, place_in_slot
from broadsheet.apps.newsroom.models import Slot, Story
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Make = Callable[..., Story]


def _stands() -> list[tuple[str, int, int]]:
    return list(
        Slot.objects.order_by("role", "position").values_list("role", "position", "story_id")
    )


def test_a_front_is_put_in_order(make_story: Make, now: datetime) -> None:
    a, b, c = (make_story(live=True).pk for _ in range(3))
    for _twice in range(2):
        curate_front(front="home", placed={"lead": [a], "row": [c, b]}, actor=None, now=now)
    assert _stands() == [("lead", 1, a), ("row", 1, c), ("row", 2, b)]
    assert list(OutboxRow.objects.values_list("payload", flat=True)) == [{"front": "home"}]
    assert AuditRow.objects.get().detail == {"placed": {"lead": [a], "row": [c, b]}}

    curate_front(front="home", placed={"row": [b]}, actor=None, now=now)
    assert _stands() == [("row", 1, b)]


@pytest.mark.parametrize("wrong", ["role", "room", "twice", "draft", "nobody"])
def test_a_wrong_front_is_refused_whole(make_story: Make, now: datetime, wrong: str) -> None:
    a, b = make_story(live=True).pk, make_story(live=True).pk
    draft = make_story().pk
    curate_front(front="home", placed={"lead": [a]}, actor=None, now=now)
    placed: dict[str, Any] = {
        "role": {"masthead": [b]},
        "room": {"lead": [a, b]},
        "twice": {"lead": [b], "row": [b]},
        "draft": {"lead": [draft]},
        "nobody": {"lead": [999_999]},
    }[wrong]
    with pytest.raises(ValidationError):
        curate_front(front="home", placed=placed, actor=None, now=now)
    assert _stands() == [("lead", 1, a)]
    assert OutboxRow.objects.count() == 1


def test_placing_moves_the_others_down(make_story: Make, now: datetime) -> None:
    keys = [make_story(live=True).pk for _ in range(5)]
    for key in keys:
        place_in_slot(front="home", role="row", position=1, story_id=key, actor=None, now=now)
    assert [key for _role, _place, key in _stands()] == keys[:0:-1]

    place_in_slot(front="home", role="lead", position=1, story_id=keys[4], actor=None, now=now)
    assert _stands() == [
        ("lead", 1, keys[4]),
        ("row", 1, keys[3]),
        ("row", 2, keys[2]),
        ("row", 3, keys[1]),
    ]
