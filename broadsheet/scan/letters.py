"""Text as letters alone, whatever tags, quotes, escapes, codes or spaces stand between them."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

NOT_LETTERS = re.compile(r"[\W_]+")
TAG = re.compile(r"<[^<>]*>")
ESCAPE = re.compile(
    r"\\(?:u\{?([0-9a-fA-F]{4,6})\}?|x([0-9a-fA-F]{2})|([nrtbfv])|([^\w\s]))", re.ASCII
)
PERCENT = re.compile(r"%(?:20|3[CcEe]|2[Cc])")
BLOB = re.compile(r"[A-Za-z0-9+/_-]{80,}={0,2}", re.ASCII)
PRINTABLE = "".join(map(chr, range(33, 127)))
ROT47 = str.maketrans(PRINTABLE, PRINTABLE[47:] + PRINTABLE[:47])
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROT13 = str.maketrans(LETTERS, LETTERS[13:] + LETTERS[:13])
HIGHEST = 0x10FFFF
MOST_UNPACKED = 4 * 1024 * 1024
DEPTH = 2


def fold(text: str) -> str:
    """The letters and digits of a text, without case and accents."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return NOT_LETTERS.sub("", text)


def unescape(text: str) -> str:
    """Text without entities, backslash escapes and percent signs, as often as they were laid on."""
    for _turn in range(2):
        if "\\" in text:
            text = ESCAPE.sub(_character, text)
        if "&" in text:
            text = html.unescape(text)
    return unquote(text, errors="replace") if PERCENT.search(text) else text


def list_readings(text: str, depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """Every way in which a text may be read: the name of its disguise (``""``: none), its letters.

    ROT13 and mirror writing are not here: ``LockedText`` knows the sentences in those too.
    """
    plain = unescape(text)
    yield "", fold(plain)
    yield "", fold(TAG.sub("", plain))
    turned = unescape(plain.translate(ROT47))
    yield "rot47", fold(turned)
    yield "rot47", fold(TAG.sub("", turned))
    if depth:
        for blob in BLOB.findall(text if "\\/" not in text else plain):
            inside = _decode(blob)
            for disguise, letters in list_readings(inside, depth - 1) if inside else ():
                yield f"base64 {disguise}".rstrip(), letters


def _character(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        number = int(code, 16)
        return chr(number) if number <= HIGHEST else " "
    return " " if found[3] else found[4]


def _decode(blob: str) -> str:
    """What a run of base64 holds, unpacked if it was packed; ``""`` where it is no text."""
    usual = blob.rstrip("=").replace("-", "+").replace("_", "/")
    if len(usual) % 4 == 1:
        usual = usual[:-1]
    try:
        held = base64.b64decode(usual + "=" * (-len(usual) % 4))
    except binascii.Error:
        return ""
    if held[:2] == b"\x1f\x8b" or held[:1] == b"\x78":
        try:
            held = zlib.decompressobj(wbits=47).decompress(held, MOST_UNPACKED)
        except zlib.error:
            return ""
    text = held.decode("utf-8", "ignore")
    return text if len(text) * 2 > len(held) else ""
