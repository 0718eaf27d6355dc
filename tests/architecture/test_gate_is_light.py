"""The gate starts in a blink: importing it loads no Django and nothing of the apps."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.pure

SCRIPT = """
import sys
import broadsheet.wsgi_gate
heavy = ("django", "wagtail", "broadsheet.apps", "broadsheet.plumbing", "broadsheet.settings")
print(sorted(name for name in sys.modules if name.startswith(heavy)))
"""


def test_the_gates_own_process_loads_no_django(tmp_path):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_BEHIND": "unix:/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_gates_own_process_must_be_told_where_django_answers(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import broadsheet.wsgi_gate"],
        env={"PATH": os.environ["PATH"], "BROADSHEET_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("BROADSHEET_BEHIND must say where Django answers")
