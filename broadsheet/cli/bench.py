"""``broadsheet bench``: measure this installation beside a known yardstick."""

from __future__ import annotations

import sys

import click

from broadsheet.cli._print import answer, with_json


@click.group()
def group() -> None:
    """Measure this installation beside a known yardstick."""


@group.command()
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 50))
@click.option("--seconds", default=3, show_default=True, type=click.IntRange(1, 60))
@with_json
def gate(rounds: int, seconds: int, *, as_json: bool) -> None:
    """Story pages from the gate, beside nginx serving the same gzip bytes. Takes some minutes."""
    from broadsheet.bench.gate import MODES, CannotBench, bench_gate

    try:
        found = bench_gate(rounds=rounds, seconds=seconds, tell=_tell)
    except CannotBench as error:
        raise click.UsageError(str(error)) from error
    lines = [
        f"{mode:<11}{found['detail'][mode]['figure']:>8,}/s  {found['detail'][mode]['ratio']:.2f} "
        f"of nginx  p99 {found['detail'][mode]['p99_ms']} ms  ({says})"
        for mode, says in MODES.items()
    ]
    answer(found, as_json=as_json, words="\n".join(lines))


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
