"""The demo newspaper as it is written: stories, people, topics and storylines from their files.

Dates in the files are relative to the day the demo is first built, so that it is never stale.
"""

from __future__ import annotations

import calendar
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
SECTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "city",
        "City",
        "Kadalpur, street by street: water, boats, wards and the people who run them.",
    ),
    ("nation", "Nation", "The state, its neighbours and the capital."),
    ("world", "World", "What happens elsewhere, and why it reaches us."),
    ("business", "Business", "Companies, trades, prices and the money behind the port."),
    ("opinion", "Opinion", "Columns, the paper’s own view, and letters."),
    ("science", "Science", "Research, nature and the weather."),
    ("culture", "Culture", "Books, films, music, food and long reads."),
    ("sport", "Sport", "Scores, and the people who make them."),
)
_MOMENT = re.compile(r"^-(\d+)d (\d\d):(\d\d)$")
_AGO = re.compile(r"^-(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)d)?$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a story's text: its kind and its value as the newsroom's body takes it."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Writing:
    """One story file, parsed."""

    slug: str
    section: str
    facts: dict[str, Any]
    body: tuple[Block, ...]


def read_stories() -> list[Writing]:
    """Every story file, by section and name."""
    return [_parse(path) for path in sorted((FOLDER / "stories").glob("*/*.md"))]


def read_table(name: str, row: str = "") -> list[dict[str, Any]]:
    """The rows of ``authors.toml``, ``topics.toml``, ``storylines.toml`` or ``house.toml``."""
    rows: list[dict[str, Any]] = tomllib.loads(
        (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    )[row or name.removesuffix("s")]
    return rows


def moment(written: str, *, built_on: date, zone: ZoneInfo) -> datetime:
    """``-1d 06:30`` as an instant: so many days before the build day, local time."""
    match = _MOMENT.match(written)
    if match is None:
        raise ValueError(f"{written!r} is not a moment such as '-1d 06:30'")
    days, hour, minute = (int(part) for part in match.groups())
    return datetime.combine(built_on - timedelta(days=days), time(hour, minute), zone)


def day_ago(written: str, *, built_on: date) -> date:
    """``-2y11m`` or ``-3d`` as a day; a day the month does not have becomes its last."""
    match = _AGO.match(written)
    if match is None or not any(match.groups()):
        raise ValueError(f"{written!r} is not a day such as '-2y11m' or '-3d'")
    years, months, days = (int(part or 0) for part in match.groups())
    index = built_on.year * 12 + built_on.month - 1 - years * 12 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(built_on.day, last)) - timedelta(days=days)


def _parse(path: Path) -> Writing:
    _, front, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    facts = tomllib.loads(front)
    return Writing(
        slug=facts["slug"], section=path.parent.name, facts=facts, body=tuple(parse_body(text))
    )


def parse_body(text: str) -> list[Block]:
    """Paragraphs, ``## crossheads``, pull quotes and charts, in order."""
    return [_block(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def _block(part: str) -> Block:
    if part.startswith("## "):
        return Block("crosshead", part[3:].strip())
    if part.startswith("```chart"):
        written = tomllib.loads(part.removeprefix("```chart").rsplit("```", 1)[0])
        return Block("chart", written)
    if part.startswith("> "):
        lines = [line.removeprefix(">").strip() for line in part.splitlines()]
        said = " ".join(line for line in lines if not line.startswith("— "))
        by = next((line[2:] for line in lines if line.startswith("— ")), "")
        speaker, _, role = by.partition(", ")
        return Block("pull_quote", {"words": said, "speaker": speaker, "role": role})
    words = " ".join(part.split("\n"))
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Block("paragraph", "<p>" + re.sub(r"\*([^*]+)\*", r"<i>\1</i>", words) + "</p>")
