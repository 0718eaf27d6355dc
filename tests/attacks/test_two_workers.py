"""What the house promises while it is changed, ill-treated and stopped, with two web workers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.factories.attacker import plain, verdict
from tests.factories.demo import free_port
from tests.factories.second_house import await_answer, copy_house, serve_house

pytestmark = pytest.mark.journey
ENOUGH = 12
"""Fresh connections that reach both workers with all but certainty."""
SECOND = 1.5
"""The second that is promised, and half of one for a busy machine."""
PUBLISH = """
from broadsheet.apps.newsroom.models import Story
story = Story.objects.get(pk={pk})
story.{field} = {value!r}
story.save_revision().publish()
"""


@pytest.fixture(scope="module")
def house(lantern, tmp_path_factory):
    folder = tmp_path_factory.mktemp("second") / "home"
    copy_house(lantern.home, folder)
    window = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")).strftime("%Y-%m")
    (folder / "reads").mkdir()
    (folder / "reads" / f"{window}.lmdb").write_bytes(b"no store of reads at all" * 500)
    with serve_house(folder, free_port()) as served:
        yield served
    shutil.rmtree(folder, ignore_errors=True)


def await_everywhere(address: str, holds: Callable[[httpx.Response], bool]) -> float:
    """Ask until every worker answers as it should; when the last wrong answer was asked for."""
    began = time.monotonic()
    last_wrong, right = 0.0, 0
    while right < ENOUGH:
        asked = time.monotonic() - began
        page = httpx.get(address)
        if holds(page):
            right += 1
        else:
            last_wrong, right = asked, 0
            assert asked < 10, (page.status_code, verdict(page))
    return last_wrong


def number_of(path: str) -> int:
    return int(path.strip("/").rpartition("-")[2])


def test_a_spoilt_store_is_set_aside_with_a_line_in_the_log(house, by_access):
    answer = httpx.get(house.address + by_access["metered"][0])
    assert verdict(answer) == "full; reason=within-allowance; used=1; limit=5"
    names = [path.name.partition(".lmdb")[2] for path in (house.home / "reads").iterdir()]
    assert names.count(".spoilt-1") == 1
    assert house.log.read_text().count("set aside as") == 1


def test_an_edit_a_new_access_and_a_kill_reach_every_worker_within_a_second(house, by_access):
    path = by_access["metered"][3]
    address, pk = house.address + path, number_of(path)
    pages = [page for found in by_access.values() for page in found[:20] if page != path]

    def pages_that_print(words: str) -> list[str]:
        with ThreadPoolExecutor(4) as pool:
            texts = pool.map(lambda page: plain(httpx.get(house.address + page).text), pages)
            return [page for page, text in zip(pages, texts, strict=True) if words in text]

    old_headline = plain(re.search(r"<h1[^>]*>(.*?)</h1>", httpx.get(address).text, re.DOTALL)[1])
    for _ in range(ENOUGH):
        assert httpx.get(address).status_code == 200
    assert pages_that_print(old_headline)
    headline = "The ferries will not run tonight after all"
    house.at_the_desk(PUBLISH.format(pk=pk, field="headline", value=headline))
    assert await_everywhere(address, lambda page: headline in page.text) < SECOND
    house.at_the_desk(PUBLISH.format(pk=pk, field="access", value="premium"))
    needed = "preview; reason=premium-needed"
    assert await_everywhere(address, lambda page: verdict(page) == needed) < SECOND
    house.at_the_desk(PUBLISH.format(pk=pk, field="access", value="free"))
    free = "full; reason=free"
    assert await_everywhere(address, lambda page: verdict(page) == free) < SECOND
    assert pages_that_print(old_headline)
    house.at_the_desk(
        "from broadsheet.apps.newsroom.actions import kill_story\n"
        "from broadsheet.plumbing.clock import now\n"
        f"kill_story(story_id={pk}, note='It was wrong.', actor=None, now=now())"
    )
    assert await_everywhere(address, lambda page: page.status_code == 410) < SECOND
    assert pages_that_print(old_headline) == []


def test_a_killed_web_is_back_and_reads_that_cannot_be_counted_follow_the_setting(house, by_access):
    """The folder is no folder any more, which the workers meet when they open it anew."""
    metered, premium = by_access["metered"][5], by_access["premium"][0]
    reads, kept = house.home / "reads", house.home / "reads.kept"
    reads.rename(kept)
    reads.write_text("no folder")
    try:
        before = set(house.descendants())
        _kill_web(house)
        await_answer(house)
        assert set(house.descendants()) != before
        assert house.process.poll() is None
        uncounted = await_everywhere(house.address + metered, lambda page: "count" in verdict(page))
        assert uncounted < 5
        assert verdict(httpx.get(house.address + premium)) == "preview; reason=premium-needed"
    finally:
        reads.unlink()
        kept.rename(reads)
    counted = "full; reason=within-allowance; used=1; limit=5"
    assert await_everywhere(house.address + metered, lambda page: verdict(page) == counted) < 5
    log = house.log.read_text()
    assert "reads cannot be counted, the paper's setting decides" in log
    assert "reads are counted again" in log


def test_stopped_under_load_it_leaves_nothing(lantern, tmp_path, by_access):
    folder = tmp_path / "home"
    copy_house(lantern.home, folder)
    port = free_port()
    with serve_house(folder, port) as house:
        stopping = threading.Event()

        def load() -> None:
            while not stopping.is_set():
                try:
                    httpx.get(house.address + by_access["metered"][1], timeout=2)
                except httpx.HTTPError:
                    if house.process.poll() is not None:
                        return

        readers = [threading.Thread(target=load) for _ in range(4)]
        for reader in readers:
            reader.start()
        under = house.descendants()
        assert len(under) >= 4
        house.process.send_signal(signal.SIGTERM)
        assert house.process.wait(15) == 0
        stopping.set()
        for reader in readers:
            reader.join()
        left = [pid for pid in under if os.path.exists(f"/proc/{pid}/exe")]  # noqa: PTH110
        assert left == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(house.address + "/healthz")


def _kill_web(house) -> None:
    """Kill -9 for every process that serves pages."""
    for pid in house.descendants():
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            command = file.read()
        if b"granian" in command or b"broadsheet.wsgi" in command:
            os.kill(pid, signal.SIGKILL)
