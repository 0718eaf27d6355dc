"""The table of known ways round is whole, and says what is true."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.factories.attacker import ask
from tests.proving.mutations import read_mutations

ROOT = Path(__file__).resolve().parents[2]
ROWS = tomllib.loads((ROOT / "tests/attacks/rows.toml").read_text(encoding="utf-8"))["row"]
PAGE = ROOT / "docs" / "explanation" / "ways-round.md"
WORDS = {"number", "title", "how", "defence", "state"}
ALLOWED = {
    "tested": {"tests", "mutations", "sentence", "capability", "absent"},
    "unstoppable": {"sentence"},
    "waiting": {"capability", "absent"},
}
NEEDED = {
    "tested": {"tests", "mutations"},
    "unstoppable": {"sentence"},
    "waiting": {"capability", "absent"},
}
ABSENT = [(row["number"], path) for row in ROWS for path in row.get("absent", ())]


@cache
def list_tests(module: str) -> set[str]:
    """The tests that pytest collects from one module: functions whose names say so."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.pure
def test_the_table_has_37_rows_in_order():
    assert [row["number"] for row in ROWS] == list(range(1, 38))


@pytest.mark.pure
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['number']}")
def test_a_row_says_all_that_its_state_needs(row):
    said = row.keys() - WORDS
    assert row.keys() >= WORDS
    assert NEEDED[row["state"]] <= said <= ALLOWED[row["state"]]
    assert ("capability" in said) == ("absent" in said)
    assert all(row[name] for name in row)


@pytest.mark.pure
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['number']}")
def test_a_tested_row_names_tests_that_are_there_and_mutations_that_fail_each(row):
    known = {mutation.name: mutation for mutation in read_mutations()}
    assert set(row.get("mutations", ())) <= known.keys()
    for test in row.get("tests", ()):
        module, _, name = test.partition("::")
        assert name in list_tests(module)
        assert any(test in known[mutation].tests for mutation in row["mutations"]), test
    for mutation in row.get("mutations", ()):
        assert any(test in known[mutation].tests for test in row["tests"]), mutation


@pytest.mark.pure
def test_every_honest_sentence_stands_in_the_documents():
    printed = " ".join(PAGE.read_text(encoding="utf-8").split())
    sentences = [row["sentence"] for row in ROWS if "sentence" in row]
    assert [sentence for sentence in sentences if sentence not in printed] == []
    assert len(sentences) == len(set(sentences))


@pytest.mark.journey
@pytest.mark.parametrize(("number", "path"), ABSENT)
def test_what_a_row_waits_for_is_not_built(lantern, number, path):
    """Where this fails something was built: write its row's tests, then take the address out."""
    assert ask(lantern.address, "GET", path).status == 404, number
