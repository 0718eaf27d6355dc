"""What the wire room's tests stand on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEXT = (
    "The harbour board voted on Tuesday to repair the three cranes at the old dock. The work will "
    "begin before the monsoon.\n\nTwo members voted against, saying that the cost was known and was "
    "too high for a port that has lost a fifth of its trade.\n\nThe union welcomed the vote."
)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """A sound record, with what the test wants otherwise."""

    def make(**otherwise: Any) -> dict[str, Any]:
        sound = {"id": "a-1", "title": "Cranes to be repaired", "date": "2026-11-03", "body": TEXT}
        return {name: value for name, value in (sound | otherwise).items() if value is not None}

    return make


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """A file of JSON lines; a text stands as it is."""

    def write(*records: dict[str, Any] | str, name: str = "stories.jsonl") -> Path:
        path = tmp_path / name
        path.write_text(
            "".join(
                (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n"
                for one in records
            ),
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def ninjs(tmp_path: Path) -> Callable[..., Path]:
    """A file with one ninjs item."""

    def write(name: str = "item.json", **otherwise: Any) -> Path:
        item = {
            "uri": "urn:newsml:agency.example:20261103:1",
            "type": "text",
            "version": "1",
            "versioncreated": "2026-11-03T10:00:00Z",
            "pubstatus": "usable",
            "language": "en",
            "infosource": [{"name": "Harbour News Agency"}],
            "headline": "Cranes to be repaired",
            "body_text": TEXT,
        } | otherwise
        path = tmp_path / name
        kept = {field: value for field, value in item.items() if value is not None}
        path.write_text(json.dumps(kept), encoding="utf-8")
        return path

    return write
