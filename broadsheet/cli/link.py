"""``broadsheet link``: lend a story to the readers of a newsletter or a campaign."""

from __future__ import annotations

from typing import Any

import click

from broadsheet.cli._print import answer, open_house, with_json

KINDS = ("newsletter", "campaign")
WHY = {
    "not-published": "There is no published story {story}.",
    "already-free": "Story {story} is free for everybody; send its address.",
    "premium": 'Story {story} is premium, and broadsheet.toml says lend_premium = "no".',
}


@click.group()
def group() -> None:
    """Links that open one story, so often and so long."""


@group.command()
@click.argument("story", type=click.IntRange(1))
@click.option(
    "--kind", type=click.Choice(KINDS), default="newsletter", show_default=True, help="For whom."
)
@click.option("--devices", default=1000, show_default=True, help="How many devices it opens on.")
@click.option("--days", default=7, show_default=True, help="How long it lives.")
@click.option("--label", default="", help="A name by which the desk knows it again.")
@with_json
def make(story: int, *, kind: str, devices: int, days: int, label: str, as_json: bool) -> None:
    """Make a link that opens STORY, whole and uncounted."""
    open_house()
    from broadsheet.apps.meter.actions.lending import CannotLend, lend_story
    from broadsheet.apps.meter.queries.lending import describe_link
    from broadsheet.domain.lending import LinkKind, WrongTerms
    from broadsheet.plumbing import clock

    try:
        link = lend_story(
            kind=LinkKind(kind),
            story_id=story,
            devices=devices,
            days=days,
            label=label,
            actor="command line",
            now=clock.now(),
        )
    except CannotLend as refused:
        raise click.UsageError(WHY[refused.refusal].format(story=story)) from refused
    except WrongTerms as wrong:
        raise click.UsageError(str(wrong)) from wrong
    facts = _describe(describe_link(link, clock.now()))
    answer(facts, as_json=as_json, words=facts["url"])


@group.command("list")
@with_json
def list_command(*, as_json: bool) -> None:
    """The newsletter and campaign links that are not over."""
    open_house()
    from broadsheet.apps.meter.queries.lending import list_staff_links
    from broadsheet.plumbing import clock

    links = [_describe(one) for one in list_staff_links(clock.now())]
    words = "\n".join(
        f"{one['id']}  {one['standing']}  {one['opens']}/{one['devices']}  {one['url']}"
        + (f"  {one['label']}" if one["label"] else "")
        for one in links
    )
    answer({"links": links}, as_json=as_json, words=words or "There is none.")


@group.command()
@click.argument("link", type=click.IntRange(1))
@with_json
def revoke(link: int, *, as_json: bool) -> None:
    """Take LINK back, a number as ``link list`` shows it; what it lent is locked again."""
    open_house()
    from broadsheet.apps.meter.actions.lending import revoke_link
    from broadsheet.apps.meter.models import Link
    from broadsheet.plumbing import clock

    try:
        revoke_link(link_id=link, actor="command line", now=clock.now())
    except Link.DoesNotExist as error:
        raise click.UsageError(f"There is no link {link}. See broadsheet link list.") from error
    answer({"revoked": link}, as_json=as_json, words=f"Link {link} opens nothing any more.")


def _describe(given: Any) -> dict[str, Any]:
    from django.conf import settings

    link = given.link
    return {
        "id": link.pk,
        "url": settings.PLANT.origin + given.path,
        "kind": link.kind,
        "story": link.story_id,
        "label": link.label,
        "standing": given.standing.value,
        "opens": link.opens,
        "devices": link.most_opens,
        "expires_at": link.expires_at.isoformat(),
    }
