"""The gate when reads cannot be counted, and under policies that come and go."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta

import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally

pytestmark = pytest.mark.pure


class Failing:
    """A store whose disk is gone."""

    def fail(self, *_args, **_options):
        raise StoreUnavailable("no disk")

    consume = peek = unite = list_reads = fail

    def forget(self, _reader_key):
        pass

    def close(self):
        pass


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ("open", "full; reason=uncounted; used=0; limit=5"),
        ("closed", "preview; reason=count-unavailable; used=0; limit=5"),
    ],
)
def test_when_reads_cannot_be_counted_the_papers_setting_decides(paper, caplog, setting, verdict):
    metered, premium = paper.site.add(1), paper.site.add(2, "premium")
    paper.publish(metered_when_store_is_down=setting)
    gate = paper.open_gate(store=Failing())
    reader = paper.browser()
    reader.gate = gate
    with caplog.at_level(logging.WARNING):
        assert [reader.get(metered).verdict for _ in range(3)] == [verdict] * 3
    assert reader.get(premium).verdict == "preview; reason=premium-needed"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_who_has_spent_the_allowance_needs_no_store_any_more(paper):
    urls = paper.add_stories(7)
    reader = paper.browser()
    for url in urls[:6]:
        reader.get(url)
    paper.gate._store = Failing()
    assert reader.get(urls[0]).verdict == "full; reason=already-read; used=5; limit=5"
    assert reader.get(urls[6]).verdict == "preview; reason=allowance-spent; used=5; limit=5"
    assert reader.get(urls[6], method="HEAD").verdict.startswith("preview")


def test_what_is_remembered_of_the_spent_is_bounded_and_ends_with_the_period(paper, monkeypatch):
    monkeypatch.setattr("broadsheet.gate.answers.SPENT_HELD", 2)
    paper.publish(
        policies=(dataclasses.replace(paper.snapshot.policies[0], anonymous_allowance=1),)
    )
    paper.gate.feed.poll()
    first, second = paper.add_stories(2)
    readers = [paper.browser() for _ in range(3)]
    for reader in readers:
        for url in (first, second):
            reader.get(url)
    keys = ["d" + reader.jar["bs_device"][1:33] for reader in readers]
    period = paper.gate._period
    spent = period.get_spent(Tally("2026-11"), 1)
    assert [key in spent for key in keys] == [False, False, True]
    paper.publish(
        policies=(dataclasses.replace(paper.snapshot.policies[0], anonymous_allowance=2),)
    )
    paper.gate.feed.poll()
    assert readers[2].get(second).verdict == "full; reason=within-allowance; used=2; limit=2"


def test_counting_goes_on_when_the_store_is_back(paper, caplog):
    url = paper.site.add(1)
    failing = Failing()
    gate = paper.open_gate(store=failing)
    reader = paper.browser()
    reader.gate = gate
    reader.get(url)
    gate._store = paper.store
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert reader.get(url).verdict == "full; reason=within-allowance; used=1; limit=5"
        reader.get(url)
    assert [record.message for record in caplog.records] == ["reads are counted again"]


def test_without_any_policy_metered_stories_are_closed(paper):
    paper.publish(policies=())
    paper.gate.feed.poll()
    page = paper.browser().get(paper.site.add(1))
    assert page.verdict == "preview; reason=allowance-spent; used=0; limit=0"


def test_a_new_policy_holds_from_its_hour(paper):
    from broadsheet.domain.meter import WindowKind
    from broadsheet.protocol.snapshot import DatedPolicy

    urls = paper.add_stories(3)
    (old,) = paper.snapshot.policies
    starts_at = paper.now + timedelta(hours=1)
    coming = DatedPolicy("M1", 1, 2, WindowKind.CALENDAR_MONTH, "m2", starts_at)
    paper.publish(policies=(old, coming))
    paper.gate.feed.poll()
    reader = paper.browser()
    assert reader.get(urls[0]).verdict.endswith("used=1; limit=5")
    paper.now = starts_at
    page = reader.get(urls[1])
    assert page.verdict == "preview; reason=allowance-spent; used=1; limit=1"
    assert paper.site.renditions[-1].policy == "M1"
