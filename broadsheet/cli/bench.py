"""``broadsheet bench``: measure this installation beside a known yardstick."""

from __future__ import annotations

import sys
from typing import Any

import click

from broadsheet.cli._print import answer, with_json


@click.group()
def group() -> None:
    """Measure this installation beside a known yardstick."""


@group.command()
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 50))
@click.option("--seconds", default=3, show_default=True, type=click.IntRange(1, 60))
@click.option("--brief", is_flag=True, help="Only the readers: no Redis, slow pages, tail, memory.")
@with_json
def gate(rounds: int, seconds: int, *, brief: bool, as_json: bool) -> None:
    """Story pages from the gate, beside nginx serving the same gzip bytes. Takes some minutes.

    Besides: with the reads in Redis, with slow pages behind, the tail at 80 % of the peak, memory.
    """
    from broadsheet.bench.gate import MODES, CannotBench, bench_gate

    try:
        found = bench_gate(rounds=rounds, seconds=seconds, brief=brief, tell=_tell)
    except CannotBench as error:
        raise click.UsageError(str(error)) from error
    lines = [_say(mode, found["detail"][mode], says) for mode, says in MODES.items()]
    if not brief:
        lines += [_say(f"Redis {mode}", one, MODES[mode]) for mode, one in found["redis"].items()]
        lines.append(
            "{figure:,}/s with {slow} slow requests, {ratio:.2f} of that without, "
            "p99 {p99_ms} ms".format(**found["mixed"])
        )
        lines.append("p99 {p99_ms} ms at {rate:,}/s, peak {peak:,}/s".format(**found["tail"]))
        lines.append(
            "{rss_mb} MB, {without_files_mb} MB without mapped files, "
            "{stories:,} stories known, {warm:,} warm, {devices:,} devices".format(
                **found["memory"]
            )
        )
    answer(found, as_json=as_json, words="\n".join(lines))


@group.command()
@click.option("--size", default=10_000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option("--million", is_flag=True, help="Renew a million on PostgreSQL besides.")
@with_json
def renewals(size: int, *, million: bool, as_json: bool) -> None:
    """Whole renewals a second on SQLite, and on PostgreSQL where there is one; takes some minutes.

    The test gateway answers inside the process, for this figure alone.
    """
    from broadsheet.bench.renewals import bench_renewals
    from broadsheet.bench.servers import CannotBench

    try:
        found = bench_renewals(size=size, million=million, tell=_tell)
    except CannotBench as error:
        raise click.ClickException(str(error)) from error
    words = f"{found['figure']:,} renewals/s on SQLite, {found['ratio']} of one by one"
    answer(found, as_json=as_json, words=words)


def _say(name: str, one: dict[str, Any], says: str) -> str:
    return (
        f"{name:<15}{one['figure']:>8,}/s  {one['ratio']:.2f} of nginx  p99 {one['p99_ms']} ms  "
        f"({says})"
    )


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
