"""The story: one flat row, with drafts, history, workflow, lock and preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from broadsheet.apps.newsroom.models.body import BodyBlocks, split_paragraphs
from broadsheet.apps.newsroom.models.people import Author
from broadsheet.apps.newsroom.models.picture import Picture
from broadsheet.apps.newsroom.models.places import Section, Storyline, Topic
from broadsheet.domain.story import AccessClass, Origin, is_agency_needed
from broadsheet.plumbing.purging.declaring import Page, purges

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SENT_IN = (Origin.WIRE, Origin.EDITED_WIRE, Origin.SPONSORED)


class StoryForm(models.TextChoices):
    """The kind of piece."""

    NEWS = "news", _("News")
    FEATURE = "feature", _("Feature")
    INVESTIGATION = "investigation", _("Investigation")
    OPINION = "opinion", _("Opinion")
    EDITORIAL = "editorial", _("The paper’s view")
    LETTERS = "letters", _("Letters")
    BRIEFING = "briefing", _("Briefing")


ACCESS_CHOICES = [
    (AccessClass.FREE.value, _("Free")),
    (AccessClass.REGISTERED.value, _("Registered readers")),
    (AccessClass.METERED.value, _("Metered")),
    (AccessClass.PREMIUM.value, _("Premium")),
]
ORIGIN_CHOICES = [
    (Origin.STAFF.value, _("Our own staff")),
    (Origin.WIRE.value, _("Agency, as received")),
    (Origin.EDITED_WIRE.value, _("Agency, edited by us")),
    (Origin.CONTRIBUTED.value, _("Contributed from outside")),
    (Origin.SPONSORED.value, _("Sponsored")),
    (Origin.AI_ASSISTED.value, _("Made with AI, checked by us")),
]


class StoryQuerySet(models.QuerySet["Story"]):
    """Stories by what readers may see of them."""

    def published(self) -> StoryQuerySet:
        return self.filter(live=True).order_by("-published_at", "-pk")

    def for_lists(self) -> StoryQuerySet:
        """Everything a list shows and nothing of the text: one query and two for what hangs on it."""
        bylines = StoryByline.objects.select_related("author__portrait")
        return (
            self.defer("body")
            .select_related("section", "lead_picture")
            .prefetch_related(models.Prefetch("bylines", bylines), "lead_picture__cuts")
        )

    def with_faces(self) -> StoryQuerySet:
        """As ``for_lists``, with the cuts of the writers' portraits: one query more."""
        return self.for_lists().prefetch_related("bylines__author__portrait__cuts")


@purges(
    Page("story:{pk}"),
    Page("front:home", at="/"),
    Page("section:{section.slug}", at="/{section.slug}/"),
    Page("topic:{slug}", each="topics", at="/topic/{slug}/"),
    Page("author:{author.slug}", each="bylines", at="/author/{author.slug}/"),
    Page("storyline:{storyline.slug}", at="/storyline/{storyline.slug}/"),
    Page("feed:home", at="/feeds/home.xml"),
    Page("feed:{section.slug}", at="/feeds/{section.slug}.xml"),
    Page("sitemap", at="/sitemap.xml"),
    Page("news-sitemap", at="/news-sitemap.xml"),
    Page("corrections", at="/corrections/"),
)
class Story(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """One published or future piece of the paper, at ``/<section>/<slug>-<id>/``."""

    section = models.ForeignKey(
        Section, verbose_name=_("section"), on_delete=models.PROTECT, related_name="stories"
    )
    slug = models.SlugField(_("address"), max_length=120, blank=True)
    kicker = models.CharField(_("kicker"), max_length=60, blank=True)
    headline = models.CharField(_("headline"), max_length=200)
    standfirst = models.TextField(_("standfirst"), max_length=500, blank=True)
    dateline = models.CharField(_("dateline"), max_length=80, blank=True)
    body = StreamField(BodyBlocks(), verbose_name=_("text"), blank=True)
    lead_picture = models.ForeignKey(
        Picture,
        verbose_name=_("lead picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="led_stories",
    )
    caption = models.CharField(_("caption"), max_length=400, blank=True)
    topics = ParentalManyToManyField(
        Topic, verbose_name=_("topics"), blank=True, related_name="stories"
    )
    storyline = models.ForeignKey(
        Storyline,
        verbose_name=_("storyline"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    form = models.CharField(_("form"), max_length=20, choices=StoryForm, default=StoryForm.NEWS)
    access = models.CharField(
        _("access"), max_length=12, choices=ACCESS_CHOICES, default=AccessClass.METERED.value
    )
    origin = models.CharField(_("origin"), max_length=16, choices=ORIGIN_CHOICES)
    agency = models.CharField(_("agency or sponsor"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=12, default="en-IN")

    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    killed_at = models.DateTimeField(null=True, blank=True, editable=False)
    kill_note = models.CharField(max_length=300, blank=True, editable=False)
    freed_at = models.DateTimeField(null=True, blank=True, editable=False)
    freed_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StoryQuerySet.as_manager()

    # Wagtail would queue a background task at each save of a story and of each byline, only to
    # count where a picture is used; an import of a million stories cannot carry that.
    wagtail_reference_index_ignore = True

    # What belongs to the story as a whole, not to one of its revisions.
    KEPT: ClassVar[tuple[str, ...]] = (
        "published_at",
        "updated_at",
        "version",
        "word_count",
        "killed_at",
        "kill_note",
        "freed_at",
        "freed_until",
        "last_published_at",
    )
    # Wagtail's editor, workflow and schedule all publish and withdraw through these two doors,
    # which the room's adapter fills at start.
    publish_door: ClassVar[Callable[..., None] | None] = None
    withdraw_door: ClassVar[Callable[..., None] | None] = None

    class Meta:
        ordering = ("-published_at", "-pk")
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(F("section"), F("published_at").desc(), name="story_by_section"),
            models.Index(F("live"), F("published_at").desc(), name="story_by_time"),
            models.Index(
                fields=["go_live_at"],
                name="story_waiting",
                condition=Q(go_live_at__isnull=False),
            ),
            models.Index(
                fields=["expire_at"],
                name="story_expiring",
                condition=Q(expire_at__isnull=False),
            ),
            models.Index(
                fields=["freed_at"], name="story_freed", condition=Q(freed_at__isnull=False)
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(live=False) | ~Q(origin=""), name="live_story_has_origin"
            ),
            models.CheckConstraint(
                condition=Q(live=False) | ~Q(origin__in=SENT_IN) | ~Q(agency=""),
                name="live_story_names_its_sender",
            ),
            models.CheckConstraint(
                condition=Q(live=False) | Q(killed_at__isnull=True), name="killed_story_is_not_live"
            ),
            models.CheckConstraint(
                condition=Q(freed_until__isnull=True)
                | Q(freed_at__isnull=False, freed_until__gt=F("freed_at")),
                name="story_is_freed_before_it_is_locked",
            ),
        ]

    def __str__(self) -> str:
        return self.headline or str(_("(no headline yet)"))

    def get_absolute_url(self) -> str:
        return f"/{self.section.slug}/{self.slug}-{self.pk}/"

    @property
    def effective_access(self) -> AccessClass:
        """Who may read it now: everybody while the emergency switch is on, else by its class."""
        return AccessClass.FREE if self.freed_at is not None else AccessClass(self.access)

    def clean(self) -> None:
        """Give the story its address and each paragraph a block of its own. Raises ``ValidationError`` beside the field."""
        super().clean()
        if not self.slug:
            self.slug = slugify(self.headline)[:80].strip("-") or "story"
        raw = [dict(block) for block in self.body.raw_data]
        parted = split_paragraphs(raw)
        if parted != raw:
            self.body = json.dumps(parted)
        if self.origin and is_agency_needed(self.origin) and not self.agency.strip():
            raise ValidationError({"agency": _("Say which agency or sponsor this came from.")})

    def with_content_json(self, content: dict[str, Any]) -> Story:
        story: Story = super().with_content_json(content)
        for name in self.KEPT:
            setattr(story, name, getattr(self, name))
        return story

    @property
    def preview_modes(self) -> list[tuple[str, StrOrPromise]]:
        return [("full", _("The whole story")), ("stopped", _("As a stopped reader"))]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Show the draft as the reader's pages will; ``STORY_PREVIEW`` names who draws it."""
        draw = import_string(settings.STORY_PREVIEW)
        response: HttpResponse = draw(request, story=self, mode=mode_name)
        return response

    def publish(self, revision: Any, **how: Any) -> None:
        """Wagtail's door to publishing; opens our own action. Raises ``ValidationError``."""
        assert Story.publish_door is not None
        Story.publish_door(revision, **how)

    def unpublish(self, **how: Any) -> None:
        """Wagtail's door to withdrawing; opens our own action."""
        assert Story.withdraw_door is not None
        Story.withdraw_door(self, **how)


class StoryByline(Orderable):
    """A name over a story, in the order printed."""

    story = ParentalKey(Story, on_delete=models.CASCADE, related_name="bylines")
    author = models.ForeignKey(
        Author, verbose_name=_("author"), on_delete=models.PROTECT, related_name="bylines"
    )

    wagtail_reference_index_ignore = True

    class Meta(Orderable.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("story", "author"), name="an_author_once_a_story")
        ]

    def __str__(self) -> str:
        return self.author.name


class Correction(models.Model):
    """A noted change: what was wrong and what is right."""

    story = ParentalKey(Story, on_delete=models.CASCADE, related_name="corrections")
    on = models.DateField(_("date"))
    text = models.TextField(_("correction"), max_length=1000)

    class Meta:
        ordering = ("on", "pk")
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return f"{self.on}: {self.text[:60]}"
