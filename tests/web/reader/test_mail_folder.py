from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend

from broadsheet.web.reader.mail_folder import Letter, Run, find_letter, list_letters

pytestmark = pytest.mark.pure
OWN = frozenset({"127.0.0.1", "paper.example"})


def write(folder: Path, *letters: tuple[str, str], at: int) -> None:
    """Write letters into one file of the folder, as Django's backend does."""
    backend = EmailBackend(file_path=folder)
    messages = []
    for subject, body in letters:
        message = EmailMultiAlternatives(
            subject, body, "The Lantern <l@paper.example>", ["meena@mail.example"]
        )
        message.attach_alternative(f"<p>{body}</p>", "text/html")
        messages.append(message)
    backend.send_messages(messages)
    os.utime(backend._fname, ns=(at, at))


def listed(folder: Path) -> list[Letter]:
    return list_letters(folder, own_hosts=OWN)


def test_no_folder_no_letters(tmp_path: Path) -> None:
    assert listed(tmp_path / "mail") == []


def test_newest_first_also_within_one_file(tmp_path: Path) -> None:
    write(tmp_path, ("one", "1"), ("two", "2"), at=1_000)
    write(tmp_path, ("three", "3"), at=2_000)
    assert [letter.subject for letter in listed(tmp_path)] == ["three", "two", "one"]
    for letter in listed(tmp_path):
        assert find_letter(tmp_path, letter.name, own_hosts=OWN) == letter


def test_a_letter_as_it_was_written(tmp_path: Path) -> None:
    write(
        tmp_path, ("₹2,700 received – हिन्दी", "Dear Meena,\n\nThank you.\nThe Lantern\n"), at=1_000
    )
    letter = listed(tmp_path)[0]
    assert (letter.subject, letter.to) == ("₹2,700 received – हिन्दी", "meena@mail.example")
    assert letter.sender == "The Lantern <l@paper.example>"
    assert letter.sent_at is not None
    assert letter.sent_at.tzinfo is not None
    assert letter.paragraphs == (
        ((Run("Dear Meena,"),),),
        ((Run("Thank you."),), (Run("The Lantern"),)),
    )


def test_addresses_are_links_and_ours_lose_their_port(tmp_path: Path) -> None:
    body = (
        "See http://127.0.0.1:8000/account/receipt/1/?a=b. And (https://paper.example), "
        "not https://elsewhere.example/x,"
    )
    write(tmp_path, ("links", body), at=1_000)
    (line,) = listed(tmp_path)[0].paragraphs[0]
    assert [(run.text, run.address) for run in line] == [
        ("See ", ""),
        ("http://127.0.0.1:8000/account/receipt/1/?a=b", "/account/receipt/1/?a=b"),
        (". And (", ""),
        ("https://paper.example", "/"),
        ("), not ", ""),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
        (",", ""),
    ]


@pytest.mark.parametrize(
    ("line", "is_code"),
    [
        ("BCDF-GHJK", True),
        ("123456", True),
        ("123-456-789", True),
        ("THANKS", False),
        ("The code BCDF-GHJK", False),
        ("2026", False),
    ],
)
def test_a_line_that_is_a_code_is_a_code(tmp_path: Path, line: str, is_code: bool) -> None:
    write(tmp_path, ("code", f"Type:\n\n{line}\n"), at=1_000)
    assert listed(tmp_path)[0].paragraphs[1] == ((Run(line, is_code=is_code),),)


@pytest.mark.parametrize(
    "name",
    ["", "x.0", "../secret.0", "20261122-100000-1.0", "20261122-100000-1.x", "20261122-100000-1"],
)
def test_other_names_find_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.log").write_text("Subject: no\n\nno")
    assert find_letter(tmp_path, name, own_hosts=OWN) is None
    assert listed(tmp_path) == []
