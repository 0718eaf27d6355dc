"""Running text as it comes from outside, made into what a newspaper prints.

``part_text`` cuts plain text into blocks. ``settle_text`` takes off the top what is not the story
(boilerplate, the headline again, the date, the byline) and finds dateline and standfirst; every
word of the story stays, in its order, and none is printed twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from broadsheet.domain.wire_copy import Block

WALL_WORDS = 130
PARAGRAPH_WORDS = 45
NARROWEST_LINE, WIDEST_LINE = 40, 100
LONGEST_STANDFIRST, SHORTEST_STANDFIRST = 280, 40
WORDS_LEFT = 30
TOP_LINES = 6
LABEL = 60
JOINERS = {"and", "und", "y", "et", "de", "von", "van", "der", "al", "bin"}
CLOSES = '.!?…"”’»)।。'

CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
LOW_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
MARKS = ("\ufeff", "\ufffe", "\uffff")
TAG = re.compile(r"<[^>]*>")
BULLET = re.compile(r"^(?:[-*•·▪◦‣]|\d{1,2}[.)])\s+(?=\S)")
END = re.compile(r"[.!?…।。！？][\"'”’»)\]]*(?P<gap>\s+)(?=[\"'“‘«(\[¿¡]*[^\W_a-z])")
GLUED = re.compile(r"[.!?]”?(?=[A-Z][a-z])")
LOST_DASH = re.compile(r"^\s*([A-ZÀ-ÖØ-Þ]{4,20}(?:,\s[A-Z][a-z.]{1,12})?)\s{2,4}(?=[A-Z“\"])")
NOTHING_WORD = re.compile(r"^None\s+(?=[A-Z])|(?:None){2,}$")
SHORTENED = re.compile(
    r"(?:^|[\s(\"“‘'])(?:[A-Z]|[A-Z](?:\.[A-Z])+|Mr|Mrs|Ms|Dr|Prof|Sen|Sens|Rep|Reps|Gov|Gen|Col|Lt"
    r"|Sgt|Capt|Maj|Cmdr|Adm|Rev|Hon|St|Jr|Sr|Inc|Corp|Co|Ltd|No|Nos|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept|Sep|Oct|Nov|Dec|Fig|Art|Calif|Va|Md|Mass|Pa|Fla|Ga|Ill|Ala|Ariz|Ark|Colo|Conn|Del|Ind"
    r"|Kan|Ky|La|Mich|Minn|Miss|Mo|Mont|Neb|Nev|Okla|Ore|Tenn|Tex|Vt|Wash|Wis|Wyo|approx|ca|bzw"
    r"|z\.B|d\.h|Nr|Rs|Messrs|Mlle|Mme)\.$"
)
BOILERPLATE = re.compile(
    r"^\W*(?:for immediate release|(?:for )?immediate release|(?:press|news|media) release"
    r"|pressemitteilung|communiqu[eé] de presse|press statement|latest news|not for release.*)\W*$",
    re.IGNORECASE,
)
BYLINE = re.compile(r"^(?:By|BY|Von|VON|Par|Por|Av|Door)\s+(?P<names>[^\W\d_][^!?\n]{2,80}?)\.?$")
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DATE_LINE = re.compile(
    rf"^\W*(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"(?:{MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})\s+{MONTH},?\s+(?P<year2>\d{{4}})"
    r"|\d{1,2}[./]\d{1,2}[./](?P<year3>\d{4})(?:,?\s\d{1,2}[:.]\d{2})?)\W*$",
    re.IGNORECASE,
)
PLACE = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’ -]{2,30}(?:,\s?[A-Z][A-Za-zÀ-ÿ.]{1,14}(?:\s[A-Z][a-z]{2,12})?)?"
TOWN = r"[A-ZÀ-ÖØ-Þ][\w.'’-]{1,20}(?:[ ,/]{1,2}[A-ZÀ-ÖØ-Þ][\w.'’-]{1,20}){0,3}"
WHEN = rf",?\s{{0,2}}(?:{MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?)"
DASH = r"(?:–|—|--+|-(?=\s)|_(?=\s))"
SOURCE = r"[(/][^()/]{2,40}[)/]"
DATELINES = (
    re.compile(
        rf"^(?P<place>{PLACE}){WHEN}?\s*(?:{SOURCE})?\s*:?{DASH}\s*(?:{SOURCE}\s*{DASH}\s*)?"
    ),
    re.compile(rf"^(?P<place>{TOWN}){WHEN}?\s*{SOURCE}\s*:?{DASH}\s*"),
    re.compile(rf"^{SOURCE}\s*{DASH}\s*(?P<place>{TOWN}){WHEN}\s*{DASH}\s*"),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """A story's text, settled."""

    blocks: tuple[Block, ...]
    standfirst: str = ""
    dateline: str = ""
    byline: tuple[str, ...] = ()
    kicker: str = ""


# --- plain text into blocks -----------------------------------------------------------------


def strip_controls(text: str) -> str:
    """Text without control characters, marks of byte order and halves of characters."""
    if LOW_CONTROL.search(text) or any(mark in text for mark in MARKS) or not _is_whole(text):
        return CONTROL.sub("", text)
    return text


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean_line(text: str) -> str:
    """One line: no control characters, white space in single spaces."""
    if not text.isprintable():
        text = strip_controls(text)
    return " ".join(text.split())


def part_text(text: str) -> list[Block]:
    """Plain text as blocks: by empty lines, else by lines, else by sentences."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n")
    text = strip_controls(text)
    chunks = [chunk for chunk in re.split(r"\n[ \t\xa0]*\n", text.expandtabs(4)) if chunk.strip()]
    pieces: list[str] = []
    if chunks:
        chunks[0] = LOST_DASH.sub(r"\1 — ", chunks[0])
    for chunk in chunks:
        lines = [line for line in chunk.split("\n") if line.strip()]
        pieces += [" ".join(lines)] if _is_wrapped(lines) else lines
    blocks: list[Block] = []
    items: list[str] = []
    for place, piece in enumerate(pieces):
        line = " ".join(piece.split())
        if BULLET.match(line) and _has_fellow(pieces, place):
            items.append(html.escape(BULLET.sub("", line), quote=False))
            continue
        if items:
            blocks.append(("list", tuple(items)))
            items = []
        if _is_crosshead(line, place, pieces):
            blocks.append(("crosshead", line))
        else:
            blocks += [("paragraph", html.escape(part, quote=False)) for part in _halve(piece)]
    return [*blocks, ("list", tuple(items))] if items else blocks


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether the lines are one paragraph, broken to a width."""
    if len(lines) < 2 or any(BULLET.match(line.strip()) for line in lines):  # noqa: PLR2004
        return False
    full = lines[:-1]
    return max(map(len, lines)) <= WIDEST_LINE and min(map(len, full)) >= NARROWEST_LINE


def _has_fellow(pieces: Sequence[str], place: int) -> bool:
    near = (*pieces[max(place - 1, 0) : place], *pieces[place + 1 : place + 2])
    return any(BULLET.match(piece.strip()) for piece in near)


def _is_crosshead(line: str, place: int, pieces: Sequence[str]) -> bool:
    if place == 0 or place + 1 >= len(pieces) or len(line) > 60 or len(line.split()) > 9:  # noqa: PLR2004
        return False
    following = pieces[place + 1].strip()
    return (
        line[-1] not in '.!:;,…”"’»)'
        and (line[0].isupper() or line[0].isdigit())
        and len(line) >= 4  # noqa: PLR2004
        and len(pieces[place - 1]) > 120  # noqa: PLR2004
        and len(following) > 120  # noqa: PLR2004
    )


def _halve(piece: str) -> list[str]:
    """A wall of text as paragraphs of a few sentences; anything shorter as it is."""
    if len(piece.split()) <= WALL_WORDS:
        return [" ".join(piece.split())]
    parts: list[str] = []
    piece = NOTHING_WORD.sub("", piece.strip())
    for stretch in _stretches(piece):
        room: list[str] = []
        words = 0
        for sentence in split_sentences(stretch):
            room.append(sentence)
            words += len(sentence.split())
            if words >= PARAGRAPH_WORDS:
                parts.append(" ".join(room))
                room, words = [], 0
        if room and words < PARAGRAPH_WORDS // 3 and parts and stretch is piece:
            parts[-1] += " " + " ".join(room)
        elif room:
            parts.append(" ".join(room))
    return parts


def _stretches(piece: str) -> list[str]:
    """A wall cut where its paragraphs once ended: sentences glued together, or wider gaps."""
    glued = [
        found.end()
        for found in GLUED.finditer(piece)
        if piece[max(found.start() - 2, 0) : found.start()].islower() or found[0].endswith("”")
    ]
    if len(glued) > 1:
        return [piece[one:two] for one, two in pairwise((0, *glued, len(piece)))]
    gaps = [found["gap"] for found in END.finditer(piece)]
    wide = sum(len(gap) > 1 for gap in gaps)
    if gaps and 0 < wide <= len(gaps) // 2:
        return [part for part in re.split(r"(?<=[.!?\"”’)])\s{2,}", piece) if part.strip()]
    if len(gaps) * WALL_WORDS < len(piece.split()):
        return [part for part in re.split(r"\s{3,}", piece) if part.strip()]
    return [piece]


def split_sentences(text: str) -> list[str]:
    """Sentences of running text; a full stop after a title, an initial or a short form is none."""
    sentences: list[str] = []
    start = 0
    for found in END.finditer(text):
        end = found.start("gap")
        if SHORTENED.search(text[max(start, found.start() - 11) : found.start() + 1]):
            continue
        sentences.append(" ".join(text[start:end].split()))
        start = found.end()
    sentences.append(" ".join(text[start:].split()))
    return [sentence for sentence in sentences if sentence]


# --- settling -------------------------------------------------------------------------------


def settle_text(
    blocks: Sequence[Block],
    *,
    headline: str,
    standfirst: str = "",
    dateline: str = "",
    byline: Sequence[str] = (),
    published_at: datetime | None = None,
) -> Settled:
    """Take off what is not the story, and find standfirst and dateline where none is given."""
    below, kicker = _below_headline(blocks, headline)
    settled = Settled(below, clean_line(standfirst), tidy_dateline(dateline), tuple(byline), kicker)
    settled = _strip_top(settled, headline, published_at.date() if published_at else None)
    settled = _agree_standfirst(settled, headline)
    settled = _find_dateline(settled)
    return settled if settled.standfirst else _lift_standfirst(settled)


def _strip_top(settled: Settled, headline: str, published: date | None) -> Settled:
    blocks = list(settled.blocks)
    byline = settled.byline
    for _turn in range(TOP_LINES):
        if not blocks or blocks[0][0] == "list":
            break
        line = _plain(blocks[0][1])
        by = BYLINE.match(line)
        if by and _names_people(by["names"]):
            byline = byline or split_byline(by["names"])
        elif not (
            BOILERPLATE.match(line) or _repeats(line, headline) or _is_date_line(line, published)
        ):
            break
        del blocks[0]
    return replace(settled, blocks=tuple(blocks), byline=byline)


def _below_headline(blocks: Sequence[Block], headline: str) -> tuple[tuple[Block, ...], str]:
    """The blocks below the headline, where it stands again under a few short lines; and the
    label that may stand between it and the text.
    """
    above = 0
    for place, (kind, value) in enumerate(blocks[:TOP_LINES]):
        line = _plain(" ".join(value) if kind == "list" else value)
        if _same(line, headline):
            below = tuple(blocks[place + 1 :])
            if len(below) > 1 and below[0][0] == "crosshead" and len(below[0][1]) <= LABEL:
                return below[1:], below[0][1]
            return below, ""
        above += len(line.split())
        if above > WORDS_LEFT:
            break
    return tuple(blocks), ""


def tidy_dateline(written: str) -> str:
    """A place as printed over a story: without the agency in brackets, dates and dashes."""
    line = re.sub(r"\s*[(\[].*$", "", clean_line(written))
    line = re.sub(rf",?\s*(?:{MONTH}\s*)?\d.*$", "", line, flags=re.IGNORECASE)
    return re.sub(r"\s*[-–—_:,]+\s*$", "", line).strip()


def _names_people(names: str) -> bool:
    words = names.partition(",")[0].split()
    return len(words) == 1 or all(not word.islower() or word in JOINERS for word in words)


def _repeats(line: str, headline: str) -> bool:
    if len(line) > 30 and line[-1] not in ".!?":  # noqa: PLR2004
        return _bare(headline).startswith(_bare(line))
    return _same(line, headline)


def _is_date_line(line: str, published: date | None) -> bool:
    found = DATE_LINE.match(line)
    if not found:
        return False
    year = int(found["year"] or found["year2"] or found["year3"])
    return published is None or abs(published.year - year) <= 1


def _find_dateline(settled: Settled) -> Settled:
    kind, first = settled.blocks[0] if settled.blocks else ("", "")
    if kind != "paragraph":
        return settled
    for pattern in DATELINES:
        found = pattern.match(html.unescape(first[:160]))
        if found is None or "<" in found[0] or "&" in found[0]:
            continue
        rest = first[len(found[0]) :].lstrip()
        if len(rest) < 20:  # noqa: PLR2004
            continue
        place = found["place"].strip(" ,.") + (
            "." if re.search(r"[a-z]\.$", found["place"]) else ""
        )
        blocks = (("paragraph", rest), *settled.blocks[1:])
        return replace(settled, blocks=blocks, dateline=place)
    return settled


def _agree_standfirst(settled: Settled, headline: str) -> Settled:
    """Keep a given standfirst only if it says something of its own, and print it once."""
    given, blocks = settled.standfirst, settled.blocks
    if not given or not blocks:
        return settled
    kind, first = blocks[0]
    opening = _plain(first) if kind == "paragraph" else ""
    if len(blocks) > 1 and _same(given, opening):
        return replace(settled, blocks=blocks[1:])
    bare, start = _bare(given), _bare(opening)
    begins_alike = start.startswith(bare[: max(len(bare) - 6, 1)]) or bare.startswith(start)
    text = _bare(" ".join(_plain(str(value)) for _kind, value in blocks[:4]))
    if _same(given, headline) or (opening and begins_alike) or bare[:80] in text:
        return replace(settled, standfirst="")
    return settled


def _lift_standfirst(settled: Settled) -> Settled:
    """The first sentence becomes the standfirst and leaves the text, if enough text remains."""
    if not settled.blocks or settled.blocks[0][0] != "paragraph":
        return settled
    first = settled.blocks[0][1]
    sentences = split_sentences(html.unescape(first)) if "<" not in first else _before_markup(first)
    if not sentences:
        return settled
    lead = sentences[0]
    written = html.escape(lead, quote=False)
    if not SHORTEST_STANDFIRST <= len(lead) <= LONGEST_STANDFIRST or not first.startswith(written):
        return settled
    rest = first[len(written) :].lstrip()
    blocks = settled.blocks[1:] if not rest else (("paragraph", rest), *settled.blocks[1:])
    if count_words(blocks) < WORDS_LEFT or blocks[0][0] != "paragraph" or lead[-1] not in CLOSES:
        return settled
    return replace(settled, blocks=blocks, standfirst=lead)


def _before_markup(first: str) -> list[str]:
    """Whole sentences that stand before the first tag."""
    before = html.unescape(first.partition("<")[0])
    sentences = split_sentences(before)
    whole = before != before.rstrip() and sentences and sentences[-1][-1] in CLOSES
    return sentences if whole else sentences[:-1]


def has_text(blocks: Sequence[Block]) -> bool:
    """Whether there is anything to read between the crossheads."""
    return any(kind != "crosshead" for kind, _value in blocks)


def count_words(blocks: Sequence[Block]) -> int:
    """The words of a text in blocks."""
    return sum(
        len(_plain(" ".join(value) if kind == "list" else value).split()) for kind, value in blocks
    )


def split_byline(written: str, *, not_these: Sequence[str] = ()) -> tuple[str, ...]:
    """Names from a byline as printed: “By Asha Rao and Tom Hill, Agency” names two people."""
    line = re.sub(r"^(?:by|von|par|por|av|door)\s+", "", clean_line(written), flags=re.IGNORECASE)
    line = re.sub(r"\s*[(<|/].*$", "", line)
    unwanted = {_bare(name) for name in not_these}
    names = re.split(r"\s*(?:,|;|&|\band\b|\bund\b|\bet\b|\boch\b|\by\b)\s+", line)
    kept = [name.strip(" .,") for name in names]
    return tuple(
        dict.fromkeys(
            name
            for name in kept
            if 2 < len(name) <= 80 and _bare(name) not in unwanted and not _is_role(name)  # noqa: PLR2004
        )
    )


def _is_role(name: str) -> bool:
    """A role, a login or initials: nothing a reader would know a person by."""
    if name.islower() or (" " not in name and name.isupper()) or any(map(str.isdigit, name)):
        return True
    return bool(
        re.search(
            r"\b(?:reporter|correspondent|writer|editor|staff|desk|bureau|agency|news)\b",
            name,
            re.IGNORECASE,
        )
    )


def _plain(markup: str) -> str:
    if "<" in markup or "&" in markup:
        markup = html.unescape(TAG.sub(" ", markup))
    return clean_line(markup)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other) != ""
