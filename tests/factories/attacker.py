"""What an attacker has: a raw socket, browsers without script, and what the locked texts say."""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import html
import re
import socket
from collections.abc import Iterator
from urllib.parse import unquote_plus, urlsplit

import brotli
import httpx

MOST_PREVIEW_WORDS = 60
LINK = re.compile(r'href="(/[a-z]+/[a-z0-9-]+-\d+/)"')
SECTIONS = ("city", "nation", "world", "business", "opinion", "science", "culture", "sport")


class Answer:
    """What came back over the socket, unpacked."""

    def __init__(self, came: bytes) -> None:
        head, _, body = came.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0] else 0
        self.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
        }
        coding = self.headers.get("content-encoding") if body else ""
        if coding == "gzip":
            body = gzip.decompress(body)
        elif coding == "br":
            body = brotli.decompress(body)
        self.body = body
        self.text = head.decode("latin-1") + "\n" + body.decode("utf-8", "replace")
        self.verdict = self.headers.get("broadsheet-verdict", "")


def ask(
    address: str,
    method: str,
    target: str,
    *headers: tuple[str, str],
    host: str | None = None,
    body: bytes = b"",
    version: str = "1.1",
) -> Answer:
    """One request exactly as written, which no well-behaved client would send."""
    where = urlsplit(address)
    lines = [f"{method} {target} HTTP/{version}", f"Host: {where.netloc if host is None else host}"]
    lines += ["Connection: close", *(f"{name}: {value}" for name, value in headers)]
    return Answer(send(address, "\r\n".join([*lines, "", ""]).encode("utf-8") + body))


def send(address: str, said: bytes) -> bytes:
    """Bytes over a line of one's own, and all that came back until it was closed."""
    where = urlsplit(address)
    came = b""
    with socket.create_connection((where.hostname, where.port), 30) as line:
        line.sendall(said)
        while more := line.recv(65536):
            came += more
    return came


def ask_at_once(address: str, paths: list[str], *headers: tuple[str, str]) -> list[Answer]:
    """Ask for every path before the first answer is read; the answers in the same order."""
    where = urlsplit(address)
    lines = [socket.create_connection((where.hostname, where.port), 60) for _ in paths]
    more = "".join(f"{name}: {value}\r\n" for name, value in headers)
    for line, path in zip(lines, paths, strict=True):
        head = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n{more}\r\n"
        line.sendall(head.encode())
    answers = []
    for line in lines:
        came = b""
        with line:
            while part := line.recv(65536):
                came += part
        answers.append(Answer(came))
    return answers


def plain(markup: str) -> str:
    """Text as a scraper reads it: no tags, no entities, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def sentences_of(page: str) -> list[str]:
    """The sentences of a full page's own text; nothing of the cards and notes around it."""
    body = page.partition('data-part="body">')[2].partition("\n          </div>")[0]
    paragraphs = [plain(text) for text in re.findall(r"<p[^>]*>(.*?)</p>", body, re.DOTALL)]
    return [
        sentence
        for text in paragraphs
        for sentence in re.split(r"(?<=[.!?”])\s+", text)
        if len(sentence) > 25
    ]


def locked_of(page: str) -> list[str]:
    """The sentences of a full page that no preview may hold: those after its first 60 words."""
    locked, words = [], 0
    for sentence in sentences_of(page):
        if words >= MOST_PREVIEW_WORDS:
            locked.append(sentence)
        words += len(sentence.split())
    return locked


def find_leaks(said: str, locked: list[str]) -> list[str]:
    """The locked sentences that stand in what was said, however they are wrapped or scrambled."""
    read = ["".join(reading.split()) for reading in set(_readings(said))]
    packed = [(sentence, "".join(sentence.split())) for sentence in locked]
    return [sentence for sentence, letters in packed if any(letters in one for one in read)]


def _readings(said: str) -> Iterator[str]:
    """What a patient reader makes of a page: without tags, unescaped, decoded, turned round."""
    for text in (said, *_unpacked(said)):
        for one in (text, html.unescape(text), plain(text)):
            yield one
            yield one[::-1]
            yield codecs.encode(one, "rot13")
        yield unquote_plus(text)
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def _unpacked(said: str) -> Iterator[str]:
    for run in re.findall(r"[A-Za-z0-9+/_-]{60,}={0,2}", said):
        whole = run.rstrip("=").translate({45: 43, 95: 47})
        try:
            held = base64.b64decode(whole + "=" * (-len(whole) % 4))
        except binascii.Error:
            continue
        try:
            yield gzip.decompress(held).decode("utf-8", "replace")
        except (OSError, EOFError):
            yield held.decode("utf-8", "replace")


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text[:300]
    return found[1]


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Fill in the form at a path."""
    token = token_of(client.get(path))
    return client.post(path, data={"csrfmiddlewaretoken": token, **fields})


def verdict(answer: httpx.Response) -> str:
    return answer.headers.get("Broadsheet-Verdict", "")


def is_full(answer: httpx.Response) -> bool:
    return verdict(answer).startswith("full")
