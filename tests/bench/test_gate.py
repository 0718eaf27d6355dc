"""The gate's bench: whom it sends, what it lays under the gate, what it makes of the figures."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from broadsheet.bench import gate, slow_behind
from broadsheet.bench.gate import Round
from broadsheet.bench.many_stories import LONG, LONG_BYTES, answer, make_page
from broadsheet.bench.paper import MODES
from broadsheet.bench.readers import SECRET, make_readers, make_subscriber
from broadsheet.bench.servers import measure_memory
from broadsheet.protocol import keys
from broadsheet.protocol.device import read_device
from broadsheet.protocol.reader_pass import read_pass
from broadsheet.protocol.rendition import FACTS_HEADER, StoryFacts

pytestmark = pytest.mark.pure


def test_the_figure_is_the_mixs_median_and_the_ratio_that_of_pairs():
    rounds = [Round(g, n, 1.0, 0.5, 0.5) for g, n in ((40.0, 100.0), (10.0, 20.0), (30.0, 90.0))]
    summed = gate._sum_up(dict.fromkeys(MODES, rounds))
    assert (summed["figure"], summed["ratio"]) == (30, 0.4)
    assert set(summed["detail"]) == {"mix", "new-read", "re-read", "stopped", "subscriber"}
    assert summed["detail"]["mix"]["nginx"] == 90


def test_the_benchs_readers_carry_cookies_that_the_gate_takes():
    (reader,) = make_readers(1)
    key = keys.derive_key(SECRET, keys.DEVICE)
    assert read_device(key, reader.removeprefix("bs_device="), 0) is not None
    text = make_subscriber().rpartition("bs_pass=")[2]
    signed_in = read_pass(keys.derive_key(SECRET, keys.PASS), text, "session", 0)
    assert signed_in is not None
    assert signed_in.reader.kind == "subscriber"


@pytest.mark.parametrize("path", [slow_behind.WAITING, slow_behind.COMPUTING])
def test_slow_pages_stand_beside_all_others(path):
    def behind(environ, start_response):
        start_response("204 No Content", [])
        return [environ["PATH_INFO"].encode()]

    started = []
    site = slow_behind.SlowPages(behind, 0.0)
    start = lambda status, _: started.append(status)  # noqa: E731
    assert site({"PATH_INFO": path}, start) == [b"slow"]
    assert site({"PATH_INFO": "/desk/"}, start) == [b"/desk/"]
    assert started == ["200 OK", "204 No Content"]


def test_no_newspaper_has_the_benchs_pages():
    """What serves a newspaper loads nothing of the bench."""
    code = "import sys, broadsheet.wsgi_behind; print('broadsheet.bench' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_stand_in_has_every_story_and_nothing_else():
    started = []

    def start(status, headers):
        started.append((status, dict(headers)))

    (long,) = answer({"PATH_INFO": "/city/story-7/"}, start)
    (short,) = answer({"PATH_INFO": f"/city/story-{LONG + 1}/"}, start)
    (other,) = answer({"PATH_INFO": "/healthz"}, start)
    assert (long, len(long), other) == (make_page(7, LONG_BYTES), LONG_BYTES, b"")
    assert len(short) < len(long)
    facts = StoryFacts.decode(started[0][1][FACTS_HEADER])
    assert (facts.id, facts.url) == (7, "/city/story-7/")
    assert FACTS_HEADER not in started[2][1]


def test_memory_is_read_in_megabytes():
    used = measure_memory(os.getpgrp())
    assert 5 < used["without_files_mb"] <= used["rss_mb"] < 5_000
