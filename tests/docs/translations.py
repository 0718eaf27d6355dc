"""``python -m tests.docs.translations``: write each room's ``django.mo`` from its ``django.po``."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[2] / "broadsheet"


def list_catalogues() -> list[Path]:
    return sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/django.po"))


def compile_catalogue(source: Path) -> bytes:
    compiled = io.BytesIO()
    with source.open("rb") as written:
        write_mo(compiled, read_po(written))
    return compiled.getvalue()


def main() -> None:
    for source in list_catalogues():
        source.with_suffix(".mo").write_bytes(compile_catalogue(source))
        print(source)


if __name__ == "__main__":
    main()
