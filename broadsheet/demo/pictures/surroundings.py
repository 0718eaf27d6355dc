"""What many scenes stand in: stars, a far city, ripples, trees, a hanging fan."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, MARIGOLD, PAPER, WIDTH, Sheet, tint


def stars(s: Sheet, count: int, bottom: float, fill: str = PAPER) -> None:
    """Scatter stars from the top of the sheet down to `bottom`."""
    for _ in range(count):
        radius = s.dice.between(0.9, 2.4)
        s.disc(s.dice.between(0, WIDTH), s.dice.between(0, bottom), radius, fill)


def skyline(s: Sheet, base: float, low: float, high: float, fill: str, *, lit: float = 0) -> None:
    """Stand a row of houses on `base`, `low` to `high` tall; `lit` is the share of lit windows."""
    x = -10.0
    while x < WIDTH:
        w, h = s.dice.between(24, 66), s.dice.between(low, high)
        s.box(x, base - h, w + 1, h, fill)
        for row in range(int((h - 20) // 14) if lit else 0):
            for column in range(int((w - 8) // 12)):
                if s.dice.roll() < lit:
                    s.box(x + 6 + column * 12, base - h + 9 + row * 14, 4.5, 6.5, MARIGOLD)
        x += w


def ripples(s: Sheet, top: float, bottom: float, count: int, fill: str) -> None:
    """Lay short strokes on water, longer and thicker towards `bottom`."""
    for _ in range(count):
        near = s.dice.roll() ** 1.4
        w = s.dice.between(14, 50) * (0.6 + 2.2 * near)
        y = top + (bottom - top) * near
        s.box(s.dice.between(-40, WIDTH), y, w, 1.8 + 3.4 * near, fill)


def glitter(s: Sheet, x: float, top: float, bottom: float, width: float, *, fill: str) -> None:
    """Lay the broken path of a light on water, `width` wide at the top."""
    y, step = top, 8.0
    while y < bottom:
        w = width * (1 + (y - top) / 500) * s.dice.between(0.35, 1)
        s.box(x - w / 2 + s.dice.between(-0.2, 0.2) * width, y, w, step * 0.42, fill, r=2)
        y += step
        step *= 1.07


def canopy(s: Sheet, x: float, y: float, size: float, fill: str, *, light: str) -> None:
    """Grow a round tree with its trunk's foot at x, y and leaves lit from the upper left."""
    with s.at(x, y, size / 100):
        s.cut("M-7 0 L-4 -40 L-20 -58 L-14 -62 L0 -48 L14 -64 L20 -58 L5 -38 L9 0Z", DARK)
        blobs = ((-34, -72, 27), (0, -88, 34), (34, -72, 28), (-14, -62, 26), (18, -60, 25))
        for bx, by, r in blobs:
            s.disc(bx, by, r, fill)
        for bx, by, r in ((-34, -72, 27), (0, -88, 34), (34, -72, 28)):
            s.cut(
                f"M{bx - r * 0.86:.1f} {by - r * 0.1:.1f} Q{bx - r * 0.8:.1f} {by - r * 0.86:.1f} "
                f"{bx + r * 0.1:.1f} {by - r * 0.86:.1f} Q{bx - r * 0.42:.1f} {by - r * 0.5:.1f} "
                f"{bx - r * 0.86:.1f} {by - r * 0.1:.1f}Z",
                light,
            )


def fan(s: Sheet, x: float, top: float, y: float, span: float, *, fill: str = DARK) -> None:
    """Hang a ceiling fan seen from below: rod from `top`, hub at y, blades `span` across."""
    s.line(f"M{x} {top} V{y}", fill, span / 42)
    for side, lift in ((-1, 0.05), (1, 0.05), (-0.55, -0.075), (0.62, 0.105)):
        tip_x, tip_y = x + side * span / 2, y + lift * span
        thick = span * 0.035
        s.polygon(
            [(x, y - thick / 2), (tip_x, tip_y - thick), (tip_x, tip_y + thick), (x, y + thick)],
            fill,
        )
    s.disc(x, y, span * 0.07, fill, ry=span * 0.045)


def hills(s: Sheet, base: float, crest: float, fill: str) -> None:
    """Raise a row of soft hills from `base` to about `crest`."""
    rise = base - crest
    path = f"M0 {base} L0 {base - rise * 0.6:.0f}"
    x = 0.0
    while x < WIDTH:
        w = s.dice.between(150, 330)
        h = s.dice.between(0.45, 1) * rise
        path += f" Q{x + w / 2:.0f} {base - h * 1.5:.0f} {x + w:.0f} {base - rise * 0.45:.0f}"
        x += w
    s.cut(f"{path} V{base}Z", fill)


def shade(indigo: float) -> str:
    """Return a flat tone of indigo alone."""
    return tint(indigo, 0)
