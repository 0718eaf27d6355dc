"""``broadsheet link``, and the emergency switch of ``broadsheet story``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from broadsheet.apps.meter.models import Link
from broadsheet.apps.newsroom.models import Section, Story
from broadsheet.cli.link import group
from broadsheet.cli.story import group as story_group

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def run(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def facts(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.fixture
def story() -> Story:
    section = Section.objects.create(name="City", slug="city", position=1)
    return Story.objects.create(
        section=section,
        slug="ferries",
        headline="Ferries",
        origin="staff",
        access="metered",
        live=True,
        version=1,
        published_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def test_a_link_is_made_listed_and_revoked(story: Story) -> None:
    made = facts(
        run("make", story.pk, "--kind", "campaign", "--devices", 3, "--label", "Rain", "--json")
    )
    link = Link.objects.get()
    assert made | {"url": "", "expires_at": ""} == {
        "id": link.pk,
        "url": "",
        "kind": "campaign",
        "story": story.pk,
        "label": "Rain",
        "standing": "open",
        "opens": 0,
        "devices": 3,
        "expires_at": "",
    }
    assert made["url"].startswith("http://127.0.0.1:8000/gift/c-")
    assert facts(run("list", "--json")) == {"links": [made]}
    assert f"{link.pk}  open  0/3  {made['url']}  Rain" in run("list").stdout
    assert facts(run("revoke", link.pk, "--json")) == {"revoked": link.pk}
    assert facts(run("list", "--json"))["links"][0]["standing"] == "revoked"


def test_what_cannot_be_lent_is_said(story: Story) -> None:
    for words, said in (
        (("make", 999), "There is no published story 999."),
        (("make", story.pk, "--devices", 0), "1 to 1,000,000 devices"),
        (("make", story.pk, "--days", 400), "1 to 366 days"),
        (("revoke", 999), "There is no link 999."),
    ):
        refused = run(*words)
        assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    for access, said in (("free", "free for everybody"), ("premium", "lend_premium")):
        Story.objects.update(access=access)
        refused = run("make", story.pk)
        assert (refused.exit_code, said in refused.output) == (2, True)
    assert Link.objects.count() == 0
    assert run("list").stdout == "There is none.\n"


def switch(*words: object) -> Result:
    return CliRunner().invoke(story_group, [str(word) for word in words])


def test_the_emergency_switch(story: Story) -> None:
    assert facts(switch("free", story.pk, "--until", "2126-11-22T18:30", "--json")) == {
        "story": story.pk,
        "access": "free",
        "afterwards": "metered",
        "until": "2126-11-22T13:00:00+00:00",
    }
    assert switch("free", story.pk).stdout == f"Story {story.pk} is free.\n"
    assert switch("lock", story.pk).stdout == f"Story {story.pk} is metered.\n"


def test_the_emergency_switch_refuses(story: Story) -> None:
    Story.objects.update(live=False)
    for words in (
        ("free", 999),
        ("lock", 999),
        ("free", story.pk),
        ("free", story.pk, "--until", "2020-01-01"),
        ("free", story.pk, "--until", "soon"),
    ):
        assert switch(*words).exit_code == 2
    story.refresh_from_db()
    assert story.freed_at is None
