"""What an attacker has: a raw socket, browsers without script, and what the locked texts say."""

from __future__ import annotations

import gzip
import html
import re
import socket
from urllib.parse import urlsplit

import httpx

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
        if self.headers.get("content-encoding") == "gzip" and body:
            body = gzip.decompress(body)
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
) -> Answer:
    """One request exactly as written, which no well-behaved client would send."""
    where = urlsplit(address)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {where.netloc if host is None else host}"]
    lines += ["Connection: close", *(f"{name}: {value}" for name, value in headers)]
    came = b""
    with socket.create_connection((where.hostname, where.port), 30) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("utf-8") + body)
        while more := line.recv(65536):
            came += more
    return Answer(came)


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


def find_leaks(said: str, locked: list[str]) -> list[str]:
    """The locked sentences that stand in what was said, however they are wrapped."""
    read = {said, html.unescape(said), plain(said)}
    return [sentence for sentence in locked if any(sentence in one for one in read)]


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
