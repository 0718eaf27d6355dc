from __future__ import annotations

import shutil
from datetime import date

import pytest
from django.conf import settings

from broadsheet.apps.meter import queries
from broadsheet.counters.contract import Tally
from broadsheet.counters.embedded import open_store
from broadsheet.domain.meter import Reason
from broadsheet.domain.reason_code import ReasonCode, UnreadableCode
from tests.apps.meter.conftest import DEVICE

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def three_stories(now):
    from broadsheet.apps.newsroom.models import Section, Story

    section = Section.objects.create(name="City", slug="city")
    return [
        Story.objects.create(
            section=section, headline=f"Story {n}", slug=f"story-{n}", live=False, origin="staff"
        )
        for n in range(3)
    ]


def test_the_message_is_filled_for_people():
    said = queries.fill_words(
        "{{used}} of {{free_limit}}; {{remaining}} left; back on {{resets_on}}.",
        limit=5,
        resets_on=date(2026, 12, 1),
    )
    assert said == "5 of 5; 0 left; back on 1 December."


def test_what_counted_is_listed_in_the_order_it_was_read(adopt, store, cookie, three_stories, now):
    adopt()
    first, second, third = (story.pk for story in three_stories)
    for story in (third, first):
        store.consume(Tally("2026-11"), DEVICE.reader_key, story, 5)
    store.consume(Tally("2026-11"), DEVICE.reader_key, 999_999, 5)
    store.consume(Tally("2026-11"), "r7", second, 8)
    [mine] = queries.find_meter(device_cookie=cookie, now=now).counts
    assert ([story.pk for story in mine.stories], mine.used, mine.limit, mine.remaining) == (
        [third, first],
        3,
        5,
        2,
    )
    assert (mine.window, mine.resets_on) == ("2026-11", date(2026, 12, 1))
    [readers] = queries.find_meter(device_cookie=cookie, reader_id=7, now=now).counts
    assert ([story.pk for story in readers.stories], readers.limit) == ([second], 8)


@pytest.mark.parametrize("cookie", ["", "forged", "1" + "a" * 77])
def test_a_forged_cookie_has_read_nothing(adopt, store, cookie, now):
    adopt()
    [counted] = queries.find_meter(device_cookie=cookie, now=now).counts
    assert (counted.stories, counted.used, counted.remaining) == ((), 0, 5)


def test_there_is_nothing_to_list_without_a_policy(now):
    assert queries.find_meter(now=now) is None


def test_a_count_that_cannot_be_had_is_not_called_nought(adopt, cookie, now, tmp_path):
    adopt()
    folder = settings.PLANT.home / "reads"
    shutil.rmtree(folder, ignore_errors=True)
    open_store(folder).close()
    folder.write_text("a file stands where the folder should")
    try:
        assert queries.find_meter(device_cookie=cookie, now=now) is None
    finally:
        folder.unlink()


@pytest.mark.parametrize(
    ("reason", "limit", "begins"),
    [
        (
            Reason.ALLOWANCE_SPENT,
            5,
            "The reader had opened the 5 free stories of November 2026; the one stopped was",
        ),
        (Reason.ALLOWANCE_SPENT, 1, "The reader had opened the 1 free story of November 2026;"),
        (Reason.REGISTRATION_NEEDED, 0, "The story is for readers with an account."),
        (Reason.PREMIUM_NEEDED, 0, "The story is a premium story."),
        (Reason.COUNT_UNAVAILABLE, 5, "Free stories could not be counted at that moment"),
    ],
)
def test_a_code_is_explained_in_plain_words(reason, limit, begins):
    code = ReasonCode("LN", "M5", reason, limit, "2026-11").encode()
    explained = queries.explain_code(code)
    assert (explained.verdict, explained.reason, explained.policy) == ("preview", reason, "M5")
    assert explained.text.startswith(begins)


def test_a_spent_allowance_says_when_it_comes_back():
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, "2026-11").encode()
    assert "Free stories come back on 1 December 2026." in queries.explain_code(code).text


@pytest.mark.parametrize(
    ("reason", "begins"),
    [
        (Reason.SUBSCRIBERS_ONLY, "A policy of the paper keeps this story for subscribers."),
        (Reason.NETWORK_BUDGET, "Very many new readers came from the same network that day"),
        (Reason.TOO_MANY_AT_ONCE, "The account was in use in more places at once"),
    ],
)
def test_stops_that_count_nothing_say_what_helps(reason, begins):
    code = ReasonCode("LN", "M5", reason, 0, "2026-11").encode()
    said = queries.explain_code(code).text
    assert said.startswith(begins)
    assert "othing was counted" in said


@pytest.mark.parametrize(
    ("window", "resets_on", "said"),
    [
        (
            "2026-W48",
            None,
            (
                "The reader had opened the 5 free stories of the week from 23 November 2026; the one "
                "stopped was not counted. Free stories come back on 30 November 2026. A story already "
                "opened stays open."
            ),
        ),
        (
            "rolling-7",
            date(2026, 11, 29),
            (
                "The reader had opened the 5 free stories of any 7 days in a row; the one stopped was "
                "not counted. The next comes back on 29 November 2026. A story already opened stays "
                "open."
            ),
        ),
        (
            "rolling-1",
            date(2026, 11, 23),
            (
                "The reader had opened the 5 free stories of one day; the one stopped was not counted. "
                "The next comes back on 23 November 2026. A story already opened stays open."
            ),
        ),
    ],
)
def test_a_week_and_rolling_days_are_told_as_such(window, resets_on, said):
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, window, resets_on).encode()
    explained = queries.explain_code(code)
    assert (explained.window, explained.text) == (window, said)


def test_who_is_asked_for_an_account_first_learns_that_it_opens_more():
    code = ReasonCode("LN", "M5", Reason.REGISTER_TO_GO_ON, 5, "2026-11").encode()
    said = queries.explain_code(code).text
    assert said.endswith("An account is free, and opens more of them at once.")


def test_the_december_code_says_the_new_year():
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, "2026-12").encode()
    assert "1 January 2027" in queries.explain_code(code).text


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        (Reason.ALLOWANCE_SPENT, "A subscription opens them."),
        (Reason.REGISTER_TO_GO_ON, "An account is free, and opens more of them at once."),
    ],
)
def test_an_allowance_of_none_is_not_told_as_a_count(reason, helps):
    code = ReasonCode("LN", "M0A", reason, 0, "2026-W48").encode()
    assert queries.explain_code(code).text == (
        f"None of these stories was free for the reader; nothing was counted. {helps}"
    )


def test_a_miscopied_code_is_refused():
    with pytest.raises(UnreadableCode, match="miscopied"):
        queries.explain_code("LN-M5-A18Q")
