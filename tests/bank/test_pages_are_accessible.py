"""axe finds nothing on the bank's pages, light and dark, phone and desktop, and nothing overflows."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.factories.bank import RunningBank
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
