"""What stories hang on is made once; pictures and roles too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from PIL import Image
from wagtail.models import Workflow

from broadsheet.apps.newsroom.actions import (
    CutFile,
    ensure_author,
    ensure_house_page,
    ensure_roles,
    ensure_section,
    ensure_storyline,
    ensure_topic,
    ensure_workflow,
    import_picture,
    note_changed_names,
)
from broadsheet.apps.newsroom.actions.ensuring import DatedEvent
from broadsheet.apps.newsroom.models import (
    Author,
    HousePage,
    Picture,
    Section,
    Story,
    StorylineEvent,
    Topic,
)
from broadsheet.plumbing.models import OutboxRow
from broadsheet.protocol.addresses import RESERVED

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]


def test_a_section_is_made_once_after_the_others() -> None:
    first = ensure_section(slug="city", name="City")
    assert ensure_section(slug="city", name="Town") == first
    second = ensure_section(slug="old-town")
    assert (first.name, second.name, second.position) == ("City", "Old town", first.position + 1)


@pytest.mark.parametrize("slug", [*sorted(RESERVED), "City", "old_town", "-a", "a--b", "à", ""])
def test_a_section_may_not_take_an_address_of_the_site(slug: str) -> None:
    with pytest.raises(ValidationError):
        ensure_section(slug=slug)
    assert Section.objects.count() == 0


def test_names_become_addresses() -> None:
    assert ensure_topic(name="Getting about").slug == "getting-about"
    assert ensure_author(name="Zoya Mistral").slug == "zoya-mistral"
    assert ensure_author(name="Zoya Mistral") == Author.objects.get()
    assert ensure_topic(name="कदलपुर").slug == "915-926-932-92a-941-930"
    assert Topic.objects.count() == 2
    with pytest.raises(ValidationError):
        ensure_topic(name="  ")


def test_a_name_finds_what_stands_at_another_address() -> None:
    courts = ensure_topic(name="Courts and tribunals", slug="courts")
    zoya = ensure_author(name="Zoya Mistral", slug="zoya")
    assert ensure_topic(name="Courts and tribunals") == courts
    assert ensure_author(name="Zoya Mistral") == zoya
    assert ensure_author(name="Zoya Mistral", slug="zoya-2") != zoya


def test_a_storyline_gains_events_and_keeps_them(make_story: Callable[..., Story]) -> None:
    event = DatedEvent(date(2024, 5, 1), "A loan is agreed", "month", make_story(live=True).pk)
    for _twice in range(2):
        line = ensure_storyline(slug="arms", title="Arms", events=[event])
    row = StorylineEvent.objects.get()
    assert (row.storyline, row.on, row.precision, row.story_id) == (
        line, event.on, "month", event.story_id,
    )  # fmt: skip


def test_a_house_page_is_made_once() -> None:
    first = ensure_house_page(slug="about", title="About", body="<p>We print.</p>")
    assert ensure_house_page(slug="about", title="Other", body="") == first
    assert (HousePage.objects.get().live, first.get_absolute_url()) == (True, "/about/")


def test_a_picture_comes_with_its_cuts_once(tmp_path: Path) -> None:
    files = []
    for name, size in (("a", (640, 440)), ("b", (1280, 880))):
        Image.new("RGB", size).save(tmp_path / f"{name}.png")
        files.append(tmp_path / f"{name}.png")
    cuts = [CutFile("lead", 640, 440, density, path) for density, path in enumerate(files, 1)]
    for _twice in range(2):
        picture = import_picture(title="ferry", original=files[0], cuts=cuts, alt="A ferry")
    assert Picture.objects.count() == 1
    assert (picture.width, picture.height, picture.kind) == (640, 440, "illustration")
    assert [(c.cut, c.width, c.height, c.density) for c in picture.cuts.all()] == [
        ("lead", 640, 440, 1),
        ("lead", 640, 440, 2),
    ]
    dense = picture.find_cut("lead", 2)
    assert dense is not None
    with dense.file.open() as file:
        assert file.read() == files[1].read_bytes()
    assert picture.find_cut("wide") is None


def test_roles_and_workflow_are_made_once() -> None:
    for _twice in range(2):
        ensure_roles()
        ensure_workflow()
    assert set(Group.objects.values_list("name", flat=True)) >= {
        "editor", "subscription-manager", "operator",
    }  # fmt: skip
    editor = Group.objects.get(name="editor")
    assert editor.permissions.filter(codename="publish_story").exists()
    assert not editor.permissions.filter(content_type__app_label="advertising").exists()
    assert Workflow.objects.filter(name="Review").count() == 1
    workflow = Story.get_default_workflow()
    assert workflow is not None
    assert [task.name for task in workflow.tasks] == ["An editor approves"]


def test_changed_names_are_told(now: datetime) -> None:
    note_changed_names(kind="section", key=3, now=now)
    assert OutboxRow.objects.get().payload == {"kind": "section", "key": 3}
