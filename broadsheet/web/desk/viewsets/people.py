"""Authors."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel

from broadsheet.apps.newsroom.models import Author
from broadsheet.web.desk.viewsets.choosing import choose_by_words
from broadsheet.web.desk.viewsets.naming import NamedViewSet


class AuthorViewSet(NamedViewSet):
    model = Author
    url_prefix = "authors"
    url_namespace = "desk_authors"
    menu_label = _("Authors")
    icon = "user"
    list_display = ["name", "role", "place"]
    ordering = ["name"]
    search_fields = ["name", "role", "place"]
    chooser_viewset_class = choose_by_words("name", "role")
    panels = [
        FieldPanel("name", classname="title"),
        FieldPanel("slug"),
        FieldRowPanel([FieldPanel("role"), FieldPanel("place")]),
        FieldPanel("bio"),
        FieldPanel("portrait"),
    ]
