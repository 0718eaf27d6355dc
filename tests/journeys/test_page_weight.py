"""What a page weighs, asks for and moves, on a phone and on a desktop; Lighthouse's part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Page, Request, Route

pytestmark = pytest.mark.journey
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
PAGES = ("home", "story")
SCRIPT_BYTES, STYLE_BYTES, HTML_BYTES = 15_000, 20_000, 40_000
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(seen => {
  for (const one of seen.getEntries())
    window.shifts.push([one.value, one.sources.map(source => source.node?.className || "")]);
}).observe({type: "layout-shift", buffered: true});
"""
PAINTED = """() => new Promise(done => new PerformanceObserver(seen => {
  if (seen.getEntriesByName("first-contentful-paint").length) setTimeout(done, 300);
}).observe({type: "paint", buffered: true}))"""


@dataclass
class Traffic:
    """What a page asked for: type, address and bytes on the wire of each request."""

    sizes: list[tuple[str, str, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("requestfinished", self._note)
        page.on("requestfailed", lambda request: self.failed.append(request.url))

    def _note(self, request: Request) -> None:
        self.sizes.append((request.resource_type, request.url, request.sizes()["responseBodySize"]))
        if request.response().status >= 400:
            self.failed.append(request.url)

    def weigh(self, kind: str) -> int:
        return sum(size for of, _, size in self.sizes if of == kind)


@dataclass
class Late:
    """Requests that wait at the door until they are let go; later ones pass."""

    held: list[Route] = field(default_factory=list)
    open: bool = False

    def arrive(self, route: Route) -> None:
        if self.open:
            route.continue_()
        else:
            self.held.append(route)

    def let_go(self) -> None:
        self.open = True
        for route in self.held:
            route.continue_()


@pytest.fixture(scope="module")
def addresses(lantern) -> dict[str, str]:
    section = httpx.get(f"{lantern.address}/city/").text
    story = re.search(r'href="(/city/[a-z0-9-]*night-ferries-\d+/)"', section)[1]
    return {"home": f"{lantern.address}/", "story": lantern.address + story}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_asks_nobody_else(lantern, browser, addresses, name, size):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    traffic = Traffic()
    traffic.watch(page)
    page.goto(addresses[name], wait_until="load")
    _scroll_through(page)
    page.close()
    assert traffic.failed == []
    assert [url for _, url, _ in traffic.sizes if not url.startswith(lantern.address + "/")] == []
    assert 0 < traffic.weigh("script") < SCRIPT_BYTES
    assert 0 < traffic.weigh("stylesheet") <= STYLE_BYTES
    assert 0 < traffic.weigh("document") <= HTML_BYTES
    assert 0 < traffic.weigh("font") <= 170_000


@pytest.mark.parametrize("name", PAGES)
def test_text_travels_packed(addresses, name):
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
        page = client.get(addresses[name])
        assert page.headers["Content-Encoding"] == "gzip"
        assert page.num_bytes_downloaded <= HTML_BYTES
        sheet, *scripts = (
            client.get(httpx.URL(addresses[name]).join(path))
            for path in re.findall(r'(?:stylesheet" href|script src)="([^"]+)"', page.text)[:3]
        )
    for file in (sheet, *scripts):
        assert file.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert {file.headers.get("Content-Encoding") for file in (sheet, *scripts)} == {"gzip"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_moves_when_the_typefaces_come_late(browser, addresses, name, size):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(WATCH_SHIFTS)
    late = Late()
    page.route("**/*.woff2", late.arrive)
    page.goto(addresses[name], wait_until="commit")
    page.evaluate(PAINTED)
    assert late.held
    assert not page.evaluate("document.fonts.check('18px Newsreader')")
    late.let_go()
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => null)")
    assert page.evaluate("document.fonts.check('18px Newsreader')")
    _scroll_through(page)
    shifts = page.evaluate("window.shifts")
    page.close()
    # Words inside a line settle by a pixel or two; no line, picture or box moves.
    assert sum(moved for moved, _ in shifts) < 0.001, shifts


def _scroll_through(page: Page) -> None:
    """To the end, window by window, so that every picture is asked for and drawn."""
    page.evaluate(
        """async () => {
          const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
          while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
            scrollBy(0, innerHeight);
            await drawn();
          }
          for (const image of document.images) await image.decode().catch(() => {});
          await drawn();
        }"""
    )
