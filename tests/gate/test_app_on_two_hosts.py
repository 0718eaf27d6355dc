"""Two gates that count in one Redis, each with copies of its own."""

from __future__ import annotations

import pytest

from broadsheet.counters.contract import Tally
from broadsheet.counters.near import NearStore
from broadsheet.counters.remote import RemoteStore
from broadsheet.protocol.rendition import READER

pytestmark = pytest.mark.pure


@pytest.fixture
def gates(paper, redis_url, tmp_path):
    stores = [NearStore(RemoteStore(redis_url), tmp_path / name) for name in ("a", "b")]
    yield [paper.open_gate(store=store) for store in stores]
    for store in stores:
        store.close()


def test_a_reader_has_one_allowance_whichever_host_answers(paper, gates):
    urls = paper.add_stories(8)
    reader = paper.browser()
    said = []
    for number, url in enumerate(urls):
        reader.gate = gates[number % 2]
        said.append(reader.get(url).verdict)
    assert said == [
        *(f"full; reason=within-allowance; used={used}; limit=5" for used in range(1, 6)),
        *["preview; reason=allowance-spent; used=5; limit=5"] * 3,
    ]
    reader.gate = gates[1]
    again = "full; reason=already-read; used=5; limit=5"
    assert [reader.get(url).verdict for url in urls[:5]] == [again] * 5


def test_a_read_given_back_through_one_host_is_free_on_the_other_that_hears_of_it(paper, gates):
    urls = paper.add_stories(7)
    reader = paper.browser()
    for gate in gates:
        reader.gate = gate
        for url in urls[:6]:
            reader.get(url)
    key = "d" + reader.jar["bs_device"][1:33]
    assert gates[1]._store.give_back(Tally("2026-11"), key, 1, most=1) is True
    reader.gate = gates[0]
    assert reader.get(urls[6]).verdict == "preview; reason=allowance-spent; used=5; limit=5"
    paper.purge(f"{READER}{key}")
    gates[0].feed.poll()
    assert reader.get(urls[6]).verdict == "full; reason=within-allowance; used=5; limit=5"
    assert reader.get(urls[0]).verdict == "preview; reason=allowance-spent; used=5; limit=5"
