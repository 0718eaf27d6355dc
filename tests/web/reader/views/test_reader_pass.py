"""What Django tells the gate about a session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.protocol.reader_pass import ENVIRON_KEY, hash_session, make_pass

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def ask(client):
    return client.get("/account/pass/", **{ENVIRON_KEY: "1"})


def settle(reader, now, *, days=0, state=""):
    """Make the account so many days old, its subscription what it became."""
    from broadsheet.apps.subscriptions.models import Subscription

    reader.created_at = now - timedelta(days=days)
    reader.save(update_fields=["created_at"])
    if state:
        Subscription.objects.filter(reader=reader).update(state=state)


def test_nobody_outside_finds_the_page(client):
    assert client.get("/account/pass/").status_code == 404
    assert client.get("/account/pass/", headers={"broadsheet.pass": "1"}).status_code == 404


def test_a_session_of_nobody_has_no_segments(client, db):
    told = ask(client).json()
    assert told == {"reader": None, "kind": "", "benefits": [], "session": hash_session("")}


def test_a_subscriber_is_told_with_benefits_and_without_segments(sale, client, now):
    sale.subscribe(now)
    settle(sale.reader, now, days=40)
    client.force_login(sale.reader.user)
    answer = ask(client)
    assert answer.json() == {
        "reader": sale.reader.pk,
        "kind": "subscriber",
        "benefits": ["ad-free", "premium", "unlimited"],
        "segments": [],
        "session": hash_session(client.session.session_key),
    }
    held = make_pass(answer.content, session_cookie="x", expires_at=300)
    assert held.reader.benefits == {"ad-free", "premium", "unlimited"}


@pytest.mark.parametrize(
    ("days", "state", "segments"),
    [
        (0, "active", ["new-account"]),
        (40, "ended", ["former-subscriber"]),
        (0, "lapsed", ["former-subscriber", "new-account"]),
        (40, "abandoned", []),
        (40, "past_due", []),
    ],
)
def test_segments_follow_from_the_account(sale, client, now, days, state, segments):
    from broadsheet.plumbing import clock

    sale.subscribe(now)
    settle(sale.reader, clock.now(), days=days, state=state)
    client.force_login(sale.reader.user)
    assert ask(client).json()["segments"] == segments


def test_the_answer_costs_four_queries_beyond_the_session(
    sale, client, now, django_assert_num_queries
):
    sale.subscribe(now)
    client.force_login(sale.reader.user)
    ask(client)
    with django_assert_num_queries(6):
        ask(client)
