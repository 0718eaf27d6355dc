"""The gate: the whole request, readable top to bottom.

① what is no story passes through ② who asks ③ the story's access ④ what was read in this window
⑤ the verdict ⑥ the full page or the preview ⑦ a meter event, after the response.
Only ⑤ decides and it decides by ``domain.meter`` alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from typing import Any

from broadsheet.counters.contract import ReadStore, StoreUnavailable
from broadsheet.counters.opening import open_reads
from broadsheet.domain.meter import Reads, Reason
from broadsheet.gate import metrics
from broadsheet.gate.answers import Period, Rule, Served, is_signed_in
from broadsheet.gate.codings import choose_coding
from broadsheet.gate.identity import Identity, Visitor
from broadsheet.gate.lending import is_lent
from broadsheet.gate.networks import Networks
from broadsheet.gate.renditions import (
    NoStory,
    Pages,
    Ready,
    RenditionRefused,
    Renditions,
    StoryChanged,
)
from broadsheet.gate.settings import GateSettings
from broadsheet.gate.snapshot import Feed
from broadsheet.gate.spool import Spool
from broadsheet.gate.upstream import Environ, Headers, StartResponse, Upstream, WsgiApp
from broadsheet.protocol import keys
from broadsheet.protocol.addresses import find_story_id
from broadsheet.protocol.cookies import PASS, SESSION, name_cookie
from broadsheet.protocol.rendition import FACTS_HEADER, READER
from broadsheet.protocol.snapshot import Snapshot

log = logging.getLogger(__name__)
READING = frozenset({"GET", "HEAD"})
HOUSE = ("/desk/", "/static/", "/media/", "/bank/")
"""Where staff or machines go; nobody is made a reader there."""
OF_A_BODY = frozenset({"Content-Encoding", "Content-Length", "Content-Type", "ETag"})
IDENTITY_COOKIES = tuple(
    name_cookie(name, secure=secure) + "=" for name in (PASS, SESSION) for secure in (False, True)
)
"""An answer that sets one of these is changing who the reader is; the next request will tell."""
_FACTS = FACTS_HEADER.lower()


class Elsewhere(Exception):  # noqa: N818
    """A request that is answered in one line."""

    def __init__(self, status: str, headers: Headers) -> None:
        super().__init__(status)
        self.status = status
        self.headers = [*headers, ("Content-Length", "0")]

    def answer(self, environ: Environ, start_response: StartResponse) -> list[bytes]:  # noqa: ARG002
        start_response(self.status, self.headers)
        return []

    @classmethod
    def at(cls, url: str, query: str) -> Elsewhere:
        """The story's canonical address; going there counts nothing."""
        location = f"{url}?{query}" if query else url
        return cls(
            "301 Moved Permanently", [("Location", location), ("Cache-Control", "max-age=60")]
        )


class Gate:
    """A WSGI program around ``upstream``. ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        *,
        settings: GateSettings,
        upstream: Upstream,
        store: ReadStore | None = None,
        clock: Callable[[], float] = time.time,
        background: bool = True,
    ) -> None:
        self._upstream = upstream
        self._store: ReadStore = store or open_reads(settings.reads, settings.redis_url)
        self._clock = clock
        self._trouble = ""
        self._pages = Renditions(
            upstream,
            etag_key=keys.derive_key(settings.secret, keys.ETAG),
            limit_bytes=settings.cache_bytes,
        )
        self._networks = Networks(settings, self._store)
        self._identity = Identity(settings, upstream, self._store, self._networks)
        self._spool = Spool(settings.spool, secret=settings.secret)
        self._metrics = metrics.Metrics(
            settings.metrics, token=settings.metrics_token, held=self._pages.measure
        )
        self._snapshot = Snapshot()
        self._period: Period | None = None
        self.feed = Feed(
            settings.feed,
            on_purge=self._forget,
            on_snapshot=self._take_snapshot,
            on_licences=self._networks.take_licences,
            on_poll=self._keep_house,
            redis_url=settings.redis_url,
        )
        self.feed.poll()
        if background:
            self.feed.start()
            self._spool.start()
            Finalize(None, self.close, exitpriority=1)  # atexit is not run in granian's workers

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READING:
            return self._pass_through(environ, start_response)
        now = self._clock()
        period = self._get_period(now)
        answer: WsgiApp
        try:
            path = environ["PATH_INFO"]
            pages = self._pages.find_by_path(path) or self._find_pages(path, period)
            if pages.path != path:
                raise Elsewhere.at(pages.facts.url, environ.get("QUERY_STRING", ""))
            visitor = self._identity.identify(environ, period, now)
            served = self._decide(environ, pages, visitor, now)
            ready = pages.ready.get(served) or self._pages.make_ready(pages, served)
            pages.used_at = now
        except NoStory:
            answer = self._pass_through
        except StoryChanged:
            answer = self.__call__
        except Elsewhere as elsewhere:
            answer = elsewhere.answer
        except RenditionRefused as refusal:
            log.error("%s", refusal)  # noqa: TRY400
            metrics.count("pages_refused_total").number += 1
            answer = self._answer_unavailable
        else:
            body = self._respond(environ, start_response, visitor, served, ready)
            if body:
                served.views.number += 1
                self._spool.note(now, pages, visitor.reader_key, served, visitor.licence)
            return body
        return answer(environ, start_response)

    def close(self) -> None:
        """Stop the background work and write what waits."""
        self.feed.stop()
        self._spool.stop()
        self._metrics.drop()
        self._networks.close()
        self._store.close()

    def _find_pages(self, path: str, period: Period) -> Pages:
        story_id = find_story_id(path)
        if story_id is None:
            raise NoStory(path)
        held = self._pages.find(story_id)
        return held or self._pages.fetch(story_id, path, period.anonymous.full)

    def _decide(self, environ: Environ, pages: Pages, visitor: Visitor, now: float) -> Served:
        rule = pages.find_rule(visitor.audience, now)
        served = rule.standing
        if visitor.lent and is_lent(visitor.lent, pages.facts, self._snapshot, now):
            return rule.get_exempt_unless_full(Reason.LENT)
        if visitor.is_stranger and self._networks.is_crawler(environ, self._snapshot):
            visitor.set_cookies = None
            return rule.get_exempt_unless_full(Reason.VERIFIED_CRAWLER)
        if served is None:
            served = self._count(environ, pages, visitor, rule, now)
        return served

    def _count(
        self, environ: Environ, pages: Pages, visitor: Visitor, rule: Rule, now: float
    ) -> Served:
        looking = _is_only_looking(environ, pages, visitor)
        audience = visitor.audience
        if audience.edition not in pages.full:  # a page that cannot be had must not cost a read
            self._pages.hold(pages, audience.full)
        reads = rule.find_spent(visitor.reader_key, pages.facts.id)
        if reads is None:
            try:
                if not (visitor.device.admitted or looking or is_signed_in(audience.reader)):
                    held = self._find_turned_away(environ, pages.facts.id, visitor, rule, now)
                    if held is not None:
                        return rule.get_turned_away(held)
                reads = self._ask_store(pages.facts.id, visitor, rule, looking=looking)
            except StoreUnavailable as error:
                self._tell_of_store(str(error))
                metrics.count("store_failures_total").number += 1
                return rule.get_counted(None)
            if self._trouble:
                self._tell_of_store("")
        return rule.get_counted(reads)

    def _find_turned_away(
        self, environ: Environ, story: int, visitor: Visitor, rule: Rule, now: float
    ) -> Reads | None:
        """What a new reader has read, if this read would count and the network's budget is spent.

        ``None`` lets the reader go on, from now on as one that was admitted.
        """
        reads = Reads(0, already=False)
        if not visitor.is_stranger:
            reads = self._store.peek(rule.tally, visitor.reader_key, story)
        if reads.already or reads.before >= rule.allowance:
            return None
        if not self._networks.admits(environ, visitor.device.id, self._snapshot, now):
            return reads
        self._identity.admit(visitor)
        return None

    def _ask_store(self, story: int, visitor: Visitor, rule: Rule, *, looking: bool) -> Reads:
        store, key, tally = self._store, visitor.reader_key, rule.tally
        if looking:
            return store.peek(tally, key, story)
        forgotten = rule.audience.period.forgotten
        reads = store.consume(tally, key, story, rule.allowance, visitor.also)
        if reads.before >= rule.allowance and not is_signed_in(visitor.audience.reader):
            read = store.list_reads(tally, key)
            if forgotten == rule.audience.period.forgotten:
                rule.keep_spent(key, read, reads.oldest)
        return reads

    def _respond(
        self,
        environ: Environ,
        start_response: StartResponse,
        visitor: Visitor,
        served: Served,
        ready: Ready,
    ) -> list[bytes]:
        coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers, body = ready.answers[coding] or self._pages.prepare(ready, coding)
        if visitor.set_cookies is not None:
            headers = headers + visitor.set_cookies
        asked_for = environ.get("HTTP_IF_NONE_MATCH")
        held = None if asked_for is None else ready.rendition.find_held(asked_for)
        if held is not None:
            start_response("304 Not Modified", _without_body(headers, held))
            return []
        if environ["REQUEST_METHOD"] == "HEAD":
            start_response("200 OK", headers)
            return []
        if visitor.shown != served.shown and self._identity.is_shown_due(visitor, served):
            headers = [*headers, self._identity.write_shown(served)]
        start_response("200 OK", headers)
        return body or [ready.rendition.unpack()]

    def _pass_through(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> None:
            del exc_info
            started[:] = [(status, headers)]

        if environ["PATH_INFO"] == metrics.PATH:
            return self._tell_figures(environ, start_response)
        body = self._upstream.forward(self._networks.hand_on(environ), start)
        status, headers = started[0]
        headers = [line for line in headers if line[0].lower() != _FACTS]
        if environ["REQUEST_METHOD"] == "GET" and _is_a_readers_page(environ, status, headers):
            now = self._clock()
            visitor = self._identity.identify(environ, self._get_period(now), now)
            headers += visitor.set_cookies or []
            headers += self._identity.write_kind(visitor)
        start_response(status, headers)
        return body

    def _answer_unavailable(self, environ: Environ, start_response: StartResponse) -> list[bytes]:  # noqa: ARG002
        page = self._upstream.get_unavailable_page()
        start_response(
            "503 Service Unavailable",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(page))),
                ("Cache-Control", "no-store"),
                ("Retry-After", "30"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [page]

    def _forget(self, wanted: list[str]) -> None:
        about_pages = [key for key in wanted if not key.startswith(READER)]
        if about_pages:
            metrics.count("purges_total").number += 1
            self._pages.purge(about_pages)
        for key in wanted:
            if key.startswith(READER):
                self._store.forget(key[len(READER) :])
        if self._period is not None:
            self._period.forget_readers(wanted)

    def _tell_figures(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        brought = environ.get("HTTP_AUTHORIZATION", "")
        if not self._metrics.may_ask(brought, is_local=self._networks.is_local(environ)):
            nothing = Elsewhere("404 Not Found", [("Cache-Control", "no-store")])
            return nothing.answer(environ, start_response)
        headers, page = self._metrics.answer()
        start_response("200 OK", headers)
        return [page]

    def _keep_house(self) -> None:
        self._pages.drop_stale(time.monotonic())
        self._metrics.save()

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def _get_period(self, now: float) -> Period:
        period = self._period
        if (
            period is None
            or not period.begins <= now < period.ends
            or period.snapshot is not self._snapshot
        ):
            period = self._period = Period(self._snapshot, datetime.fromtimestamp(now, UTC))
            self._pages.forget_verdicts()
        return period

    def _tell_of_store(self, trouble: str) -> None:
        if trouble and not self._trouble:
            log.error("reads cannot be counted, the paper's setting decides: %s", trouble)
        elif self._trouble and not trouble:
            log.warning("reads are counted again")
        self._trouble = trouble


def _is_only_looking(environ: Environ, pages: Pages, visitor: Visitor) -> bool:
    """Whether no text will be sent: HEAD, or the browser still holds the full page.

    A prefetch asks for a page that perhaps nobody will look at: it must neither count nor be given
    away, so it is refused.
    """
    if "HTTP_SEC_PURPOSE" in environ and "prefetch" in environ["HTTP_SEC_PURPOSE"]:
        raise Elsewhere("503 Service Unavailable", [("Cache-Control", "no-store")])
    if environ["REQUEST_METHOD"] == "HEAD":
        return True
    asked_for = environ.get("HTTP_IF_NONE_MATCH")
    if asked_for is None:
        return False
    held = pages.variants.get(visitor.audience.full)
    return held is not None and held.find_held(asked_for) is not None


def _without_body(headers: Headers, etag: str) -> Headers:
    """What goes with a 304: the tag of the bytes that the browser holds, whatever their coding."""
    return [*(line for line in headers if line[0] not in OF_A_BODY), ("ETag", etag)]


def _is_a_readers_page(environ: Environ, status: str, headers: Headers) -> bool:
    """Whether an answer may carry this reader's cookies: a page that no cache will share."""
    if not status.startswith("200") or environ["PATH_INFO"].startswith(HOUSE):
        return False
    found = {name.lower(): value for name, value in headers}
    caching = found.get("cache-control", "")
    return (
        found.get("content-type", "").startswith("text/html")
        and "public" not in caching
        and "s-maxage" not in caching
        and not any(
            value.startswith(IDENTITY_COOKIES)
            for name, value in headers
            if name.lower() == "set-cookie"
        )
    )
