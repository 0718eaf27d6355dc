"""Django behind a socket, here a small HTTP server on the same Unix socket that granian would use."""

from __future__ import annotations

import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer

import pytest

from broadsheet.gate.connections import CannotReach, Connections
from broadsheet.gate.over_http import OverHttp
from broadsheet.gate.upstream import PLAIN_UNAVAILABLE, Answer
from broadsheet.protocol.handover import HEADER, Handover, read_handover

pytestmark = pytest.mark.journey
KEY = b"k" * 32
LONG = b"x" * 200_000


class Behind(BaseHTTPRequestHandler):
    """Answers by path; what it was asked is kept on the server."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        self.client_address = ("unix", 0)
        super().handle_one_request()

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.seen.append((self.command, self.path, dict(self.headers.items())))
        getattr(self, f"answer_{self.path.strip('/').partition('?')[0]}", self.answer_page)()

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self):
        length = self.headers["Content-Length"]
        body = self.rfile.read(int(length)) if length else self.read_chunks()
        self.server.seen.append((self.command, self.path, dict(self.headers.items())))
        self.server.bodies.append(body)
        getattr(self, f"answer_{self.path.strip('/')}", self.answer_page)()

    def read_chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def say(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_page(self):
        body = b"" if self.command == "HEAD" else b"page"
        self.say(200, [("Content-Length", "4"), ("X-One", "1"), ("Set-Cookie", "a=b")], body)

    def answer_long(self):
        self.say(200, [("Content-Length", str(len(LONG)))], LONG)

    def answer_chunked(self):
        self.say(200, [("Transfer-Encoding", "chunked")], b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    def answer_short(self):
        self.say(200, [("Content-Length", "9")], b"only")
        self.close_connection = True

    def answer_cut(self):
        self.say(200, [("Content-Length", str(len(LONG)))], LONG[:100_000])
        self.close_connection = True

    def answer_closes(self):
        self.say(
            200, [("Content-Length", "2"), ("Connection", "close, X-Two"), ("X-Two", "2")], b"ok"
        )
        self.close_connection = True

    def answer_breaks(self):
        self.close_connection = True

    def answer_breaks_once(self):
        if len(self.server.seen) > 2:
            self.answer_page()
        else:
            self.close_connection = True

    def answer_waits(self):
        self.server.waiting.set()
        self.server.may_go_on.wait(10)
        self.answer_page()


class Server(ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path):
        self.seen, self.bodies, self.opened = [], [], 0
        self.waiting, self.may_go_on = threading.Event(), threading.Event()
        super().__init__(str(path), Behind)

    def process_request(self, request, client_address):
        self.opened += 1
        super().process_request(request, client_address)

    def handle_error(self, *_):
        pass


@pytest.fixture
def behind(tmp_path):
    with Server(tmp_path / "s") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.may_go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def upstream(tmp_path, behind):
    connections = Connections(f"unix:{tmp_path / 's'}", patience=0)
    yield OverHttp("", key=KEY, origin="https://paper.test", places=2, connections=connections)
    connections.close()


def forward(upstream, path="/page/", method="GET", **environ):
    started = []
    body = upstream.forward(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "203.0.113.9",
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
            "HTTP_HOST": "paper.test",
            **environ,
        },
        lambda status, headers: started.append((status, headers)),
    )
    return (*started[0], body)


def test_a_request_goes_on_as_the_reader_made_it(upstream, behind):
    status, headers, body = forward(
        upstream,
        "/a b/\xc3\xa9%/",
        QUERY_STRING="q=%20x&\xe0\xa4\x95[]",
        HTTP_ACCEPT_ENCODING="br",
        HTTP_COOKIE="a=1; b=2",
        HTTP_BROADSHEET_HANDOVER="forged",
        HTTP_CONNECTION="keep-alive, X-Mine",
        HTTP_X_MINE="1",
        HTTP_TE="trailers",
        HTTP_EXPECT="100-continue",
        CONTENT_TYPE="",
    )
    assert (status, b"".join(body)) == ("200 OK", b"page")
    assert headers == [("Content-Length", "4"), ("X-One", "1"), ("Set-Cookie", "a=b")]
    ((method, target, sent),) = behind.seen
    assert (method, target) == ("GET", "/a%20b/%C3%A9%25/?q=%20x&%E0%A4%95[]")
    said = read_handover(KEY, sent.pop(HEADER), "/a b/\xc3\xa9%/")
    assert said == Handover("203.0.113.9", "https")
    assert sent == {"Host": "paper.test", "Accept-Encoding": "br", "Cookie": "a=1; b=2"}


def test_the_gate_asks_as_itself(upstream, behind):
    answer = upstream.fetch("/page/", key="broadsheet.rendition", value="{}")
    assert answer == Answer(
        200, [("Content-Length", "4"), ("X-One", "1"), ("Set-Cookie", "a=b")], b"page"
    )
    upstream.fetch("/page/", key="broadsheet.pass", value="1", cookie="bs_session=s")
    (_, _, first), (_, _, second) = behind.seen
    said = read_handover(KEY, first.pop(HEADER), "/page/")
    assert said == Handover("127.0.0.1", "https", "broadsheet.rendition", "{}")
    assert first == {"Host": "paper.test"}
    assert second["Cookie"] == "bs_session=s"
    assert behind.opened == 1


def test_bodies_go_both_ways_in_blocks(upstream, behind):
    _, headers, body = forward(
        upstream,
        "/long/",
        "POST",
        CONTENT_LENGTH="150000",
        CONTENT_TYPE="text/plain",
        **{"wsgi.input": io.BytesIO(LONG)},
    )
    blocks = list(body)
    assert b"".join(blocks) == LONG
    assert max(map(len, blocks)) <= 65_536
    assert behind.bodies == [LONG[:150_000]]
    assert behind.seen[0][2]["Content-Type"] == "text/plain"
    assert headers == [("Content-Length", "200000")]
    _, headers, body = forward(upstream, "/chunked/")
    assert (headers, b"".join(body)) == ([], b"abcde")
    assert b"".join(forward(upstream)[2]) == b"page"
    assert behind.opened == 1


def test_no_client_takes_the_length_off_its_body(upstream, behind):
    """Or what it sent as a body would be read behind the gate as the next request."""
    second = b"GET /second/ HTTP/1.1\r\nHost: paper.test\r\n\r\n"
    status, _, body = forward(
        upstream,
        "/page/",
        "POST",
        HTTP_CONNECTION="keep-alive, Content-Length, Content-Type, Host, X-Mine",
        HTTP_X_MINE="1",
        CONTENT_LENGTH=str(len(second)),
        CONTENT_TYPE="text/plain",
        **{"wsgi.input": io.BytesIO(second)},
    )
    assert (status, b"".join(body)) == ("200 OK", b"page")
    assert behind.bodies == [second]
    ((_, path, sent),) = behind.seen
    assert (path, sent["Host"], sent["Content-Type"]) == ("/page/", "paper.test", "text/plain")
    assert "X-Mine" not in sent


def test_a_body_of_unknown_length_goes_on_in_chunks(upstream, behind):
    unknown = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(LONG)}
    assert b"".join(forward(upstream, "/page/", "POST", **unknown)[2]) == b"page"
    assert behind.bodies == [LONG]


def test_head_has_the_length_of_the_page_and_no_body(upstream, behind):
    status, headers, body = forward(upstream, method="HEAD")
    assert (status, headers[0], b"".join(body)) == ("200 OK", ("Content-Length", "4"), b"")
    assert b"".join(forward(upstream)[2]) == b"page"
    assert behind.opened == 1


def test_a_connection_that_was_closed_is_not_used_again(upstream, behind):
    _, headers, body = forward(upstream, "/closes/")
    assert (headers, b"".join(body)) == ([("Content-Length", "2")], b"ok")
    assert b"".join(forward(upstream)[2]) == b"page"
    assert behind.opened == 2


def test_reading_is_tried_again_once_and_writing_never(upstream, behind):
    assert forward(upstream)[0] == "200 OK"
    assert forward(upstream, "/breaks_once/")[0] == "200 OK"
    assert [path for _, path, _ in behind.seen] == ["/page/", "/breaks_once/", "/breaks_once/"]
    status, _, body = forward(
        upstream, "/breaks/", "POST", CONTENT_LENGTH="1", **{"wsgi.input": io.BytesIO(b"1")}
    )
    assert (status, b"".join(body)) == ("502 Bad Gateway", PLAIN_UNAVAILABLE)
    assert behind.bodies == [b"1"]


def test_an_answer_that_breaks_off_is_no_answer(upstream):
    assert forward(upstream, "/breaks/")[0] == "502 Bad Gateway"
    assert forward(upstream, "/short/")[0] == "502 Bad Gateway"
    assert upstream.fetch("/short/", key="broadsheet.pass", value="1") == Answer(502, [], b"")
    assert upstream.fetch("/cut/", key="broadsheet.pass", value="1") == Answer(502, [], b"")
    _, _, body = forward(upstream, "/cut/")
    with pytest.raises(Exception, match="IncompleteRead"):
        b"".join(body)
    assert forward(upstream)[0] == "200 OK"


def test_one_that_lets_us_wait_is_given_up(upstream, monkeypatch):
    monkeypatch.setattr("broadsheet.gate.over_http.FORWARD_SECONDS", 0.05)
    assert forward(upstream, "/waits/")[0] == "504 Gateway Timeout"


def test_where_nobody_answers_the_papers_own_page_stands(tmp_path):
    upstream = OverHttp(
        "",
        key=KEY,
        unavailable=lambda: b"typeset",
        connections=Connections(f"unix:{tmp_path / 'nobody'}", patience=0),
    )
    status, headers, body = forward(upstream)
    assert (status, body) == ("503 Service Unavailable", [b"typeset"])
    assert ("Retry-After", "5") in headers
    assert upstream.fetch("/", key="broadsheet.pass", value="1") == Answer(503, [], b"")
    assert upstream.get_unavailable_page() == b"typeset"


def test_a_server_that_starts_again_is_waited_for(tmp_path):
    connections = Connections(f"unix:{tmp_path / 's'}", patience=10)
    upstream = OverHttp("", key=KEY, connections=connections)
    started: list[str] = []
    asking = threading.Thread(target=lambda: started.append(forward(upstream)[0]))
    asking.start()
    with Server(tmp_path / "s") as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        asking.join(10)
        server.shutdown()
        serving.join()
    connections.close()
    assert started == ["200 OK"]


def test_places_are_few_and_come_back(upstream, behind):
    first = forward(upstream, "/long/")[2]
    other = threading.Thread(target=lambda: forward(upstream, "/waits/"))
    other.start()
    assert behind.waiting.wait(10)
    status, headers, body = forward(upstream)
    assert (status, b"".join(body)) == ("503 Service Unavailable", PLAIN_UNAVAILABLE)
    assert ("Retry-After", "1") in headers
    assert upstream.fetch("/", key="broadsheet.pass", value="1") == Answer(503, [], b"")
    behind.may_go_on.set()
    other.join(10)
    first.close()
    for _ in range(5):
        assert forward(upstream)[0] == "200 OK"


def test_a_reader_who_goes_away_costs_a_connection_and_no_place(upstream, behind):
    for _ in range(3):
        blocks = iter(forward(upstream, "/long/")[2])
        next(blocks)
        blocks.close()
    assert b"".join(forward(upstream)[2]) == b"page"
    last = time.monotonic() + 10
    while behind.opened < 4 and time.monotonic() < last:
        pass
    assert behind.opened == 4


def test_a_host_and_port_will_do():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        connection = Connections(address, patience=0).take(1)
        assert connection.sock.getpeername() == server.getsockname()
        connection.close()
    with pytest.raises(CannotReach, match="refused"):
        Connections(address, patience=0).take(1)
