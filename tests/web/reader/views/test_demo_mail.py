from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from lxml import html

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def write_letter(tmp_path: Path, settings: Any) -> Callable[[str, str], None]:
    settings.PLANT = replace(settings.PLANT, demo=True, home=tmp_path)

    def write(subject: str, body: str) -> None:
        backend = EmailBackend(file_path=tmp_path / "mail")
        backend.send_messages([EmailMessage(subject, body, "l@paper.example", ["m@mail.example"])])

    return write


@pytest.mark.usefixtures("write_letter")
def test_an_empty_folder_says_what_to_do(client: Client) -> None:
    shown = client.get("/demo/mail/")
    assert shown.status_code == 200
    assert "No letter has been written yet." in shown.text


def test_letters_are_listed_and_read(
    client: Client, write_letter: Callable[[str, str], None]
) -> None:
    write_letter(
        "Your <code>", "Type this:\n\nBCDF-GHJK\n\nor go to http://127.0.0.1:9/account/?a=1&b=2\n"
    )
    tree = html.fromstring(client.get("/demo/mail/").text)
    (link,) = [a for a in tree.iter("a") if "/demo/mail/2" in a.get("href", "")]
    assert "Your <code>" in link.text_content()
    letter = client.get(link.get("href"))
    assert letter.status_code == 200
    tree = html.fromstring(letter.text)
    assert [h.text_content() for h in tree.iter("h1")] == ["Your <code>"]
    links = {a.text_content(): a.get("href") for a in tree.iter("a")}
    assert links["BCDF-GHJK"] == "/account/login/code/confirm/"
    assert links["http://127.0.0.1:9/account/?a=1&b=2"] == "/account/?a=1&b=2"


@pytest.mark.usefixtures("write_letter")
@pytest.mark.parametrize("name", ["nothing", "20261122-100000-1.0", "..%2f..%2fsecret"])
def test_unknown_letters_are_not_found(client: Client, name: str) -> None:
    assert client.get(f"/demo/mail/{name}/").status_code == 404
