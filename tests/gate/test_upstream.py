from __future__ import annotations

import pytest

from broadsheet.gate.upstream import PLAIN_UNAVAILABLE, Answer, InProcess

pytestmark = pytest.mark.pure


class Parts:
    """A body that must be closed."""

    def __init__(self, *parts):
        self.parts = parts
        self.closed = False

    def __iter__(self):
        yield from self.parts

    def close(self):
        self.closed = True


def test_the_gate_asks_as_itself():
    seen = []
    body = Parts(b"a", b"b")

    def site(environ, start_response):
        seen.append(environ)
        start_response("203 Odd", [("A", "b")])
        return body

    upstream = InProcess(site, origin="https://paper.test")
    assert upstream.fetch("/x/", key="broadsheet.k", value="v") == Answer(203, [("A", "b")], b"ab")
    assert body.closed
    (environ,) = seen
    assert {name: environ[name] for name in environ if name.startswith("HTTP_")} == {
        "HTTP_HOST": "paper.test"
    }
    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == ("https", "443")
    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["broadsheet.k"]) == (
        "GET",
        "/x/",
        "v",
    )
    assert environ["wsgi.input"].read() == b""


def test_a_cookie_goes_along_only_when_given():
    seen = []

    def site(environ, start_response):
        seen.append(environ.get("HTTP_COOKIE"))
        start_response("200 OK", [])
        return []

    upstream = InProcess(site, origin="http://127.0.0.1:8123")
    upstream.fetch("/", key="k", value="v", cookie="bs_session=s")
    upstream.fetch("/", key="k", value="v")
    assert seen == ["bs_session=s", None]


def test_a_body_is_closed_even_when_it_breaks():
    class Breaking(Parts):
        def __iter__(self):
            raise RuntimeError("broke")

    body = Breaking()

    def site(environ, start_response):
        start_response("200 OK", [])
        return body

    with pytest.raises(RuntimeError):
        InProcess(site).fetch("/", key="k", value="v")
    assert body.closed


def test_the_page_of_a_503_is_plain_or_the_papers():
    assert InProcess(lambda *_: []).get_unavailable_page() == PLAIN_UNAVAILABLE
    typeset = InProcess(lambda *_: [], unavailable=lambda: b"typeset")
    assert typeset.get_unavailable_page() == b"typeset"
