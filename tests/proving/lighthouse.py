"""Lighthouse, as a phone, on the demo's home page, a story, the wall and the offer.

``python -m tests.proving.lighthouse [--rounds 3] [--installed FOLDER] [--why]``: serves a demo of
its own, takes Lighthouse from npm into a temporary folder, and prints for each page the median of
its four scores. Exit 1: a median is under ``BAR``. 2: npm or Chromium is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.factories.demo import Lantern, free_port, serve_demo
from tests.run import find_program

VERSION = "12.8.2"
"""The last one that runs on Node 20."""
BAR = 95
ROUNDS = 3
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROME = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
STORY = re.compile(r'href="(/[a-z]+/[a-z0-9-]+-\d+/)"')
ALLOWANCE = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One page looked at once."""

    scores: dict[str, int]
    metrics: dict[str, float]
    script_bytes: int
    total_bytes: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What Lighthouse is to open, and as whom."""

    name: str
    path: str
    cookies: str = ""


def main() -> int:
    """Look at every page; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.proving.lighthouse")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--installed", type=Path, help="a folder where npm put it already")
    parser.add_argument("--why", action="store_true", help="name each audit that lost points")
    asked = parser.parse_args()
    npm, chromium = find_program("npm"), find_program("chromium")
    if npm is None or chromium is None:
        print("Lighthouse needs npm and chromium: apt-get install npm chromium", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-lighthouse-"))
    try:
        tool = _install(npm, asked.installed or folder)
        (folder / "home").mkdir()
        with serve_demo(folder / "home", free_port()) as lantern:
            under = [
                one
                for page in list_pages(lantern)
                for one in _judge(
                    page,
                    [
                        _look(tool, chromium, lantern.address, page, folder)
                        for _ in range(asked.rounds)
                    ],
                    why=asked.why,
                )
            ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for one in under:
        print(f"under {BAR}: {one}", file=sys.stderr)
    return 1 if under else 0


def list_pages(lantern: Lantern) -> list[Page]:
    """The four pages; the wall as a reader meets it who has read this month's stories."""
    with lantern.reader() as client:
        sections = ("city", "nation", "world", "business", "science", "sport")
        found = [path for name in sections for path in STORY.findall(client.get(f"/{name}/").text)]
        stories = list(dict.fromkeys(found))
        story = next(path for path in stories if "night-ferries" in path)
        stopped_at = next(path for path in stories if _meets_wall(client, path))
        cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    return [
        Page("home", "/"),
        Page("story", story),
        Page("wall", stopped_at, cookies),
        Page("subscribe", "/subscribe/"),
    ]


def _meets_wall(client: httpx.Client, path: str) -> bool:
    return 'data-paywall="limit"' in client.get(path).text


def _install(npm: str, folder: Path) -> Path:
    """Lighthouse's command in ``folder``, put there by npm if it is not yet."""
    tool = folder / "node_modules" / ".bin" / "lighthouse"
    if not tool.exists():
        print(f"taking lighthouse {VERSION} from npm …", file=sys.stderr, flush=True)
        subprocess.run(
            [
                *(npm, "install", "--no-save", "--no-audit", "--no-fund", "--silent"),
                *("--prefix", str(folder), f"lighthouse@{VERSION}"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return tool


def _look(tool: Path, chromium: str, address: str, page: Page, folder: Path) -> Run:
    told = folder / "report.json"
    headers = {"Cookie": page.cookies} if page.cookies else {}
    subprocess.run(
        [
            *(str(tool), address + page.path, "--quiet", "--output=json", f"--output-path={told}"),
            *(f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROME}"),
            f"--extra-headers={json.dumps(headers)}",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    report = json.loads(told.read_text())
    if page.cookies:
        assert _was_stopped(address, page), "the wall was not met"
    return read_report(report)


def _was_stopped(address: str, page: Page) -> bool:
    answer = httpx.get(address + page.path, headers={"Cookie": page.cookies})
    return 'data-paywall="limit"' in answer.text


def read_report(report: dict[str, Any]) -> Run:
    """The scores of one report, its metrics in ms (CLS without unit), and the bytes transferred."""
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    return Run(
        scores={name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES},
        metrics={
            short: audits[name]["numericValue"]
            for short, name in (
                ("FCP", "first-contentful-paint"),
                ("LCP", "largest-contentful-paint"),
                ("TBT", "total-blocking-time"),
                ("SI", "speed-index"),
                ("CLS", "cumulative-layout-shift"),
            )
        },
        script_bytes=_sum_bytes(one for one in requests if one.get("resourceType") == "Script"),
        total_bytes=_sum_bytes(requests),
        lost=tuple(_list_lost(report)),
    )


def _sum_bytes(requests: Any) -> int:
    return sum(int(one.get("transferSize", 0)) for one in requests)


def _list_lost(report: dict[str, Any]) -> list[str]:
    """The audits that count and are not perfect, with what they say."""
    said = []
    for name in CATEGORIES:
        for reference in report["categories"][name]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                shown = audit.get("displayValue") or audit["title"]
                said.append(f"{name}: {reference['id']} {audit['score']:.2f} ({shown})")
    return said


def _judge(page: Page, runs: list[Run], *, why: bool) -> list[str]:
    """Print a page's medians; those under the bar."""
    medians = {name: statistics.median(run.scores[name] for run in runs) for name in CATEGORIES}
    metrics = {
        name: statistics.median(run.metrics[name] for run in runs) for name in runs[0].metrics
    }
    print(
        f"{page.name:10}"
        + " ".join(f"{name} {score:.0f}" for name, score in medians.items())
        + "   "
        + " ".join(
            f"{name} {figure:.3f}" if name == "CLS" else f"{name} {figure / 1000:.2f} s"
            for name, figure in metrics.items()
        )
        + f"   script {max(run.script_bytes for run in runs) / 1000:.1f} kB"
        + f" of {max(run.total_bytes for run in runs) / 1000:.0f} kB",
        flush=True,
    )
    if why:
        for line in dict.fromkeys(line for run in runs for line in run.lost):
            print(f"    {line}", flush=True)
    return [f"{page.name} {name} {score:.0f}" for name, score in medians.items() if score < BAR]


if __name__ == "__main__":
    sys.exit(main())
