"""House pages as a plain list, without the page tree they hang in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.pages import PageListingViewSet

from broadsheet.apps.newsroom.models import HousePage


class HousePageListing(PageListingViewSet):
    model = HousePage
    name = "desk_house_pages"
    url_prefix = "house-pages"
    url_namespace = "desk_house_pages"
    icon = "doc-empty"
    menu_label = _("House pages")
    add_to_admin_menu = False


house_pages = HousePageListing("desk_house_pages")
