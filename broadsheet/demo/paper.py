"""The demo's ``broadsheet.toml``. It is written before the settings are read, so Django is not here."""

from __future__ import annotations

from pathlib import Path

from broadsheet.plumbing.paper import sample_paper

CHANGED = {
    # Whoever tries the demo signs in with the same few accounts.
    "readers_at_once": 50,
    "legal_name": "Lantern Newspapers Limited",
    "legal_address": "Second floor, 41 Lamp Street, Kadalpur",
    # Invented, but its check digit is right, as every field that takes a GSTIN asks.
    "tax_number": "32ZZZCL1997L1ZG",
}


def lay_out_paper(home: Path) -> None:
    """Write the settings file, unless there is one."""
    path = home / "broadsheet.toml"
    if not path.exists():
        path.write_text(sample_paper(CHANGED), encoding="utf-8")
