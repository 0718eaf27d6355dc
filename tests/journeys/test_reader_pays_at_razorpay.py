"""In a real browser, without script of ours: card, UPI mandate, refusals and late answers.

The company is the stand-in; the paper, its pages and its webhooks are real.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.paper_at_razorpay import PaperAtRazorpay, serve_paper_at_razorpay
from tests.factories.razorpay_peer import AT_HOME

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("razorpay")]
PLAN = "/subscribe/checkout/?plan=smart-quarterly"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperAtRazorpay]:
    with serve_paper_at_razorpay(tmp_path_factory.mktemp("paper")) as paper:
        yield paper


@pytest.fixture
def context(browser: Browser, shop: PaperAtRazorpay) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=shop.address, viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def email() -> str:
    return f"reader-{next(_numbers)}@example.org"


def choose(context: BrowserContext, email: str, way: str) -> Page:
    """A new reader who chose a plan and a way to pay stands before the company's page."""
    page = context.new_page()
    page.goto(PLAN)
    page.fill("main input[name=email]", email)
    page.fill("main input[name=password1]", "a lamp for every stair")
    page.click("main form:has(input[name=password1]) button[type=submit]")
    page.click("main form:has(input[name=shown]) button[type=submit]")
    expect(page.locator("h1")).to_have_text("How do you want to pay?")
    page.click(f"main button:has-text('{way}')")
    expect(page.locator(".stand-in")).to_contain_text("No real money moves here")
    return page


def pay_with(page: Page, instrument: str) -> None:
    page.fill("input[name=instrument]", instrument)
    page.click("main form button.main")


def confirm_code(page: Page) -> None:
    """Type the code of the text message."""
    expect(page.locator("h1")).to_have_text("Your bank asks")
    found = re.search(r"(\d{3} \d{3}) is your code", page.locator(".message").inner_text())
    assert found
    page.fill("#code", found[1])
    page.click("text=Confirm")


def expect_thanks(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Thank you. The paper is yours.")


def expect_books_in_order(shop: PaperAtRazorpay) -> None:
    found = shop.broadsheet("payment", "reconcile")
    assert found["mismatched"] == 0
    assert shop.broadsheet("ledger", "check")["ok"] is True


def test_paying_by_card_opens_the_paper(
    shop: PaperAtRazorpay, context: BrowserContext, email: str
) -> None:
    page = choose(context, email, "Pay by card")
    pay_with(page, AT_HOME)
    assert shop.peer.count_taken(shop.key_of(email)) == 0
    confirm_code(page)
    expect_thanks(page)
    assert shop.charges_of(email) == [("succeeded", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 1
    page.goto("/account/")
    expect(page.locator("body")).to_contain_text("Visa ending 4366")
    expect_books_in_order(shop)
