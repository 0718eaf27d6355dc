"""Lending stories: making links, opening them, taking them back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.meter.events import LinkRevoked
from broadsheet.apps.meter.models.link import Link, LinkOpening
from broadsheet.apps.meter.queries.lending import count_gifts, may_lend_premium
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.plans.queries import get_gifts_per_month
from broadsheet.apps.subscriptions.queries import find_live_subscription
from broadsheet.domain.lending import (
    GIFT_DEVICES,
    GIFT_LIFE,
    LinkKind,
    Refusal,
    Standing,
    check_terms,
    find_gift_refusal,
    find_refusal,
    tidy_name,
)
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce
from broadsheet.protocol import keys
from broadsheet.protocol.link import write_opener

LINKS_KEPT = timedelta(days=365)
"""How long after its end a link stays in the giver's list."""


class CannotLend(Exception):  # noqa: N818
    """The story cannot be lent; ``refusal`` says why. A retry helps next month at the earliest."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class LinkClosed(Exception):  # noqa: N818
    """The link opens nothing for this device; ``standing`` says why. A retry does not help."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.value)
        self.standing = standing


@transaction.atomic
def give_story(*, reader_id: int, story_id: int, shown_as: str, now: datetime) -> Link:
    """A reader gives a story; giving it again while the link lives gives the same link.

    Raises ``CannotLend``, ``domain.lending.WrongName``.
    """
    name = tidy_name(shown_as)
    Reader.objects.select_for_update().get(pk=reader_id)  # one gift of a reader at a time
    story = _get_story(story_id)
    standing = _find_living_gift(reader_id, story_id, now)
    if standing is not None:
        if standing.shown_as != name:
            standing.shown_as = name
            standing.save(update_fields=["shown_as"])
        return standing
    subscription = find_live_subscription(reader_id)
    refusal = find_gift_refusal(
        story.effective_access,
        lend_premium=may_lend_premium(),
        quota=get_gifts_per_month(subscription.plan_id) if subscription else 0,
        given=count_gifts(reader_id, now),
    )
    if refusal is not None:
        raise CannotLend(refusal)
    return _make(
        Link(
            kind=LinkKind.GIFT,
            story=story,
            giver_id=reader_id,
            shown_as=name,
            most_opens=GIFT_DEVICES,
            made_at=now,
            expires_at=now + GIFT_LIFE,
        ),
        actor=f"reader:{reader_id}",
        now=now,
    )


@transaction.atomic
def lend_story(
    *,
    kind: LinkKind,
    story_id: int,
    devices: int,
    days: int,
    actor: str,
    now: datetime,
    label: str = "",
) -> Link:
    """Staff lend a story to the readers of a newsletter or a campaign.

    Raises ``CannotLend``, ``domain.lending.WrongTerms``, and ``ValueError`` for a gift.
    """
    if kind is LinkKind.GIFT:
        raise ValueError("A gift is given by a reader.")
    check_terms(devices=devices, days=days)
    story = _get_story(story_id)
    refusal = find_refusal(story.effective_access, lend_premium=may_lend_premium())
    if refusal is not None:
        raise CannotLend(refusal)
    return _make(
        Link(
            kind=kind,
            story=story,
            label=" ".join(label.split())[:80],
            most_opens=devices,
            made_at=now,
            expires_at=now + timedelta(days=days),
        ),
        actor=actor,
        now=now,
    )


@transaction.atomic
def open_link(*, link_id: int, device_id: str, now: datetime, has_opened: bool = False) -> Link:
    """Let a device in, and count it if it is new: check and count are one statement.

    ``has_opened`` says that it was let in before under another id and proved so. Raises ``LinkClosed``; a link that is no more counts as revoked.
    """
    key = keys.derive_key(settings.PLANT.secret_key, keys.LENT)
    opener = write_opener(key, link_id, device_id)
    link = Link.objects.select_related("story__section").filter(pk=link_id).first()
    if link is None:
        raise LinkClosed(Standing.REVOKED)
    is_known = has_opened or link.openings.filter(opener=opener).exists()
    standing = link.stand(now, is_known=is_known)
    if standing is not Standing.OPEN:
        raise LinkClosed(standing)
    if not is_known:
        _, is_new = LinkOpening.objects.get_or_create(
            link=link, opener=opener, defaults={"opened_at": now}
        )
        room = Link.objects.filter(pk=link_id, opens__lt=F("most_opens"), revoked_at__isnull=True)
        if is_new and not room.update(opens=F("opens") + 1):
            link.refresh_from_db(fields=["opens", "revoked_at"])
            raise LinkClosed(link.stand(now))
    return link


@transaction.atomic
def revoke_link(*, link_id: int, actor: str, now: datetime, giver_id: int | None = None) -> Link:
    """Take a link back, at every gate within a second; what it lent is locked again.

    ``giver_id``, if given, must be the giver's. Doing it again changes nothing. Raises
    ``Link.DoesNotExist``.
    """
    links = Link.objects.select_for_update()
    link: Link = (
        links.get(pk=link_id) if giver_id is None else links.get(pk=link_id, giver=giver_id)
    )
    if link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        record_deed(
            actor=actor,
            deed="revoke_link",
            subject=f"meter.link:{link_id}",
            now=now,
            opens=link.opens,
        )
        announce(LinkRevoked(link_id), now=now)
    return link


@transaction.atomic
def drop_old_links(*, now: datetime) -> int:
    """Forget which devices opened links that are over, and links long over; the devices forgotten."""
    forgotten, _ = LinkOpening.objects.filter(link__expires_at__lte=now).delete()
    Link.objects.filter(expires_at__lte=now - LINKS_KEPT).delete()
    return forgotten


def _get_story(story_id: int) -> Story:
    stories = Story.objects.defer("body").select_related("section")
    story = stories.filter(pk=story_id, live=True).first()
    if story is None:
        raise CannotLend(Refusal.NOT_PUBLISHED)
    return story


def _find_living_gift(reader_id: int, story_id: int, now: datetime) -> Link | None:
    return Link.objects.filter(
        giver_id=reader_id,
        story_id=story_id,
        expires_at__gt=now,
        revoked_at__isnull=True,
        opens__lt=F("most_opens"),
    ).first()


def _make(link: Link, *, actor: str, now: datetime) -> Link:
    # The address holds whole seconds.
    link.expires_at = link.expires_at.replace(microsecond=0)
    link.save(force_insert=True)
    record_deed(
        actor=actor,
        deed="lend_story",
        subject=f"meter.link:{link.pk}",
        now=now,
        kind=link.kind,
        story=link.story_id,
        most_opens=link.most_opens,
        expires_at=link.expires_at.isoformat(),
    )
    return link
