"""Whether each attack would be noticed: ``python -m tests.proving.mutations [NAME …]``.

Each mutation of ``tests/attacks/mutations.toml`` opens one hole in a copy of the product; the tests
it names must then fail by an assertion. The same tests are seen to pass without it first, so a
mutation is ``killed``, ``survived``, or ``broken``: the tests did not get as far as an assertion.

Prints a table and writes ``build/mutations.json``. Exit 1: one survived. 2: one could not be run.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
MUTATIONS = ROOT / "tests" / "attacks" / "mutations.toml"
REPORT = ROOT / "build" / "mutations.json"
COPIED = ("broadsheet", "tests", "pyproject.toml", "docs")
LONGEST_RUN = 600
"""Seconds after which a run of tests is given up."""
KILLED, SURVIVED, BROKEN = "killed", "survived", "broken"
BY_ASSERTION = ("AssertionError", "assert ", "Failed: DID NOT")


@dataclass(frozen=True)
class Mutation:
    """One hole: in ``file``, the text ``find`` is replaced by ``put``; ``tests`` must notice."""

    name: str
    says: str
    file: str
    find: str
    put: str
    tests: tuple[str, ...]

    def count_in(self, tree: Path) -> int:
        """How often its text occurs; it can be made where that is once."""
        return (tree / self.file).read_text(encoding="utf-8").count(self.find)


@dataclass(frozen=True)
class Finding:
    """What became of one mutation; ``detail`` is the first line of the failure, or what broke."""

    name: str
    says: str
    outcome: str
    detail: str
    seconds: float


def read_mutations(path: Path = MUTATIONS) -> list[Mutation]:
    """Every mutation, in the order of the file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutation"]
    return [Mutation(**{**row, "tests": tuple(row["tests"])}) for row in rows]


def list_misplaced(mutations: Iterable[Mutation], tree: Path = ROOT) -> list[str]:
    """The mutations whose text does not stand exactly once in the product, each in a sentence."""
    return [
        f"{one.name}: its text stands {found} times in {one.file}"
        for one in mutations
        if (found := one.count_in(tree)) != 1
    ]


class Bench:
    """A copy of the checkout, and a finished demo of its own, on which tests are run."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self._home = folder / "home"
        self._report = folder / "report.xml"
        for name in COPIED:
            source, into = ROOT / name, self.tree / name
            if source.is_dir():
                shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, into)
        compileall.compile_dir(self.tree / "broadsheet", quiet=2)
        self._environ = {
            name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
        } | {"PYTHONPATH": str(self.tree), "PYTHONDONTWRITEBYTECODE": "1"}
        self._check_import()
        self._make_demo()

    @contextmanager
    def mutated(self, mutation: Mutation) -> Iterator[None]:
        """The copy with one hole, until the block ends."""
        path = self.tree / mutation.file
        whole, stat = path.read_bytes(), path.stat()
        changed = whole.decode("utf-8").replace(mutation.find, mutation.put)
        path.write_text(changed, encoding="utf-8")
        os.utime(path, (stat.st_atime, stat.st_mtime + 10))  # or the old bytecode would be taken
        try:
            yield
        finally:
            path.write_bytes(whole)
            os.utime(path, (stat.st_atime, stat.st_mtime))

    def run(self, tests: Sequence[str]) -> dict[str, str]:
        """Run tests; by name ``""`` for passed, ``failed: …`` by an assertion or ``broken: …``."""
        self._report.unlink(missing_ok=True)
        words = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider"]
        words += ["-p", "no:randomly", f"--junitxml={self._report}", *tests]
        environ = self._environ | {"LANTERN_HOME": str(self._home)}
        said = _run_alone(words, self.tree, environ)
        if said is None:
            return dict.fromkeys(tests, f"broken: not done after {LONGEST_RUN} s")
        if not self._report.exists():
            lines = [line for line in said.splitlines() if line.strip()]
            return dict.fromkeys(tests, f"broken: {lines[-1] if lines else 'nothing was said'}")
        return read_report(self._report.read_text(encoding="utf-8"), tests)

    def _check_import(self) -> None:
        """The copy must be what is imported, not the checkout beside it."""
        found = subprocess.run(
            [sys.executable, "-c", "import broadsheet; print(broadsheet.__file__)"],
            cwd=self.tree,
            env=self._environ,
            capture_output=True,
            text=True,
            check=True,
        )
        if not Path(found.stdout.strip()).is_relative_to(self.tree):
            raise SystemExit(f"the copy is not what is imported: {found.stdout.strip()}")

    def _make_demo(self) -> None:
        """Build the demo newspaper once; every run begins with a copy of it.

        ``LANTERN_HOME`` names one that was built before.
        """
        program = (
            "import json, sys; from pathlib import Path\n"
            "from tests.factories.demo import free_port, serve_demo\n"
            "home = Path(sys.argv[1])\n"
            "with serve_demo(home, free_port()) as lantern:\n"
            "    (home / 'people.json').write_text(json.dumps(lantern.people))"
        )
        if made := os.environ.get("LANTERN_HOME"):
            shutil.copytree(made, self._home)
            return
        self._home.mkdir()
        subprocess.run(
            [sys.executable, "-c", program, str(self._home)],
            cwd=self.tree,
            env=self._environ,
            check=True,
        )


def _run_alone(words: Sequence[str], tree: Path, environ: dict[str, str]) -> str | None:
    """Run a command to its end; what it said, ``None`` if it took too long. Its servers end too."""
    with subprocess.Popen(
        words,
        cwd=tree,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=LONGEST_RUN)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            return None
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise


def read_report(xml: str, tests: Sequence[str]) -> dict[str, str]:
    """What a JUnit report says of tests: see ``Bench.run``. The cases of one test are one test."""
    cases: dict[str, list[str]] = {name: [] for name in tests}
    for case in ET.fromstring(xml).iter("testcase"):
        module = (case.get("classname") or "").replace(".", "/") + ".py"
        name = f"{module}::{(case.get('name') or '').partition('[')[0]}"
        if name in cases:
            cases[name].append(_read_case(case))
    return {name: _sum_up(found) for name, found in cases.items()}


def _read_case(case: ET.Element) -> str:
    error, failure, skipped = (case.find(what) for what in ("error", "failure", "skipped"))
    if error is not None:
        return f"broken: {_first_line(error)}"
    if skipped is not None:
        return "broken: skipped"
    if failure is None:
        return ""
    said = _first_line(failure)
    return f"{'failed' if said.startswith(BY_ASSERTION) else 'broken'}: {said}"


def _first_line(element: ET.Element) -> str:
    lines = (element.get("message") or element.text or "").splitlines()
    return lines[0][:160] if lines else ""


def _sum_up(found: list[str]) -> str:
    """One outcome of a test's cases: broken if any broke, failed if any failed."""
    if not found:
        return "broken: not collected"
    for what in ("broken", "failed"):
        for one in found:
            if one.startswith(what):
                return one
    return ""


def judge(mutation: Mutation, said: dict[str, str], seconds: float) -> Finding:
    """What became of a mutation, from what its tests said: every one of them must notice."""
    told = [said[test] for test in mutation.tests]
    outcome, detail = KILLED, told[0]
    for test, one in zip(mutation.tests, told, strict=True):
        if one.startswith("broken"):
            outcome, detail = BROKEN, f"{test}: {one}"
            break
        if not one:
            outcome, detail = SURVIVED, f"{test} passes"
    return Finding(mutation.name, mutation.says, outcome, detail, round(seconds, 1))


def prove(mutations: Sequence[Mutation], bench: Bench) -> list[Finding]:
    """Make each hole in turn. Raises ``SystemExit`` where a test fails without any."""
    tests = list(dict.fromkeys(test for one in mutations for test in one.tests))
    unwell = {test: said for test, said in bench.run(tests).items() if said}
    if unwell:
        for test, said in unwell.items():
            print(f"fails without any mutation: {test}: {said}", file=sys.stderr)
        raise SystemExit(2)
    print(f"{len(tests)} tests pass on the product as it is", flush=True)
    findings = []
    for one in mutations:
        began = time.monotonic()
        with bench.mutated(one):
            said = bench.run(one.tests)
        finding = judge(one, said, time.monotonic() - began)
        findings.append(finding)
        print(f"{finding.outcome:8} {finding.seconds:5.1f} s  {one.name}: {one.says}", flush=True)
        if finding.outcome != KILLED:
            print(f"         {finding.detail}", flush=True)
    return findings


def main(names: Sequence[str]) -> int:
    """Prove all mutations, or those named; the exit code."""
    mutations = read_mutations()
    chosen = [one for one in mutations if not names or one.name in names]
    misplaced = list_misplaced(chosen)
    unknown = sorted(set(names) - {one.name for one in mutations})
    for line in [*misplaced, *(f"{name}: no such mutation" for name in unknown)]:
        print(line, file=sys.stderr)
    if misplaced or unknown:
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="broadsheet-mutations-") as folder:
        findings = prove(chosen, Bench(Path(folder)))
    outcomes = [finding.outcome for finding in findings]
    figures: dict[str, object] = {"mutations": len(findings)}
    figures |= {name: outcomes.count(name) for name in (KILLED, SURVIVED, BROKEN)}
    figures["minutes"] = round((time.monotonic() - began) / 60, 1)
    REPORT.parent.mkdir(exist_ok=True)
    report = {**figures, "findings": [asdict(finding) for finding in findings]}
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(figures))
    return 1 if SURVIVED in outcomes else 2 if BROKEN in outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
