"""Joining and cancelling, counted in a real browser: clicks, pages, fields. Leaving asks no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.journey
EMAIL, PASSWORD = "counted@reader.example", "a lamp for every stair"


@dataclass
class Counted:
    """A page, and what a person has done on it so far."""

    page: Page
    clicks: int = 0
    fields: int = 0
    pages: int = 0

    def open(self, address: str) -> None:
        """Come in at an address; that is no click."""
        self.page.on("framenavigated", self._note)
        self.page.goto(address)
        self.pages = 0

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state("load")

    def fill(self, selector: str, text: str) -> None:
        self.fields += 1
        self.page.locator(selector).first.fill(text)

    def _note(self, frame) -> None:
        self.pages += frame == self.page.main_frame


@pytest.fixture
def page(browser: Browser, lantern) -> Iterator[Page]:
    context = browser.new_context(base_url=lantern.address, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def join(page: Page) -> Counted:
    """From the front page to the thanks, as somebody without an account."""
    way = Counted(page)
    way.open("/")
    way.click("a[href^='/subscribe/']:visible")
    way.click("main form:has(input[name=plan]) button[type=submit]:visible")
    way.fill("main input[name=email]", EMAIL)
    way.fill("main input[name=password1]", PASSWORD)
    way.click("main form:has(input[name=password1]) button[type=submit]")
    way.click("main form:has(input[name=shown]) button[type=submit]")
    way.click("button[value=approve]")
    expect(page.locator("h1")).to_have_text("Thank you. The paper is yours.")
    return way


def leave(page: Page) -> Counted:
    """From the front page to the end, signed in."""
    way = Counted(page)
    way.open("/")
    way.click("a[href='/account/']:visible")
    way.click("main a[href='/account/subscription/end/']")
    way.click("main form[action='/account/subscription/end/'] button[type=submit]")
    expect(page.locator(".said")).to_contain_text("You keep everything until")
    return way


def test_cancelling_takes_no_more_than_joining(page, lantern):
    joined = join(page)
    left = leave(page)
    assert (left.clicks, left.fields) == (3, 0)
    assert left.clicks <= joined.clicks
    assert left.fields <= joined.fields
    assert left.pages <= joined.pages
    assert joined.clicks == 5
    # From the account itself: two, and no question why.
    page.goto("/account/")
    page.locator("form[action='/account/subscription/keep/'] button").click()
    end = page.locator("main a[href='/account/subscription/end/']")
    expect(end).to_be_visible()
    end.click()
    assert page.locator("main textarea, main select, main input:not([type=hidden])").count() == 0
