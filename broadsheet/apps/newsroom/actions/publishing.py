"""Putting a story before readers. Everything that publishes comes through ``publish_revision``."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.actions.publish_revision import PublishRevisionAction
from wagtail.models import Revision

from broadsheet.apps.newsroom.events import StoryPublished
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.models.body import count_block_words
from broadsheet.domain.story import is_agency_needed
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

log = logging.getLogger(__name__)


def name_actor(user: Any) -> str:
    """How the audit trail calls who did it: the sign-in's e-mail, or the house."""
    return user.email if user is not None and user.is_authenticated else "house"


def refuse_unready(story: Story) -> None:
    """Refuse a story that may not go before readers. Raises ``ValidationError`` by field."""
    wrong: dict[str, str] = {}
    if not story.headline.strip():
        wrong["headline"] = _("A story needs a headline before it is published.")
    if not story.origin:
        wrong["origin"] = _("Say where the story came from; without its origin it stays a draft.")
    elif is_agency_needed(story.origin) and not story.agency.strip():
        wrong["agency"] = _("Say which agency or sponsor this came from.")
    if wrong:
        raise ValidationError(wrong)
    if story.killed_at is not None:
        raise ValidationError(_("This story was killed and stays so. Write a new one."))


class PublishStoryAction(PublishRevisionAction):
    """Wagtail's publishing with the newsroom's effects between the saved row and the signal."""

    def __init__(self, revision: Revision, *, before: Story, now: datetime, **how: Any) -> None:
        self.before = before
        self.now = now
        super().__init__(revision, **how)

    def check(self, skip_permission_checks: bool = False) -> None:
        super().check(skip_permission_checks=skip_permission_checks)
        refuse_unready(self.object)

    def _after_publish(self) -> None:
        if self.object.live:
            bring_before_readers(self.object, before=self.before, user=self.user, now=self.now)
        super()._after_publish()


def bring_before_readers(story: Story, *, before: Story | None, user: Any, now: datetime) -> None:
    """The effects of a story's going live: version, times, word count, audit row, event.

    ``before`` is the row as it stood; a text that differs from it sets ``updated_at``.
    """
    was_read = before is not None and before.version > 0
    if was_read and before is not None and text_of(before) != text_of(story):
        story.updated_at = now
    story.version = (before.version if before is not None else 0) + 1
    story.published_at = story.published_at or now
    story.word_count = sum(count_block_words(block) for block in story.body)
    Story.objects.filter(pk=story.pk).update(
        version=story.version,
        published_at=story.published_at,
        updated_at=story.updated_at,
        word_count=story.word_count,
    )
    record_deed(
        actor=name_actor(user),
        deed="publish_story",
        subject=f"newsroom.story:{story.pk}",
        now=now,
        version=story.version,
        access=story.access,
        origin=story.origin,
    )
    announce(StoryPublished(story.pk, story.version), now=now)


def text_of(story: Story) -> tuple[Any, ...]:
    """What a reader would call the text: headline, standfirst and the blocks, without their ids."""
    blocks = [(block.block_type, block.get_prep_value()["value"]) for block in story.body]
    return (story.headline, story.standfirst, blocks)


def publish_revision(
    *,
    revision: Revision,
    now: datetime,
    user: Any = None,
    changed: bool = True,
    log_action: bool | str = True,
    previous_revision: Revision | None = None,
    skip_permission_checks: bool = False,
) -> None:
    """Publish one revision, or schedule it when its ``go_live_at`` lies ahead.

    Raises ``ValidationError`` (by field) when the story is not ready, and Wagtail's
    ``PublishPermissionError``; nothing happens then.
    """
    with transaction.atomic():
        before = Story.objects.select_for_update().get(pk=int(revision.object_id))
        revision.content_object = before
        PublishStoryAction(
            revision,
            before=Story.objects.get(pk=before.pk),
            now=now,
            user=user,
            changed=changed,
            log_action=log_action,
            previous_revision=previous_revision,
        ).execute(skip_permission_checks=skip_permission_checks)


def publish_story(*, story_id: int, actor: Any, now: datetime) -> Story:
    """Publish a story's newest draft. Raises ``ValidationError`` when it is not ready."""
    with transaction.atomic():
        story = Story.objects.get(pk=story_id).get_latest_revision_as_object()
        refuse_unready(story)
        revision = story.save_revision(user=actor)
        publish_revision(revision=revision, now=now, user=actor, skip_permission_checks=True)
    return Story.objects.get(pk=story_id)


def schedule_story(*, story_id: int, go_live_at: datetime, actor: Any, now: datetime) -> Story:
    """Publish a story's newest draft at ``go_live_at``; a time already past publishes at once.

    Raises ``ValidationError`` when it is not ready.
    """
    with transaction.atomic():
        story = Story.objects.get(pk=story_id).get_latest_revision_as_object()
        refuse_unready(story)
        story.go_live_at = go_live_at if go_live_at > now else None
        revision = story.save_revision(user=actor)
        publish_revision(revision=revision, now=now, user=actor, skip_permission_checks=True)
        record_deed(
            actor=name_actor(actor),
            deed="schedule_story",
            subject=f"newsroom.story:{story_id}",
            now=now,
            go_live_at=go_live_at.isoformat(),
        )
    return Story.objects.get(pk=story_id)


def publish_due_stories(*, now: datetime) -> int:
    """Publish every scheduled revision whose time has come, and withdraw what has expired.

    The number of stories moved. One that cannot be published is left for a person, with a line in
    the log; the others go on.
    """
    moved = 0
    for story in list(Story.objects.filter(live=True, expire_at__lte=now)):
        story.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        moved += 1
    kind = Story.get_content_type()
    due = Revision.objects.filter(content_type=kind, approved_go_live_at__lte=now)
    for revision in due.order_by("approved_go_live_at", "pk"):
        try:
            publish_revision(
                revision=revision,
                now=now,
                log_action="wagtail.publish.scheduled",
                skip_permission_checks=True,
            )
        except (ValidationError, Story.DoesNotExist) as error:
            log.warning("story %s was not published at its time: %s", revision.object_id, error)
            Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
            continue
        moved += 1
    return moved
