"""How the gate learns of changes: a snapshot renamed into place and a log of purges.

Both stand in ``HOME/gate/``; every gate worker polls them five times a second. The log is a file
of JSON lines ``{"purge": ["story:12", …]}``; a line longer than what one ``write`` keeps whole is
never made. When it has grown past ``ROTATE_AT`` bytes it is begun anew with ``{"purge": ["all"]}``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

ROTATE_AT = 4_000_000
KEYS_A_LINE = 50


def gate_folder() -> Path:
    folder: Path = settings.PLANT.home / "gate"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def purge(keys: Iterable[str]) -> None:
    """Tell every gate worker to forget these keys (``story:ID`` or ``all``)."""
    wanted = list(keys)
    path = gate_folder() / "changes.log"
    if path.exists() and path.stat().st_size > ROTATE_AT:
        _put(path, b'{"purge":["all"]}\n')
        return
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(wanted), KEYS_A_LINE):
            line = json.dumps({"purge": wanted[start : start + KEYS_A_LINE]}, separators=(",", ":"))
            file.write(line.encode() + b"\n")


def write_snapshot(text: str) -> None:
    """Rename a fresh snapshot into place."""
    _put(gate_folder() / "snapshot.json", text.encode())


def _put(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)
