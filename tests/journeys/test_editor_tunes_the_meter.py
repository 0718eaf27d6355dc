"""An editor writes a rule for Sport as a sentence, sees its wall, adopts it and ends it; readers
meet exactly that.
"""

from __future__ import annotations

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.attacker import LINK, post, verdict
from tests.factories.chromium import list_errors, list_faults

pytestmark = pytest.mark.journey
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
WORDS = "That was this week’s {{free_limit}} of sport. They come back on {{resets_on}}."
DEADLINE = 10


@pytest.fixture(scope="module")
def signed_in(lantern, browser):
    """The editor's cookies at the desk."""
    email, password = lantern.people["editor"]
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{lantern.address}/desk/login/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/desk/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(browser: Browser, signed_in):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=signed_in)
    yield context
    context.close()


@pytest.fixture(scope="module")
def metered(lantern) -> dict[str, list[str]]:
    """Metered stories of two sections."""
    found: dict[str, list[str]] = {}
    with lantern.reader() as client:
        for section in ("sport", "city"):
            paths = dict.fromkeys(LINK.findall(client.get(f"/{section}/").text))
            found[section] = [
                path
                for path in paths
                if path.startswith(f"/{section}/")
                and 'data-access="metered"' in httpx.get(lantern.address + path).text
            ]
    assert len(found["sport"]) >= 3
    assert found["city"]
    return found


def write_for_sport(page: Page, address: str) -> None:
    """The sentence: Sport, 2 a week, 4 with an account."""
    page.goto(f"{address}/desk/meter/new/")
    page.select_option("[name=reach]", "part")
    page.get_by_label("Sport", exact=True).check()
    page.get_by_label("without an account and").fill("2")
    page.get_by_label("with one,").fill("4")
    page.select_option("[name=window]", "week")
    page.get_by_label("A stopped reader is told:").fill(WORDS)


def adopt(page: Page) -> str:
    """Adopt what is written; the rule's code."""
    page.get_by_role("button", name="Adopt this policy").click()
    page.wait_for_url("**/desk/meter/")
    said = re.search(r"(\w+) is adopted", page.inner_text("body"))
    assert said
    return said[1]


def end(page: Page, address: str, code: str) -> None:
    page.goto(f"{address}/desk/meter/{code}/end/")
    page.get_by_role("button", name="End this policy").click()
    page.wait_for_url("**/desk/meter/")


def await_limit(lantern, path: str, limit: int) -> None:
    """Until a new reader is told this limit."""
    last = time.monotonic() + DEADLINE
    while not (said := verdict(httpx.get(lantern.address + path))).endswith(f"limit={limit}"):
        assert time.monotonic() < last, said


def test_a_rule_for_sport_is_seen_adopted_met_and_ended(lantern, desk: BrowserContext, metered):
    page = desk.new_page()
    write_for_sport(page, lantern.address)
    expect(page.locator("[data-read] output")).to_contain_text("in the sections Sport, readers get")
    page.get_by_role("button", name="Show what readers will see").click()
    expect(page.locator(".meter-told--alone")).to_have_text(
        "Stories of Sport: 2 free stories a week, 4 with an account."
    )
    for size in ("phone", "desktop"):
        frame = page.frame_locator(f".meter-seen--anonymous .meter-frame--{size} iframe")
        expect(frame.locator("#wall")).to_have_text("That was this week’s 2 of sport")
    page.get_by_label("As subscriber").check()
    whole = page.frame_locator(".meter-seen--subscriber .meter-frame--phone iframe")
    expect(whole.locator('[data-part="body"]')).to_be_visible()
    await_limit(lantern, metered["sport"][0], 5)

    code = adopt(page)
    expect(page.locator(".meter-ladder li").first).to_contain_text("Stories of Sport")
    await_limit(lantern, metered["sport"][0], 2)
    with lantern.reader() as reader:
        verdicts = [verdict(reader.get(path)) for path in metered["sport"][:2]]
        assert verdicts == [
            "full; reason=within-allowance; used=1; limit=2",
            "full; reason=within-allowance; used=2; limit=2",
        ]
        stopped = reader.get(metered["sport"][2])
        assert verdict(stopped).startswith("preview; reason=allowance-spent; used=2")
        assert "That was this week’s 2 of sport" in stopped.text
        other = reader.get(metered["city"][0])
        assert verdict(other) == "full; reason=within-allowance; used=1; limit=5"
    with lantern.reader() as reader:
        email, password = lantern.people["registered"]
        post(reader, "/account/login/", login=email, password=password)
        assert verdict(reader.get(metered["sport"][0])).endswith("; limit=4")

    page.goto(f"{lantern.address}/desk/meter/?story={metered['sport'][2]}")
    expect(page.locator(".meter-steps .is-ruling")).to_contain_text(code)
    end(page, lantern.address, code)
    await_limit(lantern, metered["sport"][0], 5)


def test_without_script_the_sentence_is_whole_and_a_refusal_loses_nothing(
    lantern, browser: Browser, signed_in
):
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    write_for_sport(page, lantern.address)
    page.get_by_label("on the topics").fill("Crickett")
    page.get_by_label("A stopped reader is told:").fill("{{limits}}")
    page.get_by_role("button", name="Adopt this policy").click()
    refused = page.locator(".errorlist")
    expect(refused).to_have_count(2)
    expect(refused.first).to_contain_text("There is no topic “Crickett” here.")
    expect(refused.last).to_contain_text("There is no {{limits}}. Did you mean {{free_limit}}?")
    expect(page.get_by_label("without an account and")).to_have_value("2")
    expect(page.get_by_label("Sport", exact=True)).to_be_checked()
    page.get_by_label("on the topics").fill("")
    page.get_by_label("A stopped reader is told:").fill(WORDS)
    code = adopt(page)
    end(page, lantern.address, code)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["meter", "new", "shown", "reword"])
def test_axe_finds_nothing_on_the_meters_pages(
    lantern, browser: Browser, signed_in, name: str, size: str, scheme: str
):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, storage_state=signed_in
    )
    page = context.new_page()
    said = list_errors(page)
    if name == "meter":
        page.goto(f"{lantern.address}/desk/meter/?story=1&code=LN-M5-A18P", wait_until="load")
    elif name == "reword":
        page.goto(f"{lantern.address}/desk/meter/M5/", wait_until="load")
    else:
        write_for_sport(page, lantern.address)
    if name == "shown":
        page.get_by_role("button", name="Show what readers will see").click()
        page.wait_for_load_state("networkidle")
    faults = list_faults(page, part=".meter")
    context.close()
    assert faults == []
    assert said == []
