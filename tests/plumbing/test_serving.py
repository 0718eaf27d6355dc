from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.gate.granian_worker import FOR_PAGES, FOR_STORIES, UPLOADS
from broadsheet.gate.over_http import PLACES
from broadsheet.plumbing import serving

pytestmark = pytest.mark.pure


def test_gate_django_and_worker_are_processes_of_their_own():
    gate, django, worker = serving.serving(host="0.0.0.0", port=8123, workers=3)
    behind = Path(gate.environ["BROADSHEET_BEHIND"].removeprefix("unix:"))
    assert gate.environ == {"BROADSHEET_BEHIND": f"unix:{behind}", "MALLOC_ARENA_MAX": "2"}
    assert gate.command[-5:] == [
        *("--host", "0.0.0.0", "--port", "8123"),
        "broadsheet.wsgi_gate:application",
    ]
    assert django.command[-5:] == [
        *("--uds", str(behind), "--uds-permissions", "0600"),
        "broadsheet.wsgi_behind:application",
    ]
    for child in (gate, django):
        assert child.command[child.command.index("--workers") + 1] == "3"
    assert worker.command[-2:] == ["site", "work"]
    assert (gate.nice, django.nice, worker.nice) == (0, 13, 13)
    assert (gate.leaves, django.leaves) == (None, behind)
    assert behind.parent.stat().st_mode & 0o777 == 0o700
    assert list(behind.parent.iterdir()) == []


def test_uploads_leave_threads_for_stories_and_pools_no_more_than_may_wait():
    assert serving.GATE_THREADS > UPLOADS
    assert FOR_PAGES + FOR_STORIES <= PLACES
