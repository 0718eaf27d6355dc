"""axe finds nothing on the bank's pages, light and dark, phone and desktop, and nothing overflows."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from broadsheet.apps.payments.gateways.contract import CheckoutRequest
from broadsheet.domain.money import Money
from tests.factories.bank import RunningBank
from tests.factories.chromium import run_chromium
from tests.factories.razorpay_peer import AT_HOME, LATE, UPI, razorpay_peer
from tests.factories.stripe_peer import ASKS, stripe_peer
from tests.run import find_program

pytestmark = pytest.mark.journey
ORDER = {
    "amount": 270_000,
    "currency": "INR",
    "merchant": "The Lantern",
    "description": "Smart Essential, 1 year",
    "return_url": "/subscribe/",
    "mandate": True,
}


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [rule["id"] for rule in found] + (["too wide"] if wide > 0 else [])


def test_axe_finds_nothing(bank: RunningBank) -> None:
    path = bank.post("/v1/checkouts", ORDER, key="key-0001").json()["path"]
    ended = bank.post("/v1/checkouts", ORDER, key="key-0002").json()["path"]
    bank.decide(ended, "decline")
    found: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_program("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in ("light", "dark"):
            for width in (390, 1440):
                page = browser.new_page(
                    viewport={"width": width, "height": 844},
                    color_scheme=scheme,
                    base_url=bank.address,
                )
                said: list[str] = []
                page.on("console", lambda message, said=said: said.append(message.text))
                name = f"{scheme} {width}"
                page.goto(path)
                found[f"choices {name}"] = faults_of(page)
                page.goto(ended)
                found[f"ended {name}"] = faults_of(page)
                page.goto(path)
                page.click("button[value=code]")
                page.fill("#code", "12")
                if (scheme, width) == ("light", 390):
                    page.click("button.main")
                    assert page.inner_text("#code-error").startswith("This is not the code.")
                found[f"code {name}"] = faults_of(page)
                assert [text for text in said if "422" not in text] == []
                page.close()
        browser.close()
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert len(found) == 12


def test_axe_finds_nothing_on_the_card_pages(bank: RunningBank) -> None:
    peer = stripe_peer(bank)
    asked = {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "inr",
        "line_items[0][price_data][unit_amount]": "270000",
        "line_items[0][price_data][product_data][name]": "Smart Essential, 1 year",
        "payment_intent_data[setup_future_usage]": "off_session",
        "success_url": "http://paper.example/subscribe/",
        "cancel_url": "http://paper.example/subscribe/",
    }
    paid = peer.post("/v1/checkout/sessions", **asked)["url"]
    peer.approve(paid)
    found: dict[str, list[str]] = {}
    with run_chromium() as browser:
        for scheme, width in itertools.product(("light", "dark"), (390, 1440)):
            path = peer.post("/v1/checkout/sessions", **asked)["url"]
            page = browser.new_page(
                viewport={"width": width, "height": 844},
                color_scheme=scheme,
                base_url=bank.address,
            )
            name = f"{scheme} {width}"
            page.goto(path)
            found[f"card {name}"] = faults_of(page)
            page.fill("#number", "4111 1111 1111 1111")
            page.fill("#expiry", "12/34")
            page.fill("#cvc", "123")
            page.click("button.main")
            assert page.inner_text("#number-error") == "Type one of the numbers listed below."
            found[f"wrong {name}"] = faults_of(page)
            page.fill("#number", ASKS)
            page.click("button.main")
            assert page.inner_text("h1") == "Your bank asks"
            found[f"asks {name}"] = faults_of(page)
            page.click("text=No, refuse")
            found[f"refused {name}"] = faults_of(page)
            page.goto(paid)
            assert page.inner_text("h1") == "Payment made"
            found[f"paid {name}"] = faults_of(page)
            page.close()
    assert found == {name: [] for name in found}


def test_axe_finds_nothing_on_the_pages_for_card_and_upi(bank: RunningBank) -> None:
    peer = razorpay_peer(bank)

    def open_page(method: str, *, wants_mandate: bool = True) -> str:
        asked = CheckoutRequest(
            key=f"bs-{uuid.uuid4().hex}-1",
            amount=Money(270_000, "INR"),
            description="Smart Essential, 1 year",
            return_url="/subscribe/",
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            reader_reference="reader-12",
            wants_mandate=wants_mandate,
            method=method,
        )
        return peer.gateway.start_checkout(asked).url

    found: dict[str, list[str]] = {}
    with run_chromium() as browser:
        for scheme, width in itertools.product(("light", "dark"), (390, 1440)):
            page = browser.new_page(
                viewport={"width": width, "height": 844},
                color_scheme=scheme,
                base_url=bank.address,
            )
            name = f"{scheme} {width}"
            page.goto(open_page("", wants_mandate=False))
            found[f"both {name}"] = faults_of(page)
            page.goto(open_page("upi"))
            page.fill("input[name=instrument]", "nobody@nowhere")
            page.click("button.main")
            assert page.inner_text("#upi-instrument-error") == "Type one of those listed below."
            found[f"wrong {name}"] = faults_of(page)
            page.fill("input[name=instrument]", UPI)
            page.click("button.main")
            assert page.inner_text("h1") == "Approve in your UPI app"
            found[f"pin {name}"] = faults_of(page)
            page.goto(open_page("card"))
            page.fill("input[name=instrument]", AT_HOME)
            page.click("button.main")
            page.fill("#code", "0")
            page.click("text=Confirm")
            assert page.inner_text("#code-error") == "This is not the code."
            found[f"code {name}"] = faults_of(page)
            page.click("text=Refuse")
            found[f"refused {name}"] = faults_of(page)
            page.close()
        late = open_page("card")
        peer.type_in(late, LATE)
        page = browser.new_page(base_url=bank.address)
        page.goto(f"{late}ask/")
        found["late"] = faults_of(page)
        page.close()
    assert found == {name: [] for name in found}
    assert len(found) == 21
