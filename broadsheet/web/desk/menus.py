"""The side bar: what each role works with, in the three groups of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DeskMenuItem(MenuItem):
    """Shown to whoever holds one of ``permissions``."""

    def __init__(
        self, label: StrOrPromise, url: str, *permissions: str, icon: str, order: int
    ) -> None:
        super().__init__(label, url, icon_name=icon, order=order)
        self.permissions = permissions

    def is_shown(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(name) for name in self.permissions)


def desk_items() -> list[DeskMenuItem]:
    """The newsroom's and the readers' places, from top to bottom."""
    story = ("newsroom.add_story", "newsroom.change_story")
    return [
        DeskMenuItem(
            _("Stories"), reverse("desk_stories:list"), *story, icon="doc-full", order=100
        ),
        DeskMenuItem(
            _("Front page"),
            reverse("desk_front", args=["home"]),
            "newsroom.change_front",
            icon="home",
            order=110,
        ),
        DeskMenuItem(_("Premium desk"), reverse("desk_premium"), *story, icon="key", order=120),
        DeskMenuItem(
            _("Free for all"),
            reverse("desk_free"),
            "newsroom.publish_story",
            icon="lock-open",
            order=125,
        ),
        DeskMenuItem(
            _("Storylines"),
            reverse("desk_storylines:list"),
            "newsroom.change_storyline",
            icon="history",
            order=130,
        ),
        DeskMenuItem(
            _("Topics"), reverse("desk_topics:list"), "newsroom.change_topic", icon="tag", order=140
        ),
        DeskMenuItem(
            _("Authors"),
            reverse("desk_authors:list"),
            "newsroom.change_author",
            icon="user",
            order=150,
        ),
        *_selling_items(),
    ]


def _selling_items() -> list[DeskMenuItem]:
    """The readers' places and the house's."""
    return [
        DeskMenuItem(
            _("Find a reader"),
            reverse("desk_readers"),
            "subscriptions.view_subscription",
            icon="search",
            order=305,
        ),
        DeskMenuItem(
            _("Meter rules"),
            reverse("desk_meter"),
            "meter.view_meterpolicy",
            icon="cogs",
            order=310,
        ),
        DeskMenuItem(
            _("Plans and prices"), reverse("desk_plans"), "plans.view_plan", icon="tag", order=312
        ),
        DeskMenuItem(
            _("Coupons"), reverse("desk_coupons"), "plans.view_plan", icon="key", order=314
        ),
        DeskMenuItem(
            _("Letters"), reverse("desk_letters"), "plans.view_plan", icon="mail", order=313
        ),
        DeskMenuItem(
            _("Licences"),
            reverse("desk_licences"),
            "licences.view_licence",
            icon="group",
            order=315,
        ),
        DeskMenuItem(
            _("House ads"),
            reverse("desk_house_ads:list"),
            "advertising.change_housead",
            icon="pick",
            order=320,
        ),
        DeskMenuItem(
            _("Sections"),
            reverse("desk_sections:list"),
            "newsroom.change_section",
            icon="list-ul",
            order=410,
        ),
    ]


GROUPS: dict[int, StrOrPromise] = {100: _("Newsroom"), 300: _("Readers"), 400: _("House")}
# Where Wagtail's own entries stand; the others are not shown.
KEPT: dict[str, tuple[StrOrPromise, int]] = {
    "images": (_("Pictures"), 160),
    "reports": (_("Reports"), 430),
    "settings": (_("Settings"), 440),
}
RUNS_THE_HOUSE = "accounts.change_user"


def arrange(request: HttpRequest, items: list[MenuItem]) -> None:
    """Keep what the desk uses, in order, and give the first of each group its heading."""
    pages = any(item.name == "explorer" for item in items)
    for item in list(items):
        if item.name in KEPT:
            item.label, item.order = KEPT[item.name]
        if item.name not in KEPT or (
            item.name == "reports" and not request.user.has_perm(RUNS_THE_HOUSE)
        ):
            items.remove(item)
    items.extend(item for item in desk_items() if item.is_shown(request))
    if pages:
        address = reverse("desk_house_pages:index")
        items.append(MenuItem(_("House pages"), address, icon_name="doc-empty", order=420))
    items.sort(key=lambda item: item.order)
    headed: set[int] = set()
    for item in items:
        group = max(start for start in GROUPS if start <= item.order)
        item.attrs.pop("data-group", None)
        if group not in headed:
            item.attrs["data-group"] = str(GROUPS[group])
            headed.add(group)
