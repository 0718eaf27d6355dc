"""The stories an attacker is after, by access class, and what their locked parts say."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.factories import attacker
from tests.factories.attacker import Answer

PUBLISHED = """
SELECT story.access, '/' || section.slug || '/' || story.slug || '-' || story.id || '/' AS path
FROM newsroom_story AS story JOIN newsroom_section AS section ON section.id = story.section_id
WHERE story.live AND story.freed_at IS NULL ORDER BY path
"""
SPENT = "preview; reason=allowance-spent; used=5; limit=5"


@dataclass(frozen=True)
class Prey:
    """One locked story before a reader whom it stops. ``cookie`` is that reader's, if any."""

    address: str
    path: str
    access: str
    locked: list[str]
    verdict: str
    cookie: str = ""

    def ask(
        self,
        *headers: tuple[str, str],
        method: str = "GET",
        target: str = "",
        **how: Any,
    ) -> Answer:
        """Ask for it, or for another ``target``, as the stopped reader."""
        cookies = [self.cookie, *(value for name, value in headers if name == "Cookie")]
        sent = [header for header in headers if header[0] != "Cookie"]
        if any(cookies):
            sent.append(("Cookie", "; ".join(filter(None, cookies))))
        return attacker.ask(self.address, method, target or self.path, *sent, **how)

    def find_leaks(self, said: str) -> list[str]:
        return attacker.find_leaks(said, self.locked)


@pytest.fixture(scope="session")
def by_access(lantern) -> dict[str, list[str]]:
    """The paths of all published stories, from the newspaper's own file."""
    paths: dict[str, list[str]] = {}
    with contextlib.closing(sqlite3.connect(lantern.home / "main.sqlite3")) as database:
        for access, path in database.execute(PUBLISHED):
            paths.setdefault(access, []).append(path)
    assert len(paths["metered"]) >= 30
    return paths


@pytest.fixture(scope="session")
def subscriber(lantern) -> Iterator[httpx.Client]:
    """A browser whose reader holds everything."""
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        attacker.post(client, "/account/login/", login=email, password=password)
        yield client


@pytest.fixture(scope="session")
def spent(lantern, by_access) -> str:
    """The Cookie header of a device that has read its five stories, the first of the list."""
    with lantern.reader() as client:
        for path in by_access["metered"][:5]:
            client.get(path)
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


@pytest.fixture(scope="session")
def preys(lantern, by_access, subscriber, spent) -> list[Prey]:
    """A premium, a registered and a metered story; a subscriber has told us their text."""
    found = []
    for access, place, verdict, cookie in (
        ("premium", 0, "preview; reason=premium-needed", ""),
        ("registered", 0, "preview; reason=registration-needed", ""),
        ("metered", 6, SPENT, spent),
    ):
        path = by_access[access][place]
        locked = attacker.locked_of(subscriber.get(path).text)
        assert len(locked) > 8, path
        found.append(Prey(lantern.address, path, access, locked, verdict, cookie))
    return found
