"""The gate beside nginx: ``python -m tests.proving.gate`` runs the bench and holds it to its bars.

Exit 1: a ratio is under its bar. 2: the bench could not run.
"""

from __future__ import annotations

import json
import subprocess
import sys

BARS = {"mix": 0.30, "new-read": 0.25}
"""Least ratio of the gate's pages a second to nginx's, by mode of the bench."""


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
    detail = json.loads(done.stdout.splitlines()[-1])["detail"]
    under = list_under(detail)
    for mode in under:
        print(f"under {BARS[mode]:.2f}: {mode} {detail[mode]['ratio']:.2f}", file=sys.stderr)
    return 1 if under else 0


def list_under(detail: dict[str, dict[str, float]]) -> list[str]:
    """The modes whose ratio is under its bar."""
    return [mode for mode, bar in BARS.items() if detail[mode]["ratio"] < bar]


if __name__ == "__main__":
    sys.exit(main())
