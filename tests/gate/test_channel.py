"""Changes told on other hosts, by a real Redis."""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time

import pytest

from broadsheet.counters.resp import Broken, Connection, WrongAddress, pack, read_address
from broadsheet.gate import channel
from broadsheet.gate.channel import Channel, Subscription
from broadsheet.gate.snapshot import Feed
from broadsheet.protocol import feed
from broadsheet.protocol.licences import LicenceInForce, Licences
from broadsheet.protocol.snapshot import Snapshot
from tests.factories.redis_server import find_server, serve_redis

pytestmark = [
    pytest.mark.pure,
    pytest.mark.skipif(find_server() is None, reason="no redis-server here"),
]
SECONDS = 10


@pytest.fixture
def redis():
    with serve_redis() as running:
        yield running


class Heard:
    """What a channel tells, to wait for."""

    def __init__(self, url):
        self.told = queue.Queue()
        self.channel = Channel(
            url,
            on_purge=self.told.put,
            on_snapshot=self.told.put,
            on_licences=self.told.put,
        )

    def next(self):
        return self.told.get(timeout=SECONDS)

    def is_quiet(self):
        return self.told.empty()


@pytest.fixture
def heard(redis):
    heard = Heard(redis.url)
    heard.channel.start()
    assert heard.next() == ["all"]
    yield heard
    heard.channel.stop()


def tell(redis, count, message):
    redis.ask("PUBLISH", feed.name_channel(0), f"{count} {message}")


def test_a_change_is_heard_within_a_second(redis, heard):
    began = time.monotonic()
    tell(redis, 1, feed.write_purge(["story:1", "front:home"]))
    assert heard.next() == ["story:1", "front:home"]
    assert time.monotonic() < began + 1
    tell(redis, 2, feed.write_purge(["story:2"]))
    assert heard.next() == ["story:2"]


def test_a_snapshot_travels_with_the_news_of_it(redis, heard):
    redis.ask("SET", feed.SNAPSHOT, Snapshot(mark="LN").encode())
    tell(redis, 1, feed.NEW_SNAPSHOT)
    assert heard.next().mark == "LN"


def test_licences_travel_with_the_news_of_them(redis, heard, caplog):
    told = Licences((LicenceInForce(7, frozenset({"premium"}), 1, 2),))
    redis.ask("SET", feed.LICENCES, told.encode())
    tell(redis, 1, feed.NEW_LICENCES)
    assert heard.next() == told
    redis.ask("SET", feed.LICENCES, "{")
    with caplog.at_level(logging.ERROR):
        tell(redis, 2, feed.NEW_LICENCES)
        tell(redis, 3, '{"purge":["story:1"]}')
        assert heard.next() == ["story:1"]
    assert "the licences in Redis cannot be read" in caplog.text


def test_who_comes_later_gets_the_snapshot_first(redis):
    redis.ask("SET", feed.SNAPSHOT, Snapshot(mark="LN").encode())
    heard = Heard(redis.url)
    heard.channel.start()
    assert heard.next().mark == "LN"
    assert heard.next() == ["all"]
    heard.channel.stop()


def test_a_missed_change_forgets_everything(redis, heard):
    tell(redis, 7, feed.write_purge(["story:1"]))
    assert heard.next() == ["story:1"]
    tell(redis, 9, feed.write_purge(["story:3"]))
    assert heard.next() == ["all"]
    tell(redis, 10, feed.write_purge(["story:4"]))
    assert heard.next() == ["story:4"]


def test_what_cannot_be_read_may_have_meant_anything(redis, heard, caplog):
    tell(redis, "one", "nonsense")
    assert heard.next() == ["all"]
    tell(redis, 5, feed.write_purge(["story:5"]))
    assert heard.next() == ["story:5"]
    assert ["no message of ours" in record.message for record in caplog.records] == [True]


def test_the_last_snapshot_stands_while_the_new_one_cannot_be_read(redis, heard, caplog):
    redis.ask("SET", feed.SNAPSHOT, "{")
    tell(redis, 1, feed.NEW_SNAPSHOT)
    tell(redis, 2, feed.write_purge(["story:1"]))
    assert heard.next() == ["story:1"]
    assert ["cannot be read" in record.message for record in caplog.records] == [True]


def test_after_a_redis_that_died_everything_is_forgotten_once_and_changes_flow_again(
    redis, heard, caplog
):
    with caplog.at_level(logging.WARNING):
        redis.end()
        redis.begin()
        assert heard.next() == ["all"]
    tell(redis, 1, feed.write_purge(["story:1"]))
    assert heard.next() == ["story:1"]
    assert heard.is_quiet()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_gate_may_begin_before_its_redis(caplog):
    with serve_redis() as redis:
        redis.end()
        heard = Heard(redis.url)
        heard.channel.start()
        redis.begin()
        assert heard.next() == ["all"]
        heard.channel.stop()


def test_another_newspapers_database_is_not_listened_to(redis, heard):
    redis.ask("PUBLISH", feed.name_channel(1), '1 {"purge":["story:1"]}')
    tell(redis, 1, feed.write_purge(["story:2"]))
    assert heard.next() == ["story:2"]


def test_a_listener_that_fails_begins_anew(redis, caplog):
    told = queue.Queue()

    def fail_once(keys):
        told.put(keys)
        if keys == ["story:1"]:
            raise RuntimeError("busy")

    listening = Channel(redis.url, on_purge=fail_once, on_snapshot=told.put)
    listening.start()
    assert told.get(timeout=SECONDS) == ["all"]
    tell(redis, 1, feed.write_purge(["story:1"]))
    assert told.get(timeout=SECONDS) == ["story:1"]
    assert told.get(timeout=SECONDS) == ["all"]
    listening.stop()


def test_a_redis_that_says_nothing_is_asked_and_then_left(redis, monkeypatch):
    """A host that vanished sends no farewell; only silence tells."""
    monkeypatch.setattr(channel, "ASK_SECONDS", 0.3)
    monkeypatch.setattr(channel, "SILENT_SECONDS", 1.2)
    heard = Heard(redis.url)
    heard.channel.start()
    assert heard.next() == ["all"]
    began = time.monotonic()
    while time.monotonic() < began + 2:
        assert heard.is_quiet()
        heard.channel._stop.wait(0.1)
    redis.ask("CLIENT", "PAUSE", "1500")
    assert heard.next() == ["all"]
    heard.channel.stop()


def test_what_is_no_redis_is_no_channel():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"redis://127.0.0.1:{server.getsockname()[1]}"
        subscription = Subscription(read_address(url))
        with pytest.raises(Broken, match="no Redis"):
            subscription.hear()
        subscription.close()


def test_a_wrong_address_is_refused_at_once():
    with pytest.raises(WrongAddress):
        Heard("http://cache.test/")


def test_a_gates_feed_listens_to_both_roads(redis, tmp_path):
    told = queue.Queue()
    both = Feed(tmp_path, on_purge=told.put, on_snapshot=told.put, redis_url=redis.url)
    both.start()
    assert told.get(timeout=SECONDS) == ["all"]
    (tmp_path / "changes.log").write_text('{"purge":["story:1"]}\n')
    assert told.get(timeout=SECONDS) == ["story:1"]
    redis.ask("SET", feed.SNAPSHOT, Snapshot(mark="LN").encode())
    tell(redis, 1, feed.NEW_SNAPSHOT)
    assert told.get(timeout=SECONDS).mark == "LN"
    tell(redis, 2, feed.write_purge(["story:2"]))
    assert told.get(timeout=SECONDS) == ["story:2"]
    both.stop()
    assert told.empty()


def test_many_messages_in_one_breath_are_all_heard(redis, heard):
    connection = Connection(read_address(redis.url))
    for count in range(1, 301):
        words = ("PUBLISH", feed.name_channel(0), f"{count} {feed.write_purge([f'story:{count}'])}")
        connection.ask(pack(*words))
    connection.close()
    assert [heard.next() for _ in range(300)] == [[f"story:{count}"] for count in range(1, 301)]


def test_a_connection_that_broke_is_of_no_use(redis):
    subscription = Subscription(read_address(redis.url))
    subscription.close()
    with pytest.raises(Broken):
        subscription.say(pack("PING"))
    with pytest.raises(Broken):
        subscription.hear()


def test_what_is_no_message_breaks_the_connection(redis):
    with pytest.raises(Broken, match="is no message"):
        Heard(redis.url).channel._take(7)


def test_a_channel_that_never_began_can_be_stopped(redis):
    Heard(redis.url).channel.stop()
