"""Links between the documents lead somewhere, and every document can be reached."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
STORIES = ROOT / "broadsheet" / "demo" / "stories"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"```.*?```", re.DOTALL)


def list_documents() -> list[Path]:
    found = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "broadsheet").rglob("*.md")]
    return sorted(path for path in found if STORIES not in path.parents)


def find_links(path: Path) -> list[str]:
    """The relative links of one document."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]


def list_anchors(path: Path) -> set[str]:
    """The anchors that a forge gives to the headings of a document."""
    anchors = set()
    for heading in re.findall(
        r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE
    ):
        anchors.add(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-"))
    return anchors


def test_links_lead_somewhere() -> None:
    wrong = []
    for path in list_documents():
        for link in find_links(path):
            name, _, anchor = link.partition("#")
            target = (path.parent / unquote(name)).resolve() if name else path
            if not target.exists() or ROOT not in [target, *target.parents]:
                wrong.append(f"{path.relative_to(ROOT)}: {link}")
            elif anchor and target.suffix == ".md" and anchor not in list_anchors(target):
                wrong.append(f"{path.relative_to(ROOT)}: {link} (no such heading)")
    assert wrong == []


def test_every_page_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md" or not path.is_file():
            continue
        reached.add(path)
        waiting += [
            (path.parent / unquote(link.partition("#")[0])).resolve() for link in find_links(path)
        ]
    assert [
        str(path.relative_to(ROOT)) for path in sorted(DOCS.rglob("*.md")) if path not in reached
    ] == []


def test_a_page_begins_with_its_name() -> None:
    assert [
        str(path.relative_to(ROOT))
        for path in list_documents()
        if not path.read_text(encoding="utf-8").startswith("# ")
    ] == []
