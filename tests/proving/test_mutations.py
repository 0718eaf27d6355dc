from __future__ import annotations

from pathlib import Path

import pytest

from tests.proving.mutations import (
    BROKEN,
    KILLED,
    SURVIVED,
    Mutation,
    judge,
    list_misplaced,
    read_mutations,
    read_report,
)

pytestmark = pytest.mark.pure
TEST = "tests/attacks/test_page.py::test_a"
OTHER = "tests/attacks/test_page.py::test_b"
CASE = '<testcase classname="tests.attacks.test_page" name="{}">{}</testcase>'
FAILED = '<failure message="AssertionError: assert 1 == 2&#10;and more">lines</failure>'


def report(*cases: tuple[str, str]) -> str:
    inside = "".join(CASE.format(name, said) for name, said in cases)
    return f"<testsuites><testsuite>{inside}</testsuite></testsuites>"


def mutation(**fields: object) -> Mutation:
    given = {"name": "n", "says": "s", "file": "page.py", "find": "a", "put": "b", "tests": (TEST,)}
    return Mutation(**{**given, **fields})


def test_every_mutation_can_be_made_in_the_product_as_it_is():
    mutations = read_mutations()
    assert list_misplaced(mutations) == []
    assert len({one.name for one in mutations}) == len(mutations)
    for one in mutations:
        assert one.file.startswith("broadsheet/"), one.name
        assert one.find != one.put, one.name
        assert one.tests, one.name


def test_a_text_that_stands_twice_or_nowhere_is_misplaced(tmp_path: Path):
    (tmp_path / "page.py").write_text("x = a + a\n")
    assert list_misplaced([mutation()], tmp_path) == ["n: its text stands 2 times in page.py"]
    assert list_misplaced([mutation(find="x =")], tmp_path) == []
    (missing,) = list_misplaced([mutation(find="y")], tmp_path)
    assert missing == "n: its text stands 0 times in page.py"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ""),
        (FAILED, "failed: AssertionError: assert 1 == 2"),
        ('<failure message="Failed: DID NOT RAISE"/>', "failed: Failed: DID NOT RAISE"),
        ('<failure message="KeyError: x"/>', "broken: KeyError: x"),
        ('<error message="failed on setup with AssertionError"/>', "broken: failed on setup"),
        ('<skipped message="no redis"/>', "broken: skipped"),
    ],
)
def test_only_an_assertion_in_the_test_itself_is_a_failure(said, expected):
    read = read_report(report(("test_a", said)), [TEST])
    assert read[TEST].startswith(expected)
    assert bool(read[TEST]) is bool(expected)


def test_the_cases_of_one_test_are_one_test():
    cases = (("test_a[1]", ""), ("test_a[2]", FAILED), ("test_b[1]", FAILED))
    broken = ("test_b[2]", '<error message="no server"/>')
    assert read_report(report(*cases, broken), [TEST, OTHER]) == {
        TEST: "failed: AssertionError: assert 1 == 2",
        OTHER: "broken: no server",
    }
    assert read_report(report(), [TEST]) == {TEST: "broken: not collected"}


def test_a_mutation_is_killed_when_every_test_fails():
    both = mutation(tests=(TEST, OTHER))
    for told, outcome in (
        (("failed: a", "failed: b"), KILLED),
        (("failed: a", ""), SURVIVED),
        (("", ""), SURVIVED),
        (("failed: a", "broken: b"), BROKEN),
    ):
        finding = judge(both, dict(zip((TEST, OTHER), told, strict=True)), 1.26)
        assert (finding.outcome, finding.seconds) == (outcome, 1.3), told
