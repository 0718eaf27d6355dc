"""The look's promises: one small style sheet, a few lines of script, nothing inline."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from broadsheet.web import reader

pytestmark = pytest.mark.pure
ROOM = Path(reader.__file__).parent
STATIC = ROOM / "static" / "reader"
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
CSS = (STATIC / "paper.css").read_text(encoding="utf-8")


def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) <= 20_000


def test_the_scripts_are_a_few_lines() -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.glob("*.js")}
    assert sizes["theme.js"] + sizes["paper.js"] <= 4_000  # on every page
    assert sum(sizes.values()) <= 5_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOM)))
def test_no_template_holds_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text)
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+=[\"']", text)
    for opening in re.findall(r"<script[^>]*>", text):
        assert " src=" in opening or 'type="application/ld+json"' in opening


def test_fonts_named_by_the_style_sheet_are_there_with_their_licence() -> None:
    named = set(re.findall(r'url\("fonts/([^"]+)"\)', CSS))
    assert len(named) == 9
    assert {path.name for path in (STATIC / "fonts").glob("*.woff2")} == named
    for licence in ("OFL-Newsreader.txt", "OFL-LibreFranklin.txt"):
        assert "SIL Open Font License" in (STATIC / "fonts" / licence).read_text(encoding="utf-8")


def test_only_logical_properties_are_used() -> None:
    assert not re.search(
        r"[{;\s](?:margin|padding|border)-(?:left|right|top|bottom)|[{;\s](?:left|right|top|bottom):",
        CSS,
    )


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
@pytest.mark.parametrize("token", ["ink", "ink-2", "ink-3", "accent", "up", "down"])
def test_text_stands_out_from_its_ground(theme: int, ground: str, token: str) -> None:
    tokens = dict(re.findall(r"--([\w-]+):light-dark\((#\w{6},#\w{6})\)", CSS))
    pick = {name: pair.split(",")[theme] for name, pair in tokens.items()}
    assert _contrast(pick[token], pick[ground]) >= 4.5
