"""The whole demo: every story, every representation, no leak."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("lantern")]


def test_the_demo_leaks_nothing(lantern):
    email, password = lantern.people["subscriber"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "broadsheet", "gate", "scan", lantern.address),
            *("--email", email, "--json"),
        ],
        env=lantern.environ | {"BROADSHEET_SCAN_PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["leaks"] == []
    assert said["unjudged"] == []
    assert (said["unanswered"], said["left"]) == (0, 0)
    assert said["stories"] >= 60
    assert said["locked"] >= 60
    assert said["locked"] + said["open"] == said["stories"]
    assert said["sentences"] > 1000
    assert said["representations"] > 40 * said["locked"]
