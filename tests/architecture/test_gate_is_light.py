"""The gate starts in a blink: importing it loads no Django and nothing of the apps."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.pure

SCRIPT = """
import sys
import broadsheet.gate.app, broadsheet.gate.settings, broadsheet.gate.upstream
heavy = ("django", "wagtail", "broadsheet.apps", "broadsheet.plumbing", "broadsheet.settings")
print(sorted(name for name in sys.modules if name.startswith(heavy)))
"""


def test_importing_the_gate_loads_no_django():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
