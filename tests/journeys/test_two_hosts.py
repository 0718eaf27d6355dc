"""One newspaper on two hosts: two home folders, one database, and a Redis between them.

What is done at one host's desk, the other's gate must show, though it sees neither the first one's
files nor its processes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import httpx
import pytest

from tests.factories.demo import Lantern, free_port
from tests.factories.redis_server import RunningRedis, find_server, serve_redis
from tests.factories.second_house import SecondHouse, copy_house, serve_house

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(find_server() is None, reason="no redis-server here"),
]
SECOND = 1.5
"""The second that is promised, and half of one for a busy machine."""
CORRECT = """
from broadsheet.apps.newsroom.models import Story
story = Story.objects.get(pk={pk})
story.headline = {headline!r}
story.save_revision().publish()
"""
ADOPT = """
from datetime import datetime, UTC
from broadsheet.apps.meter.actions import adopt_policy
now = datetime.now(UTC)
adopt_policy(anonymous_allowance=3, registered_allowance=6, message="That was all.", starts_at=now,
             actor="desk", now=now)
"""


@dataclass
class TwoHosts:
    first: SecondHouse
    second: SecondHouse
    redis: RunningRedis
    paths: list[str]

    def correct(self, path: str, headline: str) -> None:
        """Print another headline, at the first host's desk."""
        pk = int(path.strip("/").rpartition("-")[2])
        self.first.at_the_desk(CORRECT.format(pk=pk, headline=headline))


@pytest.fixture(scope="module")
def hosts(lantern: Lantern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHosts]:
    folder = tmp_path_factory.mktemp("hosts")
    for name in ("first", "second"):
        copy_house(lantern.home, folder / name)
    shared = folder / "first" / "main.sqlite3"
    (folder / "second" / "main.sqlite3").unlink()
    (folder / "second" / "main.sqlite3").symlink_to(shared)
    with closing(sqlite3.connect(shared)) as database:
        found = database.execute(
            "SELECT '/' || section.slug || '/' || story.slug || '-' || story.id || '/'"
            " FROM newsroom_story story JOIN newsroom_section section ON section.id = section_id"
            " WHERE live AND access = 'metered' ORDER BY story.id LIMIT 6"
        )
        paths = [path for (path,) in found]
    with ExitStack() as stack:
        redis = stack.enter_context(serve_redis())
        plant = {"BROADSHEET_REDIS_URL": redis.url}
        houses = [
            stack.enter_context(serve_house(folder / name, free_port(), workers=1, plant=plant))
            for name in ("first", "second")
        ]
        yield TwoHosts(*houses, redis, paths)


def await_page(url: str, holds: Callable[[httpx.Response], bool]) -> float:
    """Ask until the page is as it should be; the seconds that took."""
    began = time.monotonic()
    while True:
        asked = time.monotonic() - began
        if holds(httpx.get(url)):
            return asked
        assert asked < 30, url


def prints(words: str) -> Callable[[httpx.Response], bool]:
    return lambda page: words in page.text


def test_a_correction_at_one_host_is_on_the_other_within_a_second(hosts: TwoHosts) -> None:
    path = hosts.paths[0]
    for house in (hosts.first, hosts.second):
        assert "The ferries are late" not in httpx.get(house.address + path).text
    hosts.correct(path, "The ferries are late")
    for house in (hosts.first, hosts.second):
        assert await_page(house.address + path, prints("The ferries are late")) < SECOND


def test_a_policy_adopted_at_one_host_rules_on_the_other(hosts: TwoHosts) -> None:
    url = hosts.second.address + hosts.paths[1]
    assert httpx.get(url).headers["broadsheet-verdict"].endswith("limit=5")
    hosts.first.at_the_desk(ADOPT)
    took = await_page(url, lambda page: page.headers["broadsheet-verdict"].endswith("limit=3"))
    assert took < SECOND


def test_after_a_redis_that_died_nothing_stays_old_and_changes_flow_again(
    hosts: TwoHosts,
) -> None:
    before, after = hosts.paths[2:4]
    for path in (before, after):
        httpx.get(hosts.second.address + path)
    hosts.redis.end()
    hosts.correct(before, "Changed while nobody could say so")
    first = await_page(hosts.first.address + before, prints("Changed while nobody could say so"))
    assert first < SECOND
    assert "Changed while" not in httpx.get(hosts.second.address + before).text
    hosts.redis.begin()
    assert await_page(hosts.second.address + before, prints("Changed while")) < 3 * SECOND
    hosts.correct(after, "Heard again")
    assert await_page(hosts.second.address + after, prints("Heard again")) < SECOND
    log = hosts.second.log.read_text()
    assert log.count("changes on other hosts cannot be heard") == 1
    assert log.count("changes on other hosts are heard again") == 1
