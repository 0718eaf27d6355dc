"""What the wall says for each reason, each window and each kind of policy."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.django_db]
COUNTED = {"policy": "P1", "limit": 2, "resets_on": date(2026, 11, 30)}


@pytest.fixture
def said(write: Any, as_gate: Any) -> Any:
    """The wall's own words, without its furniture: headline, message, why."""
    from broadsheet.apps.meter.models import MeterPolicy

    def say(kind: str = "meter", **wanted: Any) -> tuple[str, str, str]:
        MeterPolicy.objects.create(
            code="P1",
            kind=kind,
            priority=10,
            anonymous_allowance=2,
            registered_allowance=4,
            message="Sport is ours. Read on with us: {{free_limit}}, {{resets_on}}.",
            starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        page = as_gate(write().get_absolute_url(), outcome="preview", **wanted).content.decode()
        head = re.search(r'<h2 id="wall">(.*?)</h2>', page)
        message = re.search(r'data-part="message">(.*?)</p>', page)
        why = re.search(r"Why am I seeing this\?</b>(.*?)</p>", page, re.DOTALL)
        assert head
        assert why
        assert "action=" in page
        return head[1], message[1] if message else "", re.sub(r"<[^>]+>", "", why[1]).strip()

    return say


@pytest.mark.parametrize(
    ("window", "since"),
    [
        ("2026-11", "You have opened 2 free stories since 1 November."),
        ("2026-W48", "You have opened 2 free stories since 23 November."),
        ("rolling-7", "You have opened 2 free stories, as many as 7 days in a row allow."),
    ],
)
def test_a_spent_allowance_is_told_in_every_window(said: Any, window: str, since: str) -> None:
    head, message, why = said(wall="limit", reason="allowance-spent", window=window, **COUNTED)
    assert head == "Sport is ours"
    assert message == "Read on with us: 2, 30 November."
    assert why == f"{since} This one was not counted."


def test_an_account_comes_first_in_the_publishers_words(said: Any) -> None:
    head, _message, why = said(
        wall="registration", reason="register-to-go-on", window="2026-W48", **COUNTED
    )
    assert head == "Sport is ours"
    assert why.startswith("You have opened 2 free stories since 23 November.")


@pytest.mark.parametrize(
    ("kind", "wall", "reason", "why"),
    [
        ("locked", "premium", "subscribers-only", "The paper keeps this story for subscribers."),
        ("account", "registration", "registration-needed", "This story is open to everybody with"),
    ],
)
def test_a_policy_that_counts_nothing_has_words_too(
    said: Any, kind: str, wall: str, reason: str, why: str
) -> None:
    told = said(kind, wall=wall, reason=reason, policy="P1", resets_on=date(2026, 12, 1))
    assert told[0] == "Sport is ours"
    assert told[2].startswith(why)


@pytest.mark.parametrize(
    ("wall", "reason", "head", "why"),
    [
        ("premium", "premium-needed", "This story is for subscribers", "This is a premium story"),
        (
            "registration",
            "network-budget",
            "An account, please, to go on",
            "Very many new readers came from your network today",
        ),
        (
            "limit",
            "too-many-at-once",
            "Your account is in use in too many places",
            "It is reading in more places at once than the paper allows.",
        ),
        (
            "limit",
            "count-unavailable",
            "The rest of this story is for subscribers",
            "We could not count what you have read",
        ),
    ],
)
def test_what_is_none_of_the_policys_making_has_the_papers_words(
    said: Any, wall: str, reason: str, head: str, why: str
) -> None:
    told = said(wall=wall, reason=reason, policy="P1", resets_on=date(2026, 12, 1))
    assert told[0] == head
    assert told[2].startswith(why)


def test_an_allowance_of_none_is_not_told_as_a_count(said: Any) -> None:
    _head, _message, why = said(
        wall="limit", reason="allowance-spent", window="2026-11", **COUNTED | {"limit": 0}
    )
    assert why == "None of these stories is free for you, and this one was not counted."
