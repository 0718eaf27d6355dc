"""Before a command opens the newspaper: can its folder be written at all?"""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from broadsheet.cli._print import refuse_unwritable

pytestmark = pytest.mark.pure


def test_a_folder_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(click.UsageError) as refused:
        refuse_unwritable(tmp_path / "file" / "home")
    assert refused.value.message == (
        f"The newspaper's folder {tmp_path}/file/home cannot be written (Not a directory). "
        "Make it writable or make room on its disk, or name another folder in BROADSHEET_HOME."
    )
