from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from broadsheet.plumbing.crash import POINTS, crash_point

pytestmark = pytest.mark.pure


def run(at: str | None) -> int:
    code = "from broadsheet.plumbing.crash import crash_point; crash_point(2); crash_point(3)"
    environ = {name: v for name, v in os.environ.items() if name != "BROADSHEET_CRASH_AT"}
    if at is not None:
        environ["BROADSHEET_CRASH_AT"] = at
    return subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode


def test_it_dies_at_its_own_point_alone():
    assert run("3") == -signal.SIGKILL
    assert run("4") == 0
    assert run(None) == 0


def test_nothing_happens_where_no_point_is_named():
    for point in POINTS:
        crash_point(point)
