"""``site init`` makes a newspaper that can be staffed and served."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey


def run(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    if home is not None:
        environ["BROADSHEET_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        timeout=120,
    )


def ask(home: Path, question: str) -> list[str]:
    with sqlite3.connect(home / "main.sqlite3") as database:
        return sorted(row[0] for row in database.execute(question))


def test_a_paper_begins_once_with_its_roles(tmp_path: Path) -> None:
    home = tmp_path / "paper"
    begun = run("site", "init", str(home), "--json")
    assert begun.returncode == 0, begun.stderr
    assert json.loads(begun.stdout.splitlines()[-1]) == {"path": str(home)}
    assert ask(home, "SELECT name FROM auth_group WHERE name LIKE '%r' AND name NOT LIKE 'M%'") == [
        "editor",
        "operator",
        "subscription-manager",
    ]
    allowances = "anonymous_allowance || ' ' || registered_allowance"
    assert ask(home, f"SELECT {allowances} FROM meter_meterpolicy") == ["5 8"]
    assert ask(home, "SELECT name FROM wagtailcore_workflow WHERE name = 'Review'") == ["Review"]

    again = run("site", "init", str(home), "--json")
    assert (again.returncode, again.stdout) == (2, "")
    assert "begins only once. Choose an empty folder." in again.stderr

    doctor = run("site", "doctor", "--json", home=home)
    assert doctor.returncode == 0, doctor.stdout
    found = json.loads(doctor.stdout.splitlines()[-1])
    assert found["ok"] is True
    assert [check["name"] for check in found["checks"] if not check["ok"]] == []

    upgraded = run("site", "upgrade", "--json", home=home)
    assert json.loads(upgraded.stdout.splitlines()[-1]) == {"applied": 0}
    assert ask(home, "SELECT code FROM meter_meterpolicy") == ["M5"]


def test_an_unknown_variable_stops_the_start(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "BROADSHEET_HOME": str(tmp_path),
        "BROADSHEET_ORGIN": "https://paper.example",
    }
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "site", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == "broadsheet: There is no setting BROADSHEET_ORGIN. Did you mean BROADSHEET_ORIGIN?\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_noun_is_answered_with_the_nouns() -> None:
    done = run("stories", "import")
    assert done.returncode == 2
    assert "There is no noun 'stories'. The nouns are: " in done.stderr
