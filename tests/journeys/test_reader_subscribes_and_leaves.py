"""Without script: sign up, carry the five over, subscribe through the bank, leave, be renewed."""

from __future__ import annotations

import json
import re
import sqlite3
from html.parser import HTMLParser

import httpx
import pytest

pytestmark = pytest.mark.journey
STORY = re.compile(r'href="(/[a-z]+/[a-z0-9-]+-\d+/)"')


class Forms(HTMLParser):
    """The forms of a page: action, method and the fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append(
                {
                    "action": given.get("action", ""),
                    "method": given.get("method", "get"),
                    "fields": {},
                }
            )
        elif tag == "input" and self.forms and given.get("name"):
            self._note(given)
        elif tag == "select":
            self._choice = given["name"]
        elif tag == "option" and self.forms and ("selected" in given):
            self.forms[-1]["fields"][self._choice] = given["value"]

    def _note(self, given):
        if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
            self.forms[-1]["fields"][given["name"]] = given.get("value", "")

    def with_action(self, words: str) -> dict:
        sent = (form for form in self.forms if form["method"] == "post")
        return next(form for form in sent if words in form["action"])


def submit(
    client: httpx.Client, page: httpx.Response, words: str, **answers: str
) -> httpx.Response:
    form = Forms(page.text).with_action(words)
    address = str(page.url.join(form["action"] or str(page.url)))
    return client.post(address, data={**form["fields"], **answers})


def metered(client: httpx.Client, lantern) -> list[str]:
    found: set[str] = set()
    for section in ["city", "nation", "world", "business", "science", "culture", "sport"]:
        found |= set(STORY.findall(client.get(f"/{section}/").text))
    return [
        p for p in sorted(found) if 'data-access="metered"' in httpx.get(lantern.address + p).text
    ]


def sign_up(client: httpx.Client, email: str) -> httpx.Response:
    page = client.get("/account/signup/")
    return submit(client, page, "/account/signup/", email=email, password1="a lamp for every stair")


def subscribe(client: httpx.Client, plan: str) -> httpx.Response:
    page = client.get(f"/subscribe/checkout/?plan={plan}")
    bank = submit(client, page, "/subscribe/checkout/")
    assert bank.url.path.startswith("/bank/pay/"), bank.url
    return submit(client, bank, bank.url.path, choice="approve")


def verdict(client: httpx.Client, path: str) -> str:
    return client.get(path).headers["Broadsheet-Verdict"]


def test_registering_carries_the_five_over_and_gives_up_to_eight(lantern):
    with lantern.reader() as client:
        stories = metered(client, lantern)
        assert [verdict(client, path).split(";")[0] for path in stories[:6]] == ["full"] * 5 + [
            "preview"
        ]
        assert sign_up(client, "carries@reader.example").status_code == 200
        assert verdict(client, stories[0]) == "full; reason=already-read; used=5; limit=8"
        assert [verdict(client, path) for path in stories[5:8]] == [
            f"full; reason=within-allowance; used={used}; limit=8" for used in (6, 7, 8)
        ]
        assert verdict(client, stories[8]).startswith(
            "preview; reason=allowance-spent; used=8; limit=8"
        )
        counted = client.get("/account/meter/").text
        assert sum(path in counted for path in stories[:8]) == 8
        assert stories[8] not in counted
        # Signing out wins nothing: the device keeps what was read.
        submit(client, client.get("/account/"), "/account/logout/")
        assert verdict(client, stories[9]).startswith("preview; reason=allowance-spent")


def test_subscribing_opens_everything_and_leaving_takes_two_clicks(lantern):
    with lantern.reader() as client:
        stories = metered(client, lantern)
        premium = next(
            path for path in STORY.findall(client.get("/city/").text) if "how-the-port" in path
        )
        assert verdict(client, premium).startswith("preview; reason=premium-needed")
        sign_up(client, "joins@reader.example")
        done = subscribe(client, "smart-quarterly")
        assert done.status_code == 200
        opened = client.get(premium)
        assert opened.headers["Broadsheet-Verdict"].startswith("full; reason=entitled")
        assert 'data-part="body"' in opened.text
        assert "data-ad" not in opened.text
        assert [verdict(client, path).split(";")[0] for path in stories[:12]] == ["full"] * 12

        account = client.get("/account/")
        assert "₹900" in account.text
        receipt = re.search(r"/account/receipts/\d+/", account.text)[0]
        assert "₹900" in client.get(receipt).text

        # Click one: End my subscription. Click two: confirm.
        asked = client.get("/account/subscription/end/")
        left = submit(client, asked, "/account/subscription/end/")
        assert left.status_code == 200
        assert verdict(client, premium).startswith("full; reason=entitled")

        renewed = renew(lantern, "2031-01-01")
        assert book(lantern, "joins@reader.example") == 1
        assert renewed["unknown"] == 0


def test_a_renewal_happens_once_however_often_it_is_run(lantern):
    with lantern.reader() as client:
        sign_up(client, "stays@reader.example")
        subscribe(client, "smart-quarterly")
        assert book(lantern, "stays@reader.example") == 1
        soon = lantern.broadsheet("subscription", "renew", "--json")
        assert json.loads(soon.stdout.splitlines()[-1])["succeeded"] == 0
        day = next_charge(lantern, "stays@reader.example")
        first = renew(lantern, day)
        assert first["succeeded"] >= 1
        assert book(lantern, "stays@reader.example") == 2
        assert renew(lantern, day)["succeeded"] == 0
        assert renew(lantern, day)["due"] == 0
        assert book(lantern, "stays@reader.example") == 2
    ledger = lantern.broadsheet("ledger", "check", "--json")
    assert ledger.returncode == 0, ledger.stdout + ledger.stderr
    assert json.loads(ledger.stdout.splitlines()[-1])["ok"] is True


def renew(lantern, day: str) -> dict[str, int]:
    done = lantern.broadsheet("subscription", "renew", "--as-of", day, "--json")
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def book(lantern, email: str) -> int:
    """How many charges of this reader settled, by our own book."""
    with sqlite3.connect(lantern.home / "main.sqlite3") as connection:
        return connection.execute(
            "select count(*) from payments_charge c join payments_order o on o.id = c.order_id"
            " join accounts_reader r on r.id = o.reader_id join accounts_user u on u.id = r.user_id"
            " where u.email = ? and c.state = 'succeeded'",
            (email,),
        ).fetchone()[0]


def next_charge(lantern, email: str) -> str:
    with sqlite3.connect(lantern.home / "main.sqlite3") as connection:
        return connection.execute(
            "select max(t.ends_on) from subscriptions_term t"
            " join subscriptions_subscription s on s.id = t.subscription_id"
            " join accounts_reader r on r.id = s.reader_id join accounts_user u on u.id = r.user_id"
            " where u.email = ?",
            (email,),
        ).fetchone()[0]
