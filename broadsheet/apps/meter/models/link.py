"""Links that lend a story, and the devices that opened them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.lending import LONGEST_NAME, LinkKind, Standing, find_standing

KINDS = [
    (LinkKind.GIFT.value, _("Gift of a reader")),
    (LinkKind.NEWSLETTER.value, _("Newsletter")),
    (LinkKind.CAMPAIGN.value, _("Campaign")),
]


class Link(models.Model):
    """One link to one story. ``label`` is the staff's name for it, ``shown_as`` the giver's."""

    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="+")
    giver = models.ForeignKey(Reader, null=True, on_delete=models.CASCADE, related_name="gifts")
    shown_as = models.CharField(_("shown name"), max_length=LONGEST_NAME, blank=True)
    label = models.CharField(_("label"), max_length=80, blank=True)
    most_opens = models.PositiveIntegerField(_("devices at most"))
    opens = models.PositiveIntegerField(_("devices so far"), default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lte=F("most_opens"), most_opens__gte=1),
                name="a_link_opens_as_often_as_it_says",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="a_link_ends_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(kind=LinkKind.GIFT.value, giver__isnull=False)
                | (~Q(kind=LinkKind.GIFT.value) & Q(giver__isnull=True)),
                name="a_gift_has_a_giver",
            ),
        ]
        indexes = [
            models.Index(fields=["giver", "-made_at"], name="links_of_a_giver"),
            models.Index(
                fields=["expires_at"],
                name="links_revoked",
                condition=Q(revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} to story {self.story_id}"

    def stand(self, now: datetime, *, is_known: bool = False) -> Standing:
        """How it stands at ``now`` for a device that has opened it before, or has not."""
        return find_standing(
            opens=self.opens,
            most_opens=self.most_opens,
            expires_at=self.expires_at,
            revoked_at=self.revoked_at,
            is_known=is_known,
            now=now,
        )


class LinkOpening(models.Model):
    """One device that opened one link, under a name good for that link only; kept until it ends."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="openings")
    opener = models.CharField(max_length=32)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "opener"], name="a_device_once_a_link")
        ]

    def __str__(self) -> str:
        return f"opening of link {self.link_id}"
