from __future__ import annotations

import pytest

from broadsheet.counters.embedded import EmbeddedStore, open_store
from broadsheet.counters.near import NearStore
from broadsheet.counters.opening import open_reads
from broadsheet.counters.resp import WrongAddress

pytestmark = pytest.mark.pure


def test_one_host_has_the_embedded_store(tmp_path):
    store = open_reads(tmp_path)
    assert isinstance(store, EmbeddedStore)
    assert store is open_store(tmp_path)


def test_with_a_redis_the_near_store_stands_before_it_one_for_a_process(tmp_path):
    url = "redis://127.0.0.1:1/0"
    store = open_reads(tmp_path, url)
    assert isinstance(store, NearStore)
    assert open_reads(tmp_path / ".", url) is store
    assert open_reads(tmp_path, "redis://127.0.0.1:2/0") is not store


def test_an_address_that_cannot_be_one_opens_nothing(tmp_path):
    with pytest.raises(WrongAddress, match="write it as redis://"):
        open_reads(tmp_path, "redis:/127.0.0.1")
    assert list(tmp_path.iterdir()) == []
