"""A stand-in for Django that has any number of stories, for the bench of the gate's memory alone.

The first ``LONG`` stories have pages of an ordinary size, the others short ones. No newspaper is
ever served by this module: only the bench names it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from broadsheet.bench.readers import SECRET
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.plumbing.handing_over import FromTheGate
from broadsheet.protocol.addresses import find_story_id
from broadsheet.protocol.keys import HANDOVER, derive_key
from broadsheet.protocol.rendition import FACTS_HEADER, StoryFacts

LONG = 5_000
LONG_BYTES, SHORT_BYTES = 21_500, 2_000
"""An ordinary page of the demo before packing; and of a story that is known and hardly read."""


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The page of whatever story the path names; 200 without a body for all else."""
    story = find_story_id(environ["PATH_INFO"])
    headers = [("Content-Type", "text/html; charset=utf-8")]
    body = b""
    if story is not None:
        body = make_page(story, LONG_BYTES if story <= LONG else SHORT_BYTES)
        facts = StoryFacts(
            id=story,
            version=1,
            access=AccessClass.METERED,
            origin=Origin.STAFF,
            section="city",
            url=environ["PATH_INFO"],
        )
        headers.append((FACTS_HEADER, facts.encode()))
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def make_page(story: int, length: int) -> bytes:
    """Words by chance, the same for the same story, which pack about as well as a story does."""
    chance = random.Random(story)
    words = " ".join(chance.choices(_words(), k=length // 8))
    return f"<!doctype html><title>{story}</title><p>{words}"[:length].encode()


@cache
def _words() -> list[str]:
    chance = random.Random(1997)
    return [
        "".join(chance.choices("aeioubdklmnprst", k=chance.randint(3, 12))) for _ in range(1_500)
    ]


application = FromTheGate(answer, key=derive_key(SECRET, HANDOVER))
