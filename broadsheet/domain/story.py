"""What a story is to the rules: who may read it, where it came from, what a stopped reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

PREVIEW_WORDS = 60
PREVIEW_SHARE = 4


class AccessClass(StrEnum):
    """Who may read a story."""

    FREE = "free"
    REGISTERED = "registered"
    METERED = "metered"
    PREMIUM = "premium"


class Origin(StrEnum):
    """Where a story came from."""

    STAFF = "staff"
    WIRE = "wire"
    EDITED_WIRE = "edited-wire"
    CONTRIBUTED = "contributed"
    SPONSORED = "sponsored"
    AI_ASSISTED = "ai-assisted"


AGENCY_NEEDED = frozenset({Origin.WIRE, Origin.EDITED_WIRE, Origin.SPONSORED})
"""Origins that name who sent the story: the agency, or the sponsor."""

DISCLAIMERS: dict[Origin, str] = {
    Origin.WIRE: (
        "This is an agency report. It was published from the feed of {agency} without our "
        "journalists changing it; {paper}’s reporters did not write or verify it."
    ),
    Origin.EDITED_WIRE: (
        "This is an agency report. It came from {agency} and was edited by {paper}’s desk; "
        "our reporters did not write or verify it."
    ),
    Origin.CONTRIBUTED: (
        "This was written by a contributor who is not on {paper}’s staff. The views are the "
        "writer’s own."
    ),
    Origin.SPONSORED: (
        "This was paid for by {agency}. {paper}’s newsroom had no part in writing it."
    ),
    Origin.AI_ASSISTED: (
        "A machine helped to write this. An editor of {paper} checked it before it was published "
        "and answers for it."
    ),
}
"""The sentence that follows from each origin; every one is marked for translation where it is
printed (``broadsheet.apps.newsroom``), under exactly these words."""


def is_disclaimer_needed(origin: Origin) -> bool:
    """Whether the paper must say where the story came from; only its own reporting need not."""
    return origin in DISCLAIMERS


def get_disclaimer(origin: Origin) -> str:
    """The sentence template that ``origin`` demands, with ``{agency}`` and ``{paper}``, or ``""``.

    Translate it, then ``.format(agency=…, paper=…)``.
    """
    return DISCLAIMERS.get(origin, "")


def is_agency_needed(origin: Origin) -> bool:
    """Whether a story of this origin must name its agency or sponsor to be published."""
    return origin in AGENCY_NEEDED


def count_words(text: str) -> int:
    """Words as a reader counts them: runs of characters between white space, no-break included."""
    return len(text.split())


def count_preview_blocks(block_words: Sequence[int]) -> int:
    """How many whole blocks from the top a stopped reader sees below the standfirst.

    ``block_words`` holds the words of every block of the body in order. Together they stay within
    60 words and within a quarter of the text, so a long first paragraph leaves the standfirst
    alone. Source: issue "The first edition", item 2.
    """
    room = min(PREVIEW_WORDS, sum(block_words) // PREVIEW_SHARE)
    shown = 0
    for words in block_words:
        if words > room:
            break
        room -= words
        shown += 1
    return shown
