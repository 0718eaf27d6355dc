"""A plant with a CDN, and the CDN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.cdn import SERVICE, TOKEN, RunningCdn, serve_cdn

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def cdn(settings: Any) -> Iterator[RunningCdn]:
    """Cloudflare, by keys, unless the test says otherwise."""
    with serve_cdn() as running:
        settings.PLANT = replace(
            settings.PLANT,
            origin="https://paper.test",
            cdn="cloudflare",
            cdn_id=SERVICE,
            cdn_token=TOKEN,
            cdn_url=running.address,
        )
        yield running
