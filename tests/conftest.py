"""What every test stands on: a throwaway home folder, set before Django is."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.plugin import blocking_manager_key

from tests.factories.bank import RunningBank, open_for_business
from tests.factories.demo import Lantern, free_port, serve_demo, serve_made
from tests.factories.redis_server import empty, find_server, serve_redis

_home = tempfile.mkdtemp(prefix="broadsheet-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for name in [name for name in os.environ if name.startswith("BROADSHEET_")]:
    if name != "BROADSHEET_DATABASE_URL":
        del os.environ[name]
os.environ["BROADSHEET_HOME"] = _home
os.environ["BROADSHEET_SECRET_KEY"] = "a key for tests only"
(Path(_home) / "static").mkdir()
# Not in pyproject.toml: pytest-django would read the settings before this file, and use ``var``.
os.environ["DJANGO_SETTINGS_MODULE"] = "broadsheet.settings"
assert Path(_home) == django_settings.PLANT.home
# Nor in the environment of the workers, which come through here themselves.
del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(autouse=True)
def _plain_static_names(settings: Any) -> None:
    """Static files keep their plain names, so that no test must collect them first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(scope="session")
def lantern(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Lantern]:
    """A whole demo newspaper, served by its own processes, for every journey and attack.

    It is made once for all test processes, and each serves a copy. ``LANTERN_HOME`` names a
    finished one, of a copy of which the web alone is served: who starts many saves time.
    """
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-journey-"))
    home = folder / "home"
    if made := os.environ.get("LANTERN_HOME"):
        shutil.copytree(made, home)
        serving = serve_made(home, free_port())
    elif worker_id == "master":
        home.mkdir()
        serving = serve_demo(home, free_port())
    else:
        shutil.copytree(_make_demo_once(tmp_path_factory.getbasetemp().parent), home)
        serving = serve_demo(home, free_port())
    with serving as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


def _make_demo_once(shared: Path) -> Path:
    """A finished demo in the folder that all test processes of one run share."""
    home, done = shared / "demo", shared / "demo.made"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            with serve_demo(home, free_port()):
                pass
            done.touch()
    return home


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    """A bank of its own for each module that sells something."""
    with open_for_business(tmp_path_factory.mktemp("bank")) as running:
        yield running


@pytest.fixture
def redis_url(_redis_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Redis for one test, empty at first and waited for a while on a busy machine."""
    monkeypatch.setattr("broadsheet.counters.resp.ANSWER_SECONDS", 5.0)
    empty(_redis_url)
    return _redis_url


@pytest.fixture(scope="session")
def _redis_url(worker_id: str) -> Iterator[str]:
    """A database of the test command's Redis for each test process, or a Redis of our own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        number = int("".join(filter(str.isdigit, worker_id)) or 0)
        yield given.removesuffix("/0") + f"/{number}"
        return
    if find_server() is None:
        pytest.skip("no redis-server here: install it (Debian: apt-get install redis-server)")
    with serve_redis() as running:
        yield running.url


@pytest.fixture
def now() -> datetime:
    """The present instant to the second, for what asks a real bank."""
    return datetime.now(UTC).replace(microsecond=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys and attacks share one newspaper, so one worker runs them all."""
    for item in items:
        shares = {"journeys", "attacks"} & set(item.path.parts)
        if shares and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("lantern"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that commits ends with a flush; the next one finds again what migrations had made."""
    result = yield
    marker = item.get_closest_marker("django_db")
    if nextitem is not None and marker is not None and marker.kwargs.get("transaction"):
        from tests.factories.roots import put_back_roots

        with item.config.stash[blocking_manager_key].unblock():
            put_back_roots()
    return result
