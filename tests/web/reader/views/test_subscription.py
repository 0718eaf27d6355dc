"""The subscriber's own deeds: plan, pause, withdrawal, account; double clicks, tabs, the back button."""

from __future__ import annotations

import re

import pytest

from broadsheet.apps.payments.models import Charge, Mandate, Order, Payment, Refund
from broadsheet.apps.subscriptions.models import Pause, Subscription, Switch
from broadsheet.plumbing.models import AuditRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PAGES = ("plan", "pause", "withdraw", "payment")


def path(name: str) -> str:
    return f"/account/subscription/{name}/"


@pytest.fixture
def reader(sale, client, now):
    sale.subscribe(now)
    client.force_login(sale.reader.user)
    return sale.reader


def fields(page: str, plan: str, when: str) -> dict[str, str]:
    """The form of one plan's card, as the browser would send it."""
    card = page.split(f'data-switch="{plan}"')[1].split("</section>", maxsplit=1)[0]
    form = next(one for one in card.split("<form")[1:] if f'value="{when}"' in one)
    return {**dict(re.findall(r'name="(plan|shown)" value="([^"]*)"', form)), "when": when}


def test_the_account_shows_the_way_to_each_deed(reader, client):
    page = client.get("/account/").text
    for name in (*PAGES, "end"):
        assert f'href="{path(name)}"' in page
    assert "/account/invoices/" in page


@pytest.mark.parametrize("name", [*PAGES, "resume"])
def test_nothing_to_do_without_a_subscription(sale, client, name):
    client.force_login(sale.reader.user)
    answer = client.post(path(name), {"days": "7", "plan": "super-saver", "shown": "1"})
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("name", [*PAGES, "resume"])
def test_a_stranger_signs_in_first(client, db, name):
    answer = client.post(path(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")


def test_a_dearer_plan_today_is_paid_once_however_often_it_is_pressed(reader, client):
    page = client.get(path("plan")).text
    card = page.split('data-switch="smart-essential"')[1].split("</section>")[0]
    assert "₹2,700" in card
    assert "₹1,800" in card
    pressed = fields(page, "smart-essential", "today")
    assert pressed == {"plan": "smart-essential", "shown": "180000", "when": "today"}
    answer = client.post(path("plan"), pressed)
    where = f"/subscribe/checkout/{Order.objects.latest('pk').uid}/"
    assert answer["Location"] == where
    assert client.get(where)["Location"] == f"{where}done/"
    # The second click, the other tab and the back button: told, not charged.
    for _ in range(2):
        again = client.post(path("plan"), pressed)
        assert again["Location"] == path("plan")
    assert Charge.objects.count() == Payment.objects.count() == 2
    assert Subscription.objects.get().plan.code == "smart-essential"
    assert "That plan cannot be chosen" in client.get(path("plan")).text


def test_a_cost_that_was_not_shown_is_not_taken(reader, client):
    page = client.get(path("plan")).text
    pressed = fields(page, "smart-essential", "today")
    for shown in ("1", "", "-5", "179999", "9" * 40):
        answer = client.post(path("plan"), {**pressed, "shown": shown})
        assert answer["Location"] == path("plan")
    assert Order.objects.count() == 1
    assert "The price has changed" in client.get(path("plan")).text


def test_a_refused_switch_is_told_and_changes_nothing(reader, sale, client):
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    pressed = fields(client.get(path("plan")).text, "smart-essential", "today")
    where = client.post(path("plan"), pressed)["Location"]
    page = client.get(where)
    assert "There was not enough money in the account" in page.text
    assert Subscription.objects.get().plan.code == "smart-quarterly"
    assert "A change of plan waits for your bank" in client.get("/account/").text
    # Pressed again, it is the same order.
    assert client.post(path("plan"), pressed)["Location"] in {where} | set(pages_of_the_bank())
    assert Switch.objects.count() == 1


def pages_of_the_bank():
    return Charge.objects.exclude(page_url="").values_list("page_url", flat=True)


def test_at_the_terms_end_and_taken_back(reader, client):
    pressed = fields(client.get(path("plan")).text, "super-saver", "at-end")
    for _ in range(2):
        assert client.post(path("plan"), pressed)["Location"] == "/account/"
    page = client.get("/account/").text
    assert "Your plan changes to Super saver on" in page
    assert "₹3,900" in page
    assert "Keep my plan after all" in client.get(path("plan")).text
    for _ in range(2):
        client.post(path("plan"), {"when": "never"})
    page = client.get("/account/").text
    assert "Your plan changes" not in page
    assert "₹900" in page
    assert AuditRow.objects.filter(deed__in=["switch_at_end", "drop_switch"]).count() == 2


def test_paused_and_back_with_one_tap(reader, client):
    page = client.get(path("pause")).text
    assert 'name="days" value="30"' in page
    for _ in range(2):
        assert client.post(path("pause"), {"days": "30"})["Location"] == "/account/"
    assert Pause.objects.count() == 1
    assert client.get(path("pause"))["Location"] == "/account/"
    page = client.get("/account/").text
    assert "Paused" in page
    assert "Next charge" not in page
    assert f'href="{path("plan")}"' not in page
    for _ in range(2):
        client.post(path("resume"))
    assert "Next charge" in client.get("/account/").text
    assert Pause.objects.get().resumed_at is not None


@pytest.mark.parametrize("days", ["", "0", "-1", "91", "soon", "9" * 30])
def test_a_pause_outside_its_bounds_is_refused(reader, client, days):
    assert client.post(path("pause"), {"days": days})["Location"] == path("pause")
    assert "A pause may last from 1 to 90 days now" in client.get(path("pause")).text
    assert Pause.objects.count() == 0


def test_withdrawn_with_what_was_shown(reader, client):
    page = client.get(path("withdraw")).text
    assert "₹900" in page
    assert 'name="shown" value="90000"' in page
    for _ in range(2):
        assert client.post(path("withdraw"), {"shown": "90000"})["Location"] == "/account/"
    assert Refund.objects.count() == 1
    assert "No subscription" in client.get("/account/").text


def test_the_permission_is_withdrawn_at_the_bank(reader, sale, client):
    assert Mandate.objects.get().label in client.get(path("payment")).text
    for _ in range(2):
        assert client.post(path("payment"))["Location"] == path("payment")
    assert Mandate.objects.get().withdrawn_at is not None
    assert "choose the account at the bank" in client.get(path("payment")).text
    assert Subscription.objects.get().state == "active"


def test_every_deed_names_who_did_it(reader, client):
    client.post(path("pause"), {"days": "7"})
    client.post(path("resume"))
    client.post(path("plan"), fields(client.get(path("plan")).text, "super-saver", "at-end"))
    client.post(path("plan"), {"when": "never"})
    client.post(path("withdraw"), {"shown": "90000"})
    actor = f"reader:{reader.pk}"
    done = [
        "pause_subscription",
        "resume_subscription",
        "switch_at_end",
        "drop_switch",
        "cut_short",
    ]
    for deed in done:
        assert AuditRow.objects.filter(deed=deed, actor=actor).count() == 1, deed
