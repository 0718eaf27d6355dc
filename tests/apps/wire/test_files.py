"""Files found, unpacked and decoded; hostile ones stopped."""

from __future__ import annotations

import gzip
import io
import resource
from pathlib import Path

import pytest

from broadsheet.apps.wire.contract import LARGEST_ITEM, CannotRead
from broadsheet.apps.wire.files import (
    Source,
    decode_whole,
    guess_encoding,
    open_source,
    read_head,
    read_lines,
    read_whole,
    walk_sources,
)

pytestmark = pytest.mark.pure


def lines(written: bytes) -> list[tuple[int, str | None]]:
    return list(read_lines(io.BytesIO(written)))


def test_walking_keeps_an_order_and_leaves_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/2.json", "b/1 x.json", "a:c.xml", ".git/x.json", "b/.x.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "link.json").symlink_to(tmp_path / "b/2.json")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = [source.path.relative_to(tmp_path).as_posix() for source in walk_sources([tmp_path])]
    assert found == ["a:c.xml", "b/1 x.json", "b/2.json"]
    link = tmp_path / "link.json"
    assert list(walk_sources([link])) == [Source(link, named=True)]


def test_names_are_told_in_letters(tmp_path: Path) -> None:
    source = Source(tmp_path / "Stories.JSONL.gz", named=True)
    assert source.bare_name == "stories.jsonl"
    odd = Source(Path("caf\udce9.json"), named=True)
    assert odd.where == "caf?.json"


def test_a_packed_file_is_read_from_its_beginning_again(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    with open_source(Source(path, named=True)) as stream:
        assert read_head(stream, "x.jsonl").text == "one\ntwo\n"
        assert list(read_lines(stream)) == [(1, "one\n"), (2, "two\n")]
        with pytest.raises(io.UnsupportedOperation):
            stream.seek(0, 2)


def test_a_bomb_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as bomb:
        for _megabyte in range(300):
            bomb.write(b"\0" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        pytest.raises(CannotRead, match="swells beyond all measure"),
        open_source(Source(path, named=True)) as stream,
    ):
        list(read_lines(stream))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


@pytest.mark.parametrize("cut", [5, 30])
def test_a_damaged_packed_file_is_said(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(range(256)))[:cut])
    with (
        pytest.raises(CannotRead, match="damaged or ends too early"),
        open_source(Source(path, named=True)) as stream,
    ):
        read_whole(stream)


def test_a_line_that_is_too_long_is_stepped_over() -> None:
    long = b"x" * (LARGEST_ITEM * 2 + 10)
    assert lines(b"a\n" + long + b"\nb\n" + long) == [(1, "a\n"), (2, None), (3, "b\n"), (4, None)]
    whole = b"y" * (LARGEST_ITEM - 1) + b"\n"
    assert lines(whole + b"z") == [(1, whole.decode()), (2, "z")]


def test_each_line_is_decoded_as_what_it_is() -> None:
    assert lines("₹ é\n".encode() + "£ “é”\n".encode("cp1252")) == [(1, "₹ é\n"), (2, "£ “é”\n")]
    assert lines("\ufeffa\nb".encode("utf-8-sig").removeprefix(b"\xef\xbb\xbf")) == [
        (1, "a\n"),
        (2, "b"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_is_read_by_lines(encoding: str) -> None:
    assert lines("één\n₹\n".encode(encoding)) == [(1, "één\n"), (2, "₹\n")]


def test_guess_encoding() -> None:
    assert guess_encoding(b"") == ""
    assert guess_encoding(b"abcd") == ""
    assert guess_encoding("abcd".encode("utf-16-be")) == "utf-16-be"
    assert guess_encoding("abcd".encode("utf-16-le")) == "utf-16-le"


def test_a_whole_file_is_read_up_to_a_size() -> None:
    assert read_whole(io.BytesIO(b"x" * LARGEST_ITEM)) == b"x" * LARGEST_ITEM
    with pytest.raises(CannotRead, match="it is larger than 5 MB"):
        read_whole(io.BytesIO(b"x" * (LARGEST_ITEM + 1)))


def test_a_whole_file_is_decoded() -> None:
    assert decode_whole("é".encode("cp1252")) == "é"
    assert decode_whole("é".encode("utf-16")) == "é"
    with pytest.raises(CannotRead, match="its text is not the utf-16 it says it is"):
        decode_whole("é".encode("utf-16") + b"\0")
