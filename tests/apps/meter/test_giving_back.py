"""A reader takes one read a month back, and every gate hears of it."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta

import pytest
from django.conf import settings

from broadsheet.apps.meter.actions.giving_back import give_back_read
from broadsheet.apps.meter.actions.policies import PolicyTerms
from broadsheet.apps.meter.queries import find_meter
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.embedded import open_store
from broadsheet.counters.giving_back import GivenBack
from broadsheet.domain.meter import WindowKind
from broadsheet.domain.policy_scope import Scope
from tests.apps.meter.conftest import DEVICE

pytestmark = [pytest.mark.db, pytest.mark.django_db]
MONTH = Tally("2026-11")


@pytest.fixture
def give_back(cookie, now, django_capture_on_commit_callbacks):
    def give_back(story_id, **fields):
        given = {"tally": "2026-11", "device_cookie": cookie, "reader_id": None, "now": now}
        with django_capture_on_commit_callbacks(execute=True):
            return give_back_read(story_id=story_id, **{**given, **fields})

    return give_back


def heard(gate_folder):
    path = gate_folder / "changes.log"
    if not path.exists():
        return []
    return [key for line in path.read_text().splitlines() for key in json.loads(line)["purge"]]


def test_an_anonymous_reader_gives_one_back(adopt, store, give_back, gate_folder, cookie, now):
    adopt()
    for story in (1, 2):
        store.consume(MONTH, DEVICE.reader_key, story, 5)
    before = find_meter(device_cookie=cookie, now=now)
    assert (before.counts[0].used, before.may_give_back) == (2, 1)
    assert give_back(1) is GivenBack.DONE
    after = find_meter(device_cookie=cookie, now=now)
    assert (after.counts[0].used, after.may_give_back) == (1, 0)
    assert after.gives_back_on == date(2026, 12, 1)
    assert heard(gate_folder)[-1] == f"reader:{DEVICE.reader_key}"
    told = len(heard(gate_folder))
    assert give_back(2) is GivenBack.SPENT
    assert store.list_reads(MONTH, DEVICE.reader_key) == (2,)
    assert len(heard(gate_folder)) == told


def test_a_registered_reader_gives_one_back_on_every_device(adopt, store, give_back, gate_folder):
    adopt()
    store.consume(MONTH, "r7", 1, 8, DEVICE.reader_key)
    assert give_back(1, reader_id=7) is GivenBack.DONE
    assert store.list_reads(MONTH, "r7") == store.list_reads(MONTH, DEVICE.reader_key) == ()
    assert heard(gate_folder)[-2:] == ["reader:r7", f"reader:{DEVICE.reader_key}"]


@pytest.mark.parametrize(
    "fields",
    [{"tally": "2026-10"}, {"tally": "../x"}, {"tally": ""}, {"device_cookie": "forged"}],
)
def test_what_counts_nowhere_is_not_given_back(adopt, store, give_back, gate_folder, fields):
    adopt()
    store.consume(MONTH, DEVICE.reader_key, 1, 5)
    told = heard(gate_folder)
    assert give_back(1, **fields) is GivenBack.NOT_COUNTED
    assert give_back(9) is GivenBack.NOT_COUNTED
    assert store.list_reads(MONTH, DEVICE.reader_key) == (1,)
    assert heard(gate_folder) == told


def test_without_a_policy_there_is_nothing_to_give_back(store, give_back, gate_folder):
    assert give_back(1) is GivenBack.NOT_COUNTED
    assert heard(gate_folder) == []


def test_a_store_that_fails_says_so(adopt, give_back):
    adopt()
    folder = settings.PLANT.home / "reads"
    shutil.rmtree(folder, ignore_errors=True)
    open_store(folder).close()
    folder.write_text("a file stands where the folder should")
    try:
        with pytest.raises(StoreUnavailable):
            give_back(1)
    finally:
        folder.unlink()


def test_every_count_in_which_something_was_read_is_shown(adopt, store, cookie, now):
    from broadsheet.apps.newsroom.models import Section

    Section.objects.create(name="Sport", slug="sport", position=3)
    adopt()
    sports = Scope(sections=frozenset({"sport"}))
    adopt(
        code="SPORT",
        terms=PolicyTerms(priority=10, own_count=True, window=WindowKind.WEEK, scope=sports),
    )
    assert [one.policy for one in find_meter(device_cookie=cookie, now=now).counts] == ["M5"]
    store.consume(Tally("SPORT.2026-W47"), DEVICE.reader_key, 4, 5)
    own, sport = find_meter(device_cookie=cookie, now=now).counts
    assert (own.policy, own.is_own, own.used, own.starts_on) == ("M5", True, 0, date(2026, 11, 1))
    assert (sport.policy, sport.is_own, sport.used, sport.sections) == (
        "SPORT",
        False,
        1,
        ("Sport",),
    )
    assert (sport.tally, sport.starts_on, sport.resets_on) == (
        "SPORT.2026-W47",
        date(2026, 11, 16),
        date(2026, 11, 23),
    )


@pytest.mark.parametrize("counts", [1, 3])
def test_many_counts_take_no_more_queries_than_one(
    adopt, store, cookie, now, counts, django_assert_num_queries
):
    from broadsheet.apps.newsroom.models import Section

    adopt()
    for place in range(counts):
        slug, code = f"part-{place}", f"P{place}"
        Section.objects.create(name=slug.title(), slug=slug, position=place)
        scope = Scope(sections=frozenset({slug}))
        adopt(code=code, terms=PolicyTerms(priority=10 + place, scope=scope))
        store.consume(Tally(f"{code}.2026-11"), DEVICE.reader_key, 4 + place, 5)
    with django_assert_num_queries(5):  # three for the policies, the stories, the sections
        meter = find_meter(device_cookie=cookie, now=now)
    assert [one.sections for one in meter.counts[1:]] == [
        (f"Part-{place}",) for place in reversed(range(counts))
    ]


def test_in_a_rolling_window_the_oldest_comes_back_first(adopt, store, cookie, now):
    adopt(terms=PolicyTerms(window=WindowKind.ROLLING_DAYS, days=7))
    [empty] = find_meter(device_cookie=cookie, now=now).counts
    assert (empty.days, empty.resets_on) == (7, date(2026, 11, 23))
    today = now.date().toordinal()
    for story, day in ((1, today - 2), (2, today)):
        tally = Tally("rolling-7", day - 6, day)
        store.consume(tally, DEVICE.reader_key, story, 5)
    [counted] = find_meter(device_cookie=cookie, now=now).counts
    assert (counted.used, counted.starts_on) == (2, now.date() - timedelta(days=6))
    assert counted.resets_on == now.date() + timedelta(days=5)
