"""Placing stories on a front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.newsroom.actions.publishing import name_actor
from broadsheet.apps.newsroom.events import FrontCurated
from broadsheet.apps.newsroom.models import Front, Slot, SlotRole, Story
from broadsheet.apps.newsroom.models.front import ROOM
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce


def curate_front(
    *, front: str, placed: Mapping[str, Sequence[int]], actor: Any, now: datetime
) -> Front:
    """Give a front exactly these stories, by role and in order. Placed as they stand: no change.

    Raises ``ValidationError`` for an unknown role, a part with no room left, a story placed twice
    and a story that is not published; nothing happens then.
    """
    wanted = [(role, list(ids)) for role, ids in placed.items() if ids]
    _refuse_wrong(wanted)
    with transaction.atomic():
        page, _made = Front.objects.get_or_create(slug=front)
        Front.objects.select_for_update().get(pk=page.pk)
        fresh = [(role, place, key) for role, ids in wanted for place, key in enumerate(ids, 1)]
        stands = list(Slot.objects.filter(front=page).values_list("role", "position", "story_id"))
        if sorted(stands) == sorted(fresh):
            return page
        Slot.objects.filter(front=page).delete()
        Slot.objects.bulk_create(
            Slot(front=page, role=role, position=place, story_id=key) for role, place, key in fresh
        )
        page.edited_at = now
        page.save(update_fields=["edited_at"])
        record_deed(
            actor=name_actor(actor),
            deed="curate_front",
            subject=f"newsroom.front:{front}",
            now=now,
            placed=dict(wanted),
        )
        announce(FrontCurated(front), now=now)
    return page


def place_in_slot(
    *, front: str, role: str, position: int, story_id: int, actor: Any, now: datetime
) -> Front:
    """Put a story in a part of a front at ``position`` (1 is first), moving the others down.

    A story that stands elsewhere on the front leaves that place; what no longer fits into the part
    drops off its end. Raises ``ValidationError`` as ``curate_front``.
    """
    slots = Slot.objects.filter(front__slug=front).order_by("position", "pk")
    placed: dict[str, list[int]] = {}
    for slot in slots.exclude(story_id=story_id):
        placed.setdefault(slot.role, []).append(slot.story_id)
    part = placed.setdefault(role, [])
    part.insert(max(position, 1) - 1, story_id)
    del part[ROOM.get(role, len(part)) :]
    return curate_front(front=front, placed=placed, actor=actor, now=now)


def _refuse_wrong(wanted: list[tuple[str, list[int]]]) -> None:
    for role, ids in wanted:
        if role not in SlotRole.values:
            raise ValidationError(_("A front has no part called %(role)s.") % {"role": role})
        if len(ids) > ROOM[role]:
            raise ValidationError(
                _("“%(part)s” has room for %(room)d, and %(given)d were placed there.")
                % {"part": SlotRole(role).label, "room": ROOM[role], "given": len(ids)}
            )
    keys = [key for _role, ids in wanted for key in ids]
    if len(keys) != len(set(keys)):
        raise ValidationError(_("A story may stand only once on a front."))
    live = set(Story.objects.filter(pk__in=keys, live=True).values_list("pk", flat=True))
    for key in keys:
        if key not in live:
            raise ValidationError(
                _("Story %(key)d is not published, so it cannot stand on a front.") % {"key": key}
            )
