"""The desk's preview of a draft."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.reader.conftest import LOCKED, OPENING

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def draw(rf: Any, write: Any) -> Any:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/desk/preview/")
    request.user = AnonymousUser()

    def drawn(mode: str, **fields: Any) -> str:
        story = write(live=False, published_at=None, updated_at=None, **fields)
        response = story.serve_preview(request, mode)
        assert response["X-Robots-Tag"] == "noindex"
        text: str = response.content.decode()
        return text

    return drawn


def test_the_whole_draft_is_drawn_though_nobody_may_read_it_yet(draw: Any) -> None:
    page = draw("full")
    assert 'data-part="body"' in page
    assert OPENING in page
    assert LOCKED[-1] in page


@pytest.mark.usefixtures("meter_rule", "plans")
def test_a_stopped_readers_view_has_the_wall_of_its_access(draw: Any) -> None:
    page = draw("stopped")
    assert 'data-paywall="limit"' in page
    assert "You have read all 5" in page
    assert LOCKED[-1] not in page


@pytest.mark.parametrize(
    ("access", "wall"), [("premium", "premium"), ("registered", "registration")]
)
@pytest.mark.usefixtures("meter_rule", "plans")
def test_other_classes_meet_their_own_walls(access: str, wall: str, draw: Any) -> None:
    assert f'data-paywall="{wall}"' in draw("stopped", access=access)


def test_a_paper_without_a_meter_can_preview_too(draw: Any) -> None:
    assert 'data-paywall="limit"' in draw("stopped")


def test_an_unsaved_draft_is_drawn(rf: Any, city: Any) -> None:
    from django.contrib.auth.models import AnonymousUser

    from broadsheet.apps.newsroom.models import Story

    request = rf.get("/desk/preview/")
    request.user = AnonymousUser()
    draft = Story(section=city, slug="new", headline="Not saved yet", origin="staff")
    assert "Not saved yet" in draft.serve_preview(request, "full").content.decode()
