"""What machines ask for: robots, sitemaps, feeds, manifest, icons, and whether we live."""

from __future__ import annotations

import math
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.static import serve

from broadsheet.apps.newsroom import queries
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.upkeep import find_trouble_with_reads
from broadsheet.web.reader.seo import absolute
from broadsheet.web.reader.shared_caches import share_with_all

SITEMAP_SIZE = 10_000
NEWS_DAYS = 2
NEWS_AT_MOST = 1000
FEED_SIZE = 40
HOME_FEED = "home"
MEDIA_SECONDS = 60 * 60 * 24 * 30
XML = "application/xml; charset=utf-8"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return _plain("ok\n")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The stores answer; 503 with the name of the one that does not.

    Without a count of reads the paper goes on by its own setting, so that is told and no more.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return _plain("database does not answer\n", status=503)
    try:
        settings.PLANT.home.joinpath("gate").mkdir(parents=True, exist_ok=True)
    except OSError:
        return _plain("home folder cannot be written\n", status=503)
    if find_trouble_with_reads():
        return _plain("ok, but reads cannot be counted just now\n")
    return _plain("ok\n")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    closed = (
        "/desk/",
        "/account/",
        "/subscribe/checkout/",
        "/search/",
        "/gift/",
        "/bank/",
        "/demo/",
    )
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    lines += [f"Sitemap: {absolute('/sitemap.xml')}", f"Sitemap: {absolute('/news-sitemap.xml')}"]
    return _kept(_plain("\n".join(lines) + "\n"), 3600)


@require_safe
def ads(request: HttpRequest) -> HttpResponse:
    """Nobody sells our space: only house advertisements stand on the site."""
    return _kept(_plain(f"# {settings.PAPER.name} sells no space through others.\n"), 3600)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    paper = settings.PAPER
    said = {
        "name": paper.name,
        "short_name": paper.name,
        "start_url": "/",
        "display": "browser",
        "lang": paper.locale.replace("_", "-"),
        "background_color": "#FCFBF8",
        "theme_color": "#FCFBF8",
        "icons": [
            {
                "src": static(f"reader/icon-{side}.png"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
            }
            for side in (192, 512)
        ],
    }
    return _kept(JsonResponse(said, content_type="application/manifest+json"), 3600)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return _kept(HttpResponseRedirect(static("reader/favicon.ico")), 3600)


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture of the newsroom's, where no other server stands in front to send it."""
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except SuspiciousFileOperation as error:
        raise Http404 from error
    response["Cache-Control"] = f"public, max-age={MEDIA_SECONDS}"
    return response


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    pages = max(1, math.ceil(queries.count_live_stories() / SITEMAP_SIZE))
    shown = {"pages": range(1, pages + 1)}
    response = render(request, "reader/machine/sitemaps.xml", shown, content_type=XML)
    return share_with_all(response, "sitemap")


@require_safe
@gzip_page
def sitemap_page(request: HttpRequest, page: int) -> HttpResponse:
    stories = queries.list_sitemap(page=page, size=SITEMAP_SIZE) if 1 <= page < SITEMAP_SIZE else []
    if not stories and page != 1:
        raise Http404
    shown = {"stories": stories, "first": page == 1}
    response = render(request, "reader/machine/sitemap.xml", shown, content_type=XML)
    return share_with_all(response, "sitemap")


@require_safe
@gzip_page
def news_sitemap(request: HttpRequest) -> HttpResponse:
    """The last two days, a thousand stories at most, as news search engines ask."""
    since = now() - timedelta(days=NEWS_DAYS)
    stories = queries.list_news_since(since, limit=NEWS_AT_MOST)
    shown = {"stories": stories}
    response = render(request, "reader/machine/news.xml", shown, content_type=XML)
    return share_with_all(response, "news-sitemap")


@require_safe
@gzip_page
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """A section's newest stories, or the whole paper's at ``home``: standfirsts, never text."""
    section = None if slug == HOME_FEED else queries.find_section(slug)
    if section is None and slug != HOME_FEED:
        raise Http404
    stories = queries.list_newest(limit=FEED_SIZE, section=section)
    shown = {
        "section": section,
        "stories": stories,
        "self": absolute(request.path),
        "home": absolute(section.get_absolute_url() if section else "/"),
    }
    response = render(
        request, "reader/machine/feed.xml", shown, content_type="application/rss+xml; charset=utf-8"
    )
    return share_with_all(_kept(response, 300), f"feed:{slug}", stories=stories)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _kept(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={seconds}"
    return response
