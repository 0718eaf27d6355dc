"""The queue to the CDN."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from broadsheet.plumbing.models import WaitingPurge
from broadsheet.plumbing.purging import waiting
from broadsheet.plumbing.purging.declaring import Target
from broadsheet.plumbing.purging.waiting import (
    CALLS_A_ROUND,
    GIVEN_UP_KEPT,
    LEASE,
    LONGEST_PAUSE,
    MOST_TRIES,
    SHARED_SECONDS,
    count_waiting,
    queue_targets,
    send_waiting,
)
from broadsheet.plumbing.upkeep import examine
from tests.factories.cdn import RunningCdn

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def ask_for(*keys: str, now: datetime) -> int:
    return queue_targets([Target(key, f"/{key}/") for key in keys], now=now)


def test_what_waits_goes_in_one_call_and_is_done(cdn: RunningCdn, now: datetime) -> None:
    assert ask_for("front:home", "section:city", "front:home", now=now) == 2
    assert send_waiting(now=now) == 2
    assert cdn.calls == [["front:home", "section:city"]]
    assert count_waiting() == (0, 0)
    assert send_waiting(now=now) == 0
    assert len(cdn.calls) == 1


def test_what_waits_already_is_not_asked_for_again(cdn: RunningCdn, now: datetime) -> None:
    assert ask_for("front:home", now=now) == 1
    assert ask_for("front:home", "section:city", now=now) == 1
    assert ask_for("all", "section:city", now=now) == 1
    assert ask_for("topic:water", now=now) == 0
    assert send_waiting(now=now) == 3
    assert cdn.calls == [["all"]]


def test_many_go_in_calls_of_as_many_as_the_company_takes(cdn: RunningCdn, now: datetime) -> None:
    ask_for(*(f"story:{number}" for number in range(65)), now=now)
    assert send_waiting(now=now) == 65
    assert [len(call) for call in cdn.calls] == [30, 30, 5]


def test_a_round_ends_and_the_next_goes_on(cdn: RunningCdn, now: datetime) -> None:
    ask_for(*(f"story:{number}" for number in range(30 * CALLS_A_ROUND + 1)), now=now)
    assert send_waiting(now=now) == 30 * CALLS_A_ROUND
    assert send_waiting(now=now) == 1
    assert len(cdn.calls) == CALLS_A_ROUND + 1


def test_when_very_many_wait_everything_is_forgotten_in_one_call(
    cdn: RunningCdn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 40)
    ask_for(*(f"story:{number}" for number in range(41)), now=now)
    assert send_waiting(now=now) == 1
    assert (cdn.calls, count_waiting()) == ([["all"]], (0, 0))


@pytest.mark.parametrize("fault", ["500", "lost", "nonsense", "429"])
def test_a_failed_call_is_made_again_later_and_nothing_meanwhile(
    cdn: RunningCdn, now: datetime, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    cdn.faults.append(fault)
    ask_for("front:home", now=now)
    assert send_waiting(now=now) == 0
    calls = len(cdn.calls)
    ask_for("section:city", now=now)
    assert send_waiting(now=now + timedelta(seconds=1)) == 0
    assert len(cdn.calls) == calls
    assert send_waiting(now=now + timedelta(seconds=2)) == 2
    assert cdn.calls[-1] == ["front:home", "section:city"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_company_that_asks_for_rest_gets_it(cdn: RunningCdn, now: datetime) -> None:
    cdn.faults.append("429 90")
    ask_for("front:home", now=now)
    assert send_waiting(now=now) == 0
    assert send_waiting(now=now + timedelta(seconds=89)) == 0
    assert cdn.calls == []
    assert send_waiting(now=now + timedelta(seconds=90)) == 1


def test_what_was_not_tried_has_lost_no_try(cdn: RunningCdn, now: datetime) -> None:
    ask_for(*(f"story:{number}" for number in range(60)), now=now)
    cdn.faults += ["", "500"]
    assert send_waiting(now=now) == 30
    ask_for("front:home", now=now)
    assert sorted(WaitingPurge.objects.values_list("tries", flat=True)) == [0] + [1] * 30
    assert send_waiting(now=now + timedelta(seconds=2)) == 31


def test_each_pause_is_longer_up_to_a_bound_and_then_it_is_given_up_loudly(
    cdn: RunningCdn, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    cdn.faults += ["500"] * (MOST_TRIES + 1)
    ask_for("front:home", now=now)
    at, pauses = now, []
    with caplog.at_level(logging.ERROR):
        while count_waiting()[0]:
            assert send_waiting(now=at) == 0
            due_at = WaitingPurge.objects.get().due_at
            pauses.append(due_at - at)
            at = due_at
    assert pauses[:-1] == [
        min(timedelta(seconds=2**tries), LONGEST_PAUSE) for tries in range(1, MOST_TRIES)
    ]
    assert at - now > timedelta(seconds=SHARED_SECONDS)
    assert count_waiting() == (0, 1)
    assert [record.getMessage() for record in caplog.records] == [
        (
            "given up after 10 tries, the CDN shows old pages for up to 5 minutes: front:home: "
            '500 {"msg": "no"}'
        )
    ]
    assert len(cdn.faults) == 1
    ask_for("front:home", now=at)
    cdn.faults.clear()
    assert send_waiting(now=at) == 1
    assert send_waiting(now=at + GIVEN_UP_KEPT + timedelta(minutes=10)) == 0
    assert count_waiting() == (0, 0)


def test_a_refusal_is_given_up_at_once(
    cdn: RunningCdn, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    cdn.faults.append("403")
    ask_for("front:home", now=now)
    assert send_waiting(now=now) == 0
    assert count_waiting() == (0, 1)
    assert WaitingPurge.objects.get().says == '403 {"msg": "no"}'
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    ask_for("section:city", now=now)
    assert send_waiting(now=now) == 1
    assert cdn.calls == [["section:city"]]


def test_what_a_killed_worker_had_taken_is_sent_by_another(cdn: RunningCdn, now: datetime) -> None:
    ask_for("front:home", now=now)
    assert [row.key for row in waiting._claim(now, most=10)] == ["front:home"]
    assert send_waiting(now=now + LEASE - timedelta(seconds=1)) == 0
    assert send_waiting(now=now + LEASE) == 1


def test_by_address_pages_go_once_each_and_those_without_one_not_at_all(
    cdn: RunningCdn, now: datetime, settings: Any
) -> None:
    settings.PLANT = replace(settings.PLANT, cdn_by="addresses")
    queue_targets([Target("story:1"), Target("front:home", "/"), Target("lead", "/")], now=now)
    assert send_waiting(now=now) == 3
    assert cdn.calls == [["https://paper.test/"]]
    queue_targets([Target("story:2")], now=now)
    assert send_waiting(now=now) == 1
    queue_targets([Target("all")], now=now)
    assert send_waiting(now=now) == 1
    assert cdn.calls[1:] == [["everything"]]


def test_without_a_cdn_nothing_is_sent(now: datetime) -> None:
    WaitingPurge.objects.create(key="front:home", asked_at=now, due_at=now)
    assert send_waiting(now=now) == 0
    assert count_waiting() == (1, 0)


def test_the_doctor_tells_what_waits_and_what_was_given_up(cdn: RunningCdn, now: datetime) -> None:
    def find() -> dict[str, Any]:
        return next(check for check in examine() if check["name"] == "CDN")

    ask_for("front:home", now=now)
    assert find() == {"name": "CDN", "ok": True, "detail": "1 purges wait, 0 given up in a day"}
    cdn.faults.append("403")
    send_waiting(now=now)
    assert find() == {"name": "CDN", "ok": False, "detail": "0 purges wait, 1 given up in a day"}


def test_without_a_cdn_the_doctor_does_not_speak_of_one() -> None:
    assert not [check for check in examine() if check["name"] == "CDN"]
