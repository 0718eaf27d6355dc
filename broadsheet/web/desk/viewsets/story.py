"""The story's list, editor and chooser."""

from __future__ import annotations

import json
from typing import Any

import django_filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import Revision, WorkflowState
from wagtail.snippets.views.snippets import (
    CreateView,
    DeleteView,
    EditView,
    IndexView,
    SnippetViewSet,
)

from broadsheet.apps.newsroom.models import Section, Story, StoryForm
from broadsheet.apps.newsroom.models.story import ACCESS_CHOICES, ORIGIN_CHOICES
from broadsheet.domain.story import AccessClass
from broadsheet.web.desk.views.killing import KillView
from broadsheet.web.desk.viewsets.choosing import choose_by_words
from broadsheet.web.desk.viewsets.naming import PlainListMixin


class StoryFilters(WagtailFilterSet):
    """What the list can be narrowed to."""

    section = django_filters.ModelChoiceFilter(
        queryset=Section.objects.order_by("position"), label=_("Section")
    )
    access = django_filters.ChoiceFilter(choices=ACCESS_CHOICES, label=_("Access"))
    origin = django_filters.ChoiceFilter(choices=ORIGIN_CHOICES, label=_("Origin"))
    form = django_filters.ChoiceFilter(choices=StoryForm.choices, label=_("Form"))
    live = django_filters.ChoiceFilter(
        choices=[("true", _("Published")), ("false", _("Not published"))],
        method="filter_live",
        label=_("Status"),
    )

    def filter_live(self, stories: QuerySet[Story], _name: str, value: str) -> QuerySet[Story]:
        return stories.filter(live=value == "true")

    class Meta:
        model = Story
        fields = ["section", "access", "origin", "form", "live"]


class AccessColumn(Column):
    """The access class, with the one gesture that makes a story premium or takes it back."""

    cell_template_name = "desk/access_cell.html"

    def get_cell_context_data(self, instance: Story, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        request = parent_context.get("request")
        context["is_premium"] = instance.access == AccessClass.PREMIUM.value
        context["may_mark"] = request is not None and request.user.has_perm("newsroom.change_story")
        context["may_free"] = request is not None and request.user.has_perm(
            "newsroom.publish_story"
        )
        context["free_url"] = reverse("desk_free_switch", args=[instance.pk])
        context["mark_url"] = reverse("desk_premium_mark", args=[instance.pk])
        context["next"] = request.get_full_path() if request is not None else ""
        return context


def with_status(stories: QuerySet[Story]) -> QuerySet[Story]:
    """Know of each story, in the list's own query, whether it is scheduled or in review."""
    kind = ContentType.objects.get_for_model(Story)
    key = Cast(OuterRef("pk"), CharField())
    due = Revision.objects.filter(
        content_type=kind, object_id=key, approved_go_live_at__isnull=False
    )
    review = WorkflowState.objects.active().filter(base_content_type=kind, object_id=key)
    return stories.annotate(is_scheduled=Exists(due), is_in_review=Exists(review))


def say_status(story: Any) -> str:
    """Where a story stands, in the desk's words."""
    if story.killed_at is not None:
        return gettext("Killed")
    if story.live:
        if story.is_scheduled:
            return gettext("Published, change scheduled")
        return (
            gettext("Published, draft waiting")
            if story.has_unpublished_changes
            else gettext("Published")
        )
    if story.is_scheduled:
        return gettext("Scheduled")
    return gettext("In review") if story.is_in_review else gettext("Draft")


class DraftDeleteView(DeleteView):
    """Throws a draft away. What readers have seen is killed instead, so that its address says so."""

    def get_object(self, queryset: Any = None) -> Story:
        story: Story = super().get_object(queryset)
        if story.version > 0:
            raise PermissionDenied
        return story


class StoryIndexView(PlainListMixin, IndexView):
    """Searches headlines, kickers and names by every word; the list never loads a text."""

    is_searchable = True

    def get_base_queryset(self) -> QuerySet[Story]:
        return (
            with_status(Story.objects.defer("body"))
            .select_related("section")
            .order_by(F("published_at").desc(nulls_first=True), "-pk")
        )

    def get_delete_url(self, instance: Story) -> str | None:
        if instance.version > 0:
            return None
        url: str | None = super().get_delete_url(instance)
        return url

    def search_queryset(self, queryset: QuerySet[Story]) -> QuerySet[Story]:
        for word in (self.search_query or "").split():
            queryset = queryset.filter(
                Q(headline__icontains=word)
                | Q(kicker__icontains=word)
                | Q(standfirst__icontains=word)
                | Q(pk__in=Story.objects.filter(bylines__author__name__icontains=word))
            )
        return queryset


class _RefusedMixin:
    """A refusal to publish stands beside its field, and the text stays in the form."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc,no-any-return]
        except ValidationError as refused:
            if hasattr(refused, "error_dict"):
                for field, errors in refused.error_dict.items():
                    form.add_error(field if field in form.fields else None, errors)
            else:
                form.add_error(None, refused)
            self.produced_error_message = " ".join(refused.messages)
            return super().form_invalid(form)  # type: ignore[misc,no-any-return]


class StoryCreateView(_RefusedMixin, CreateView):
    def get_initial_form_instance(self) -> Story:
        """An empty story with its first paragraph open, ready to write."""
        return Story(body=json.dumps([{"type": "paragraph", "value": ""}]), live=False)


class StoryEditView(_RefusedMixin, EditView):
    @property
    def header_buttons(self) -> list[Any]:
        buttons = list(super().header_buttons)
        if self.user_has_permission("change") and not self.live_object.killed_at:
            premium = self.live_object.access == AccessClass.PREMIUM.value
            buttons.append(
                HeaderButton(
                    str(_("Take back from premium") if premium else _("Mark premium")),
                    attrs={
                        "type": "button",
                        "data-controller": "w-action",
                        "data-action": "w-action#post",
                        "data-w-action-url-value": reverse(
                            "desk_premium_mark", args=[self.live_object.pk]
                        )
                        + f"?next={self.request.path}",
                    },
                )
            )
        if self.live_object.live and self.request.user.has_perm("newsroom.publish_story"):
            freed = self.live_object.freed_at is not None
            if freed or self.live_object.access != AccessClass.FREE.value:
                buttons.append(_switch_button(self.live_object, self.request.path))
        return buttons


def _switch_button(story: Story, here: str) -> HeaderButton:
    """The emergency switch, or the way back from it."""
    freed = story.freed_at is not None
    return HeaderButton(
        str(_("Free for all: lock again") if freed else _("Free for all, now")),
        attrs={
            "type": "button",
            "data-controller": "w-action",
            "data-action": "w-action#post",
            "data-w-action-url-value": reverse("desk_free_switch", args=[story.pk])
            + f"?next={here}",
        },
    )


class StoryViewSet(SnippetViewSet):
    model = Story
    url_prefix = "stories"
    url_namespace = "desk_stories"
    menu_label = _("Stories")
    icon = "doc-full"
    index_view_class = StoryIndexView
    add_view_class = StoryCreateView
    edit_view_class = StoryEditView
    unpublish_view_class = KillView
    filterset_class = StoryFilters
    chooser_viewset_class = choose_by_words("headline", "kicker")
    copy_view_enabled = False
    delete_view_class = DraftDeleteView
    list_per_page = 30
    list_display = [
        "headline",
        "section",
        AccessColumn("access", label=_("Access"), accessor="get_access_display", sort_key="access"),
        Column("origin", label=_("Origin"), accessor="get_origin_display"),
        DateColumn("published_at", label=_("Published"), sort_key="published_at"),
        StatusTagColumn("status", label=_("Status"), accessor=say_status, sort_key="live"),
    ]
    search_fields = ["headline"]

    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel(
                        "kicker",
                        help_text=_("The label above the headline: one to three words."),
                    ),
                    FieldPanel(
                        "headline",
                        classname="title",
                        required_on_save=True,
                    ),
                    FieldPanel(
                        "standfirst",
                        help_text=_(
                            "One or two sentences under the headline. A stopped reader sees them too."
                        ),
                    ),
                ],
                heading=_("Headline"),
                icon="title",
            ),
            FieldPanel(
                "body",
                heading=_("Text"),
                help_text=_(
                    "Each paragraph becomes a block of its own when it is saved. A stopped reader "
                    "sees the first whole paragraphs, at most 60 words and a quarter of the text."
                ),
            ),
            MultiFieldPanel(
                [
                    InlinePanel(
                        "bylines",
                        heading=_("Names"),
                        label=_("Name"),
                        panels=[FieldPanel("author")],
                        help_text=_("In the order they are printed. Leave empty for agency copy."),
                    ),
                    FieldPanel("dateline", help_text=_("The place it is written from.")),
                ],
                heading=_("Byline"),
                icon="user",
            ),
            MultiFieldPanel(
                [
                    FieldPanel("lead_picture"),
                    FieldPanel(
                        "caption",
                        help_text=_("Left empty, the picture’s own caption stands here."),
                    ),
                ],
                heading=_("Lead picture"),
                icon="image",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "origin",
                                help_text=_(
                                    "Nothing is published without it. The sentence readers see "
                                    "about it follows by rule."
                                ),
                            ),
                            FieldPanel(
                                "agency",
                                help_text=_("Needed for agency and sponsored stories."),
                            ),
                        ]
                    ),
                    FieldPanel(
                        "access",
                        help_text=_(
                            "Free: everyone. Registered: signed-in readers. Metered: counted. "
                            "Premium: subscribers."
                        ),
                    ),
                ],
                heading=_("Where it came from, who may read it"),
                icon="key",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("section", widget=forms.Select), FieldPanel("form")]),
                    FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
                    FieldPanel("storyline"),
                    FieldRowPanel(
                        [
                            FieldPanel(
                                "slug",
                                help_text=_(
                                    "Made from the headline when left empty. Old addresses keep "
                                    "leading here."
                                ),
                            ),
                            FieldPanel("language"),
                        ]
                    ),
                ],
                heading=_("Where it stands"),
                icon="list-ul",
            ),
            InlinePanel(
                "corrections",
                heading=_("Corrections"),
                label=_("Correction"),
                icon="edit",
                help_text=_("Readers see these under the text, with the date."),
                panels=[FieldPanel("on"), FieldPanel("text")],
            ),
            PublishingPanel(),
        ]
    )
