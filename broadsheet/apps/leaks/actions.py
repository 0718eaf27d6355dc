"""Asking for checks, taking them up, and writing down what was found."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from broadsheet.apps.leaks.models import StoryCheck
from broadsheet.apps.leaks.queries import list_paragraphs
from broadsheet.apps.newsroom.events import StoryChanged, StoryPublished
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.audit import record_deed

log = logging.getLogger(__name__)
SETTLE = timedelta(seconds=10)
"""Until every gate has forgotten the story's old pages."""
NEWS = timedelta(hours=1)
"""A first version dated longer ago is moved in, not published."""
LEASE = timedelta(minutes=20)
MOST_TRIES = 5
MOST_AT_ONCE = 20
ACTOR = "leak scanner"


@dataclass(frozen=True, slots=True)
class Claim:
    """One story taken up for a scan."""

    check_id: int
    story_id: int
    asked_at: datetime
    url: str
    paragraphs: tuple[str, ...]


def ask_for_check(event: StoryPublished | StoryChanged, *, now: datetime) -> None:
    """Handler: have a story looked at, unless it is free, withdrawn, or the plant does not want it.

    It writes one row in the transaction of the deed; the rest is the worker's.
    """
    if not settings.PLANT.scan_published:
        return
    story = Story.objects.defer("body").filter(pk=event.story_id, live=True).first()
    if story is None or story.access == AccessClass.FREE:
        return
    dated = story.published_at
    if isinstance(event, StoryPublished) and event.version == 1 and dated and now - dated > NEWS:
        return
    StoryCheck.objects.update_or_create(
        story=story, defaults={"asked_at": now, "due_at": now + SETTLE, "tries": 0, "trouble": ""}
    )


def claim_checks(*, now: datetime) -> tuple[Claim, ...]:
    """Take up what is due, ``MOST_AT_ONCE`` at most; no other worker gets the same."""
    claims = []
    due = StoryCheck.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    for check in due.select_related("story__section")[:MOST_AT_ONCE]:
        mine = StoryCheck.objects.filter(pk=check.pk, due_at=check.due_at).update(
            due_at=now + LEASE, tries=F("tries") + 1
        )
        if mine:
            url = settings.PLANT.origin + check.story.get_absolute_url()
            paragraphs = tuple(list_paragraphs(check.story))
            claims.append(Claim(check.pk, check.story_id, check.asked_at, url, paragraphs))
    return tuple(claims)


@transaction.atomic
def record_scan(*, claims: Sequence[Claim], report: Mapping[str, Any], now: datetime) -> int:
    """Write down a scan of the claimed stories; the number of leaks. Done twice it changes nothing.

    A story that was published again meanwhile keeps waiting for its next check.
    """
    leaks: list[dict[str, Any]] = list(report["leaks"])
    for stray in {leak["story"] for leak in leaks} - {claim.url for claim in claims}:
        log.error("LEAK: %s gives locked text away", stray)
    for claim in claims:
        own = [leak for leak in leaks if leak["story"] == claim.url]
        check = StoryCheck.objects.select_for_update().filter(pk=claim.check_id).first()
        if check is None or check.asked_at != claim.asked_at or check.due_at is None:
            continue
        check.due_at, check.checked_at, check.leaks, check.trouble = None, now, own, ""
        check.representations = report["representations"]
        check.save()
        if own:
            _tell_of(claim, own, now)
    return len(leaks)


def put_back(*, claims: Sequence[Claim], trouble: str, now: datetime) -> None:
    """The scan could not be made: wait 2, 4, 8, 16 minutes, then give up."""
    for claim in claims:
        waiting = StoryCheck.objects.filter(
            pk=claim.check_id, asked_at=claim.asked_at, due_at__isnull=False
        )
        for check in waiting:
            given_up = check.tries >= MOST_TRIES
            due_at = None if given_up else now + timedelta(minutes=2**check.tries)
            waiting.update(due_at=due_at, trouble=trouble[:2000])
            if given_up:
                log.warning("the leak scan of %s was given up: %s", claim.url, trouble)


def _tell_of(claim: Claim, leaks: list[dict[str, Any]], now: datetime) -> None:
    places = sorted({f"{leak['representation']}, {leak['reader']}" for leak in leaks})
    log.error("LEAK: %s gives locked text away: %s", claim.url, "; ".join(places))
    record_deed(
        actor=ACTOR,
        deed="found_leak",
        subject=f"newsroom.story:{claim.story_id}",
        now=now,
        places=places,
        excerpt=leaks[0]["excerpt"],
    )
