"""What Django tells the gates of this host and, by a real Redis, of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadsheet.counters.resp import Connection, pack, read_address
from broadsheet.plumbing import gate_feed
from broadsheet.plumbing.gate_feed import (
    CannotTell,
    gate_folder,
    purge,
    write_licences,
    write_snapshot,
)
from broadsheet.protocol import feed

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.PLANT = replace(settings.PLANT, home=tmp_path)
    return tmp_path


@pytest.fixture
def redis(settings: Any, redis_url: str) -> Iterator[Connection]:
    settings.PLANT = replace(settings.PLANT, redis_url=redis_url)
    connection = Connection(read_address(redis_url))
    connection.ask(pack("FLUSHDB"))
    yield connection
    connection.close()


def read_log() -> list[list[str]]:
    lines = (gate_folder() / "changes.log").read_text().splitlines()
    return [json.loads(line)["purge"] for line in lines]


def test_a_purge_is_a_line_of_fifty_keys_at_most() -> None:
    purge([f"story:{number}" for number in range(120)])
    purge(["all"])
    assert [len(keys) for keys in read_log()] == [50, 50, 20, 1]


def test_a_log_grown_too_long_begins_anew_with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_feed, "ROTATE_AT", 100)
    for number in range(6):
        purge([f"story:{number}" + "0" * 20])
    assert read_log()[0] == ["all"]


def test_a_snapshot_is_news_once(home: Path) -> None:
    assert [write_snapshot("one"), write_snapshot("one"), write_snapshot("two")] == [
        True,
        False,
        True,
    ]
    assert (home / "gate" / "snapshot.json").read_text() == "two"


def test_other_hosts_are_told_in_numbered_messages(redis: Connection, redis_url: str) -> None:
    from broadsheet.gate.channel import Subscription

    heard = Subscription(read_address(redis_url))
    assert heard.hear() is not None
    purge(["story:1", "front:home"])
    assert write_snapshot("{}")
    purge([f"story:{number}" for number in range(51)])
    told = [feed.read_message(_next(heard)) for _ in range(4)]
    heard.close()
    assert [count for count, _keys in told] == [1, 2, 3, 4]
    assert [keys and len(keys) for _count, keys in told] == [2, None, 50, 1]
    assert redis.ask(pack("GET", feed.SNAPSHOT)) == b"{}"


def _next(heard: Any) -> bytes:
    while (said := heard.hear()) is None:
        pass
    return said[2]


def test_licences_are_a_document_of_their_own(redis: Connection, home: Path) -> None:
    assert (write_licences("{}"), write_licences("{}")) == (True, False)
    assert (home / "gate" / "licences.json").read_text() == "{}"
    assert not (home / "gate" / "snapshot.json").exists()
    assert redis.ask(pack("GET", feed.LICENCES)) == b"{}"
    assert redis.ask(pack("GET", feed.SNAPSHOT)) is None


def test_a_redis_that_lost_the_snapshot_gets_it_again(redis: Connection) -> None:
    assert write_snapshot("{}")
    assert not write_snapshot("{}")
    redis.ask(pack("FLUSHDB"))
    assert write_snapshot("{}")
    assert redis.ask(pack("GET", feed.SNAPSHOT)) == b"{}"


def test_without_its_redis_this_host_is_told_all_the_same(settings: Any, home: Path) -> None:
    settings.PLANT = replace(settings.PLANT, redis_url="redis://127.0.0.1:1")
    with pytest.raises(CannotTell, match="other hosts were not told: 127.0.0.1:1"):
        purge(["story:1"])
    with pytest.raises(CannotTell):
        write_snapshot("one")
    assert read_log() == [["story:1"]]
    assert (home / "gate" / "snapshot.json").read_text() == "one"
