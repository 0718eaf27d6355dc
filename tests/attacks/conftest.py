"""The stories an attacker is after, by access class, and what their locked parts say."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
import pytest

from tests.factories import attacker


@dataclass(frozen=True)
class Prey:
    """One story nobody may read without paying or registering."""

    path: str
    access: str
    locked: list[str]


@pytest.fixture(scope="session")
def by_access(lantern) -> dict[str, list[str]]:
    """The paths of all stories that the sections list."""
    found: set[str] = set()
    with lantern.reader() as client:
        for section in attacker.SECTIONS:
            found |= set(attacker.LINK.findall(client.get(f"/{section}/").text))
        paths: dict[str, list[str]] = {}
        for path in sorted(found):
            access = re.search(r'data-access="(\w+)"', client.get(path).text)
            paths.setdefault(access[1], []).append(path)
    assert len(paths["metered"]) >= 20
    return paths


@pytest.fixture(scope="session")
def preys(lantern, by_access) -> list[Prey]:
    """A premium and a registered story, read by a subscriber first so that we know the text."""
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        attacker.post(client, "/account/login/", login=email, password=password)
        found = []
        for access in ("premium", "registered"):
            path = by_access[access][0]
            seen = attacker.plain(httpx.get(lantern.address + path).text)
            whole = attacker.sentences_of(client.get(path).text)
            locked = [sentence for sentence in whole if sentence not in seen]
            assert len(locked) > 15
            found.append(Prey(path, access, locked))
    return found
