"""In a real browser, without script of ours: pay by card through Stripe's wire, whatever happens.

The company is the stand-in; the paper, its pages, its webhooks and Stripe's own library are real.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.paper_at_stripe import PaperAtStripe, serve_paper_at_stripe
from tests.factories.stripe_peer import ASKS, DECLINED, INDIAN, LATE, PAYS

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stripe")]
PLAN = "/subscribe/checkout/?plan=smart-quarterly"
DECLINED_LATER = "4000 0000 0000 0341"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperAtStripe]:
    with serve_paper_at_stripe(tmp_path_factory.mktemp("paper")) as paper:
        yield paper


@pytest.fixture
def shop_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperAtStripe]:
    """For a test that puts the company's clock ahead."""
    with serve_paper_at_stripe(tmp_path_factory.mktemp("paper")) as paper:
        yield paper


@pytest.fixture
def context(browser: Browser, shop: PaperAtStripe) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=shop.address, viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def email() -> str:
    return f"reader-{next(_numbers)}@example.org"


def go_to_card_page(context: BrowserContext, email: str) -> Page:
    """A new reader who chose a plan stands before the company's page."""
    page = context.new_page()
    page.goto(PLAN)
    page.fill("main input[name=email]", email)
    page.fill("main input[name=password1]", "a lamp for every stair")
    page.click("main form:has(input[name=password1]) button[type=submit]")
    page.click("main form:has(input[name=shown]) button[type=submit]")
    expect(page.locator("h1")).to_have_text("Pay by card")
    expect(page.locator(".stand-in")).to_contain_text("No real money moves here")
    return page


def type_card(page: Page, number: str) -> None:
    page.fill("#number", number)
    page.fill("#expiry", "12/34")
    page.fill("#cvc", "123")
    page.click("button.main")


def expect_thanks(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Thank you. The paper is yours.")


def expect_books_in_order(shop: PaperAtStripe) -> None:
    found = shop.broadsheet("payment", "reconcile")
    assert found["mismatched"] == 0
    assert shop.broadsheet("ledger", "check")["ok"] is True


def test_paying_by_card_opens_the_paper(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    type_card(page, PAYS)
    expect_thanks(page)
    assert shop.charges_of(email) == [("succeeded", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 1
    page.goto("/account/")
    expect(page.locator("body")).to_contain_text("Visa ending 4242")
    expect_books_in_order(shop)


def test_declined_and_then_another_card(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    type_card(page, DECLINED)
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert shop.charges_of(email) == [("pending", "")]
    type_card(page, PAYS)
    expect_thanks(page)
    assert shop.charges_of(email) == [("succeeded", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 1


def test_leaving_the_card_page_and_coming_back(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    at_card_page = page.url
    page.click("text=Back without paying")
    expect(page.locator("h1")).to_have_text("Your bank is waiting for you")
    page.click("text=Go on at the bank")
    assert page.url == at_card_page
    type_card(page, PAYS)
    expect_thanks(page)
    assert shop.charges_of(email) == [("succeeded", "")]


def test_the_bank_asks_and_the_holder_confirms(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    type_card(page, ASKS)
    expect(page.locator("h1")).to_have_text("Your bank asks")
    assert shop.peer.count_taken(shop.key_of(email)) == 0
    page.click("text=Yes, it is me")
    expect_thanks(page)
    assert shop.peer.count_taken(shop.key_of(email)) == 1


def test_the_bank_asks_and_the_holder_refuses(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    type_card(page, ASKS)
    page.click("text=No, refuse")
    expect(page.get_by_role("alert")).to_contain_text("could not confirm")
    page.click("text=Back without paying")
    expect(page.locator("h1")).to_have_text("Your bank is waiting for you")
    assert shop.charges_of(email) == [("pending", "")]
    assert shop.peer.count_taken(shop.key_of(email)) == 0
    assert shop.rows(
        "SELECT count(*) FROM payments_payment p JOIN accounts_reader r ON r.id = p.reader_id"
        " JOIN accounts_user u ON u.id = r.user_id WHERE u.email = ?",
        email,
    ) == [(0,)]


def test_a_late_success_arrives_by_webhook(
    shop: PaperAtStripe, context: BrowserContext, email: str
) -> None:
    page = go_to_card_page(context, email)
    type_card(page, LATE)
    expect(page.locator("h1")).to_have_text(
        re.compile("Your bank is waiting for you|The bank has not answered yet")
    )
    assert shop.charges_of(email) == [("pending", "")]
    shop.peer.settle(shop.key_of(email), succeeded=True)
    shop.wait_for_word("checkout.session.async_payment_succeeded")
    shop.broadsheet("payment", "inbox", "--now")
    assert shop.charges_of(email) == [("succeeded", "")]
    page.reload()
    expect_thanks(page)
    expect_books_in_order(shop)


def test_renewed_off_session_and_declined_off_session(
    shop_of_its_own: PaperAtStripe, browser: Browser
) -> None:
    """Three readers: a card that pays again, one that does not, and an Indian one that waits."""
    shop = shop_of_its_own
    cards = {"again@example.org": PAYS, "not@example.org": DECLINED_LATER, "in@example.org": INDIAN}
    for email, number in cards.items():
        context = browser.new_context(base_url=shop.address)
        page = go_to_card_page(context, email)
        type_card(page, number)
        if number == INDIAN:
            page.click("text=Yes, it is me")
        expect_thanks(page)
        context.close()
    day = shop.rows("SELECT max(ends_on) FROM subscriptions_term")[0][0]
    shop.broadsheet("subscription", "renew", "--as-of", day)
    assert shop.charges_of("again@example.org") == [("succeeded", "")] * 2
    assert shop.charges_of("not@example.org")[1] == ("declined", "generic_decline")
    assert shop.charges_of("in@example.org")[1] == ("pending", "")
    assert shop.peer.count_taken(shop.key_of("in@example.org")) == 0
    # A day later the notice is over, the bank pays, and a webhook says so.
    shop.peer.control("clock", advance=str(26 * 3600))
    shop.broadsheet("payment", "reconcile")
    assert shop.charges_of("in@example.org") == [("succeeded", "")] * 2
    assert shop.peer.count_taken(shop.key_of("in@example.org")) == 1
    shop.broadsheet("subscription", "renew", "--as-of", day)
    assert len(shop.charges_of("again@example.org")) == 2
    assert shop.broadsheet("ledger", "check")["ok"] is True
