"""The reader's addresses. Reserved words stand before ``<section>``; no section may take them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from broadsheet.web.reader.views import (
    front,
    gift,
    house,
    machine,
    people,
    search,
    section,
    story,
    subscribe,
)

app_name = "reader"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.home, name="home"),
    path("healthz", machine.healthz, name="healthz"),
    path("readyz", machine.readyz, name="readyz"),
    path("robots.txt", machine.robots, name="robots"),
    path("ads.txt", machine.ads, name="ads"),
    path("manifest.webmanifest", machine.manifest, name="manifest"),
    path("favicon.ico", machine.favicon, name="favicon"),
    path("sitemap.xml", machine.sitemap_index, name="sitemap"),
    path("sitemap-<int:page>.xml", machine.sitemap_page, name="sitemap-page"),
    path("news-sitemap.xml", machine.news_sitemap, name="news-sitemap"),
    path("feeds/<slug:slug>.xml", machine.feed, name="feed"),
    re_path(r"^media/(?P<path>.+)$", machine.media, name="media"),
    path("login/", RedirectView.as_view(url="/account/login/", query_string=True), name="login"),
    path("subscribe/", subscribe.offer, name="subscribe"),
    path("", include("broadsheet.web.reader.urls_account")),
    path("", include("broadsheet.web.reader.urls_demo")),
    path("gift/<str:token>/", gift.gift, name="gift"),
    path("search/", search.search, name="search"),
    path("topic/<slug:slug>/", people.topic, name="topic"),
    path("storyline/<slug:slug>/", people.storyline, name="storyline"),
    path("author/<slug:slug>/", people.author, name="author"),
    path("corrections/", house.corrections, name="corrections"),
    path("<slug:slug>/", section.section, name="section"),
    re_path(
        r"^(?P<section>[-a-z0-9]+)/(?P<slug>[-\w]*?)-(?P<story_id>[0-9]{1,18})/$",
        story.story,
        name="story",
    ),
]
