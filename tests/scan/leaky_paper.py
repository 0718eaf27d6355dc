"""A small newspaper with a real server, and one hole in it, wherever a test wants it."""

from __future__ import annotations

import base64
import codecs
import contextlib
import gzip
import html
import json
import re
import socketserver
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import brotli

from broadsheet.scan.letters import ROT47

ALLOWANCE = 2
NAMES = ("ferry", "tide", "lamp", "crane", "mango", "monsoon")
EMAIL, PASSWORD = "meenal@reader.example", "lamp-lit-every-evening"
Environ = dict[str, str]
HIDING = "style='display: none'"
# Where text may be hidden in a page: the hole's name → how a sentence is put there.
IN_PAGE: dict[str, Callable[[str], str]] = {
    "page": lambda said: f"<p>{said.replace(' two', ' <b>two</b>')}</p>",
    "page: JSON-LD": lambda said: (
        f'<script type="application/ld+json">{json.dumps({"articleBody": said})}</script>'
    ),
    "page: script": lambda said: f"<script>window.story = {json.dumps({'body': said})}</script>",
    "page: meta": lambda said: f'<meta property="og:description" content="{html.escape(said)}">',
    "page: comment": lambda said: f"<!-- <p>{said}</p> -->",
    "page: attribute": lambda said: f'<i data-rest="{html.escape(f"<p>{said}</p>")}"></i>',
    "page: hidden text": lambda said: f"<div {HIDING}><p>{said}</p></div>",
    "page: script, base64": lambda said: (
        f"<script>atob('{base64.b64encode(f'<p>{said}</p>'.encode()).decode()}')</script>"
    ),
    "page: rot13": lambda said: f"<p>{codecs.encode(said, 'rot13')}</p>",
    "page: reversed": lambda said: f"<p>{said[::-1]}</p>",
    "page: rot47": lambda said: f"<p>{html.escape(said.translate(ROT47))}</p>",
}
# Ways of asking at which the server forgets itself: the hole's name → whether this is one.
BY_ASKING: dict[str, Callable[[Environ], bool]] = {
    "HEAD": lambda e: e["REQUEST_METHOD"] == "HEAD",
    "Range": lambda e: e.get("HTTP_RANGE") == "bytes=0-",
    "Range (its end)": lambda e: e.get("HTTP_RANGE", "").startswith("bytes=-"),
    "gzip": lambda e: e.get("HTTP_ACCEPT_ENCODING") == "gzip",
    "brotli": lambda e: e.get("HTTP_ACCEPT_ENCODING") == "br",
    "deflate": lambda e: e.get("HTTP_ACCEPT_ENCODING") == "deflate",
    "identity": lambda e: (
        e.get("HTTP_ACCEPT_ENCODING") == "identity"
        and not {"HTTP_RANGE", "HTTP_IF_NONE_MATCH"} & set(e)
        and e["REQUEST_METHOD"] == "GET"
    ),
    "If-None-Match": lambda e: "HTTP_IF_NONE_MATCH" in e,
    "JSON (Accept)": lambda e: e.get("HTTP_ACCEPT") == "application/json",
    "JSON-LD (Accept)": lambda e: e.get("HTTP_ACCEPT") == "application/ld+json",
    "prefetch": lambda e: e.get("HTTP_SEC_PURPOSE") == "prefetch",
    "print": lambda e: e["QUERY_STRING"] == "print=1",
    "AMP (?outputType=amp)": lambda e: e["QUERY_STRING"] == "outputType=amp",
    "AMP (?amp=1)": lambda e: e["QUERY_STRING"] == "amp=1",
    "JSON (?format=json)": lambda e: e["QUERY_STRING"] == "format=json",
}
# Addresses beside the story's, of which {url} and {path} are the story's own.
BESIDE = {
    "AMP (/amp)": "{path}amp",
    "JSON (.json)": "/city/ferry-1.json",
    "trailing junk (/x.css)": "{path}x.css",
    "trailing junk (;a=b)": "{path};a=b",
    "story's feed": "{path}feed/",
    "error page": "/city/ferry-1-nowhere/",
    "API (/wp-json/wp/v2/posts)": "/wp-json/wp/v2/posts?slug=ferry-1",
    "API (/api/v1/stories/1/)": "/api/v1/stories/1/",
    "API (/ghost/api/content/posts/slug/ferry-1/)": "/ghost/api/content/posts/slug/ferry-1/",
    "oEmbed": "/oembed?format=json&url={url}",
    "AMP (amphtml)": "/mobile/1",
    "alternate (application/json)": "/data/1",
    "home": "/",
    "section": "/city/",
    "topic": "/topic/water/",
    "author": "/author/asha-rao/",
    "storyline": "/storyline/the-tide/",
    "feed": "/feeds/city.xml",
    "sitemap": "/sitemap.xml",
    "news sitemap": "/news-sitemap.xml",
    "page /corrections/": "/corrections/",
    "robots.txt": "/robots.txt",
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "deflate": zlib.compress,
}


def paragraphs(name: str) -> list[str]:
    """A story's text: the first paragraph is its preview; no two stories share ten words."""
    return [
        f"Everybody by the {name} knows the {name} story, or says {name} before {name} breakfast.",
        (
            f"Café owners along the {name} asked the {name} trust for two {name} crews, a {name} "
            f"lamp and a {name} book that follows the {name} and not the {name} office."
        ),
        (
            f"“Nobody counts what a {name} is worth until the {name} fails to come by {name} time,” "
            f"said the {name} clerk, who has kept a {name} diary for thirty {name} years."
        ),
    ]


@dataclass
class LeakyPaper:
    """Stories 1 to 6, of which the fourth is free; ``ferry-1`` leaks through ``hole``.

    ``access`` is the first story's, the rest are metered. ``ours`` marks pages as this house does.
    """

    hole: str = ""
    access: str = "premium"
    ours: bool = True
    only_for: Callable[[Environ], bool] = lambda environ: True
    full_for: Callable[[Environ], bool] = lambda environ: False
    allowance: int = ALLOWANCE
    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    read: dict[str, set[int]] = field(default_factory=dict)

    def __call__(self, environ: Environ, start_response: Callable[..., object]) -> list[bytes]:
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        status, kind, text, headers = self.answer(environ)
        body = text.encode()
        coding = environ.get("HTTP_ACCEPT_ENCODING", "")
        if coding in PACKERS:
            body = PACKERS[coding](body)
            headers.append(("Content-Encoding", coding))
        if environ["REQUEST_METHOD"] == "HEAD" and self.hole != "HEAD":
            body = b""
        start_response(status, [("Content-Type", f"{kind}; charset=utf-8"), *headers])
        return [body]

    def answer(self, environ: Environ) -> tuple[str, str, str, list[tuple[str, str]]]:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        rest = " ".join(paragraphs("ferry")[1:])
        leaks = self.only_for(environ)
        if leaks and path + (f"?{query}" if query else "") == self._place_of_hole():
            return self._leak_beside(path, rest)
        if path == "/account/login/":
            return self._sign_in(environ)
        if path == "/search/" or query.startswith("s="):
            said = html.escape(parse_qs(query).get("q", [""])[0])
            found = f"<p>…{rest}…</p>" if leaks and self.hole == "search" else ""
            return "200 OK", "text/html", f"<h1>{said}</h1>{found}", []
        if number := re.fullmatch(r"/city/[a-z]+-([1-6])/", path):
            return self._answer_story(int(number[1]), environ)
        if path == "/sitemap.xml":
            return "200 OK", "application/xml", self._sitemap(), []
        lists = path in {
            "/",
            "/city/",
            "/topic/water/",
            "/author/asha-rao/",
            "/storyline/the-tide/",
        }
        status = "200 OK" if lists else "404 Not Found"
        return status, "text/html", self._list() if lists else "<h1>There is nothing here</h1>", []

    def _place_of_hole(self) -> str:
        path = "/city/ferry-1/"
        url = quote(self.address + path, safe="")
        return BESIDE.get(self.hole, "").format(path=path, url=url)

    def _leak_beside(self, path: str, rest: str) -> tuple[str, str, str, list[tuple[str, str]]]:
        if path == "/sitemap.xml":
            said = self._sitemap().replace("</urlset>", f"<!-- {rest} --></urlset>")
            return "200 OK", "application/xml", said, []
        if path == "/":
            return "200 OK", "text/html", self._list() + f"<p>{rest}</p>", []
        if path.endswith((".xml", "feed/")):
            said = f"<rss><item><description>{html.escape(f'<p>{rest}</p>')}</description></item></rss>"
            return "200 OK", "application/rss+xml", said, []
        if "json" in path or "api" in path or "oembed" in path or "data" in path:
            return "200 OK", "application/json", json.dumps({"html": f"<p>{rest}</p>"}), []
        status = "404 Not Found" if "nowhere" in path else "200 OK"
        return status, "text/html", f"<main><p>{rest}</p></main>", []

    def _answer_story(
        self, number: int, environ: Environ
    ) -> tuple[str, str, str, list[tuple[str, str]]]:
        name, text = NAMES[number - 1], paragraphs(NAMES[number - 1])
        access = {1: self.access, 4: "free"}.get(number, "metered")
        full, cookies = self._decide(number, access, environ)
        leaks = number == 1 and self.only_for(environ)
        if leaks and BY_ASKING.get(self.hole, lambda _: False)(environ):
            full = True
        page = self._draw(name, number, access, text, full=full)
        if leaks and self.hole in IN_PAGE:
            page = page.replace("</article>", IN_PAGE[self.hole](" ".join(text[1:])) + "</article>")
        headers = [("ETag", f'"{number}-{full}"'), *cookies]
        if leaks and self.hole == "page: headers":
            headers.append(("X-Story", text[2].replace("“", "").replace("”", "")))
        kind = "application/json" if full and "json" in self.hole.lower() else "text/html"
        status = "304 Not Modified" if "HTTP_IF_NONE_MATCH" in environ else "200 OK"
        if status[0] == "3" and self.hole != "If-None-Match":
            page = ""
        return status, kind, page, headers

    def _decide(
        self, number: int, access: str, environ: Environ
    ) -> tuple[bool, list[tuple[str, str]]]:
        cookie = environ.get("HTTP_COOKIE", "")
        if access == "free" or "session=subscriber" in cookie or self.full_for(environ):
            return True, []
        if access != "metered":
            return False, []
        found = re.search(r"device=(\w+)", cookie)
        device = found[1] if found else f"d{len(self.asked)}"
        seen = self.read.setdefault(device, set())
        full = number in seen or len(seen) < self.allowance
        if full and environ["REQUEST_METHOD"] == "GET" and not environ["QUERY_STRING"]:
            seen.add(number)
        return full, [] if found else [("Set-Cookie", f"device={device}; Path=/")]

    def _draw(self, name: str, number: int, access: str, text: list[str], *, full: bool) -> str:
        said = "".join(f"<p>{line}</p>" for line in (text if full else text[:1]))
        structured = {
            "@type": "NewsArticle",
            "isAccessibleForFree": access == "free",
            "hasPart": {"isAccessibleForFree": False, "cssSelector": ".rest"},
        }
        if self.ours:
            marks = f' data-story="{number}" data-access="{access}"'
            body = f'<div data-part="{"body" if full else "preview"}">{said}</div>'
        else:
            marks, rest = "", "".join(f"<p>{line}</p>" for line in text[1:])
            body = f"<p>{text[0]}</p>" + (f'<div class="rest">{rest}</div>' if full else "")
        return (
            f"<html><head><title>The {name}</title>"
            f'<script type="application/ld+json">{json.dumps(structured)}</script>'
            '<link rel="amphtml" href="/mobile/1"><link rel="alternate" '
            'type="application/json" href="/data/1"><link rel="alternate" '
            'type="application/rss+xml" href="/feeds/city.xml"></head><body>'
            f"<article{marks}><header><h1>The {name}</h1></header>{body}</article>"
            '<a href="/topic/water/">Water</a> <a href="/author/asha-rao/">Asha Rao</a> '
            '<a href="/storyline/the-tide/">The tide</a> <a href="/corrections/">Corrections</a>'
            "</body></html>"
        )

    def _list(self) -> str:
        links = "".join(
            f'<a href="/city/{name}-{i}/">{name}</a>' for i, name in enumerate(NAMES, 1)
        )
        return f'<h1>The Leak</h1>{links}<a href="/account/login/">Sign in</a>'

    def _sitemap(self) -> str:
        places = ["/city/", *(f"/city/{name}-{i}/" for i, name in enumerate(NAMES, 1))]
        urls = "".join(f"<url><loc>{self.address}{path}</loc></url>" for path in places)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'

    def _sign_in(self, environ: Environ) -> tuple[str, str, str, list[tuple[str, str]]]:
        form = (
            '<form method="post"><input type="hidden" name="token" value="7"><input type="email" '
            'name="login"><input type="password" name="password"><button>Go</button></form>'
        )
        if environ["REQUEST_METHOD"] != "POST":
            return "200 OK", "text/html", form, []
        length = int(environ["CONTENT_LENGTH"])
        given = parse_qs(environ["wsgi.input"].read(length).decode())  # type: ignore[attr-defined]
        if given == {"token": ["7"], "login": [EMAIL], "password": [PASSWORD]}:
            headers = [("Location", "/"), ("Set-Cookie", "session=subscriber; Path=/")]
            return "302 Found", "text/html", "", headers
        return "200 OK", "text/html", form, []


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serve(paper: LeakyPaper) -> Iterator[LeakyPaper]:
    """Serve a paper until the block ends."""
    server = make_server("127.0.0.1", 0, paper, _Threads, _Silent)
    paper.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield paper
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
