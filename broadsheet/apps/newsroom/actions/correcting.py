"""Changes to a published story that are no new edition of its text.

They stand at once, whatever draft is waiting: the row is changed, and the waiting draft with it,
so that publishing the draft later does not undo them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from broadsheet.apps.newsroom.actions.publishing import name_actor
from broadsheet.apps.newsroom.events import StoryChanged
from broadsheet.apps.newsroom.models import Correction, Story
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce


def correct_story(*, story_id: int, text: str, on: date, actor: Any, now: datetime) -> Correction:
    """Note a correction under a published story. The same words on the same day stand once.

    Raises ``ValidationError`` without words, or for a story that readers cannot see.
    """
    text = text.strip()
    if not text:
        raise ValidationError({"text": _("Say what was wrong and what is right.")})
    with transaction.atomic():
        story = Story.objects.select_for_update().get(pk=story_id)
        if not story.live:
            raise ValidationError(_("Only a published story is corrected; change the draft."))
        correction, fresh = Correction.objects.get_or_create(story=story, on=on, text=text)
        if fresh:
            _note(story, "correct_story", actor, now, text=text)
            draft = _waiting_draft(story)
            if draft is not None:
                row = {"pk": correction.pk, "story": story.pk, "on": str(on), "text": text}
                draft.content.setdefault("corrections", []).append(row)
                draft.save(update_fields=["content"])
    return correction


def change_access(*, story_id: int, access: AccessClass, actor: Any, now: datetime) -> Story:
    """Change who may open a story, at once. A story that has this access already is left alone."""
    with transaction.atomic():
        story: Story = Story.objects.select_for_update().get(pk=story_id)
        if story.access != access.value:
            _note(story, "change_access", actor, now, was=story.access, access=access.value)
            Story.objects.filter(pk=story_id).update(access=access.value)
        draft = _waiting_draft(story)
        if draft is not None and draft.content.get("access") != access.value:
            draft.content["access"] = access.value
            draft.save(update_fields=["content"])
    story.refresh_from_db(fields=["access", "version"])
    return story


def mark_premium(*, story_id: int, premium: bool, actor: Any, now: datetime) -> Story:
    """The premium desk's one gesture: premium, or back to metered."""
    story = Story.objects.only("access").get(pk=story_id)
    if not premium and story.access != AccessClass.PREMIUM.value:
        return Story.objects.get(pk=story_id)
    access = AccessClass.PREMIUM if premium else AccessClass.METERED
    return change_access(story_id=story_id, access=access, actor=actor, now=now)


def free_story(*, story_id: int, actor: Any, now: datetime, until: datetime | None = None) -> Story:
    """The emergency switch: open a published story to everybody, uncounted, at once.

    It stays open until ``until``, or until ``lock_story_again``; its access class waits. Asking
    the same again changes nothing. Raises ``ValidationError`` for a story that readers cannot see
    or a time that is over.
    """
    if until is not None and until <= now:
        raise ValidationError({"until": _("Choose a time that is still to come.")})
    with transaction.atomic():
        story: Story = Story.objects.select_for_update().get(pk=story_id)
        if not story.live:
            raise ValidationError(_("Only a published story can be opened to everybody."))
        if story.freed_at is None or story.freed_until != until:
            freed_at = story.freed_at or now
            _note(story, "free_story", actor, now, until=until.isoformat() if until else "")
            Story.objects.filter(pk=story_id).update(freed_at=freed_at, freed_until=until)
    story.refresh_from_db(fields=["freed_at", "freed_until", "version"])
    return story


def lock_story_again(*, story_id: int, actor: Any, now: datetime) -> Story:
    """Switch back: the story's access class holds again, at once. One not open is left alone."""
    with transaction.atomic():
        story: Story = Story.objects.select_for_update().get(pk=story_id)
        if story.freed_at is not None:
            _note(story, "lock_story_again", actor, now, freed_at=story.freed_at.isoformat())
            Story.objects.filter(pk=story_id).update(freed_at=None, freed_until=None)
    story.refresh_from_db(fields=["freed_at", "freed_until", "version"])
    return story


def lock_due_stories(*, now: datetime) -> int:
    """Lock again what was opened up to a time that has come; the number of stories locked."""
    # The index holds only what is free, so the question must name it.
    due = Story.objects.filter(freed_at__isnull=False, freed_until__lte=now)
    locked = 0
    for story_id in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            # Somebody may have set another time since.
            if list(due.select_for_update().filter(pk=story_id).values_list("pk")):
                lock_story_again(story_id=story_id, actor=None, now=now)
                locked += 1
    return locked


def _waiting_draft(story: Story) -> Any:
    return story.latest_revision if story.has_unpublished_changes else None


def _note(story: Story, deed: str, actor: Any, now: datetime, **detail: Any) -> None:
    record_deed(
        actor=name_actor(actor),
        deed=deed,
        subject=f"newsroom.story:{story.pk}",
        now=now,
        **detail,
    )
    if story.version:
        Story.objects.filter(pk=story.pk).update(version=F("version") + 1)
        announce(StoryChanged(story.pk), now=now)
