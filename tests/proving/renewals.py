"""Renewals a second: ``python -m tests.proving.renewals`` runs the bench and holds it to its bars.

Exit 1: a figure misses its bar. 2: the bench could not run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from operator import ge, le
from typing import Any

BARS = (
    ("sqlite", "per_second", ge, 2000),
    ("postgresql", "per_second", ge, 5000),
    ("postgresql_million", "seconds", le, 300),
    ("postgresql_million", "rss_mb", le, 300),
)
"""Where a figure stands in the bench's detail, and the bar that it must keep."""


def main() -> int:
    """Run the bench, with its million; the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "bench", "renewals", "--million", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return 2
    missed = list_missed(json.loads(done.stdout.splitlines()[-1])["detail"])
    for words in missed:
        print(words, file=sys.stderr)
    return 1 if missed else 0


def list_missed(detail: dict[str, Any]) -> list[str]:
    """The figures that miss their bars, each with its bar."""
    missed = []
    for part, name, keeps, bar in BARS:
        figure = detail[part][name]
        if not keeps(figure, bar):
            missed.append(f"{part} {name} {figure} is {'under' if keeps is ge else 'over'} {bar}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
