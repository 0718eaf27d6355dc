"""Signing in at the desk: guesses are counted as on the readers' side, and there is no third door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from broadsheet.apps.accounts.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
RIGHT = "lamp-black-and-ink"


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser(email="ops@lantern.example", password=RIGHT)


def _try(client: Client, password: str) -> bool:
    """Whether this password lets us in."""
    form = {"username": "ops@lantern.example", "password": password, "next": "/desk/"}
    return client.post("/desk/login/", form).status_code == 302


def test_the_right_password_lets_in(client: Client, operator: User) -> None:
    assert not _try(client, "wrong")
    assert _try(client, RIGHT)
    assert client.session["_auth_user_id"] == str(operator.pk)


def test_guessing_is_stopped_even_before_the_right_guess(client: Client, operator: User) -> None:
    assert not any(_try(client, f"guess {number}") for number in range(5))
    assert not _try(client, RIGHT)
    assert not _try(Client(), RIGHT)
    assert "_auth_user_id" not in client.session


def test_who_may_not_work_here_is_not_let_in(client: Client, operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert not _try(client, RIGHT)


def test_wagtails_own_sign_in_leads_to_ours(client: Client, operator: User) -> None:
    answer = client.get("/_util/login/?next=/about/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/about/")
    form = {"username": "ops@lantern.example", "password": RIGHT}
    assert client.post("/_util/login/", form).status_code in {302, 405}
    assert "_auth_user_id" not in client.session


def test_the_desk_writes_no_letters_for_strangers(
    client: Client, operator: User, mailoutbox: list[object]
) -> None:
    """A forgotten password is asked for on the readers' side, which counts how often."""
    asked = client.post("/desk/password_reset/", {"email": "ops@lantern.example"})
    assert asked.status_code == 404
    assert mailoutbox == []
