"""A whole demo newspaper, served by its own processes, for every journey."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.demo import Lantern, free_port, serve_demo


@pytest.fixture(scope="session")
def lantern() -> Iterator[Lantern]:
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-journey-"))
    home = folder / "home"
    home.mkdir()
    with serve_demo(home, free_port()) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Journeys share one newspaper, so one worker runs them all."""
    for item in items:
        if "/journeys/" in str(item.path) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("lantern"))
