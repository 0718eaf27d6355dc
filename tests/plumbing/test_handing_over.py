from __future__ import annotations

import pytest

from broadsheet.plumbing.handing_over import REFUSAL, FromTheGate
from broadsheet.protocol.handover import ENVIRON_HEADER, Handover, write_handover
from broadsheet.protocol.reader_pass import ENVIRON_KEY

pytestmark = pytest.mark.pure
KEY = b"k" * 32


class Site:
    """Django, as far as these tests go."""

    def __init__(self):
        self.seen = []

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        start_response("200 OK", [])
        return [b"a page"]


def ask(site: Site, said: str, **more: str):
    started = []
    environ = {"PATH_INFO": "/a/", "REMOTE_ADDR": "", "wsgi.url_scheme": "http", **more}
    if said:
        environ[ENVIRON_HEADER] = said
    body = FromTheGate(site, key=KEY)(environ, lambda *answer: started.append(answer))
    return started[0][0], b"".join(body)


@pytest.mark.parametrize("said", ["", "nonsense", "0123.{}"])
def test_nobody_but_the_gate_is_answered(said):
    site = Site()
    assert ask(site, said) == ("403 Forbidden", REFUSAL)
    assert site.seen == []


def test_a_request_for_another_path_is_refused():
    site = Site()
    said = write_handover(KEY, Handover("", "http"), "/b/")
    assert ask(site, said)[0] == "403 Forbidden"
    assert site.seen == []


def test_django_sees_the_reader_and_not_the_gate():
    site = Site()
    said = write_handover(KEY, Handover("203.0.113.9", "https"), "/a/")
    assert ask(site, said, HTTP_HOST="paper.example") == ("200 OK", b"a page")
    assert site.seen == [
        {
            "PATH_INFO": "/a/",
            "REMOTE_ADDR": "203.0.113.9",
            "wsgi.url_scheme": "https",
            "HTTP_HOST": "paper.example",
            "SERVER_NAME": "paper.example",
            "SERVER_PORT": "443",
        }
    ]


def test_what_the_gate_asks_for_itself_stands_in_the_environ():
    site = Site()
    said = write_handover(KEY, Handover("127.0.0.1", "http", ENVIRON_KEY, "1"), "/a/")
    ask(site, said, HTTP_HOST="127.0.0.1:8123")
    (environ,) = site.seen
    assert (environ[ENVIRON_KEY], environ["SERVER_PORT"]) == ("1", "8123")
    assert ENVIRON_HEADER not in environ
