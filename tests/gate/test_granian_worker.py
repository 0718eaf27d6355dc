from __future__ import annotations

import io
import sys
import threading
from types import SimpleNamespace

import pytest

from broadsheet.gate import granian_worker
from broadsheet.gate.granian_worker import (
    BUSY,
    CUT_SHORT,
    TOO_LARGE,
    TROUBLE,
    UPLOADS,
    Runner,
    install,
)
from broadsheet.gate.waiting import Later, be_patient

pytestmark = pytest.mark.pure
OK = (200, [("A", "b")])


class Proto:
    """granian's end of a request: what it was told, by which thread."""

    def __init__(self):
        self.told = threading.Event()
        self.answer = self.thread = None

    def response_bytes(self, status, headers, body):
        self.answer, self.thread = (status, headers, body), threading.current_thread().name
        self.told.set()

    def response_iter(self, status, headers, body):
        parts = list(body)
        body.close()
        self.response_bytes(status, headers, parts)


class Parts:
    """A body that streams and must be closed."""

    closed = False

    def __iter__(self):
        yield from (b"a", b"b")

    def close(self):
        self.closed = True


def site(environ, start_response):
    """/held is answered at once; the others must ask Django first."""
    path = environ["PATH_INFO"]
    if path != "/held":
        be_patient(for_story=path == "/story")
    if path == "/breaks":
        raise RuntimeError("broke")
    start_response("200 OK", [("A", "b")])
    if path == "/streams":
        return environ["parts"]
    return [environ["wsgi.input"].read(), b"!"] if path == "/reads" else [b"page"]


def ask(path, runner=None, **more):
    proto = Proto()
    scope = {"PATH_INFO": path, "wsgi.input": io.BytesIO(), **more}
    runner = runner or Runner(site)
    in_a_thread_of_its_own(lambda: runner(proto, scope))
    assert proto.told.wait(10)
    return proto


def in_a_thread_of_its_own(do):
    """The test's own may go on waiting."""
    thread = threading.Thread(target=do, name="granian")
    thread.start()
    thread.join(10)


@pytest.mark.parametrize(
    ("path", "where"), [("/held", "granian"), ("/story", "stories_0"), ("/page", "pages_0")]
)
def test_what_waits_for_django_waits_aside(path, where):
    proto = ask(path)
    assert (proto.answer, proto.thread) == ((*OK, b"page"), where)


def test_a_held_story_is_answered_while_every_other_thread_waits():
    may_go_on = threading.Event()

    def slow(environ, start_response):
        if environ["PATH_INFO"] != "/held":
            be_patient(for_story=False)
            may_go_on.wait(10)
        return site({**environ, "PATH_INFO": "/held"}, start_response)

    runner = Runner(slow)
    waiting = [Proto() for _ in range(granian_worker.FOR_PAGES + 5)]

    def ask_all():
        for proto in waiting:
            runner(proto, {"PATH_INFO": "/page", "wsgi.input": io.BytesIO()})

    in_a_thread_of_its_own(ask_all)
    assert ask("/held", runner).thread == "granian"
    assert not any(proto.told.is_set() for proto in waiting)
    may_go_on.set()
    assert all(proto.told.wait(10) for proto in waiting)


def test_a_streaming_answer_is_walked_and_closed():
    parts = Parts()
    assert ask("/streams", parts=parts).answer == (*OK, [b"a", b"b"])
    assert parts.closed


def test_a_body_is_taken_before_the_request_moves_on():
    length = granian_worker.IN_MEMORY + 1
    sent = {"wsgi.input": io.BytesIO(b"x" * length), "CONTENT_LENGTH": str(length)}
    assert ask("/reads", **sent).answer == (*OK, b"x" * length + b"!")
    unknown = {"wsgi.input": io.BytesIO(b"y"), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert ask("/reads", **unknown).answer == (*OK, b"y!")


def test_a_body_too_large_goes_nowhere(monkeypatch):
    monkeypatch.setattr(granian_worker, "LARGEST", 10)
    taken = io.BytesIO(b"x" * 11)
    assert ask("/reads", **{"wsgi.input": taken, "CONTENT_LENGTH": "11"}).answer == TOO_LARGE
    assert taken.tell() == 0
    unknown = {"wsgi.input": taken, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert ask("/reads", **unknown).answer == TOO_LARGE
    whole = {"wsgi.input": io.BytesIO(b"x" * 10), "CONTENT_LENGTH": "10"}
    assert ask("/reads", **whole).answer == (*OK, b"x" * 10 + b"!")


def test_a_body_that_ends_too_soon_goes_nowhere():
    sent = {"wsgi.input": io.BytesIO(b"xx"), "CONTENT_LENGTH": "3"}
    assert ask("/reads", **sent).answer == CUT_SHORT


def test_slow_uploads_leave_threads_for_stories():
    may_go_on = threading.Event()

    class Slow(io.BytesIO):
        def read(self, *size):
            may_go_on.wait(10)
            return super().read(*size)

    runner = Runner(site)
    slow = [Proto() for _ in range(UPLOADS)]
    threads = [
        threading.Thread(
            target=runner,
            args=(
                proto,
                {"PATH_INFO": "/reads", "wsgi.input": Slow(b"x"), "CONTENT_LENGTH": "1"},
            ),
        )
        for proto in slow
    ]
    for thread in threads:
        thread.start()
    while runner._uploads._value:
        pass
    assert ask("/reads", runner, CONTENT_LENGTH="1").answer == BUSY
    assert ask("/held", runner).answer == (*OK, b"page")
    may_go_on.set()
    assert all(proto.told.wait(10) for proto in slow)
    for thread in threads:
        thread.join()


def test_trouble_aside_is_answered_and_logged(caplog):
    assert ask("/breaks").answer == TROUBLE
    assert "/breaks could not be answered" in caplog.text


def test_where_no_granian_runs_nothing_is_installed(monkeypatch):
    monkeypatch.delitem(sys.modules, "granian.server.mp", raising=False)
    assert install(site) is False


def test_an_unknown_granian_is_left_alone(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "granian.server.mp", SimpleNamespace())
    assert install(site) is False
    assert "this granian is not known" in caplog.text


def test_granian_has_the_name_that_is_replaced(monkeypatch):
    from granian.server import mp

    monkeypatch.setattr(mp, "_wsgi_call_wrap", mp._wsgi_call_wrap)
    assert install(site) is True
    assert isinstance(mp._wsgi_call_wrap(site, {}, None), Runner)


def test_whoever_may_wait_is_told_nothing():
    be_patient(for_story=True)
    raised = []

    def answer_stories():
        granian_worker.answers_stories()
        with pytest.raises(Later) as later:
            be_patient(for_story=True)
        raised.append(later.value.for_story)

    in_a_thread_of_its_own(answer_stories)
    assert raised == [True]
