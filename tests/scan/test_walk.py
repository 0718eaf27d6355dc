"""A leak planted in each representation in turn is found, and named for where it is."""

from __future__ import annotations

import pytest

from broadsheet.scan import walk
from broadsheet.scan.report import Report
from broadsheet.scan.walk import Wishes, scan_site
from tests.scan.leaky_paper import (
    BESIDE,
    BY_ASKING,
    EMAIL,
    IN_PAGE,
    PASSWORD,
    LeakyPaper,
    paragraphs,
    serve,
)

pytestmark = pytest.mark.journey  # real sockets
SUBSCRIBER = {"email": EMAIL, "password": PASSWORD}
EVERYBODY = {"anonymous", "without cookies"}
ROBOTS = {
    "false Googlebot",
    "false bingbot",
    "false facebookexternalhit",
    "false Google-InspectionTool",
}
MAIN = {"print", "AMP (/amp)", "AMP (?outputType=amp)", *IN_PAGE, "page: headers"}
AROUND = {"search", *list(BESIDE)[list(BESIDE).index("home") :]}
HOLES = [*IN_PAGE, "page: headers", *BY_ASKING, *BESIDE, "search"]


def scan(paper: LeakyPaper, **wishes: object) -> Report:
    return scan_site(paper.address, Wishes(**{**SUBSCRIBER, **wishes}), tell=lambda _: None)


def scan_ferry(paper: LeakyPaper) -> Report:
    return scan(paper, only=(f"{paper.address}/city/ferry-1/",))


def seen_by(report: Report, representation: str) -> set[str]:
    return {leak.reader for leak in report.leaks if leak.representation == representation}


@pytest.mark.parametrize("hole", HOLES)
def test_a_leak_of_a_premium_story_is_found_wherever_it_is(hole):
    with serve(LeakyPaper(hole)) as paper:
        report = scan_ferry(paper)
    assert {leak.story for leak in report.leaks} == {f"{paper.address}/city/ferry-1/"}
    robots = ROBOTS if hole in MAIN else {"false Googlebot"} if hole in AROUND else set()
    assert seen_by(report, hole) == EVERYBODY | robots, {x.representation for x in report.leaks}
    assert (report.stories, report.locked, report.unanswered) == (1, 1, 0)


@pytest.mark.parametrize(
    "hole", ["page: JSON-LD", "Range", "HEAD", "JSON (.json)", "home", "search"]
)
def test_a_leak_to_a_stopped_reader_is_found_wherever_it_is(hole):
    with serve(LeakyPaper(hole, access="metered")) as paper:
        report = scan_ferry(paper)
    assert "anonymous" in seen_by(report, hole), report.leaks
    assert {leak.story for leak in report.leaks} == {f"{paper.address}/city/ferry-1/"}
    assert (report.new_readers_asked, report.new_readers_opened) == (1, 1)


@pytest.mark.parametrize("ours", [True, False], ids=["our marks", "structured data alone"])
@pytest.mark.parametrize("access", ["premium", "registered", "metered"])
def test_a_tight_site_has_no_leak(access, ours):
    with serve(LeakyPaper(access=access, ours=ours)) as paper:
        report = scan(paper)
    assert report.leaks == []
    assert report.unjudged == []
    assert (report.stories, report.locked, report.open) == (6, 5, 1)
    assert report.sentences == 10
    metered = 5 if access == "metered" else 4
    assert (report.new_readers_asked, report.new_readers_opened) == (metered, metered)


def test_a_leak_on_a_site_without_our_marks_is_found():
    with serve(LeakyPaper("page: hidden text", ours=False)) as paper:
        report = scan(paper)
    assert seen_by(report, "page: hidden text") == {"anonymous"} | ROBOTS
    (leak,) = (
        leak
        for leak in report.leaks
        if leak.reader == "anonymous" and leak.representation == "page: hidden text"
    )
    assert leak.address == f"{paper.address}/city/ferry-1/"
    assert leak.sentences == 2
    assert leak.excerpt == paragraphs("ferry")[1]


@pytest.mark.parametrize("access", ["premium", "metered"])
def test_what_is_only_given_to_a_robots_name_is_found(access):
    paper = LeakyPaper(access=access, full_for=lambda e: "bingbot" in e.get("HTTP_USER_AGENT", ""))
    with serve(paper):
        report = scan(paper)
    assert {leak.reader for leak in report.leaks} == {"false bingbot"}
    assert len({leak.story for leak in report.leaks}) == 5
    assert {leak.representation for leak in report.leaks} == {
        "page",
        "print",
        "AMP (?outputType=amp)",
    }


def test_what_a_written_address_or_referrer_opens_is_found():
    for name, value in (
        ("HTTP_X_FORWARDED_FOR", "66.249.66.1"),
        ("HTTP_REFERER", "https://www.google.com/"),
    ):
        paper = LeakyPaper(full_for=lambda e, n=name, v=value: e.get(n) == v)
        with serve(paper):
            report = scan_ferry(paper)
        assert {leak.reader for leak in report.leaks} == ROBOTS


def test_what_only_a_reader_without_cookies_gets_is_found():
    paper = LeakyPaper("page: script", only_for=lambda e: "HTTP_COOKIE" not in e)
    with serve(paper):
        report = scan_ferry(paper)
    assert {leak.reader for leak in report.leaks} == {"without cookies"} | ROBOTS


def test_a_hole_for_one_story_says_nothing_of_the_others():
    with serve(LeakyPaper("home")) as paper:
        report = scan(paper)
    assert {leak.story for leak in report.leaks} == {f"{paper.address}/city/ferry-1/"}
    assert {leak.representation for leak in report.leaks} == {"home"}


def test_without_credentials_metered_stories_are_judged_and_premium_ones_are_not():
    with serve(LeakyPaper("JSON (Accept)", access="metered")) as paper:
        report = scan(paper, email="")
    assert seen_by(report, "JSON (Accept)") == {"anonymous"}
    assert report.unjudged == []
    with serve(LeakyPaper("page")) as paper:
        report = scan(paper, email="")
    assert [one.story for one in report.unjudged] == [f"{paper.address}/city/ferry-1/"]
    assert "no newcomer may read it" in report.unjudged[0].reason
    assert (report.stories, report.locked, report.leaks) == (6, 4, [])


def test_where_nobody_is_stopped_nothing_metered_is_judged_unless_the_allowance_is_told():
    with serve(LeakyPaper(access="metered", allowance=99)) as paper:
        report = scan(paper)
        assert {one.reason.split(";")[0] for one in report.unjudged} == {
            "nobody was stopped after 5 free stories"
        }
        assert (len(report.unjudged), report.locked, report.leaks) == (5, 0, [])
        told = scan(paper, allowance=2)
    assert (told.locked, told.unjudged) == (5, [])
    assert len({leak.story for leak in told.leaks if leak.representation == "page"}) == 5


def test_at_most_so_many_stories_are_scanned():
    with serve(LeakyPaper("page")) as paper:
        report = scan(paper, most_stories=3)
    assert (report.stories, report.left) == (2, 4)


def test_nothing_is_asked_of_the_account_or_the_desk():
    with serve(LeakyPaper()) as paper:
        scan(paper)
    assert {path for _, path in paper.asked if "account" in path} == {"/account/login/"}
    assert [method for method, _ in paper.asked if method not in {"GET", "HEAD"}] == ["POST"]


def test_a_long_list_is_scanned_in_batches(monkeypatch):
    monkeypatch.setattr(walk, "BATCH", 2)
    with serve(LeakyPaper("page: meta")) as paper:
        report = scan(paper)
    assert (report.stories, report.locked, report.unjudged) == (6, 5, [])
    assert {leak.story for leak in report.leaks} == {f"{paper.address}/city/ferry-1/"}


def test_a_body_after_head_is_told_even_if_it_says_nothing():
    class Chatty(LeakyPaper):
        def __call__(self, environ, start_response):
            body = super().__call__(environ, start_response)
            return [b"hello"] if environ["REQUEST_METHOD"] == "HEAD" else body

    with serve(Chatty()) as paper:
        report = scan_ferry(paper)
    assert report.notes == [f"HEAD is answered with a body: {paper.address}/city/ferry-1/"]
    assert report.leaks == []


def test_as_many_metered_stories_as_the_allowance_and_one_are_enough_to_be_stopped():
    with serve(LeakyPaper("page: meta", access="metered", allowance=4)) as paper:
        report = scan(paper)
    assert (report.locked, report.unjudged) == (5, [])
    assert "anonymous" in seen_by(report, "page: meta")
