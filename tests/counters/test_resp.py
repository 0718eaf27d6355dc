"""Redis' protocol against a peer that says what we put into its mouth."""

from __future__ import annotations

import socket
import threading

import pytest

from broadsheet.counters.resp import (
    Address,
    Broken,
    Connection,
    Refused,
    WrongAddress,
    pack,
    read_address,
)

pytestmark = pytest.mark.pure


def test_an_address_is_taken_apart():
    assert read_address("redis://cache.test") == Address("cache.test", 6379, "", "", "", 0, False)
    assert read_address("rediss://me:pass%2Fword@cache.test:6380/2") == Address(
        "cache.test", 6380, "", "me", "pass/word", 2, True
    )
    assert read_address("unix:///run/my%20redis.sock?db=3") == Address(
        "", 6379, "/run/my redis.sock", "", "", 3, False
    )
    assert read_address("unix://:word@/run/redis.sock").password == "word"


@pytest.mark.parametrize(
    "url",
    [
        "cache.test:6379",
        "http://cache.test",
        "redis://",
        "redis://cache.test/x",
        "redis://cache.test:port",
        "unix://",
        "unix:///run/redis.sock?db=x",
    ],
)
def test_what_cannot_be_an_address_is_refused(url):
    with pytest.raises(WrongAddress, match="cannot be read; write it as redis://"):
        read_address(url)


def test_a_password_is_not_shown():
    address = read_address("redis://me:a-secret@cache.test/0")
    assert (str(address), repr(address)) == ("cache.test:6379", "Address(cache.test:6379)")


def test_a_command_is_packed_with_its_lengths():
    assert pack("GET", "kärnten", b"\x00\r\n") == (
        b"*3\r\n$3\r\nGET\r\n$8\r\nk\xc3\xa4rnten\r\n$3\r\n\x00\r\n\r\n"
    )


@pytest.fixture
def say(tmp_path):
    """Have a peer answer the one question that comes with these pieces, one after another."""
    threads = []

    def answer(*pieces, hold=None):
        path = str(tmp_path / f"{len(threads)}.sock")
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen(1)

        def serve():
            with server, server.accept()[0] as peer:
                peer.recv(1000)
                for piece in pieces:
                    peer.sendall(piece)
                    if len(pieces) > 1:
                        seen.wait(0.01)
                if hold:
                    hold.wait(10)

        seen = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return Connection(read_address(f"unix://{path}"))

    yield answer
    for thread in threads:
        thread.join(10)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b":42\r\n", 42),
        (b"$3\r\na\r\n\r\n", b"a\r\n"),
        (b"$0\r\n\r\n", b""),
        (b"$-1\r\n", None),
        (b"+PONG\r\n", b"PONG"),
        (b"*3\r\n$1\r\na\r\n$-1\r\n*1\r\n:1\r\n", [b"a", None, [1]]),
        (b"*0\r\n", []),
    ],
)
def test_each_kind_of_answer_is_heard_in_whatever_pieces(say, said, heard):
    for pieces in ((said,), (said[:1], said[1:]), (said[:-1], said[-1:])):
        connection = say(*pieces)
        assert connection.ask(b"x") == heard
        connection.close()


def test_an_error_is_a_refusal_with_its_code(say):
    connection = say(b"-WRONGTYPE Operation against a key\r\n")
    with pytest.raises(Refused, match="Operation against") as refused:
        connection.ask(b"x")
    assert refused.value.code == "WRONGTYPE"
    connection.close()


@pytest.mark.parametrize(
    ("said", "why", "unheard"),
    [
        ((), "closed by Redis", True),
        ((b"$5\r\nab",), "in the middle of an answer", False),
        ((b":1\r\n:2\r\n",), "more answers than questions", False),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "what answers is no Redis", False),
        ((b":one\r\n",), "what answers is no Redis", False),
    ],
)
def test_a_connection_that_is_of_no_use_any_more(say, said, why, unheard):
    connection = say(*said)
    with pytest.raises(Broken, match=why) as broken:
        connection.ask(b"x")
    assert broken.value.unheard is unheard
    connection.close()


def test_a_peer_that_says_nothing_is_not_waited_for(say):
    done = threading.Event()
    connection = say(hold=done)
    with pytest.raises(Broken, match="no answer within 0.25 s") as broken:
        connection.ask(b"x")
    assert not broken.value.unheard
    done.set()
    connection.close()


def test_nobody_there(tmp_path):
    with pytest.raises(Broken, match=r"nobody\.sock: .*No such file"):
        Connection(read_address(f"unix://{tmp_path}/nobody.sock"))
    with pytest.raises(Broken, match=r"127\.0\.0\.1:1: "):
        Connection(read_address("redis://127.0.0.1:1"))


def test_a_peer_that_speaks_no_tls_is_no_use(say, tmp_path):
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def serve():
        with server, server.accept()[0] as peer:
            peer.recv(1000)
            peer.sendall(b"-ERR no TLS here\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(Broken, match=f"127.0.0.1:{port}: "):
        Connection(read_address(f"rediss://127.0.0.1:{port}"))
    thread.join(10)
