from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from broadsheet.plumbing.outbound import MOST_BYTES, NoAnswer, NotSent, call

pytestmark = pytest.mark.journey  # real sockets
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Said: yes\r\n\r\nhi"


@pytest.fixture
def peer() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Start a server that treats its one visitor as it is told; answers its address."""
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(treat: Callable[[socket.socket], None]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        opened.append(server)

        def serve() -> None:
            visitor, _ = server.accept()
            with visitor:
                treat(visitor)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join(5)
    for server in opened:
        server.close()


def test_a_whole_answer_whatever_its_status(peer: Callable[..., str]) -> None:
    asked: list[bytes] = []

    def treat(visitor: socket.socket) -> None:
        asked.append(visitor.recv(65536))
        visitor.sendall(OK.replace(b"200 OK", b"503 Down"))

    reply = call("POST", peer(treat) + "/v1?key=a", headers={"X-Key": "b"}, body=b"{}")
    assert (reply.status, reply.body, reply.headers["x-said"]) == (503, b"hi", "yes")
    assert asked[0].startswith(b"POST /v1?key=a HTTP/1.1\r\n")
    assert b"x-key: b\r\n" in asked[0].lower()


def test_redirects_are_answers(peer: Callable[..., str]) -> None:
    def treat(visitor: socket.socket) -> None:
        visitor.recv(65536)
        visitor.sendall(b"HTTP/1.1 303 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")

    reply = call("GET", peer(treat))
    assert (reply.status, reply.headers["location"]) == (303, "/x")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "ftp://127.0.0.1/", "http://[::1"],
)
def test_what_never_arrived_is_not_sent(url: str) -> None:
    with pytest.raises(NotSent):
        call("GET", url)


def test_a_failed_handshake_is_not_sent(peer: Callable[..., str]) -> None:
    def treat(visitor: socket.socket) -> None:
        visitor.recv(65536)
        visitor.sendall(b"no TLS here\r\n")

    with pytest.raises(NotSent):
        call("GET", peer(treat).replace("http:", "https:"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
        b"SMTP ready\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_BYTES + 1)
        + b"a" * (MOST_BYTES + 1),
    ],
)
def test_half_an_answer_is_no_answer(peer: Callable[..., str], answer: bytes) -> None:
    def treat(visitor: socket.socket) -> None:
        visitor.recv(65536)
        with contextlib.suppress(ConnectionError):
            visitor.sendall(answer)

    with pytest.raises(NoAnswer) as error:
        call("GET", peer(treat) + "/v1?key=secret")
    assert "secret" not in str(error.value)


def test_silence_is_no_answer(peer: Callable[..., str]) -> None:
    done = threading.Event()
    address = peer(lambda visitor: (visitor.recv(65536), done.wait(5)))
    with pytest.raises(NoAnswer):
        call("GET", address, answer_seconds=0.2)
    done.set()


def test_a_dripping_answer_is_given_up(peer: Callable[..., str]) -> None:
    done = threading.Event()

    def treat(visitor: socket.socket) -> None:
        visitor.recv(65536)
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while not done.wait(0.05):
                visitor.sendall(b"a")
        except ConnectionError:
            pass

    with pytest.raises(NoAnswer, match="too long"):
        call("GET", peer(treat), whole_seconds=0.3)
    done.set()
