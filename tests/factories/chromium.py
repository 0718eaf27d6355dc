"""Chromium without a window, and what axe has to say of a page in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.run import find_program


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """A browser, gone at the end."""
    program = find_program("chromium")
    assert program is not None
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


def list_errors(page: Page) -> list[str]:
    """What the page will complain of on its console; the list grows while the page lives."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    return said


def list_faults(page: Page, *, part: str | None = None) -> list[str]:
    """What axe finds on the page, or in the ``part`` a selector names; and whether it is too wide."""
    found = Axe().run(page, context=part).response["violations"]
    faults = [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return faults + [f"{over} px too wide"] * (over > 0)
