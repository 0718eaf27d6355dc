"""What Wagtail asks of us: its doors to publishing and withdrawing lead to our actions.

The editor, the workflow and the schedule call ``Story.publish()`` without a clock, so it is read
here, at the frameworks' edge. Pictures and house pages it writes itself; what many pages print of
them is told to the gate.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from wagtail.signals import page_published, page_unpublished

from broadsheet.apps.newsroom.actions.ensuring import note_changed_names
from broadsheet.apps.newsroom.actions.killing import withdraw_story
from broadsheet.apps.newsroom.actions.publishing import publish_revision
from broadsheet.apps.newsroom.models import HousePage, Picture, Story
from broadsheet.plumbing.clock import now


def hang_doors() -> None:
    """Give the model its doors, once, when the room opens."""
    Story.publish_door = staticmethod(_publish)
    Story.withdraw_door = staticmethod(_withdraw)
    post_save.connect(_tell_picture, sender=Picture, dispatch_uid="picture changed")
    page_published.connect(_tell_page, sender=HousePage, dispatch_uid="house page published")
    page_unpublished.connect(_tell_page, sender=HousePage, dispatch_uid="house page withdrawn")


def _publish(revision: Any, **how: Any) -> None:
    publish_revision(revision=revision, now=now(), **how)


def _withdraw(story: Story, **how: Any) -> None:
    how.pop("commit", None)
    withdraw_story(story=story, now=now(), **how)


def _tell_picture(instance: Picture, created: bool, **_: Any) -> None:
    if not created:
        note_changed_names(kind="picture", key=instance.pk, now=now())


def _tell_page(instance: HousePage, **_: Any) -> None:
    note_changed_names(kind="housepage", key=instance.pk, now=now())
