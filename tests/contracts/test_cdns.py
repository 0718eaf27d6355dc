"""What every CDN's adapter must do, against a CDN that keeps pages and speaks its wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from broadsheet.plumbing.purging.asking import LONGEST_REST
from broadsheet.plumbing.purging.contract import Cdn, Outcome, find_cdn
from tests.factories.cdn import SERVICE, TOKEN, RunningCdn, serve_cdn

pytestmark = pytest.mark.journey  # real sockets
ADAPTERS = ("cloudflare", "fastly")
HOME, CITY = "https://paper.test/", "https://paper.test/city/"


@pytest.fixture
def peer() -> Iterator[RunningCdn]:
    with serve_cdn() as running:
        yield running


def open_adapter(name: str, peer: RunningCdn, **changes: str) -> Cdn:
    variables = {"cdn": name, "cdn_id": SERVICE, "cdn_token": TOKEN, "cdn_url": peer.address}
    cdn = find_cdn(replace(settings.PLANT, **(variables | changes)))
    assert cdn is not None
    return cdn


@pytest.fixture(params=ADAPTERS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def cdn(name: str, peer: RunningCdn) -> Cdn:
    cdn = open_adapter(name, peer)
    peer.keep(HOME, cdn.write_tags(["all", "front:home", "story:1"]))
    peer.keep(CITY, cdn.write_tags(["all", "section:city", "story:2"]))
    return cdn


def test_pages_of_a_key_are_forgotten_and_no_others(cdn: Cdn, peer: RunningCdn) -> None:
    assert cdn.purge(["story:1", "story:9"], []).outcome is Outcome.SENT
    assert list(peer.kept) == [CITY]
    assert cdn.purge(["section:city"], []).outcome is Outcome.SENT
    assert peer.kept == {}


def test_every_page_carries_the_key_all(cdn: Cdn, peer: RunningCdn) -> None:
    assert cdn.purge(["all"], []).outcome is Outcome.SENT
    assert (peer.kept, peer.calls) == ({}, [["all"]])


def test_as_many_keys_as_it_says_go_in_one_call_and_one_more_does_not(
    cdn: Cdn, peer: RunningCdn
) -> None:
    keys = [f"story:{number}" for number in range(2, 2 + cdn.most)]
    assert cdn.purge(keys, []).outcome is Outcome.SENT
    assert cdn.purge([*keys, "one:more"], []).outcome is Outcome.REFUSED
    assert (list(peer.kept), peer.calls) == ([HOME], [keys])


@pytest.mark.parametrize(
    ("fault", "outcome", "rest"),
    [
        ("429", Outcome.NOT_SENT, 0.0),
        ("429 7", Outcome.NOT_SENT, 7.0),
        ("429 1000000", Outcome.NOT_SENT, LONGEST_REST),
        ("429 Fri, 31 Dec 2027 23:59:59 GMT", Outcome.NOT_SENT, 0.0),
        ("500", Outcome.UNKNOWN, 0.0),
        ("503 30", Outcome.UNKNOWN, 30.0),
        ("302", Outcome.REFUSED, 0.0),
        ("400", Outcome.REFUSED, 0.0),
        ("404", Outcome.REFUSED, 0.0),
    ],
)
def test_a_company_that_does_not_do_it(
    cdn: Cdn, peer: RunningCdn, fault: str, outcome: Outcome, rest: float
) -> None:
    peer.faults.append(fault)
    answer = cdn.purge(["story:1"], [])
    assert (answer.outcome, answer.rest_seconds) == (outcome, rest)
    assert answer.says.startswith(fault[:3])
    assert list(peer.kept) == [HOME, CITY]


@pytest.mark.parametrize("fault", ["lost", "nonsense"])
def test_what_was_done_and_not_told_is_done_again_without_harm(
    cdn: Cdn, peer: RunningCdn, fault: str
) -> None:
    peer.faults.append(fault)
    assert cdn.purge(["story:1"], []).outcome is Outcome.UNKNOWN
    assert list(peer.kept) == [CITY]
    assert cdn.purge(["story:1"], []).outcome is Outcome.SENT
    assert list(peer.kept) == [CITY]


def test_a_wrong_token_is_refused_and_never_written_down(name: str, peer: RunningCdn) -> None:
    cdn = open_adapter(name, peer, cdn_token="wrong-one")
    answer = cdn.purge(["story:1"], [])
    assert answer.outcome is Outcome.REFUSED
    assert "wrong-one" not in answer.says
    assert peer.calls == []


def test_out_of_reach_is_not_sent(name: str, peer: RunningCdn) -> None:
    cdn = open_adapter(name, peer, cdn_url="http://127.0.0.1:1")
    assert cdn.purge(["story:1"], []).outcome is Outcome.NOT_SENT


def test_fastly_keeps_an_old_page_for_when_the_site_cannot_answer(peer: RunningCdn) -> None:
    assert open_adapter("fastly", peer).purge(["story:1"], []).outcome is Outcome.SENT
    assert peer.soft == [True]


def test_cloudflare_by_address(peer: RunningCdn) -> None:
    cdn = open_adapter("cloudflare", peer, cdn_by="addresses")
    for url in (HOME, CITY):
        peer.keep(url, cdn.write_tags(["all"]))
    assert cdn.by_address
    assert cdn.purge([], [CITY]).outcome is Outcome.SENT
    assert list(peer.kept) == [HOME]
    assert cdn.purge(["all"], []).outcome is Outcome.SENT
    assert (peer.kept, peer.calls) == ({}, [[CITY], ["everything"]])
