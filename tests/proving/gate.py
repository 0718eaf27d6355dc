"""The gate beside nginx: ``python -m tests.proving.gate`` runs the bench and holds it to its bars.

Exit 1: a figure misses its bar. 2: the bench could not run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from operator import ge, le
from typing import Any

BARS = (
    ("detail", "mix", "ratio", ge, 0.40),
    ("detail", "new-read", "ratio", ge, 0.36),
    ("detail", "re-read", "ratio", ge, 0.45),
    ("detail", "stopped", "ratio", ge, 0.45),
    ("detail", "subscriber", "ratio", ge, 0.45),
    ("redis", "mix", "ratio", ge, 0.25),
    ("redis", "new-read", "ratio", ge, 0.12),
    ("tail", "p99_ms", le, 10.0),
    ("mixed", "ratio", ge, 0.80),
    ("mixed", "p99_ms", le, 20.0),
    ("memory", "rss_mb", le, 250.0),
)
"""Where a figure stands in what the bench says, and the bar that it must keep."""


def main() -> int:
    """Run the bench; the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "bench", "gate", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return 2
    missed = list_missed(json.loads(done.stdout.splitlines()[-1]))
    for words in missed:
        print(words, file=sys.stderr)
    return 1 if missed else 0


def list_missed(found: dict[str, Any]) -> list[str]:
    """The figures that miss their bars, each with its bar."""
    missed = []
    for *names, keeps, bar in BARS:
        figure: Any = found
        for name in names:
            figure = figure[name]
        if not keeps(figure, bar):
            side = "under" if keeps is ge else "over"
            missed.append(f"{' '.join(names)} {figure} is {side} {bar}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
