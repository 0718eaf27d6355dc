"""The house's two-ink picture tool and the demo newspaper's pictures.

A scene (`scenes/`) is drawn once as flat shapes; the press (`press`) makes an
indigo and a marigold plate of it, screens them at the size of use and writes the
print into `made/`, listed in `made/index.json` (`portfolio.find_print`).
"""
