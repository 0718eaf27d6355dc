"""Taking a story back: for good with a sentence, or to a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.actions.unpublish import UnpublishAction

from broadsheet.apps.newsroom.actions.publishing import name_actor
from broadsheet.apps.newsroom.events import StoryChanged, StoryKilled
from broadsheet.apps.newsroom.models import Slot, Story
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce


def kill_story(*, story_id: int, note: str, actor: Any, now: datetime) -> Story:
    """Withdraw a published story for good: its address answers 410 with ``note``.

    Killing it again only changes the sentence. Raises ``ValidationError`` without a sentence, or
    for a story that was never published.
    """
    note = " ".join(note.split())
    if not note:
        raise ValidationError({"note": _("Write the sentence that readers will find here.")})
    if len(note) > Story._meta.get_field("kill_note").max_length:
        raise ValidationError({"note": _("Keep the sentence under 300 characters.")})
    with transaction.atomic():
        story: Story = Story.objects.select_for_update().get(pk=story_id)
        if story.version == 0:
            raise ValidationError(
                _("This story was never published, so there is nothing to withdraw.")
            )
        if story.killed_at is not None and story.kill_note == note:
            return story
        _withdraw_row(story)
        story.killed_at = story.killed_at or now
        story.kill_note = note
        story.save(update_fields=["live", "live_revision", "go_live_at", "killed_at", "kill_note"])
        if (state := story.current_workflow_state) is not None:
            state.cancel(user=actor)
        record_deed(
            actor=name_actor(actor),
            deed="kill_story",
            subject=f"newsroom.story:{story_id}",
            now=now,
            note=note,
        )
        announce(StoryKilled(story_id), now=now)
    return story


def spike_story(*, story_id: int, note: str, now: datetime) -> bool:
    """Reject a story before it was ever published, for good; false when it already was rejected."""
    with transaction.atomic():
        story: Story = Story.objects.select_for_update().get(pk=story_id)
        if story.killed_at is not None:
            return False
        _withdraw_row(story)
        story.killed_at = now
        story.kill_note = note
        story.save(update_fields=["live", "live_revision", "go_live_at", "killed_at", "kill_note"])
        record_deed(
            actor="house",
            deed="spike_story",
            subject=f"newsroom.story:{story_id}",
            now=now,
            note=note,
        )
    return True


def withdraw_story(*, story: Story, now: datetime, user: Any = None, **how: Any) -> None:
    """Wagtail's unpublishing, with an audit row and an event. A story not live is left alone."""
    with transaction.atomic():
        if not Story.objects.select_for_update().filter(pk=story.pk, live=True).exists():
            return
        UnpublishAction(story, user=user, **how).execute(skip_permission_checks=True)
        Slot.objects.filter(story=story).delete()
        record_deed(
            actor=name_actor(user),
            deed="withdraw_story",
            subject=f"newsroom.story:{story.pk}",
            now=now,
            expired=bool(how.get("set_expired")),
        )
        announce(StoryChanged(story.pk), now=now)


def _withdraw_row(story: Story) -> None:
    story.live = False
    story.live_revision = None
    story.go_live_at = None
    story.revisions.update(approved_go_live_at=None)
    Slot.objects.filter(story=story).delete()
