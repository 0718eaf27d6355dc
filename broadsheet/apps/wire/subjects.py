"""Where an agency's subject belongs in a paper, and who an agency is when nobody says."""

from __future__ import annotations

import re
from collections.abc import Iterable

ELSEWHERE = "world"
BY_CODE = {
    "01": "culture",
    "04": "business",
    "07": "science",
    "06": "science",
    "13": "science",
    "15": "sport",
}
BY_WORD = (
    (
        re.compile(
            r"\b(?:sports?|soccer|football|cricket|baseball|tennis|olympi\w+)\b", re.IGNORECASE
        ),
        "sport",
    ),
    (
        re.compile(r"\b(?:business|econom\w+|financ\w+|market\w*|wirtschaft)\b", re.IGNORECASE),
        "business",
    ),
    (
        re.compile(r"\b(?:arts?|culture|entertainment|kultur|film|music)\b", re.IGNORECASE),
        "culture",
    ),
    (
        re.compile(r"\b(?:science|technology|health|environment|wissenschaft)\b", re.IGNORECASE),
        "science",
    ),
)
CODE = re.compile(r"(?:^|[:/])(\d{2})\d{6}$")
HOSTS = (
    re.compile(r"^urn:newsml:([^:]+):", re.IGNORECASE),
    re.compile(r"^tag:([^,:]+)", re.IGNORECASE),
    re.compile(r"^https?://(?:www\.|api\.)?([^/:]+)", re.IGNORECASE),
)


def find_section(codes: Iterable[str], names: Iterable[str]) -> str:
    """The address of a section by IPTC subject code, then by the subjects' words; else the world."""
    for code in codes:
        if (found := CODE.search(code)) and found[1] in BY_CODE:
            return BY_CODE[found[1]]
    for name in names:
        for word, section in BY_WORD:
            if word.search(name):
                return section
    return ELSEWHERE


def host_of(identifier: str) -> str:
    """The sender's domain in a globally unique identifier, or ``""``."""
    for pattern in HOSTS:
        if found := pattern.match(identifier):
            return found[1].lower()
    return ""
