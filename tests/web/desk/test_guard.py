"""Every address of the desk, for every role: what is not given is shut, and nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from broadsheet.apps.newsroom.models import Story
from broadsheet.web.desk.guard import ANYBODY, HOUSE_ONLY, TABLE, find_key

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
SECRET = "Nobody may know of the harbour sale"
NEWSROOM = {"editor", "operator"}
READERS = {"subscription-manager", "operator"}
EVERYBODY = {"editor", "subscription-manager", "operator"}

# The table of the roles, written out by hand: what opens to whom.
OPEN_TO: dict[str, set[str]] = {
    "": EVERYBODY,
    "account": EVERYBODY,
    "logout": EVERYBODY,
    "dismissibles": EVERYBODY,
    "stories": NEWSROOM,
    "premium": NEWSROOM,
    "free": NEWSROOM,
    "front": NEWSROOM,
    "storylines": NEWSROOM,
    "topics": NEWSROOM,
    "authors": NEWSROOM,
    "images": NEWSROOM,
    "house-pages": NEWSROOM,
    "pages": NEWSROOM,
    "snippets/choose/newsroom": NEWSROOM,
    "editing-sessions": NEWSROOM,
    "block-preview": NEWSROOM,
    "choose-page": NEWSROOM,
    "choose-external-link": NEWSROOM,
    "choose-email-link": NEWSROOM,
    "choose-phone-link": NEWSROOM,
    "choose-anchor-link": NEWSROOM,
    "tag-autocomplete": NEWSROOM,
    "api": NEWSROOM,
    "bulk/newsroom/picture": NEWSROOM,
    "readers": READERS,
    "meter": EVERYBODY,
    "licences": READERS,
    "house-ads": READERS,
    "plans": READERS,
    "coupons": READERS,
    "letters": READERS,
    "snippets/choose/advertising": READERS,
    "sections": {"operator"},
    "users": {"operator"},
    "reports": {"operator"},
    "workflows": set(),
    "groups": set(),
    "sites": set(),
    "collections": set(),
    "settings": set(),
    "snippets": set(),
    "bulk": set(),
    "documents": set(),
    "embeds": set(),
    "test404": set(),
    "failwhale": set(),
}
# What a role must be able to open outright, so that the table does not shut too much.
OPENS: dict[str, tuple[str, ...]] = {
    "editor": (
        "/desk/", "/desk/stories/", "/desk/stories/add/", "/desk/stories/edit/{story}/",
        "/desk/stories/history/{story}/", "/desk/stories/unpublish/{story}/",
        "/desk/front/home/", "/desk/premium/", "/desk/free/", "/desk/topics/", "/desk/topics/add/",
        "/desk/authors/", "/desk/authors/add/", "/desk/storylines/", "/desk/storylines/add/",
        "/desk/images/", "/desk/images/add/", "/desk/house-pages/", "/desk/account/",
        "/desk/meter/", "/desk/meter/new/", "/desk/snippets/choose/newsroom/author/", "/desk/images/chooser/",
    ),
    "subscription-manager": (
        "/desk/", "/desk/readers/", "/desk/licences/", "/desk/licences/new/", "/desk/meter/", "/desk/meter/new/", "/desk/house-ads/",
        "/desk/house-ads/add/",
        "/desk/account/",
    ),
    "operator": (
        "/desk/", "/desk/stories/", "/desk/front/home/", "/desk/sections/", "/desk/sections/add/",
        "/desk/users/", "/desk/users/new/", "/desk/meter/", "/desk/house-ads/",
        "/desk/reports/site-history/",
    ),
}  # fmt: skip


def _addresses(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, whole)
        elif isinstance(pattern, URLPattern):
            yield whole


def _filled(story: Story) -> list[str]:
    """Every desk address with something in each of its places."""
    found = []
    for pattern in _addresses(get_resolver().url_patterns):
        if not pattern.startswith("desk/"):
            continue
        path = pattern.replace("^.*/$", "no-such-place/")
        path = re.sub(r"\(\?P<pk>[^)]*\)", str(story.pk), path)
        path = path.replace(r"\.\.\.", "...")
        path = re.sub(r"\(\?P<revision_id_a>[^)]*\)", "live", path)
        path = re.sub(r"\(\?P<revision_id_b>[^)]*\)", "latest", path)
        path = re.sub(r"<int:[^>]*>", str(story.pk), path)
        path = path.replace("<slug:app_label>", "newsroom").replace("<str:app_label>", "newsroom")
        path = path.replace("<slug:model_name>", "story").replace("<str:model_name>", "story")
        path = path.replace("<str:action>", "delete").replace("<slug:slug>", "home")
        path = path.replace("<str:pk>", str(story.pk)).replace("<str:code>", "M5")
        path = re.sub(r"<[^>]*>", "x", path)
        found.append("/" + path.replace("^", "").replace("$", ""))
    return found


def _opens_to(path: str) -> set[str] | None:
    words = path.removeprefix("/desk/").strip("/").split("/")
    for length in (3, 2, 1):
        name = "/".join(words[:length])
        if TABLE.get(name) == ANYBODY:
            return None
        if name in OPEN_TO:
            return OPEN_TO[name]
    return set()


@pytest.fixture
def secret(make_story: Callable[..., Story]) -> Story:
    story = make_story(live=False, headline=SECRET)
    story.save_revision()
    return story


def test_the_table_is_the_hand_written_one() -> None:
    assert set(OPEN_TO) | {n for n, key in TABLE.items() if key == ANYBODY} == set(TABLE)


def test_an_address_nobody_listed_is_shut() -> None:
    assert find_key("something-new/3/") == HOUSE_ONLY
    assert find_key("bulk/payments/charge/delete/") == HOUSE_ONLY


def test_the_walk_sees_the_whole_desk(secret: Story) -> None:
    paths = _filled(secret)
    assert len(paths) > 250
    assert not [path for path in paths if re.search(r"[<>^()?\\]", path)]


@pytest.mark.parametrize("role", ["", "reader"])
def test_outsiders_are_sent_to_the_door(sign_in: SignIn, secret: Story, role: str) -> None:
    client = sign_in(role)
    for path in _filled(secret):
        if _opens_to(path) is None or path == "/desk/no-such-place/":
            continue
        for method in (client.get, client.post):
            answer = method(path)
            assert answer.status_code in {302, 403}, path
            if answer.status_code == 302:
                assert answer["Location"].startswith("/desk/login/"), path
            assert SECRET.encode() not in answer.content, path


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_what_a_role_was_not_given_is_shut(sign_in: SignIn, secret: Story, role: str) -> None:
    client = sign_in(role)
    shut = [p for p in _filled(secret) if (to := _opens_to(p)) is not None and role not in to]
    assert len(shut) > 60
    for path in shut:
        for method in (client.get, client.post):
            answer = method(path)
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/desk/"), path
            assert SECRET.encode() not in answer.content, path
        answer = client.get(path, headers={"x-requested-with": "XMLHttpRequest"})
        assert answer.status_code == 403, path
    secret.refresh_from_db()
    assert (secret.live, secret.access, secret.killed_at) == (False, "metered", None)


@pytest.mark.parametrize(("role", "path"), [(r, p) for r, ps in OPENS.items() for p in ps])
def test_what_a_role_works_with_opens(
    sign_in: SignIn, make_story: Callable[..., Story], role: str, path: str
) -> None:
    story = make_story()
    answer = sign_in(role).get(path.format(story=story.pk))
    assert answer.status_code == 200


def test_only_a_superuser_makes_one(sign_in: SignIn) -> None:
    from broadsheet.apps.accounts.models import User

    boss = User.objects.create_superuser("boss@lantern.example")
    client = sign_in("operator")
    given = {
        "email": "new@lantern.example",
        "first_name": "Nila",
        "last_name": "Pattan",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    client.post("/desk/users/new/", given | {"is_superuser": "on"})
    client.post(f"/desk/users/edit/{boss.pk}/", given | {"is_active": "on"})
    assert not User.objects.filter(email="new@lantern.example").exists()
    client.post("/desk/users/new/", given)
    assert User.objects.get(email="new@lantern.example").is_superuser is False


def test_readers_are_not_the_desks_to_leaf_through(sign_in: SignIn) -> None:
    from broadsheet.apps.accounts.models import User

    reader = User.objects.create_user("meenal@reader.example")
    client = sign_in("operator")
    page = client.get("/desk/users/")
    assert [user.email for user in page.context["object_list"]] == ["operator@lantern.example"]
    assert client.get(f"/desk/users/edit/{reader.pk}/").status_code == 404
