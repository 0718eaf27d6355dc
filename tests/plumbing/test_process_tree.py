from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from broadsheet.plumbing import process_tree
from broadsheet.plumbing.process_tree import Child, ProcessTree

pytestmark = pytest.mark.journey
TREE = """
import sys
from broadsheet.plumbing.process_tree import Child, ProcessTree
body = "import os, time; os.write(1, b'up %d' % os.getpid() + bytes([10])); time.sleep(600)"
children = [Child(name, [sys.executable, "-c", body]) for name in ("web", "worker")]
sys.exit(ProcessTree(children).run())
"""


@pytest.fixture
def started():
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE, text=True) as tree:
        try:
            yield tree, [int(tree.stdout.readline().split()[1]) for _ in range(2)]
        finally:
            tree.terminate()


def _gone(pid: int) -> bool:
    last = time.monotonic() + 15
    while time.monotonic() < last:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_tree_ends_together_when_asked(started, number):
    tree, pids = started
    tree.send_signal(number)
    assert tree.wait(15) == 0
    assert [_gone(pid) for pid in pids] == [True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_the_children_end_when_the_tree_is_killed(started):
    tree, pids = started
    tree.kill()
    tree.wait(15)
    assert [_gone(pid) for pid in pids] == [True, True]


def test_a_child_that_dies_is_started_again(started):
    tree, (first, second) = started
    os.kill(first, signal.SIGKILL)
    third = int(tree.stdout.readline().split()[1])
    assert third not in {first, second}
    tree.terminate()
    assert tree.wait(15) == 0
    assert [_gone(pid) for pid in (second, third)] == [True, True]


def test_a_child_that_cannot_start_gives_up_the_tree():
    tree = ProcessTree([Child("web", [sys.executable, "-c", "raise SystemExit(3)"])])
    assert tree.run() == 1


def test_a_child_that_once_lived_is_never_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(process_tree, "QUICK", 0.5)
    monkeypatch.setattr(process_tree, "LONGEST_PAUSE", 0.0)
    body = (
        "import pathlib, sys, time; runs = pathlib.Path(sys.argv[1])\n"
        "with runs.open('a') as told: told.write('.')\n"
        "run = len(runs.read_text())\n"
        "time.sleep(1 if run == 1 else 600 if run == 6 else 0)"
    )
    runs = tmp_path / "runs"
    runs.touch()
    tree = ProcessTree([Child("web", [sys.executable, "-c", body, str(runs)])])

    def watch() -> None:
        last = time.monotonic() + 30
        while len(runs.read_text()) < 6 and time.monotonic() < last:
            time.sleep(0.01)
        tree.stopping.set()

    assert tree.run(when_started=watch) == 0
    assert runs.read_text() == "." * 6


def test_a_child_that_has_settled_yields():
    child = Child("nice", [sys.executable, "-c", "import time; time.sleep(600)"], nice=3)
    tree = ProcessTree([child], settled=0.0)
    found: list[int] = []

    def look() -> None:
        last = time.monotonic() + 15
        while not child.is_yielding and time.monotonic() < last:
            time.sleep(0.01)
        found.append(os.getpriority(os.PRIO_PROCESS, child.process.pid))
        tree.stopping.set()

    assert tree.run(when_started=look) == 0
    assert found == [3]


def test_what_a_killed_child_left_is_gone_when_it_starts_again(tmp_path):
    left = tmp_path / "left"
    left.touch()
    body = f"import pathlib, sys; sys.exit(pathlib.Path({str(left)!r}).exists())"
    tree = ProcessTree([Child("clean", [sys.executable, "-c", body], leaves=left)])
    tree.run(when_started=tree.stopping.set)
    assert tree.children[0].process.returncode in {0, -signal.SIGTERM}
    assert not left.exists()
