from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.factories.chromium import run_chromium

    # The browser's driver runs a loop of its own in this thread, which Django takes for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with run_chromium() as running:
        yield running
