"""Pages for what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from broadsheet.web.reader import errors

pytestmark = [pytest.mark.db]


@pytest.fixture
def asked(rf: RequestFactory, db: None) -> Any:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/city/")
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("bad_request", 400, "We could not read that request"),
        ("forbidden", 403, "This page is not open to you"),
        ("csrf_failure", 403, "This form has grown old"),
        ("not_found", 404, "There is no such page"),
        ("gone", 410, "This story has been withdrawn"),
        ("too_many", 429, "That was a great many requests at once"),
    ],
)
def test_each_is_typeset_and_says_what_to_do(name: str, status: int, says: str, asked: Any) -> None:
    response: HttpResponse = getattr(errors, name)(asked)
    page = response.content.decode()
    assert response.status_code == status
    assert f'<h1 class="h-page">{says}</h1>' in page
    assert 'class="plate"' in page
    assert response["Cache-Control"] == "no-store"


def test_too_many_says_when_to_come_back(asked: Any) -> None:
    assert errors.too_many(asked, retry_after_seconds=17)["Retry-After"] == "17"


@pytest.mark.parametrize(("status", "says"), [(500, "Something broke"), (503, "The presses")])
def test_a_broken_house_answers_without_a_database(status: int, says: str, tmp_path: Path) -> None:
    errors.plain_text.cache_clear()
    response = errors.plain(status)
    assert response.status_code == status
    assert f'<h1 class="h-page">{says}' in response.content.decode()
    written = errors.write_plain_pages(tmp_path / "errors")
    assert [path.name for path in written] == ["500.html", "503.html"]
    assert (tmp_path / "errors" / f"{status}.html").read_bytes() == response.content


@pytest.mark.django_db
def test_an_unknown_address_is_typeset(client: Client) -> None:
    response = client.get("/a/b/c/d/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.mark.django_db
def test_a_view_that_breaks_answers_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("broadsheet.web.reader.views.front.queries.list_front", broken)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_secret_changes_nothing() -> None:
    response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@b.example"})
    assert response.status_code == 403
    assert "This form has grown old" in response.content.decode()


@pytest.mark.django_db
def test_too_many_sign_ins_are_told_so_in_our_own_words(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client.post("/account/login/", {"login": "a@b.example", "password": "x"})
    response = client.post("/account/login/", {"login": "a@b.example", "password": "x"})
    assert response.status_code == 429
    assert "That was a great many requests at once" in response.content.decode()
