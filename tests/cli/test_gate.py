from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from broadsheet.cli import root

pytestmark = pytest.mark.pure


def run(*words):
    return CliRunner().invoke(root, ["gate", "explain", *words])


def test_a_code_is_explained():
    done = run("ln-m5-a18p")
    assert done.exit_code == 0
    assert done.output.startswith("The reader had opened the 5 free stories of November 2026;")


def test_as_json_the_last_line_is_one_object():
    done = run("LN-M5-A18P", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout.splitlines()[-1])
    assert {name: said[name] for name in ("verdict", "reason", "policy", "limit", "window")} == {
        "verdict": "preview",
        "reason": "allowance-spent",
        "policy": "M5",
        "limit": 5,
        "window": "2026-11",
    }
    assert said["text"] == done.stderr.strip()


@pytest.mark.parametrize(
    ("code", "says"), [("LN-M5-A18Q", "was miscopied"), ("hello", "one looks like LN-M5-7Q4K")]
)
def test_a_wrong_code_is_refused_with_what_to_do(code, says):
    done = run(code)
    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""
