"""Every page a reader needs, light and dark, phone and desktop: nothing for axe to find."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.factories.attacker import post
from tests.factories.chromium import list_errors, list_faults

pytestmark = pytest.mark.journey
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
PAGES = [
    "home",
    "section",
    "story",
    "feature",
    "agency",
    "wall",
    "subscribe",
    "sign-in",
    "sign-up",
    "search",
    "account",
    "ending",
    "plan",
    "pausing",
    "withdrawing",
    "paying",
    "meter",
    "counted",
    "gifts",
    "giving",
    "invoices",
    "billing",
    "no-gift",
    "checkout",
    "wrong-code",
    "give",
    "redeem",
    "given",
    "mail",
    "missing",
    "house",
]

SIGNED_IN = {
    *("account", "ending", "plan", "pausing", "withdrawing", "paying"),
    *("meter", "gifts", "giving", "invoices", "billing", "given"),
}


@pytest.fixture(scope="module")
def addresses(lantern) -> dict[str, str]:
    def find(section: str, words: str) -> str:
        page = httpx.get(f"{lantern.address}/{section}/").text
        return next(
            path for path in re.findall(r'href="(/[a-z]+/[a-z0-9-]+-\d+/)"', page) if words in path
        )

    return {
        "home": "/",
        "section": "/city/",
        "story": find("city", "night-ferries"),
        "feature": find("culture", "forty-ways"),
        "agency": find("nation", "cyclone-ambar"),
        "wall": find("culture", "salt-makers"),
        "subscribe": "/subscribe/",
        "sign-in": "/account/login/",
        "sign-up": "/account/signup/",
        "search": "/search/?q=salt",
        "account": "/account/",
        "ending": "/account/subscription/end/",
        "plan": "/account/subscription/plan/",
        "pausing": "/account/subscription/pause/",
        "withdrawing": "/account/subscription/withdraw/",
        "paying": "/account/subscription/payment/",
        "meter": "/account/meter/",
        "counted": "/account/meter/?code=LN-M5-XXXX",
        "gifts": "/account/gifts/",
        "giving": f"/account/gifts/?story={find('city', 'night-ferries').rstrip('/').rpartition('-')[2]}",
        "invoices": "/account/invoices/",
        "billing": "/account/billing/",
        "no-gift": "/gift/x/",
        "checkout": "/subscribe/checkout/?plan=smart-quarterly&code=LANTERN-25",
        "wrong-code": "/subscribe/checkout/?plan=smart-quarterly&code=NOT-ONE",
        "give": "/subscribe/gift/",
        "redeem": "/gift-subscription/?code=NOT-ONE",
        "given": "/account/given/",
        "mail": "/demo/mail/",
        "missing": "/no/such/page/",
        "house": "/terms/",
    }


@pytest.fixture(scope="module")
def subscriber_cookies(lantern) -> list[dict[str, str]]:
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        post(client, "/account/login/", login=email, password=password)
        assert client.get("/account/").status_code == 200
        return [
            {"name": c.name, "value": c.value, "url": lantern.address} for c in client.cookies.jar
        ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(lantern, browser, addresses, subscriber_cookies, name, size, scheme):
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    if name in SIGNED_IN:
        context.add_cookies(subscriber_cookies)
    page = context.new_page()
    said = list_errors(page)
    page.goto(lantern.address + addresses[name], wait_until="load")
    faults = list_faults(page)
    context.close()
    assert faults == []
    assert [text for text in said if "404" not in text] == []
