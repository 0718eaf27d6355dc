"""The bench of renewals renews what it says, and its books hold."""

from __future__ import annotations

import pytest

from broadsheet.bench.renewals import _measure

pytestmark = pytest.mark.slow


def test_a_small_bench_on_sqlite() -> None:
    said: list[str] = []
    told = _measure("SQLite", {}, size=120, workers=1, batch=50, tell=said.append)
    assert told["renewals"] == 120
    assert told["per_second"] > 0
    assert len(said) == 3
