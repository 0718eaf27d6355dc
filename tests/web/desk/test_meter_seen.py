"""A rule seen before it is adopted, and the ladder for one story and one reader."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.newsroom.models import Section, Story

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
NEW = "/desk/meter/new/"
SILENT = "The city is ours. Come in."


@pytest.fixture
def story(make_story: Callable[..., Story]) -> Story:
    return make_story()


@pytest.fixture
def manager(sign_in: SignIn, section: Section) -> Client:
    return sign_in("subscription-manager")


def _keep(code: str, **fields: Any) -> MeterPolicy:
    given = {
        "code": code,
        "anonymous_allowance": 5,
        "registered_allowance": 8,
        "message": "No more.",
        "starts_at": datetime(2026, 1, 1, tzinfo=UTC),
        **fields,
    }
    return MeterPolicy.objects.create(**given)


def _shown(client: Client, **fields: Any) -> Any:
    given = {
        "reach": "part",
        "sections": ["city"],
        "kind": "meter",
        "anonymous_allowance": "2",
        "registered_allowance": "4",
        "window": "week",
        "priority": "70",
        "message": "The city is ours. {{free_limit}} a week, again on {{resets_on}}.",
        "do": "show",
        **fields,
    }
    return client.post(NEW, given).context["sight"]


def _page(client: Client, seen: Any) -> str:
    answer = client.get(seen.frame)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_rule_is_seen_by_each_kind_of_reader(manager: Client, story: Story) -> None:
    _keep("M5")
    sight = _shown(manager)
    assert (sight.story, sight.is_ruled) == (story, True)
    assert [(seen.kind, seen.is_stopped, seen.told) for seen in sight.readers] == [
        ("anonymous", True, "Opens 2 a week; the next one asks for a subscription."),
        ("registered", True, "Opens 4 a week; the next one asks for a subscription."),
        (
            "subscriber",
            False,
            "Opens it, and everything else that is metered; nothing is counted.",
        ),
    ]
    anonymous, registered, subscriber = (_page(manager, seen) for seen in sight.readers)
    assert '<h2 id="wall">The city is ours</h2>' in anonymous
    assert "2 a week, again on" in anonymous
    assert "4 a week, again on" in registered
    assert "data-paywall" not in subscriber
    assert 'data-part="body"' in subscriber
    assert [row.code for row in MeterPolicy.objects.all()] == ["M5"]


@pytest.mark.parametrize(
    ("fields", "wall", "told"),
    [
        (
            {"kind": "locked", "message": SILENT},
            "premium",
            "Is stopped at once: it takes a subscription.",
        ),
        (
            {"kind": "account", "message": SILENT},
            "registration",
            "Is stopped at once: it takes an account.",
        ),
        (
            {"account_first": "1", "window": "rolling-days", "days": "7"},
            "registration",
            "Opens 2 in any 7 days; the next one asks for an account.",
        ),
        (
            {"reach": "own", "sections": [], "window": "calendar-month"},
            "limit",
            "Opens 2 a calendar month; the next one asks for a subscription.",
        ),
    ],
)
def test_each_kind_of_rule_shows_its_wall_in_the_words_typed(
    manager: Client, story: Story, fields: dict[str, Any], wall: str, told: str
) -> None:
    _keep("M5")
    anonymous = _shown(manager, **fields).readers[0]
    assert anonymous.told == told
    page = _page(manager, anonymous)
    assert f'data-paywall="{wall}"' in page
    assert '<h2 id="wall">The city is ours</h2>' in page


def test_an_open_rule_stops_nobody(manager: Client, story: Story) -> None:
    sight = _shown(manager, kind="open", message="")
    assert [seen.is_stopped for seen in sight.readers] == [False, False, False]
    assert "data-paywall" not in _page(manager, sight.readers[0])


def test_a_reader_whom_a_rule_leaves_out_meets_the_rule_below(
    manager: Client, story: Story
) -> None:
    _keep("M5")
    anonymous, registered, _subscriber = _shown(manager, segments=["registered"]).readers
    assert (anonymous.is_ruled_by_it, anonymous.ruled_by) == (False, "M5")
    assert '<h2 id="wall">No more</h2>' in _page(manager, anonymous)
    assert registered.is_ruled_by_it is True


def test_it_is_shown_on_a_story_it_covers_or_on_the_one_named(
    manager: Client, story: Story, make_story: Callable[..., Story]
) -> None:
    sport = Section.objects.create(name="Sport", slug="sport", position=2)
    cup = make_story(section=sport, slug="cup", published_at=datetime.now(UTC) - timedelta(days=9))
    assert _shown(manager, sections=["sport"]).story == cup
    named = _shown(manager, sections=["sport"], shown_on=story.get_absolute_url())
    assert (named.story, named.is_ruled) == (story, False)
    assert _shown(manager, sections=["sport"], from_age="30").is_ruled is False


def test_it_is_shown_where_no_higher_rule_decides(
    manager: Client, story: Story, make_story: Callable[..., Story]
) -> None:
    wire = make_story(slug="wire", origin="wire", agency="Peninsula Press")
    _keep("WIRE", kind="open", priority=80, scope={"origins": ["wire"]})
    assert _shown(manager).story == story
    named = _shown(manager, shown_on=str(wire.pk))
    assert (named.is_ruled, named.readers[0].ruled_by) == (False, "WIRE")


def test_a_story_nobody_can_be_shown_is_refused_beside_its_field(
    manager: Client, story: Story
) -> None:
    _keep("M5")
    answer = manager.post("/desk/meter/M5/", {"message": "No.", "shown_on": "/x-9/", "do": "show"})
    assert list(answer.context["form"].errors) == ["shown_on"]


def test_other_words_are_seen_before_they_are_kept(manager: Client, story: Story) -> None:
    _keep("M5")
    answer = manager.post("/desk/meter/M5/", {"message": "Other words. Yes.", "do": "show"})
    assert '<h2 id="wall">Other words</h2>' in _page(manager, answer.context["sight"].readers[0])
    assert MeterPolicy.objects.get().message == "No more."


def test_the_frame_runs_nothing_and_stands_in_the_desk_only(manager: Client, story: Story) -> None:
    answer = manager.get(_shown(manager).readers[0].frame)
    rules = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in rules
    assert "script-src 'none'" in rules
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "<script src" not in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tried=forged&as=anonymous&story={story}",
        "tried={tried}x&as=anonymous&story={story}",
        "tried={tried}&as=king&story={story}",
        "tried={tried}&as=anonymous&story=0",
        "tried={tried}&as=anonymous&story=99999999999999999999",
    ],
)
def test_what_the_desk_did_not_write_is_not_drawn(
    manager: Client, story: Story, query: str
) -> None:
    tried = re.search(r"tried=([^&]+)", _shown(manager).readers[0].frame)
    assert tried
    path = query.format(tried=tried[1], story=story.pk)
    assert manager.get(f"/desk/meter/wall/?{path}").status_code == 404


def test_the_frame_is_for_the_desk_alone(sign_in: SignIn, section: Section, story: Story) -> None:
    frame = _shown(sign_in("subscription-manager")).readers[2].frame
    for outsider in ("", "reader"):
        answer = sign_in(outsider).get(frame)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/desk/login/")


@pytest.fixture
def ladder(section: Section) -> None:
    Section.objects.create(name="Sport", slug="sport", position=2)
    _keep("SPORT", kind="locked", priority=90, scope={"sections": ["sport"]})
    _keep("OLD", kind="locked", priority=80, scope={"from_age": 7})
    _keep("YOUNG", kind="open", priority=70, scope={"until_age": 1})
    _keep("WIRE", kind="open", priority=60, scope={"origins": ["wire"], "segments": ["registered"]})
    _keep("NAMED", kind="open", priority=50, scope={"topics": ["cricket"], "authors": ["nobody"]})
    _keep("GB", priority=40, scope={"countries": ["GB"]}, anonymous_allowance=0, tally="GB")
    _keep("M5")


def _asked(client: Client, **query: Any) -> Any:
    return client.get("/desk/meter/", query).context


def _why(step: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", step.why).split())


@pytest.mark.usefixtures("ladder")
def test_each_rule_above_says_why_it_does_not_cover(
    manager: Client, make_story: Callable[..., Story]
) -> None:
    story = make_story(published_at=datetime.now(UTC) - timedelta(days=2, hours=1))
    answer = _asked(manager, story=story.get_absolute_url(), reader="anonymous")["answer"]
    assert [(step.code, _why(step)) for step in answer.steps] == [
        ("SPORT", "Does not cover it: it is in City, not in Sport."),
        ("OLD", "Does not cover it: it is 2 days old, younger than 7."),
        ("YOUNG", "Does not cover it: it is 2 days old, not younger than 1."),
        (
            "WIRE",
            (
                "Does not cover it: its origin is “Our own staff”, not Agency, as received; the "
                "reader is none of its registered readers."
            ),
        ),
        ("NAMED", "Does not cover it: it is not on cricket; it is not by nobody."),
        ("GB", "Does not cover it: the reader’s country is unknown, not GB."),
        ("M5", "This one rules."),
    ]
    assert answer.outcome == "Opens 5 a calendar month; the next one asks for a subscription."


@pytest.mark.usefixtures("ladder")
@pytest.mark.parametrize(
    ("query", "ruling", "outcome"),
    [
        (
            {"reader": "anonymous", "country": "gb"},
            "GB",
            "Opens none: the next one asks for a subscription.",
        ),
        (
            {"reader": "registered", "country": "IN"},
            "M5",
            "Opens 8 a calendar month; the next one asks for a subscription.",
        ),
        (
            {"reader": "subscriber"},
            "M5",
            "Opens it, and everything else that is metered; nothing is counted.",
        ),
    ],
)
def test_the_reader_decides_too(
    manager: Client,
    make_story: Callable[..., Story],
    query: dict[str, str],
    ruling: str,
    outcome: str,
) -> None:
    story = make_story(published_at=datetime.now(UTC) - timedelta(days=2))
    answer = _asked(manager, story=str(story.pk), **query)["answer"]
    assert [step.code for step in answer.steps if step.rules] == [ruling]
    assert answer.steps[-1].code == ruling
    assert answer.outcome == outcome


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"access": "free"}, "It is free: everybody opens it"),
        ({"access": "registered"}, "It is for readers with an account."),
        ({"access": "premium"}, "It is premium"),
        ({"freed_at": datetime(2026, 11, 1, tzinfo=UTC)}, "It is free for all just now"),
    ],
)
def test_a_story_that_is_not_metered_asks_no_rule(
    manager: Client, make_story: Callable[..., Story], fields: dict[str, Any], outcome: str
) -> None:
    answer = _asked(manager, story=str(make_story(**fields).pk))["answer"]
    assert answer.steps == ()
    assert answer.outcome.startswith(outcome)


@pytest.mark.parametrize(
    ("query", "beside"),
    [
        ({"story": ""}, "story"),
        ({"story": "/city/nothing-999/"}, "story"),
        ({"story": "1 OR 1=1"}, "story"),
        ({"story": "{story}", "country": "1!"}, "country"),
        ({"story": "{story}", "reader": "king"}, "reader"),
    ],
)
def test_a_question_that_cannot_be_answered_says_so(
    manager: Client, story: Story, query: dict[str, str], beside: str
) -> None:
    given = {name: value.format(story=story.pk) for name, value in query.items()}
    context = _asked(manager, **given)
    assert list(context["ask"].errors) == [beside]
    assert "answer" not in context


def test_a_paper_without_a_rule_says_that_it_is_closed(manager: Client, story: Story) -> None:
    answer = _asked(manager, story=str(story.pk))["answer"]
    assert answer.steps == ()
    assert answer.outcome == "No policy is in force, so metered stories are closed."
