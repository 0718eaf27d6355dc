"""A stand-in newspaper behind the gate: a WSGI site that speaks the two messages of the protocol."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import threading
import time
from datetime import UTC, datetime
from http.cookies import SimpleCookie

import brotli
import pytest

from broadsheet.counters.embedded import EmbeddedStore
from broadsheet.domain.meter import WindowKind
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.gate.app import Gate
from broadsheet.gate.settings import GateSettings
from broadsheet.gate.upstream import InProcess
from broadsheet.protocol.reader_pass import hash_session
from broadsheet.protocol.rendition import RenditionRequest, StoryFacts
from broadsheet.protocol.snapshot import DatedPolicy, Snapshot

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
UNPACK = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
REST = "The rest of story {} is for readers who may read it."


class Site:
    """Stories by id, sessions by cookie; counts what it is asked for."""

    def __init__(self):
        self.stories: dict[int, StoryFacts] = {}
        self.sessions: dict[str, dict] = {}
        self.killed: set[int] = set()
        self.renditions: list[RenditionRequest] = []
        self.passes = 0
        self.extra: list[tuple[str, str]] = []
        self.page_headers: list[tuple[str, str]] = [("Content-Type", "text/html; charset=utf-8")]
        self.more_body = ""
        self.fails = False
        self.before_answer = lambda: None
        self.seen: list[dict] = []

    def add(self, story_id, access="metered", *, section="city", slug="story", version=1):
        self.stories[story_id] = StoryFacts(
            id=story_id,
            version=version,
            access=AccessClass(access),
            origin=Origin.STAFF,
            section=section,
            url=f"/{section}/{slug}-{story_id}/",
        )
        return self.stories[story_id].url

    def change(self, story_id, **fields):
        self.stories[story_id] = dataclasses.replace(self.stories[story_id], **fields)

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        if self.fails:
            start_response("500 Internal Server Error", [("Content-Type", "text/html")])
            return [b"broken"]
        path = environ["PATH_INFO"]
        if path == "/account/pass/":
            return self._pass(environ, start_response)
        story = re.fullmatch(r"/([^/]+)/[^/]*-([0-9]+)/", path)
        if story and int(story[2]) in self.killed:
            start_response("410 Gone", [("Content-Type", "text/html")])
            return [b"withdrawn"]
        if story and int(story[2]) in self.stories:
            return self._story(int(story[2]), environ, start_response)
        status = "200 OK" if path in {"/", "/account/meter/", "/desk/"} else "404 Not Found"
        start_response(status, [*self.page_headers, *self.extra])
        return iter([b"<h1>", path.encode("latin-1"), b"</h1>"])

    def _story(self, story_id, environ, start_response):
        facts = self.stories[story_id]
        request = None
        if "broadsheet.rendition" in environ:
            request = RenditionRequest.decode(environ["broadsheet.rendition"])
            self.renditions.append(request)
        full = request is not None and request.outcome == "full"
        text = f"<h1>Story {story_id} v{facts.version}</h1>"
        text += REST.format(story_id) if full else f"<section data-paywall>{request}</section>"
        self.before_answer()
        start_response(
            "200 OK",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", "default-src 'self'"),
                ("X-Content-Type-Options", "nosniff"),
                ("Broadsheet-Story", facts.encode()),
                *self.extra,
            ],
        )
        return [(text + self.more_body).encode()]

    def _pass(self, environ, start_response):
        assert environ["broadsheet.pass"] == "1"
        self.passes += 1
        session = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("bs_session")
        known = self.sessions.get(session.value if session else "", {})
        answer = {"reader": None, "kind": "", "benefits": [], "session": ""} | known
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def sign_in(self, cookie, reader, kind="registered", benefits=()):
        self.sessions[cookie] = {
            "reader": reader,
            "kind": kind,
            "benefits": list(benefits),
            "session": hash_session(cookie),
        }


class Page:
    """One answer, unpacked."""

    def __init__(self, status, headers, body):
        self.status = int(status[:3])
        self.headers = {name.lower(): value for name, value in headers}
        self.cookies = [value for name, value in headers if name == "Set-Cookie"]
        self.raw = body
        unpack = UNPACK[self.headers.get("content-encoding")] if body else bytes
        self.text = unpack(body).decode()
        self.verdict = self.headers.get("broadsheet-verdict")


class Browser:
    """A cookie jar before a gate, at an address."""

    address = "192.0.2.7"

    def __init__(self, gate, **jar):
        self.gate = gate
        self.jar = dict(jar)

    def get(self, path, *, method="GET", keep=True, query="", **headers):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.address,
            "HTTP_ACCEPT_ENCODING": "gzip",
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if self.jar:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self.jar.items())
        started = []
        parts = self.gate(environ, lambda status, lines: started.append((status, lines)))
        page = Page(*started[-1], b"".join(parts))
        if keep:
            for line in page.cookies:
                name, _, rest = line.partition("=")
                self.jar[name] = rest.partition(";")[0]
        return page


class Paper:
    """A gate before a site, with hands on its clock, its feed and its store."""

    def __init__(self, home):
        self.home = home
        self.site = Site()
        self.now = NOW
        self.settings = GateSettings(home=home, secret="a secret", origin="http://paper.test")
        self.store = EmbeddedStore(home / "reads")
        self.snapshot = Snapshot(
            mark="LN",
            zone_name="Asia/Kolkata",
            language="en",
            metered_when_store_is_down="open",
            policies=(
                DatedPolicy(
                    "M5",
                    5,
                    8,
                    WindowKind.CALENDAR_MONTH,
                    "m1",
                    datetime(2020, 1, 1, tzinfo=UTC),
                ),
            ),
        )
        self.publish()
        self.gate = self.open_gate()

    def open_gate(self, **options):
        return Gate(
            **{
                "settings": self.settings,
                "upstream": InProcess(self.site, origin=self.settings.origin),
                "store": self.store,
                "clock": lambda: self.now.timestamp(),  # noqa: PLW0108
                "background": False,
                **options,
            }
        )

    def publish(self, **fields):
        self.snapshot = dataclasses.replace(self.snapshot, **fields)
        (self.home / "gate").mkdir(exist_ok=True)
        fresh = self.home / "gate" / f"{time.monotonic_ns()}"
        fresh.write_text(self.snapshot.encode())
        fresh.replace(self.home / "gate" / "snapshot.json")

    def license(self, licences):
        """Tell the gate of licences, as Django does."""
        fresh = self.home / "gate" / f"{time.monotonic_ns()}"
        fresh.write_text(licences.encode())
        fresh.replace(self.home / "gate" / "licences.json")
        self.gate.feed.poll()

    def purge(self, *keys):
        with (self.home / "gate" / "changes.log").open("a") as log:
            log.write(json.dumps({"purge": keys}) + "\n")

    def browser(self, **jar):
        return Browser(self.gate, **jar)

    def add_stories(self, count, access="metered", first=1):
        return [self.site.add(number, access) for number in range(first, first + count)]

    def events(self):
        self.gate._spool.flush()
        lines = [
            line
            for path in sorted((self.home / "spool").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]
        return [json.loads(line) for line in lines]


@pytest.fixture
def paper(tmp_path):
    paper = Paper(tmp_path)
    yield paper
    paper.gate.close()


@pytest.fixture
def at_once():
    """Run one callable in many threads that start together; the answers in order of argument."""

    def run(deed, arguments):
        arguments = list(arguments)
        ready = threading.Barrier(len(arguments))
        answers = [None] * len(arguments)

        def one(place, argument):
            ready.wait(10)
            answers[place] = deed(argument)

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(arguments)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return answers

    return run
