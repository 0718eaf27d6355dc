"""Every page a reader needs, light and dark, phone and desktop: nothing for axe to find."""

from __future__ import annotations

import os
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

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
    "meter",
    "counted",
    "gifts",
    "giving",
    "no-gift",
    "mail",
    "missing",
    "house",
]


@pytest.fixture(scope="module")
def browser():
    # The browser's driver runs a loop of its own in this thread, which Django takes for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


def _chromium() -> str:
    from tests.run import find_program

    found = find_program("chromium")
    assert found is not None
    return found


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
        "meter": "/account/meter/",
        "counted": "/account/meter/?code=LN-M5-XXXX",
        "gifts": "/account/gifts/",
        "giving": f"/account/gifts/?story={find('city', 'night-ferries').rstrip('/').rpartition('-')[2]}",
        "no-gift": "/gift/x/",
        "mail": "/demo/mail/",
        "missing": "/no/such/page/",
        "house": "/terms/",
    }


@pytest.fixture(scope="module")
def subscriber_cookies(lantern) -> list[dict[str, str]]:
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        form = client.get("/account/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        client.post(
            "/account/login/",
            data={"csrfmiddlewaretoken": token, "login": email, "password": password},
        )
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
    if name in {"account", "ending", "meter", "gifts", "giving"}:
        context.add_cookies(subscriber_cookies)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(lantern.address + addresses[name], wait_until="load")
    results = Axe().run(page)
    found = [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    context.close()
    assert found == []
    assert overflow <= 0
    assert [text for text in problems if "404" not in text] == []
