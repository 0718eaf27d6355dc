"""Texts that the newsroom hands over, so that no subscriber must be signed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from broadsheet.scan.asking import CannotScan, tidy_address
from broadsheet.scan.learning import KnownText


def read_texts(path: Path) -> dict[str, KnownText]:
    """Stories by address, from JSON lines of ``url`` and ``paragraphs``. Raises ``CannotScan``."""
    texts = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotScan(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            told = _read_line(line)
            if told is None:
                raise CannotScan(
                    f'Line {number} of {path} is no text; one looks like {{"url": '
                    '"https://paper.example/city/ferry-12/", "paragraphs": ["First.", "Second."]}'
                )
            texts[tidy_address(told["url"])] = KnownText(tuple(told["paragraphs"]))
    return texts


def _read_line(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not isinstance(told.get("url"), str):
        return None
    paragraphs = told.get("paragraphs")
    sound = isinstance(paragraphs, list) and all(isinstance(one, str) for one in paragraphs)
    return told if sound else None
