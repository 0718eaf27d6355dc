"""In a real browser, without script of ours: card, UPI mandate, refusals and late answers.

The company is the stand-in; the paper, its pages and its webhooks are real.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.paper_at_razorpay import PaperAtRazorpay, serve_paper_at_razorpay
from tests.factories.razorpay_peer import AT_HOME, LATE, POOR, UPI

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


def test_a_upi_mandate_is_approved_and_renewed_after_its_notice(
    browser: Browser, tmp_path: Path
) -> None:
    """At a paper of its own, because the company's clock is put ahead."""
    with serve_paper_at_razorpay(tmp_path) as shop:
        context = browser.new_context(base_url=shop.address)
        approve_and_renew(shop, context, "by-upi@example.org")
        context.close()


def approve_and_renew(shop: PaperAtRazorpay, context: BrowserContext, email: str) -> None:
    page = choose(context, email, "Pay by UPI")
    pay_with(page, UPI)
    expect(page.locator("h1")).to_have_text("Approve in your UPI app")
    expect(page.locator(".message")).to_contain_text("later payments of up to ₹15,000")
    page.fill("#code", "1234")
    page.click("main form button.main")
    expect_thanks(page)
    page.goto("/account/")
    expect(page.locator("body")).to_contain_text("UPI success@••••")

    day = shop.rows("SELECT max(ends_on) FROM subscriptions_term")[0][0]
    shop.broadsheet("subscription", "renew", "--as-of", day)
    assert shop.charges_of(email) == [("succeeded", ""), ("pending", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 0
    # Asked again while the notice runs, nothing is sent twice and nothing is taken.
    shop.broadsheet("subscription", "renew", "--as-of", day)
    shop.peer.let_pass(24)
    shop.broadsheet("payment", "reconcile")
    assert shop.charges_of(email) == [("succeeded", ""), ("pending", "")]
    assert len(shop.peer.payments(shop.key_of(email))) == 1
    # An hour later it is over: the bank debits, and a webhook says so.
    shop.peer.let_pass(1)
    shop.wait_for_word("payment.captured")
    shop.broadsheet("payment", "reconcile")
    assert shop.charges_of(email) == [("succeeded", "")] * 2
    assert shop.peer.count_taken(shop.key_of(email)) == 1
    expect_books_in_order(shop)


def test_declined_and_then_another_card(
    shop: PaperAtRazorpay, context: BrowserContext, email: str
) -> None:
    page = choose(context, email, "Pay by card")
    pay_with(page, POOR)
    confirm_code(page)
    expect(page.get_by_role("alert")).to_contain_text("insufficient account balance")
    assert shop.charges_of(email) == [("pending", "")]
    pay_with(page, AT_HOME)
    confirm_code(page)
    expect_thanks(page)
    assert shop.charges_of(email) == [("succeeded", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 1


def test_the_holder_refuses_and_pays_by_upi_instead(
    shop: PaperAtRazorpay, context: BrowserContext, email: str
) -> None:
    page = choose(context, email, "Pay by card")
    card_page = page.url
    pay_with(page, AT_HOME)
    page.click("text=Refuse")
    expect(page.get_by_role("alert")).to_contain_text("cancelled by user")
    page.click("text=Back without paying")
    expect(page.locator("h1")).to_have_text("Your bank is waiting for you")
    assert shop.charges_of(email) == [("pending", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 0
    page.click("text=Pay by UPI")
    expect(page.locator("main form h2")).to_have_text("Pay by UPI")
    assert shop.charges_of(email) == [("declined", "voided"), ("pending", "")]
    pay_with(page, UPI)
    page.fill("#code", "1234")
    page.click("main form button.main")
    expect_thanks(page)
    assert shop.charges_of(email) == [("declined", "voided"), ("succeeded", "")]
    page.goto(card_page)
    expect(page.locator("h1")).to_have_text("Payment taken back")


def test_a_late_success_arrives_by_webhook(
    shop: PaperAtRazorpay, context: BrowserContext, email: str
) -> None:
    page = choose(context, email, "Pay by card")
    pay_with(page, LATE)
    confirm_code(page)
    expect(page.locator("h1")).to_have_text("Payment under way")
    page.click("main a.button")
    expect(page.locator("h1")).to_have_text(
        re.compile("Your bank is waiting for you|The bank has not answered yet")
    )
    assert shop.charges_of(email) == [("pending", "")]
    told = shop.count_words("payment.captured")
    shop.peer.settle(shop.key_of(email), succeeded=True)
    shop.wait_for_word("payment.captured", more_than=told)
    shop.broadsheet("payment", "inbox", "--now")
    assert shop.charges_of(email) == [("succeeded", "")]
    page.reload()
    expect_thanks(page)
    expect_books_in_order(shop)
