"""A throwaway newspaper for benches: a real home folder with real stories, made by the real doors.

Run as ``python -m broadsheet.bench.newspaper STORIES`` with ``BROADSHEET_HOME`` set; it prints the
address of each story.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import timedelta

SYLLABLES = (
    "ka",
    "dal",
    "pur",
    "sel",
    "ai",
    "to",
    "rin",
    "mo",
    "ve",
    "shu",
    "lan",
    "ter",
    "gi",
    "bo",
)
VOCABULARY = 1_500
PARAGRAPHS = 11
PARAGRAPH_WORDS = 55


def make_newspaper(stories: int) -> None:
    """Bring the home folder up to date and publish ``stories`` metered ones of 600 words."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    from broadsheet.apps.meter.actions import ensure_first_policy, publish_snapshot
    from broadsheet.apps.newsroom.actions.ingesting import IncomingCopy, ingest_copy
    from broadsheet.domain.story import AccessClass, Origin
    from broadsheet.plumbing import upkeep
    from broadsheet.plumbing.clock import now

    upkeep.upgrade(tell=lambda _: None)
    ensure_first_policy(actor="bench", now=now())
    publish_snapshot(now=now())
    chance = random.Random(1997)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(VOCABULARY)]
    for number in range(stories):
        paragraphs = [_write(chance, words, PARAGRAPH_WORDS) for _ in range(PARAGRAPHS)]
        _, story = ingest_copy(
            copy=IncomingCopy(
                feed="bench",
                external_id=str(number),
                headline=_write(chance, words, 8).rstrip("."),
                standfirst=_write(chance, words, 24),
                body=[("paragraph", f"<p>{text}</p>") for text in paragraphs],
                section="city",
                section_name="City",
                authors=["Rehan Sabri"],
                origin=Origin.STAFF,
                access=AccessClass.METERED,
                published_at=now() - timedelta(minutes=stories - number),
            ),
            now=now(),
        )
        print(story.get_absolute_url())


def _write(chance: random.Random, words: list[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length)).capitalize() + "."


if __name__ == "__main__":
    make_newspaper(int(sys.argv[1]))
