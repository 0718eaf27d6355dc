"""A room that speaks another language says all of it, and its compiled catalogue is the written one."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.docs.translations import compile_catalogue, list_catalogues

pytestmark = pytest.mark.pure
CATALOGUES = list_catalogues()


@pytest.mark.parametrize("source", CATALOGUES, ids=lambda path: path.parts[-5])
def test_the_compiled_catalogue_is_the_written_one(source: Path) -> None:
    compiled = source.with_suffix(".mo").read_bytes()
    assert compiled == compile_catalogue(source), "run python -m tests.docs.translations"


@pytest.mark.parametrize("source", CATALOGUES, ids=lambda path: path.parts[-5])
def test_every_word_of_print_is_translated(source: Path) -> None:
    with source.open("rb") as written:
        catalogue = read_po(written)
    said = {(m.id, m.context) for m in catalogue if m.id and m.string}
    keywords = {"_": None, "pgettext": ((1, "c"), 2)}
    found = extract_from_dir(
        source.parents[3] / "formats", [("**.py", "python")], keywords=keywords
    )
    wanted = {(words, context) for _file, _line, words, _comments, context in found}
    assert wanted - said == set()
    assert said - wanted == set()
