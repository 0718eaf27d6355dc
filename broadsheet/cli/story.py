"""``broadsheet story``: bring stories in; open them to everybody and lock them again."""

from __future__ import annotations

import gc
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli._print import answer, open_house, with_json

if TYPE_CHECKING:
    from broadsheet.apps.newsroom.models import Story

FORMATS = ("auto", "jsonl", "csv", "ninjs", "newsml-g2")
SHOWN = 20
TELL_EVERY = 2.0


@click.group()
def group() -> None:
    """Bring stories in, free them, lock them again."""


@group.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="auto asks each file; jsonl and csv may be gzipped.",
)
@click.option("--section", default="", help="Put every story there; else each item's own.")
@click.option(
    "--origin",
    type=click.Choice(["staff", "wire", "edited-wire", "contributed", "sponsored", "ai-assisted"]),
    help="Where the stories came from; agency formats are wire unless you say otherwise.",
)
@click.option(
    "--access",
    type=click.Choice(["free", "registered", "metered", "premium"]),
    help="Who may read them; metered where neither you nor the item says.",
)
@click.option("--agency", default="", help="Who sent them, for items that do not say.")
@click.option("--feed", default="", help="Name of the collection that jsonl and csv ids belong to.")
@with_json
def import_command(
    paths: tuple[Path, ...], *, format_name: str, as_json: bool, **said: str | None
) -> None:
    """Import stories from files and folders. A second run changes nothing."""
    open_house()
    gc.set_threshold(100_000)  # an import makes much and keeps little
    from broadsheet.apps.wire.actions import CannotImport, import_stories
    from broadsheet.plumbing import clock

    try:
        done = import_stories(
            paths=paths,
            format=format_name,
            now=clock.now(),
            on_progress=_Progress(),
            **{name: value or "" for name, value in said.items()},
        )
    except CannotImport as error:
        raise click.UsageError(str(error)) from error
    for note in done.errors[:SHOWN]:
        print(f"set aside {note.where}: {note.reason}", file=sys.stderr)
    if done.set_aside > SHOWN:
        print(f"… and {done.set_aside - SHOWN:,} more", file=sys.stderr)
    facts: dict[str, Any] = {
        "read": done.read,
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "set_aside": done.set_aside,
        "errors": [{"where": note.where, "reason": note.reason} for note in done.errors],
    }
    words = (
        f"{done.read:,} read: {done.created:,} created, {done.updated:,} updated, "
        f"{done.unchanged:,} unchanged, {done.set_aside:,} set aside ({done.broken:,} damaged)."
    )
    answer(facts, as_json=as_json, words=words, failed=done.broken > 0)


@group.command()
@click.argument("story", type=click.IntRange(1))
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="Lock it again then, by the paper's clock; else until story lock.",
)
@with_json
def free(story: int, *, until: datetime | None, as_json: bool) -> None:
    """The emergency switch: open STORY to everybody, uncounted, within a second."""
    open_house()
    from django.conf import settings
    from django.core.exceptions import ValidationError

    from broadsheet.apps.newsroom.actions import free_story
    from broadsheet.apps.newsroom.models import Story
    from broadsheet.plumbing import clock

    by = until.replace(tzinfo=settings.PAPER.zone) if until else None
    try:
        freed = free_story(story_id=story, until=by, actor=None, now=clock.now())
    except Story.DoesNotExist as error:
        raise click.UsageError(f"There is no story {story}.") from error
    except ValidationError as refused:
        raise click.UsageError(" ".join(refused.messages)) from refused
    _tell_access(freed, as_json=as_json)


@group.command()
@click.argument("story", type=click.IntRange(1))
@with_json
def lock(story: int, *, as_json: bool) -> None:
    """Switch back: STORY's own access class holds again within a second."""
    open_house()
    from broadsheet.apps.newsroom.actions import lock_story_again
    from broadsheet.apps.newsroom.models import Story
    from broadsheet.plumbing import clock

    try:
        locked = lock_story_again(story_id=story, actor=None, now=clock.now())
    except Story.DoesNotExist as error:
        raise click.UsageError(f"There is no story {story}.") from error
    _tell_access(locked, as_json=as_json)


def _tell_access(story: Story, *, as_json: bool) -> None:
    until = story.freed_until.isoformat() if story.freed_until else None
    facts = {
        "story": story.pk,
        "access": story.effective_access,
        "afterwards": story.access,
        "until": until,
    }
    words = f"Story {story.pk} is {story.effective_access}"
    answer(facts, as_json=as_json, words=f"{words} until {until}." if until else f"{words}.")


class _Progress:
    """A line on standard error every two seconds."""

    def __init__(self) -> None:
        self.told = time.monotonic()

    def __call__(self, state: Any) -> None:
        if time.monotonic() - self.told < TELL_EVERY:
            return
        self.told = time.monotonic()
        print(f"{state.read:,} read, {state.created:,} created …", file=sys.stderr, flush=True)
