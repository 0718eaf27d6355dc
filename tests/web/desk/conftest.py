"""What the desk's tests stand on: the roles, a person in each, a section and stories."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from broadsheet.apps.newsroom.models import Section, Story

ROLES = ("editor", "subscription-manager", "operator")


@pytest.fixture
def section() -> Section:
    from broadsheet.apps.newsroom.models import Section

    return Section.objects.create(name="City", slug="city", position=1)


@pytest.fixture
def make_story(section: Section) -> Callable[..., Story]:
    from broadsheet.apps.newsroom.models import Story

    def make(**fields: Any) -> Story:
        body = [
            {"type": "paragraph", "value": f"<p>{' '.join(['word'] * 20)}</p>", "id": f"p{n}"}
            for n in range(10)
        ]
        given = {
            "section": section,
            "slug": "night-ferries",
            "headline": "Kadalpur reopens its night ferries",
            "standfirst": "Six boats will cross the Selai until two.",
            "origin": "staff",
            "live": True,
            "version": 1,
            "published_at": datetime.now(UTC),
            "body": json.dumps(body),
            **fields,
        }
        if not given["live"]:
            given |= {"version": 0, "published_at": None, "has_unpublished_changes": True}
        story = Story(**given)
        story.save()
        return story

    return make


@pytest.fixture
def sign_in(client: Client) -> Callable[[str], Client]:
    """A browser signed in with a role; ``reader`` for somebody without one, ``""`` for nobody."""
    from django.contrib.auth.models import Group

    from broadsheet.apps.accounts.models import User
    from broadsheet.apps.newsroom.actions import ensure_roles, ensure_workflow

    ensure_roles()
    ensure_workflow()

    def enter(role: str) -> Client:
        client.logout()
        if role:
            email = f"{role}@lantern.example"
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, is_staff=role in ROLES
            )
            if role in ROLES:
                user.groups.set([Group.objects.get(name=role)])
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
