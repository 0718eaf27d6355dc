"""Files as they lie about: found, unpacked and decoded without ever being held whole."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from broadsheet.apps.wire.contract import LARGEST_ITEM, CannotRead, Head

HEAD = 65_536
BOMB_FROM = 32_000_000
BOMB_RATIO = 150
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read; ``named`` when it was asked for itself, not met in a folder."""

    path: Path
    named: bool

    @property
    def where(self) -> str:
        return str(self.path).encode("utf-8", "replace").decode()

    @property
    def bare_name(self) -> str:
        """The file's name in lower case without ``.gz``."""
        return self.path.name.lower().removesuffix(".gz")


def walk_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Every file of these paths in a fixed order; hidden ones and links out of a folder are left."""
    for path in paths:
        if not path.is_dir():
            yield Source(path, named=True)
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not file.is_symlink() and not hidden:
                yield Source(file, named=False)


@contextmanager
def open_source(source: Source) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked. Raises ``CannotRead``, also while it is being read."""
    try:
        with source.path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            yield io.BufferedReader(_Unpacked(raw), HEAD) if packed else raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CannotRead("the gzip file is damaged or ends too early") from error
    except OSError as error:
        raise CannotRead(f"the file cannot be read: {error.strerror or error}") from error


class _Unpacked(io.RawIOBase):
    """Unpacks gzip and stops when it swells as no text does."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw = raw
        self.unpacked = gzip.GzipFile(fileobj=raw)
        self.given = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.given

    def seek(self, offset: int, whence: int = 0) -> int:
        """Back to the beginning, which is the only way there is."""
        if offset or whence:
            raise io.UnsupportedOperation("only back to the beginning")
        self.raw.seek(0)
        self.unpacked = gzip.GzipFile(fileobj=self.raw)
        self.given = 0
        return 0

    def readinto(self, room: Any) -> int:
        found = self.unpacked.read1(len(room))
        room[: len(found)] = found
        self.given += len(found)
        if self.given > BOMB_FROM and self.given > BOMB_RATIO * self.raw.tell():
            raise CannotRead("the gzip file swells beyond all measure when unpacked; it was left")
        return len(found)


def read_head(stream: io.BufferedReader | BinaryIO, name: str) -> Head:
    """The beginning of a file; the stream is not moved."""
    start = b""
    while len(start) < HEAD:  # a packed stream gives what it has
        more: bytes = stream.read(HEAD - len(start))
        if not more:
            break
        start += more
    stream.seek(0)
    encoding = guess_encoding(start)
    return Head(name, start.decode(encoding or "utf-8", "replace").lstrip("\ufeff"))


def guess_encoding(start: bytes) -> str:
    """The Unicode encoding these first bytes declare or betray, or ``""``."""
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return encoding
    sample = start[:400]
    if len(sample) >= 4:  # noqa: PLR2004
        if sample[1::2].count(0) > len(sample) // 3 and not sample[0::2].count(0):
            return "utf-16-le"
        if sample[0::2].count(0) > len(sample) // 3 and not sample[1::2].count(0):
            return "utf-16-be"
    return ""


def decode(written: bytes) -> str:
    """Text that is UTF-8, or else what an old Windows machine would have written."""
    try:
        return written.decode("utf-8")
    except UnicodeDecodeError:
        return written.decode("cp1252", "replace")


def decode_whole(written: bytes) -> str:
    """A whole file's text. Raises ``CannotRead`` when it is cut in the middle of a character."""
    encoding = guess_encoding(written)
    if not encoding:
        return decode(written)
    try:
        return written.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise CannotRead(f"its text is not the {encoding} it says it is") from error


def read_whole(stream: BinaryIO) -> bytes:
    """A file that is one item. Raises ``CannotRead`` when it is larger than an item may be."""
    room = io.BytesIO()
    while piece := stream.read(HEAD):
        room.write(piece)
        if room.tell() > LARGEST_ITEM:
            raise CannotRead(f"it is larger than {LARGEST_ITEM // 1_000_000} MB")
    return room.getvalue()


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers; ``None`` for one that is larger than an item may be."""
    start = stream.read(4)
    stream.seek(0)
    encoding = guess_encoding(start) if start[:3] != codecs.BOM_UTF8 else ""
    if not encoding and b"\0" in start:
        encoding = guess_encoding(start)
    if encoding:
        yield from _read_wide_lines(stream, encoding)
        return
    for number, line in enumerate(_bounded(stream.readline, b"\n"), 1):
        if line is None:
            yield number, None
        else:
            yield number, decode(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)


def _read_wide_lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[int, str | None]]:
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
    try:
        for number, line in enumerate(_bounded(text.readline, "\n"), 1):
            yield number, line.lstrip("\ufeff") if line and number == 1 else line
    finally:
        text.detach()


def _bounded(readline: Any, newline: Any) -> Iterator[Any]:
    while line := readline(LARGEST_ITEM):
        if len(line) < LARGEST_ITEM or line.endswith(newline):
            yield line
            continue
        while (rest := readline(LARGEST_ITEM)) and not rest.endswith(newline):
            pass
        yield None
