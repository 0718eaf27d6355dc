"""What a few lines of script add to a page that is the same for everybody: nudge, giver, gift."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page

from broadsheet.protocol.cookies import GIVEN, SHOWN
from tests.factories.attacker import post

pytestmark = pytest.mark.journey
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def path(lantern) -> str:
    city = httpx.get(f"{lantern.address}/city/").text
    return re.search(r'href="(/city/[a-z0-9-]*night-ferries-\d+/)"', city)[1]


@pytest.fixture
def open_page(lantern, browser) -> Iterator[Open]:
    """Open a page in a browser; the cookies for show are what the test says, not the gate."""
    contexts = []

    def open_page(path: str, *, script: bool = True, **cookies: str) -> Page:
        context = browser.new_context(java_script_enabled=script)
        contexts.append(context)
        held = cookies.items()
        context.add_cookies([{"name": n, "value": v, "url": lantern.address} for n, v in held])
        for name, value in held:
            if name in {SHOWN, GIVEN}:
                context.add_init_script(f"document.cookie = '{name}={value}; path=/'")
        page = context.new_page()
        page.goto(lantern.address + path, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("3.5.2026-12-01.anonymous", "2 of 5 left this month"),
        ("3.5.2026-12-07.anonymous", "2 of 5 left"),
        (
            "5.5.2026-12-01.anonymous",
            "This was the last of your 5 free stories this month",
        ),
        ("5.5.2026-12-07.registered", "This was the last of your 5 free stories"),
    ],
)
def test_the_nudge_says_what_is_left(open_page: Open, path: str, shown: str, words: str) -> None:
    page = open_page(path, bs_shown=shown)
    nudge = page.locator(".nudge")
    assert nudge.locator("p").inner_text().strip() == words
    assert (nudge.locator(".flame").count(), nudge.locator(".lit").count()) == (
        5,
        5 - int(shown[0]),
    )


def test_nothing_is_said_while_much_is_left_or_without_script(open_page: Open, path: str) -> None:
    for page in (
        open_page(path, bs_shown="2.5.2026-12-01.anonymous"),
        open_page(path, bs_shown="3.5.2026-12-01.subscriber"),
        open_page(path, script=False, bs_shown="4.5.2026-12-01.anonymous"),
    ):
        assert not page.locator(".nudge").is_visible()
        assert not page.locator(".lent").is_visible()


@pytest.mark.parametrize(
    ("giver", "words"),
    [
        ("Meenal%20K.", "Meenal K. gives you this story"),
        ("", "A subscriber gives you this story"),
        ("%2A", "The Lantern opens this story for you"),
        ("%3Cimg%20src%3Dx%3E", "<img src=x> gives you this story"),
    ],
)
def test_a_lent_story_says_who_gave_it(open_page: Open, path: str, giver: str, words: str) -> None:
    number = path.rstrip("/").rpartition("-")[2]
    page = open_page(
        path, bs_given=f"9999.Other~{number}.{giver}", bs_shown="4.5.2026-12-01.anonymous"
    )
    assert page.locator(".lent p").inner_text().strip() == words
    assert not page.locator(".nudge").is_visible()
    other = open_page(path, bs_given="9999.Other")
    assert not other.locator(".lent").is_visible()


def test_only_a_subscriber_is_offered_to_give(open_page: Open, path: str) -> None:
    assert open_page(path, bs_shown="0.0.2026-12-01.subscriber").locator(".give").is_visible()
    assert not open_page(path, bs_shown="1.5.2026-12-01.registered").locator(".give").is_visible()


def test_a_gift_can_be_copied(lantern, open_page: Open, path: str) -> None:
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        post(client, "/account/login/", login=email, password=password)
        given = post(client, "/account/gifts/", story=path, name="Meenal")
        page = open_page(f"{given.url.path}?{given.url.query.decode()}", **dict(client.cookies))
        copy = page.locator("[data-copy]")
        assert copy.is_visible()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy.click()
        page.wait_for_function("document.querySelector('[data-copy]').textContent === 'Copied'")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#gift-link").input_value()
        bare = open_page(given.url.path, script=False, **dict(client.cookies))
        assert not bare.locator("[data-copy]").is_visible()
