"""The meter's rules at the desk: told as sentences, written as one, refused beside the words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.newsroom.models import Author, Section, Story, Topic
from broadsheet.domain.meter import Reason
from broadsheet.domain.policy_scope import Scope
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.plumbing.formatting import format_date
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
WORDS = "You have read {{free_limit}}. They come back on {{resets_on}}."
NEW = "/desk/meter/new/"


def _rule(**fields: Any) -> dict[str, Any]:
    """The paper's own meter as the form sends it."""
    return {
        "reach": "own",
        "kind": "meter",
        "anonymous_allowance": "4",
        "registered_allowance": "6",
        "window": "calendar-month",
        "message": WORDS,
        "starts_at": "",
        "do": "save",
        **fields,
    }


def _part(**fields: Any) -> dict[str, Any]:
    """A rule for a part: the city's stories, by the week."""
    given = {"reach": "part", "sections": ["city"], "window": "week", "priority": "70"}
    return _rule(**given | fields)


def _text(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", markup).split())


@pytest.fixture
def manager(sign_in: SignIn, section: Section) -> Client:
    return sign_in("subscription-manager")


@pytest.fixture
def names(section: Section) -> None:
    Section.objects.create(name="Sport", slug="sport", position=2)
    Topic.objects.create(name="Cricket", slug="cricket")
    Topic.objects.create(name="The port accounts", slug="port-accounts")
    Author.objects.create(name="Zoya Mistral", slug="zoya-mistral")


def test_a_rule_is_adopted_at_once(manager: Client) -> None:
    answer = manager.post(NEW, _rule())
    assert (answer.status_code, answer["Location"]) == (302, "/desk/meter/")
    policy = MeterPolicy.objects.get()
    assert (policy.code, policy.anonymous_allowance, policy.registered_allowance) == ("M4", 4, 6)
    assert (policy.priority, policy.scope) == (0, {})
    assert AuditRow.objects.get().actor == "subscription-manager@lantern.example"
    page = manager.get("/desk/meter/")
    assert page.context["own"].row == policy
    assert "subscription-manager@lantern.example</b> adopted M4" in page.content.decode()


def test_an_editor_tunes_the_meter_too(sign_in: SignIn, section: Section) -> None:
    client = sign_in("editor")
    assert client.post(NEW, _part())["Location"] == "/desk/meter/"
    assert client.post("/desk/meter/M4/end/", {"ends_at": ""})["Location"] == "/desk/meter/"
    assert "Subscriptions</span>" not in client.get("/desk/").content.decode()


@pytest.mark.usefixtures("names")
def test_every_part_of_the_sentence_becomes_a_part_of_the_rule(manager: Client) -> None:
    answer = manager.post(
        NEW,
        _part(
            sections=["city", "sport"],
            topics="Cricket, the PORT accounts,cricket",
            authors="zoya-mistral",
            origins=["staff", "wire"],
            from_age="2",
            until_age="30",
            segments=["registered", "new-account"],
            countries="in, gb",
            window="rolling-days",
            days="7",
            account_first="1",
            own_count="paper",
            name="Summer",
            code="sum1",
            starts_at="2030-06-01T00:00",
            ends_at="2030-09-01T00:00",
        ),
    )
    assert answer.status_code == 302, answer.context["form"].errors
    policy = MeterPolicy.objects.get()
    assert policy.read_scope() == Scope(
        sections=frozenset({"city", "sport"}),
        topics=frozenset({"cricket", "port-accounts"}),
        origins=frozenset({"staff", "wire"}),
        authors=frozenset({"zoya-mistral"}),
        countries=frozenset({"IN", "GB"}),
        segments=frozenset({"registered", "new-account"}),
        from_age=2,
        until_age=30,
    )
    assert (policy.code, policy.name, policy.priority) == ("SUM1", "Summer", 70)
    assert (policy.window, policy.days, policy.account_first) == ("rolling-days", 7, True)
    assert policy.tally == ""
    # Midnight in Kolkata.
    assert policy.starts_at == datetime(2030, 5, 31, 18, 30, tzinfo=UTC)
    assert policy.ends_at == datetime(2030, 8, 31, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Stories of City: 4 free stories a week, 6 with an account."),
        (
            {"anonymous_allowance": "0", "registered_allowance": "1"},
            "Stories of City: none free without an account, 1 story a week with one.",
        ),
        (
            {"anonymous_allowance": "6", "window": "rolling-days", "days": "3"},
            "Stories of City: 6 free stories in any 3 days, with an account or without.",
        ),
        (
            {"account_first": "1", "anonymous_allowance": "1", "window": "calendar-month"},
            (
                "Stories of City: 1 free story a calendar month, 6 with an account; then an "
                "account is asked for, then a subscription."
            ),
        ),
        (
            {"kind": "open", "sections": [], "origins": ["wire"]},
            "Stories of the origin Agency, as received: free for everybody, uncounted.",
        ),
        (
            {"kind": "locked", "message": "Join us.", "from_age": "7"},
            "Stories of City, 7 days old and older: for subscribers only.",
        ),
        (
            {"kind": "account", "message": "An account.", "until_age": "1", "countries": "IN GB"},
            (
                "Stories of City, in their first day, in GB or IN: for readers with an account, "
                "uncounted."
            ),
        ),
        (
            {"kind": "open", "sections": [], "segments": ["new-account"]},
            "All stories for new accounts: free for everybody, uncounted.",
        ),
        (
            {"sections": ["city", "sport"], "topics": "Cricket", "authors": "Zoya Mistral"},
            (
                "Stories of City or Sport on Cricket written by Zoya Mistral: 4 free stories a "
                "week, 6 with an account."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("names")
def test_each_kind_of_rule_is_told_as_a_sentence(
    manager: Client, fields: dict[str, Any], sentence: str
) -> None:
    assert manager.post(NEW, _part(**fields)).status_code == 302
    [line] = manager.get("/desk/meter/").context["ladder"]
    assert _text(line.sentence) == sentence
    assert line.span.startswith("Since ")


@pytest.mark.parametrize(
    ("fields", "beside", "said"),
    [
        ({"anonymous_allowance": ""}, "anonymous_allowance", "Write how many."),
        ({"anonymous_allowance": "101"}, "anonymous_allowance", "less than or equal to 100"),
        ({"registered_allowance": "3"}, "registered_allowance", "may not give fewer"),
        ({"message": ""}, "message", "Write a message"),
        ({"message": "You read {{used_up}}."}, "message", "Did you mean {{used}}?"),
        ({"starts_at": "2020-01-01T00:00"}, "starts_at", "not in the past"),
        ({"starts_at": "tomorrow"}, "starts_at", "Write a day and a time"),
        ({"window": "rolling-days"}, "days", "Write how many days, 1 to 60."),
        ({"days": "7"}, "days", "Only a window of the last days"),
        ({"account_first": "1", "anonymous_allowance": "6"}, "account_first", "no more stories"),
        ({"reach": "own"}, "reach", "You chose every story, and then sections."),
        ({"priority": ""}, "priority", "Write a number from 1 on"),
        ({"topics": "Crickett"}, "topics", "There is no topic “Crickett” here. Did you mean “Cri"),
        ({"authors": "Nobody"}, "authors", "There is no author “Nobody” here."),
        ({"sections": ["moon"]}, "sections", "moon is not one of the available choices"),
        ({"countries": "India"}, "countries", "“INDIA” is no country"),
        ({"segments": ["rich"]}, "segments", "rich is not one of the available choices"),
        ({"from_age": "9", "until_age": "9"}, "until_age", "could never apply"),
        ({"ends_at": "2020-01-01T00:00"}, "ends_at", "ends after it begins"),
        ({"kind": "sold"}, "kind", "sold is not one of the available choices"),
        ({"kind": "locked"}, "message", "Nothing is counted under this policy, so {{free_limit}}"),
        ({"kind": "account"}, "message", "has no meaning. Say it without."),
        ({"code": "1st"}, "code", "A letter, then letters or digits."),
    ],
)
@pytest.mark.usefixtures("names")
def test_a_wrong_rule_is_refused_beside_its_words(
    manager: Client, fields: dict[str, Any], beside: str, said: str
) -> None:
    given = _part(**fields)
    answer = manager.post(NEW, given)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert list(form.errors) == [beside]
    assert said in " ".join(form.errors[beside])
    for name in ("anonymous_allowance", "message", "priority", "sections", "starts_at"):
        assert form[name].value() == given[name]
    assert (MeterPolicy.objects.count(), AuditRow.objects.count()) == (0, 0)


def test_two_rules_that_contradict_are_refused_with_the_whole_reason(manager: Client) -> None:
    manager.post(NEW, _part())
    same = manager.post(NEW, _part(sections=[], origins=["wire"]))
    [said] = same.context["form"].errors["priority"]
    assert said.startswith("M4 has priority 70 too, and both could rule the same story at the same")
    hidden = manager.post(NEW, _part(priority="60", origins=["wire"]))
    [said] = hidden.context["form"].errors["priority"]
    assert said.startswith("M4 (priority 70) rules everything that this policy covers")
    assert MeterPolicy.objects.count() == 1


def test_the_sentence_begins_with_what_stands_and_the_next_priority(manager: Client) -> None:
    manager.post(NEW, _rule())
    assert manager.get(NEW).context["form"]["priority"].value() == 10
    manager.post(NEW, _part())
    form = manager.get(NEW).context["form"]
    assert (form["priority"].value(), form["anonymous_allowance"].value()) == (80, 4)
    assert form["message"].value() == WORDS
    like = manager.get(NEW, {"like": "M4B"}).context["form"]
    assert (like["reach"].value(), like["sections"].value()) == ("part", ["city"])
    assert like["window"].value() == "week"


@pytest.mark.parametrize("path", ["/desk/meter/M9/", "/desk/meter/M9/end/"])
def test_a_rule_nobody_adopted_is_not_found(manager: Client, path: str) -> None:
    assert manager.get(path).status_code == 404


def test_a_rule_is_reworded(manager: Client) -> None:
    manager.post(NEW, _rule())
    path = "/desk/meter/M4/"
    assert manager.get(path).context["form"]["message"].value() == WORDS
    refused = manager.post(path, {"message": "{{", "do": "save"})
    assert list(refused.context["form"].errors) == ["message"]
    assert MeterPolicy.objects.get().message == WORDS
    manager.post(path, {"message": "Come back on {{resets_on}}.", "do": "save"})
    assert MeterPolicy.objects.get().message == "Come back on {{resets_on}}."


def test_a_rule_for_a_part_ends_now_later_or_before_it_began(manager: Client) -> None:
    manager.post(NEW, _part())
    later = datetime.now(UTC) + timedelta(days=3)
    manager.post("/desk/meter/M4/end/", {"ends_at": later.strftime("%Y-%m-%dT%H:%M")})
    ends_at = MeterPolicy.objects.get().ends_at
    assert ends_at is not None
    assert ends_at > datetime.now(UTC)
    manager.post("/desk/meter/M4/end/", {"ends_at": ""})
    over = MeterPolicy.objects.get()
    assert over.ends_at is not None
    assert over.ends_at <= datetime.now(UTC)
    page = manager.get("/desk/meter/")
    assert [line.row for line in page.context["past_lines"]] == [over]
    manager.post(NEW, _part(starts_at="2030-01-01T00:00"))
    told = manager.post("/desk/meter/M4B/end/", {"ends_at": ""}, follow=True)
    assert "M4B is taken back; it never began." in told.content.decode()
    assert MeterPolicy.objects.get() == over


def test_a_meter_to_come_is_taken_back_and_the_one_before_goes_on(manager: Client) -> None:
    manager.post(NEW, _rule())
    manager.post(NEW, _rule(anonymous_allowance="2", starts_at="2030-01-01T00:00"))
    assert MeterPolicy.objects.get(code="M4").ends_at is not None
    page = manager.get("/desk/meter/M2/end/").content.decode()
    assert "Take this policy back" in page
    told = manager.post("/desk/meter/M2/end/", {"ends_at": ""}, follow=True)
    assert "M2 is taken back; it never began." in told.content.decode()
    assert [(row.code, row.ends_at) for row in MeterPolicy.objects.all()] == [("M4", None)]


@pytest.mark.parametrize(
    ("code", "ends_at", "said"),
    [
        ("M4", "", "The paper’s own meter ends when another is adopted"),
        ("M4B", "2020-01-01T00:00", "A policy ends now or later"),
        ("M4B", "soon", "Write a day and a time"),
    ],
)
def test_an_end_that_cannot_be_is_refused(
    manager: Client, code: str, ends_at: str, said: str
) -> None:
    manager.post(NEW, _rule())
    manager.post(NEW, _part())
    answer = manager.post(f"/desk/meter/{code}/end/", {"ends_at": ends_at})
    assert said in " ".join(answer.context["form"].errors["ends_at"])
    assert set(MeterPolicy.objects.values_list("ends_at", flat=True)) == {None}


def test_a_stop_code_is_put_into_words(manager: Client) -> None:
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, "2026-11").encode()
    said: Any = manager.get("/desk/meter/", {"code": code}).context["explanation"]
    assert (said.policy, said.limit, said.window) == ("M5", 5, "2026-11")
    manager.post(NEW, _part(code="M5"))
    page = manager.get("/desk/meter/", {"code": code})
    assert _text(page.context["explained_by"].sentence).startswith("Stories of City: 4 free")
    page = manager.get("/desk/meter/", {"code": "LN-M5-0000"})
    assert page.status_code == 200
    assert page.context["unreadable"]


def test_the_first_page_tells_those_who_sell(manager: Client) -> None:
    assert "No policy is in force" in manager.get("/desk/").content.decode()
    manager.post(NEW, _rule())
    page = manager.get("/desk/").content.decode()
    assert "6 with an account" in page
    assert "You have read 4. They come back on 1" in page
    assert "Free stories a calendar month" in page
    assert "Being written" not in page


def test_the_first_page_names_the_papers_own_window(manager: Client) -> None:
    manager.post(NEW, _rule(window="week"))
    page = manager.get("/desk/").content.decode()
    assert "Free stories a week" in page
    zone = settings.PAPER.zone
    today = datetime.now(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    assert f"They come back on {format_date(monday, 'day')}." in page


@pytest.mark.parametrize(("count", "queries"), [(1, 14), (3, 14)])
def test_the_page_asks_as_much_for_three_rules_as_for_one(
    manager: Client, django_assert_num_queries: Any, count: int, queries: int
) -> None:
    for number in range(count):
        manager.post(
            NEW, _part(priority=str(10 + number), origins=["wire"], from_age=str(9 - number))
        )
    with django_assert_num_queries(queries):
        page = manager.get("/desk/meter/")
    assert len(page.context["ladder"]) == count


def test_history_is_paged(manager: Client, section: Section) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    MeterPolicy.objects.bulk_create(
        MeterPolicy(
            code=f"H{number}",
            anonymous_allowance=1,
            registered_allowance=2,
            message="No more.",
            starts_at=start + timedelta(days=number),
            ends_at=start + timedelta(days=number + 1),
        )
        for number in range(12)
    )
    first = manager.get("/desk/meter/").context["past_lines"]
    rest = manager.get("/desk/meter/", {"page": "2"}).context["past_lines"]
    assert [line.row.code for line in first][:2] == ["H11", "H10"]
    assert [line.row.code for line in rest] == ["H1", "H0"]


def test_nothing_is_sent_while_a_rule_is_only_shown(
    manager: Client, make_story: Callable[..., Story]
) -> None:
    make_story()
    before = (AuditRow.objects.count(), OutboxRow.objects.count())
    shown = manager.post(NEW, _part(do="show"))
    assert shown.context["sight"] is not None
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == before
    assert MeterPolicy.objects.count() == 0
