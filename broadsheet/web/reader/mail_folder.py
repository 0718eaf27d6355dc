"""The demo's letters: what the file backend wrote into the mail folder, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

MOST_FILES = 200
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+")
_BETWEEN = b"\n" + b"-" * 79 + b"\n"
_ADDRESS = re.compile(r"https?://[^\s<>\"'”’]+[^\s<>\"'”’.,;:!?)]")
_CODE = re.compile(r"[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5}){1,2}|[0-9]{6,8}")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: plain, an ``address`` to follow, or a ``code`` to type."""

    text: str
    address: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. ``name`` is its place in the folder."""

    name: str
    subject: str
    sender: str
    to: str
    sent_at: datetime | None
    paragraphs: tuple[tuple[tuple[Run, ...], ...], ...]
    """Paragraphs of lines of runs."""


def list_letters(folder: Path, *, own_hosts: frozenset[str]) -> list[Letter]:
    """The letters of the newest files."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.glob("*.log") if _NAME.fullmatch(path.stem)]
    files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [
        letter
        for path in files[:MOST_FILES]
        for letter in reversed(list(_read(path, own_hosts=own_hosts)))
    ]


def find_letter(folder: Path, name: str, *, own_hosts: frozenset[str]) -> Letter | None:
    stem, _, place = name.rpartition(".")
    path = folder / f"{stem}.log"
    if not _NAME.fullmatch(stem) or not place.isdecimal() or not path.is_file():
        return None
    letters = [one for one in _read(path, own_hosts=own_hosts) if one.name == name]
    return letters[0] if letters else None


def _read(path: Path, *, own_hosts: frozenset[str]) -> Iterator[Letter]:
    for place, raw in enumerate(path.read_bytes().split(_BETWEEN)):
        if not raw.strip():
            continue
        message = message_from_bytes(raw, policy=policy.default)
        yield Letter(
            name=f"{path.stem}.{place}",
            subject=str(message["Subject"] or ""),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            sent_at=_sent_at(message),
            paragraphs=_paragraphs(_text(message), own_hosts),
        )


def _sent_at(message: EmailMessage) -> datetime | None:
    sent: datetime | None = getattr(message["Date"], "datetime", None)
    return sent.replace(tzinfo=UTC) if sent and sent.tzinfo is None else sent


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part is not None else ""


def _paragraphs(text: str, own_hosts: frozenset[str]) -> tuple[tuple[tuple[Run, ...], ...], ...]:
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return tuple(
        tuple(tuple(_runs(line, own_hosts)) for line in block.split("\n"))
        for block in blocks
        if block
    )


def _runs(line: str, own_hosts: frozenset[str]) -> Iterator[Run]:
    if _CODE.fullmatch(line.strip()):
        yield Run(line.strip(), is_code=True)
        return
    done = 0
    for match in _ADDRESS.finditer(line):
        if match.start() > done:
            yield Run(line[done : match.start()])
        yield Run(match[0], address=_local(match[0], own_hosts))
        done = match.end()
    if done < len(line):
        yield Run(line[done:])


def _local(address: str, own_hosts: frozenset[str]) -> str:
    """Our own addresses without their host, so that they work at whichever port is in use."""
    parts = urlsplit(address)
    if parts.hostname in own_hosts:
        return parts._replace(scheme="", netloc="").geturl() or "/"
    return address
