"""The paper's nameplate as one drawing that every page may use twice.

A publisher puts ``nameplate.svg`` into the home folder. The drawing that ships is the demo's and
stands only over a paper of that name; any other paper without a drawing is set in type. Only
outlines are taken from the file, so that a drawing can bring nothing else along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lxml import etree

SHIPPED = Path(__file__).parent / "static" / "reader" / "nameplate.svg"
KEPT = ("d", "fill", "fill-rule", "transform")


@dataclass(frozen=True, slots=True)
class Nameplate:
    """``symbol`` stands once in a page; ``width`` and ``height`` give its shape."""

    symbol: SafeString
    width: float
    height: float


@cache
def find_nameplate() -> Nameplate | None:
    """The drawing for this paper, or None when its name is to be set in type."""
    for path in (settings.PLANT.home / "nameplate.svg", SHIPPED):
        try:
            tree = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False))
        except (OSError, etree.XMLSyntaxError):
            continue
        title = tree.findtext("{*}title") or tree.get("aria-label") or ""
        if path == SHIPPED and title.strip() != settings.PAPER.name:
            continue
        drawn = _symbol(tree)
        if drawn is not None:
            return drawn
    return None


def _symbol(tree: etree._Element) -> Nameplate | None:
    box = tree.get("viewBox", "")
    try:
        _left, _top, width, height = (float(part) for part in box.replace(",", " ").split())
    except ValueError:
        return None
    paths = [
        format_html_join(
            "", ' {}="{}"', ((name, path.get(name)) for name in KEPT if path.get(name))
        )
        for path in tree.iter("{*}path")
    ]
    if not paths or height <= 0:
        return None
    inside = format_html_join("", "<path{}/>", ((path,) for path in paths))
    return Nameplate(
        format_html('<symbol id="plate" viewBox="{}">{}</symbol>', box, inside), width, height
    )
