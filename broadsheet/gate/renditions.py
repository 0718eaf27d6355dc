"""Full and preview pages of stories: fetched once, compressed once, kept in memory, purged.

A rendition is the same bytes for every reader of its variant, so an answer that could hold
anything of one reader (a cookie, a page varying by cookie, a form's secret) is refused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2s
from heapq import nsmallest
from typing import TYPE_CHECKING
from urllib.parse import unquote
from weakref import WeakValueDictionary

from broadsheet.domain.meter import Outcome
from broadsheet.gate.codings import CODINGS, GZIP, PLAIN, press, unpack
from broadsheet.gate.metrics import count
from broadsheet.gate.waiting import be_patient
from broadsheet.protocol.rendition import (
    ENVIRON_KEY,
    FACTS_HEADER,
    RenditionRequest,
    StoryFacts,
    Unreadable,
    story_key,
)

if TYPE_CHECKING:
    from broadsheet.gate.answers import Audience, Rule, Served
    from broadsheet.gate.upstream import Answer, Headers, Upstream

log = logging.getLogger(__name__)
OK = 200
CSRF_FIELD = b"csrfmiddlewaretoken"
OWN_HEADERS = frozenset(
    {
        "broadsheet-story",
        "broadsheet-verdict",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "etag",
        "expires",
        "last-modified",
        "server",
        "vary",
    }
)
"""Headers of a rendition that the gate writes itself, or that have no meaning outside."""
KEPT_SECONDS = 300.0
DROPPED_AT_ONCE = 32
"""One story in so many goes when room is needed."""
BESIDE = 4_000
"""Bytes that a rendition takes beside its pages, as measured: headers, facts, verdicts."""
OF_EVERY_STORY = (("Cache-Control", "private, no-cache"), ("Vary", "Cookie, Accept-Encoding"))
READY_HELD = 64
"""Verdicts for which one story is kept ready; in rolling windows there could be hundreds."""


@lru_cache(maxsize=1_024)
def _share(name: str, value: str) -> tuple[str, str]:
    """The same pair for the same header: nearly all are alike on every page."""
    return name, value


class NoStory(Exception):  # noqa: N818
    """The upstream has no story page at this address; its own answer is for the reader."""


class RenditionRefused(Exception):  # noqa: N818
    """The upstream's page cannot be shown to everybody, or there is none just now."""


class StoryChanged(Exception):  # noqa: N818
    """The story's access class changed after the verdict; decide again."""


class Rendition:
    """One variant's bytes, with the headers all its readers get.

    The page is held as it came until somebody asks for it in one of ``CODINGS``, from then on in
    those that were asked for: nearly every browser takes the same one. ``codings`` are the headers
    and the body that go with each. The plain one has no body: hardly any client takes no coding at
    all, and a plain page is larger than both others together, so it is unpacked for whoever asks.
    """

    __slots__ = ("_etag", "_held", "_length", "codings", "headers", "size", "story_id")

    def __init__(self, story_id: int, answer: Answer, etag: str) -> None:
        self.story_id = story_id
        self.codings: list[tuple[Headers, list[bytes]] | None] = [None] * len(CODINGS)
        self.headers = [
            _share(name, value) for name, value in answer.headers if name.lower() not in OWN_HEADERS
        ]
        self._etag = etag
        self._held = (answer.body, CODINGS[PLAIN])
        self._length = len(answer.body)
        self.size = self._length + BESIDE

    def hold(self, coding: int) -> int:
        """Have the page ready in one of ``CODINGS``; how many bytes more (or fewer) are held."""
        before, held = self.size, GZIP if coding == PLAIN else coding
        if self.codings[held] is None:
            packed = press(self.unpack(), CODINGS[held])
            self.codings[held] = (self._describe(held, len(packed)), [packed])
            self._held = (packed, CODINGS[held])
        if coding == PLAIN:
            self.codings[PLAIN] = (self._describe(PLAIN, self._length), [])
        self.size = BESIDE + sum(len(part) for one in self.codings if one for part in one[1])
        return self.size - before

    def unpack(self) -> bytes:
        """The page as it is."""
        return unpack(*self._held)

    def find_held(self, if_none_match: str) -> str | None:
        """The tag by which the browser already holds this page, so that none need be sent."""
        for coding in range(len(CODINGS)) if self._etag in if_none_match else ():
            etag = self.write_etag(coding)
            if etag in if_none_match:
                return etag
        return None

    def write_etag(self, coding: int) -> str:
        """The tag of the page in one of ``CODINGS``."""
        return f'"{self._etag}-{CODINGS[coding]}"' if CODINGS[coding] else f'"{self._etag}"'

    def _describe(self, coding: int, length: int) -> Headers:
        lines = [("Content-Length", str(length)), ("ETag", self.write_etag(coding))]
        return [_share("Content-Encoding", CODINGS[coding]), *lines] if CODINGS[coding] else lines


class Ready:
    """A rendition under one verdict: complete lists that a response needs only to name.

    ``answers`` are headers and body for each of ``CODINGS``, ``None`` until somebody asks for that
    coding; the plain one has no body: unpack it.
    """

    __slots__ = ("_verdict", "answers", "rendition")

    def __init__(self, rendition: Rendition, verdict: str) -> None:
        self.rendition = rendition
        self.answers: list[tuple[Headers, list[bytes]] | None] = [None] * len(CODINGS)
        self._verdict = ("Broadsheet-Verdict", verdict)

    def prepare(self, coding: int) -> tuple[Headers, list[bytes]] | None:
        """The answer in one coding, from now on ready; ``None`` if the rendition holds it not."""
        held = self.rendition.codings[coding]
        if held is not None:
            own, body = held
            headers = [*self.rendition.headers, *OF_EVERY_STORY, self._verdict, *own]
            self.answers[coding] = (headers, body)
        return self.answers[coding]


class Pages:
    """What is known of one story at its present version, with the variants fetched so far."""

    __slots__ = (
        "event",
        "facts",
        "full",
        "made_at",
        "path",
        "ready",
        "rules",
        "rules_until",
        "size",
        "used_at",
        "variants",
    )

    def __init__(self, facts: StoryFacts) -> None:
        self.facts = facts
        self.event = f'"story":{facts.id},"version":{facts.version}'
        self.path = unquote(facts.url).encode().decode("latin-1")
        self.variants: dict[RenditionRequest, Rendition] = {}
        self.full: dict[tuple[str, bool], Rendition] = {}
        self.ready: dict[Served, Ready] = {}
        self.rules: dict[Audience, Rule] = {}
        self.rules_until = float("inf")
        self.size = 0
        self.made_at = time.monotonic()
        self.used_at = time.time()

    def find_rule(self, audience: Audience, now: float) -> Rule:
        """The rule of this story for an audience, kept until the story's age changes it."""
        rule = self.rules.get(audience)
        if rule is None or now >= self.rules_until:
            if now >= self.rules_until:
                self.forget_verdicts()
            rule, until = audience.choose_rule(self.facts, now)
            self.rules_until = min(until, self.rules_until)
            self.rules[audience] = rule
        return rule

    def forget_verdicts(self) -> None:
        """Let go of what was prepared under policies that rule no more."""
        self.ready.clear()
        self.rules.clear()
        self.rules_until = float("inf")

    def add(self, request: RenditionRequest, rendition: Rendition) -> None:
        self.variants[request] = rendition
        if request.outcome == Outcome.FULL:
            self.full[request.language, request.advertising] = rendition
        self.size += rendition.size


class Renditions:
    """The pages of many stories, bounded by bytes; the longest unread go first."""

    def __init__(self, upstream: Upstream, *, etag_key: bytes, limit_bytes: int) -> None:
        self._upstream = upstream
        self._etag_key = etag_key
        self._limit = limit_bytes
        self._stories: dict[int, Pages] = {}
        self._paths: dict[str, Pages] = {}
        self._size = 0
        self._purges = 0
        self._keeping = threading.Lock()
        self._fetching: WeakValueDictionary[int, threading.Lock] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """Bytes of pages held."""
        return self._size

    def measure(self) -> dict[str, int]:
        """What is held, for the gate's figures."""
        return {"stories_held": len(self._stories), "page_bytes_held": self._size}

    def find_by_path(self, path: str) -> Pages | None:
        """The pages at a canonical address, if they are held."""
        return self._paths.get(path)

    def find(self, story_id: int) -> Pages | None:
        return self._stories.get(story_id)

    def fetch(self, story_id: int, path: str, request: RenditionRequest) -> Pages:
        """Make sure that one variant of a story is held. Raises ``NoStory``, ``RenditionRefused``.

        Requests for the same story wait for one fetch, and for no other story's.
        """
        be_patient(for_story=True)
        with self._find_lock(story_id):
            pages = self._stories.get(story_id)
            if pages is not None:
                if request in pages.variants:
                    return pages
                path = pages.path
            purges = self._purges
            answer = self._upstream.fetch(path, key=ENVIRON_KEY, value=request.encode())
            facts = self._check(answer, story_id, path)
            rendition = Rendition(story_id, answer, self._write_etag(facts, answer.body))
            count("pages_fetched_total").number += 1
            return self._keep(facts, request, rendition, purges)

    def _find_lock(self, story_id: int) -> threading.Lock:
        """The lock of whoever fetches this story; gone when nobody does."""
        with self._keeping:
            return self._fetching.setdefault(story_id, threading.Lock())

    def make_ready(self, pages: Pages, served: Served) -> Ready:
        """A story's page under one verdict.

        Raises ``NoStory``, ``RenditionRefused``, or ``StoryChanged`` when the verdict no longer
        fits the story.
        """
        request = served.request
        if request not in pages.variants:
            fresh = self.fetch(pages.facts.id, pages.path, request)
            if fresh.facts.access != pages.facts.access:
                raise StoryChanged(pages.path)
            pages = fresh
        if len(pages.ready) >= READY_HELD:
            pages.ready.clear()
        ready = pages.ready[served] = Ready(pages.variants[request], served.header)
        return ready

    def prepare(self, ready: Ready, coding: int) -> tuple[Headers, list[bytes]]:
        """A page under one verdict in one of ``CODINGS``, from now on ready."""
        while (answer := ready.prepare(coding)) is None:
            self._hold_coding(ready.rendition, coding)
        return answer

    def _hold_coding(self, rendition: Rendition, coding: int) -> None:
        with self._keeping:
            more = rendition.hold(coding)
            pages = self._stories.get(rendition.story_id)
            if pages is not None and rendition in pages.variants.values():
                pages.size += more
                self._size += more
                self._make_room(keep=rendition.story_id)

    def hold(self, pages: Pages, request: RenditionRequest) -> None:
        """Make sure that a variant can be had. Raises what ``make_ready`` raises."""
        fresh = self.fetch(pages.facts.id, pages.path, request)
        if fresh.facts.access != pages.facts.access:
            raise StoryChanged(pages.path)

    def purge(self, keys: Iterable[str]) -> None:
        """Forget these keys: ``story:ID``, or ``all``."""
        with self._keeping:
            self._purges += 1
            wanted = set(keys)
            for story_id in list(self._stories):
                if "all" in wanted or story_key(story_id) in wanted:
                    self._drop(story_id)

    def drop_stale(self, now: float) -> None:
        """Forget pages made before ``now`` (monotonic) by more than ``KEPT_SECONDS``.

        What is printed around a text (prices, other stories, the day) changes without a purge.
        """
        with self._keeping:
            for story_id, pages in list(self._stories.items()):
                if now - pages.made_at > KEPT_SECONDS:
                    self._drop(story_id)

    def forget_verdicts(self) -> None:
        """Let go of what was prepared for verdicts that cannot come again."""
        for pages in list(self._stories.values()):
            pages.forget_verdicts()

    def _check(self, answer: Answer, story_id: int, path: str) -> StoryFacts:
        if answer.status >= 500:  # noqa: PLR2004
            raise RenditionRefused(f"{path}: the upstream answered {answer.status}")
        headers: dict[str, str] = {}
        for name, value in answer.headers:
            headers[name.lower()] = f"{headers.get(name.lower(), '')} {value}".strip()
        if answer.status != OK or FACTS_HEADER.lower() not in headers:
            raise NoStory(path)
        try:
            facts = StoryFacts.decode(headers[FACTS_HEADER.lower()])
        except Unreadable as error:
            raise RenditionRefused(f"{path}: {error}") from error
        if facts.id != story_id:
            raise RenditionRefused(f"{path}: the upstream answered story {facts.id}")
        if "set-cookie" in headers:
            raise RenditionRefused(f"{path}: the rendition sets a cookie")
        vary = headers.get("vary", "").lower()
        if "cookie" in vary or "*" in vary:
            raise RenditionRefused(f"{path}: the rendition varies by cookie")
        if CSRF_FIELD in answer.body:
            raise RenditionRefused(f"{path}: the rendition holds a form's secret")
        return facts

    def _write_etag(self, facts: StoryFacts, body: bytes) -> str:
        digest = blake2s(body, key=self._etag_key, digest_size=8).hexdigest()
        return f"{facts.id}-{facts.version}-{digest}"

    def _keep(
        self, facts: StoryFacts, request: RenditionRequest, rendition: Rendition, purges: int
    ) -> Pages:
        """Hold what was fetched, unless something was purged meanwhile: then it may be stale."""
        with self._keeping:
            pages = self._stories.get(facts.id)
            stale = purges != self._purges
            if stale or pages is None or pages.facts != facts:
                if pages is not None and not stale:
                    self._drop(facts.id)
                pages = Pages(facts)
                if not stale:
                    self._stories[facts.id] = self._paths[pages.path] = pages
            pages.add(request, rendition)
            if not stale:
                self._size += rendition.size
                self._make_room(keep=facts.id)
            return pages

    def _make_room(self, *, keep: int) -> None:
        """Let the longest unread go, many at once where many are held: finding them takes a look
        at all.
        """
        while self._size > self._limit and len(self._stories) > 1:
            unread = nsmallest(
                max(1, len(self._stories) // DROPPED_AT_ONCE),
                (item for item in self._stories.items() if item[0] != keep),
                key=lambda item: item[1].used_at,
            )
            for story_id, _ in unread:
                self._drop(story_id)

    def _drop(self, story_id: int) -> None:
        pages = self._stories.pop(story_id)
        self._paths.pop(pages.path, None)
        self._size -= pages.size
