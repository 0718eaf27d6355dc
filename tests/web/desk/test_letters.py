"""Letters at the desk: the publisher's own words, and back."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
from django.test import Client

from broadsheet.apps.subscriptions.models import LetterText

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
WORDS = {"subject": "Soon", "body": "We charge {{ amount }} on {{ charge_on }}."}


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in("subscription-manager")


def test_every_letter_is_listed(manager: Client) -> None:
    said = manager.get("/desk/letters/").content.decode()
    assert said.count("those it came with") == said.count('class="desk-link"') > 10
    assert "Charge ahead" in said


def test_reworded_and_restored(manager: Client) -> None:
    page = manager.get("/desk/letters/charge_ahead/")
    assert "Your subscription renews by itself" in html.unescape(page.content.decode())
    assert manager.post("/desk/letters/charge_ahead/", WORDS).status_code == 302
    kept = LetterText.objects.get()
    assert (kept.name, kept.subject, kept.body) == ("charge_ahead", "Soon", WORDS["body"])
    assert "yours, since" in manager.get("/desk/letters/").content.decode()
    assert manager.post("/desk/letters/charge_ahead/restore/").status_code == 302
    assert LetterText.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "says"),
    [("", "A letter says something."), ("{{ amont }}", "This letter knows no {{ amont }}.")],
)
def test_words_that_cannot_stand_are_told_beside_the_field(
    manager: Client, body: str, says: str
) -> None:
    page = manager.post("/desk/letters/charge_ahead/", {"subject": "", "body": body})
    assert page.status_code == 422
    assert says in html.unescape(page.content.decode())
    assert LetterText.objects.count() == 0


def test_no_such_letter(manager: Client) -> None:
    assert manager.get("/desk/letters/foot/").status_code == 404


def test_an_editor_is_refused(sign_in: SignIn) -> None:
    editor = sign_in("editor")
    assert editor.get("/desk/letters/").status_code == 302
    assert editor.post("/desk/letters/charge_ahead/", WORDS).status_code == 302
    assert editor.post("/desk/letters/charge_ahead/restore/").status_code in {302, 403}
    assert LetterText.objects.count() == 0
