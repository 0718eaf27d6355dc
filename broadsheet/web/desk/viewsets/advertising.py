"""House advertisements."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel

from broadsheet.apps.advertising.models import HouseAd
from broadsheet.web.desk.viewsets.naming import NamedViewSet


class HouseAdViewSet(NamedViewSet):
    model = HouseAd
    url_prefix = "house-ads"
    url_namespace = "desk_house_ads"
    menu_label = _("House ads")
    icon = "pick"
    list_display = ["headline", "slot", "active", "position"]
    ordering = ["slot", "position"]
    search_fields = ["headline", "text"]
    panels = [
        FieldPanel("slot"),
        FieldPanel("headline", classname="title"),
        FieldPanel("text"),
        FieldRowPanel([FieldPanel("link"), FieldPanel("link_text")]),
        FieldRowPanel([FieldPanel("active"), FieldPanel("position")]),
    ]
