"""Sections, topics and storylines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel

from broadsheet.apps.newsroom.models import Section, Storyline, Topic
from broadsheet.web.desk.viewsets.choosing import choose_by_words
from broadsheet.web.desk.viewsets.naming import NamedViewSet


class SectionViewSet(NamedViewSet):
    model = Section
    url_prefix = "sections"
    url_namespace = "desk_sections"
    menu_label = _("Sections")
    icon = "list-ul"
    list_display = ["name", "slug", "position"]
    ordering = ["position", "name"]
    search_fields = ["name", "slug"]
    chooser_viewset_class = choose_by_words("name")
    panels = [
        FieldPanel("name", classname="title"),
        FieldRowPanel([FieldPanel("slug"), FieldPanel("position")]),
        FieldPanel("standfirst"),
    ]


class TopicViewSet(NamedViewSet):
    model = Topic
    url_prefix = "topics"
    url_namespace = "desk_topics"
    menu_label = _("Topics")
    icon = "tag"
    list_display = ["name", "slug"]
    ordering = ["name"]
    search_fields = ["name", "summary"]
    chooser_viewset_class = choose_by_words("name")
    panels = [
        FieldPanel("name", classname="title"),
        FieldPanel("slug"),
        FieldPanel("summary"),
    ]


class StorylineViewSet(NamedViewSet):
    model = Storyline
    url_prefix = "storylines"
    url_namespace = "desk_storylines"
    menu_label = _("Storylines")
    icon = "history"
    list_display = ["title", "slug"]
    ordering = ["title"]
    search_fields = ["title", "summary"]
    chooser_viewset_class = choose_by_words("title")
    panels = [
        FieldPanel("title", classname="title"),
        FieldPanel("slug"),
        FieldPanel("summary"),
        InlinePanel(
            "events",
            heading=_("Events"),
            label=_("Event"),
            help_text=_("Readers see the newest first. A story is linked once it is published."),
            panels=[
                FieldRowPanel([FieldPanel("on"), FieldPanel("precision")]),
                FieldPanel("title"),
                FieldPanel("story"),
            ],
        ),
    ]
