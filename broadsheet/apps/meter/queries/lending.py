"""What is asked of lent stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q

from broadsheet.apps.meter.models.link import Link
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.plans.queries import get_gifts_per_month
from broadsheet.apps.subscriptions.queries import find_live_subscription
from broadsheet.domain.lending import (
    LinkKind,
    Refusal,
    Standing,
    find_gift_refusal,
    gift_month,
)
from broadsheet.protocol import keys
from broadsheet.protocol.link import LinkToken, read_token, write_token
from broadsheet.protocol.snapshot import RevokedLink

GIFTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class GiftQuota:
    """How many stories a reader may give in this calendar month, and how many were given."""

    quota: int
    given: int
    resets_on: date

    @property
    def remaining(self) -> int:
        return max(0, self.quota - self.given)


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A link as its giver or the desk sees it."""

    link: Link
    token: str
    standing: Standing

    @property
    def path(self) -> str:
        return f"/gift/{self.token}/"


def may_lend_premium() -> bool:
    """Whether the paper's setting lets links open premium stories."""
    return settings.PAPER.lend_premium == "yes"


def describe_link(link: Link, now: datetime) -> GivenLink:
    """A link with its address and its standing for a new device."""
    token = LinkToken(
        kind=LinkKind(link.kind),
        link_id=link.pk,
        story_id=link.story_id,
        expires_at=int(link.expires_at.timestamp()),
    )
    return GivenLink(link, write_token(_link_key(), token), link.stand(now))


def read_link_token(text: str) -> LinkToken | None:
    """What the token in a link's address says, expired or not; ``None`` if we never wrote it."""
    return read_token(_link_key(), text)


def find_story_of_link(token: LinkToken) -> Story | None:
    """The published story that a link leads to."""
    stories = Story.objects.defer("body").select_related("section")
    return stories.filter(pk=token.story_id, live=True).first()


def list_gifts(reader_id: int, now: datetime) -> list[GivenLink]:
    """What a reader has given, the latest first."""
    rows = Link.objects.filter(giver_id=reader_id).select_related("story__section")
    rows = rows.defer("story__body").order_by("-made_at", "-pk")
    return [describe_link(row, now) for row in rows[:GIFTS_SHOWN]]


def find_given_link(gifts: list[GivenLink], link_id: str) -> GivenLink | None:
    """The one of these that still opens and has this number, as an address spells it."""
    wanted = [one for one in gifts if str(one.link.pk) == link_id]
    return next((one for one in wanted if one.standing is Standing.OPEN), None)


def list_staff_links(now: datetime) -> list[GivenLink]:
    """Newsletter and campaign links that are not over, the latest first."""
    rows = Link.objects.filter(giver__isnull=True, expires_at__gt=now)
    rows = rows.select_related("story__section").defer("story__body").order_by("-made_at", "-pk")
    return [describe_link(row, now) for row in rows]


def count_gifts(reader_id: int, now: datetime) -> int:
    """Links given in this month; one taken back before anybody opened it does not count."""
    since, until = gift_month(now, settings.PAPER.zone)
    given = Link.objects.filter(giver_id=reader_id, made_at__gte=since, made_at__lt=until)
    return given.exclude(Q(revoked_at__isnull=False, opens=0)).count()


def get_gift_quota(reader_id: int, now: datetime) -> GiftQuota:
    """What the reader's plan allows this month; nothing without a live subscription."""
    subscription = find_live_subscription(reader_id)
    quota = get_gifts_per_month(subscription.plan_id) if subscription else 0
    _, until = gift_month(now, settings.PAPER.zone)
    resets_on = until.astimezone(settings.PAPER.zone).date()
    return GiftQuota(quota, count_gifts(reader_id, now) if quota else 0, resets_on)


def find_why_not_given(story: Story, quota: GiftQuota) -> Refusal | None:
    """Why a reader with this quota cannot give this published story, if so."""
    return find_gift_refusal(
        story.effective_access,
        lend_premium=may_lend_premium(),
        quota=quota.quota,
        given=quota.given,
    )


def list_revoked_links(now: datetime) -> tuple[RevokedLink, ...]:
    """Links taken back that would else still open their story, for the gate."""
    rows = Link.objects.filter(revoked_at__isnull=False, expires_at__gt=now)
    named = rows.order_by("expires_at", "pk").values_list("pk", "expires_at")
    return tuple(RevokedLink(link, until) for link, until in named)


def _link_key() -> bytes:
    return keys.derive_key(settings.PLANT.secret_key, keys.LINK)
