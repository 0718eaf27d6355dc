from __future__ import annotations

import pytest

from broadsheet.protocol.addresses import RESERVED, find_story_id

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("path", "story_id"),
    [
        ("/city/night-ferries-12/", 12),
        ("/city/night-ferries-12", 12),
        ("/City/Old-Slug-12/", 12),
        ("/nation/-7/", 7),
        ("/city/budget-2026-31/", 31),
        ("/city/budget-0031/", 31),
        ("/city/नौका-12/", 12),
        ("/city/night12/", None),
        ("/city/12/", None),
        ("/city/night-ferries/", None),
        ("/city/", None),
        ("/", None),
        ("//night-12/", None),
        ("/city/night-12//", None),
        ("/city/a/night-12/", None),
        ("/city/night-１２/", None),
        ("/city/night-1234567890123456789/", None),
        ("/topic/budget-2026/", None),
        ("/Account/x-1/", None),
    ],
)
def test_an_address_leads_to_its_story(path, story_id):
    assert find_story_id(path) == story_id


def test_the_contracts_addresses_are_reserved():
    assert {
        "topic",
        "storyline",
        "author",
        "search",
        "archive",
        "subscribe",
        "account",
        "login",
        "newsletters",
        "epaper",
        "markets",
        "gift",
        "desk",
        "api",
        "webhooks",
        "feeds",
        "bank",
        "demo",
        "healthz",
        "readyz",
        "metrics",
    } <= RESERVED
