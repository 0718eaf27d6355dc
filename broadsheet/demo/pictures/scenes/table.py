"""Eating and drinking: the row of tea glasses."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint


def tea(s: Sheet) -> None:
    """Show five glasses of tea, filled to different heights."""
    s.box(0, 0, 1200, 800, MARIGOLD)
    s.box(0, 600, 1200, 200, INDIGO)
    s.box(0, 600, 1200, 10, DARK)
    for x in (170, 600, 1030):
        s.line(
            f"M{x} 300 q-40 -50 0 -100 t0 -100 t-6 -80 M{x + 36} 310 q-34 -50 0 -96 t0 -90",
            PAPER,
            16,
            cap="round",
        )
    for x in (170, 385, 600, 815, 1030):
        s.disc(x + 40, 656, 130, DARK, ry=14)
    for x, y, scale, level in (
        *((170, 640, 1, 0.8), (385, 650, 1.06, 0.72), (600, 640, 1, 0.86)),
        *((815, 652, 1.06, 0.66), (1030, 640, 1, 0.8)),
    ):
        _glass(s, x, y, scale, level)


def _glass(s: Sheet, x: float, y: float, scale: float, level: float) -> None:
    """Draw a ribbed glass filled to `level` (0 to 1) of its height."""
    half, top = 74 - 20 * (1 - level), -250 * level
    with s.at(x, y, scale):
        s.cut("M-74 -250 L-54 0 H54 L74 -250Z", PAPER)
        s.cut(f"M{1 - half} {top} L-54 0 H54 L{half - 1} {top}Z", tint(0.45, 0.95))
        s.cut(f"M{2 - half} {top} h{2 * half - 4} v16 h-{2 * half - 4}z", tint(0.12, 0.6))
        for i in range(-2, 3):
            s.line(f"M{i * 26} -190 L{i * 20} -8", tint(0.75, 0.9), 5)
        s.cut("M-74 -250 L-54 0 H-40 L-56 -250Z", PAPER, opacity=0.85)
        s.ring(0, -250, 74, INDIGO, 5, ry=12)
        s.line("M-74 -250 L-54 0 H54 L74 -250", INDIGO, 5)
