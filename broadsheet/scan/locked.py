"""The sentences nobody may be given, held as hashes of their letters, and how to find them.

A sentence is cut into pieces of ``PIECE`` letters, one behind the other, the last one flush with
its end. It is found where all its pieces stand in their places, or two neighbouring ones: whole,
or some ten to fifteen words of it. Each is held in three spellings: plain, ROT13 and mirror writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from broadsheet.domain.running_text import split_sentences
from broadsheet.scan.letters import ROT13, fold

PIECE = 24
"""Letters of one piece; a shorter sentence is too common to be anybody's."""
FEWEST_WORDS = 6
LONGEST = 2_000
EXCERPT = 160
_OFFSETS = 1 << 12


class Sentence(NamedTuple):
    """One sentence: as it is printed, and its letters."""

    printed: str
    letters: str


class Sighting(NamedTuple):
    """A locked sentence that was seen: whose it is, how it begins, how it was disguised."""

    story: str
    excerpt: str
    disguise: str


class _Spelling(NamedTuple):
    sentence: int
    disguise: str
    offsets: tuple[int, ...]


def list_sentences(paragraphs: list[str]) -> list[Sentence]:
    """The sentences long enough to be known again, in their order, each once."""
    found: dict[str, Sentence] = {}
    for paragraph in paragraphs:
        for printed in split_sentences(" ".join(paragraph.split())):
            letters = fold(printed)[:LONGEST]
            if len(letters) >= PIECE and _is_long(printed, letters):
                found.setdefault(letters, Sentence(printed, letters))
    return list(found.values())


def _is_long(printed: str, letters: str) -> bool:
    """Six words; in a script that writes without spaces, twenty-four letters are enough."""
    return len(printed.split()) >= FEWEST_WORDS or not letters.isascii()


class LockedText:
    """The locked sentences of some stories."""

    def __init__(self) -> None:
        self._pieces: dict[int, tuple[int, ...]] = {}
        self._spellings: list[_Spelling] = []
        self._sentences: list[tuple[str, str]] = []
        self._forgiven: set[int] = set()

    def __len__(self) -> int:
        return len(self._sentences) - len(self._forgiven)

    def add(self, story: str, sentence: Sentence) -> None:
        """Lock one sentence of a story."""
        number = len(self._sentences)
        printed = sentence.printed
        cut = printed if len(printed) <= EXCERPT else printed[: EXCERPT - 1].rstrip() + "…"
        self._sentences.append((story, cut))
        self._spell(number, "", sentence.letters)
        self._spell(number, "reversed", sentence.letters[::-1])
        turned = sentence.letters.translate(ROT13)
        if turned != sentence.letters:
            self._spell(number, "rot13", turned)

    def _spell(self, number: int, disguise: str, letters: str) -> None:
        last = len(letters) - PIECE
        offsets = tuple(dict.fromkeys((*range(0, last + 1, PIECE), last)))
        spelling = len(self._spellings)
        self._spellings.append(_Spelling(number, disguise, offsets))
        for offset in offsets:
            piece = hash(letters[offset : offset + PIECE])
            known = self._pieces.get(piece, ())
            self._pieces[piece] = (*known, spelling * _OFFSETS + offset)

    def forgive(self, letters: str) -> None:
        """Take out every sentence that stands in a text which anybody may read."""
        self._forgiven.update(number for number, _ in self._find(letters))

    def find(self, letters: str) -> set[Sighting]:
        """The locked sentences that stand in a text's letters."""
        return {
            Sighting(*self._sentences[number], disguise)
            for number, disguise in self._find(letters)
            if number not in self._forgiven
        }

    def _find(self, letters: str) -> Iterator[tuple[int, str]]:
        pieces, seen = self._pieces, dict[tuple[int, int], set[int]]()
        for at in range(len(letters) - PIECE + 1):
            for known in pieces.get(hash(letters[at : at + PIECE]), ()):
                spelling, offset = divmod(known, _OFFSETS)
                seen.setdefault((spelling, at - offset), set()).add(offset)
        for (spelling, _start), offsets in seen.items():
            number, disguise, needed = self._spellings[spelling]
            if offsets.issuperset(needed) or any(
                offset + PIECE in offsets for offset in offsets if offset % PIECE == 0
            ):
                yield number, disguise
