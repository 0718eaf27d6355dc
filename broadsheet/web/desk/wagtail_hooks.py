"""What the desk hangs into Wagtail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from broadsheet.web.desk import menus
from broadsheet.web.desk.guard import SELLING
from broadsheet.web.desk.panels import FreedPanel, ReadersPanel, TodayPanel
from broadsheet.web.desk.views.freeing import FreeDeskView, switch
from broadsheet.web.desk.views.front import FrontView
from broadsheet.web.desk.views.letters import LettersView, LetterView, restore
from broadsheet.web.desk.views.licences import (
    LicencesView,
    LicenceView,
    NewLicenceView,
    PosterView,
    usage,
)
from broadsheet.web.desk.views.meter import (
    EndView,
    MeterView,
    NewPolicyView,
    RewordView,
    WallView,
)
from broadsheet.web.desk.views.plans import (
    ChangeView,
    CouponsView,
    NewCouponView,
    NewPlanView,
    PlansView,
    PlanView,
    PriceView,
    drop_change,
    drop_price,
    offer,
    withdraw,
)
from broadsheet.web.desk.views.premium import PremiumDeskView, mark
from broadsheet.web.desk.views.readers import (
    LifeView,
    ReadersView,
    RefundView,
    cancel,
    undo,
)
from broadsheet.web.desk.viewsets import VIEWSETS, house_pages

for viewset in VIEWSETS:
    register_snippet(viewset)

DROPPED_PANELS = {"whats_new_in_wagtail_version", "locked_pages"}


@hooks.register("register_admin_urls")
def desk_addresses() -> list[URLPattern]:
    return [
        path("front/<slug:slug>/", FrontView.as_view(), name="desk_front"),
        path("meter/", MeterView.as_view(), name="desk_meter"),
        path("meter/new/", NewPolicyView.as_view(), name="desk_meter_new"),
        path("meter/wall/", WallView.as_view(), name="desk_meter_wall"),
        path("meter/<str:code>/end/", EndView.as_view(), name="desk_meter_end"),
        path("meter/<str:code>/", RewordView.as_view(), name="desk_meter_reword"),
        path("readers/", ReadersView.as_view(), name="desk_readers"),
        path("readers/<int:reader_id>/", LifeView.as_view(), name="desk_reader"),
        path("readers/<int:reader_id>/cancel/", cancel, name="desk_reader_cancel"),
        path("readers/<int:reader_id>/undo/", undo, name="desk_reader_undo"),
        path(
            "readers/<int:reader_id>/payments/<int:payment_id>/refund/",
            RefundView.as_view(),
            name="desk_reader_refund",
        ),
        path("plans/", PlansView.as_view(), name="desk_plans"),
        path("plans/new/", NewPlanView.as_view(), name="desk_plan_new"),
        path("plans/change/<int:change_id>/drop/", drop_change, name="desk_change_drop"),
        path("plans/price/<int:price_id>/drop/", drop_price, name="desk_price_drop"),
        path("plans/<slug:code>/", PlanView.as_view(), name="desk_plan"),
        path("plans/<slug:code>/price/", PriceView.as_view(), name="desk_plan_price"),
        path("plans/<slug:code>/old-readers/", ChangeView.as_view(), name="desk_plan_change"),
        path("plans/<slug:code>/offer/", offer, name="desk_plan_offer"),
        path("letters/", LettersView.as_view(), name="desk_letters"),
        path("letters/<slug:name>/", LetterView.as_view(), name="desk_letter"),
        path("letters/<slug:name>/restore/", restore, name="desk_letter_restore"),
        path("coupons/", CouponsView.as_view(), name="desk_coupons"),
        path("coupons/new/", NewCouponView.as_view(), name="desk_coupon_new"),
        path("coupons/<str:code>/withdraw/", withdraw, name="desk_coupon_withdraw"),
        path("licences/", LicencesView.as_view(), name="desk_licences"),
        path("licences/new/", NewLicenceView.as_view(), name="desk_licence_new"),
        path("licences/<slug:code>/", LicenceView.as_view(), name="desk_licence"),
        path("licences/<slug:code>/use.csv", usage, name="desk_licence_use"),
        path(
            "licences/<slug:code>/poster/<int:poster_id>/",
            PosterView.as_view(),
            name="desk_poster",
        ),
        path("premium/", PremiumDeskView.as_view(), name="desk_premium"),
        path("premium/<int:story_id>/", mark, name="desk_premium_mark"),
        path("free/", FreeDeskView.as_view(), name="desk_free"),
        path("free/<int:story_id>/", switch, name="desk_free_switch"),
    ]


@hooks.register("register_admin_viewset")
def list_house_pages() -> Any:
    return house_pages


@hooks.register("insert_global_admin_css")
def desk_look() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("desk/desk.css"))


@hooks.register("construct_main_menu")
def arrange_menu(request: HttpRequest, items: list[Any]) -> None:
    menus.arrange(request, items)


@hooks.register("before_create_user")
def refuse_new_superuser(request: HttpRequest) -> None:
    _refuse_superuser(request, None)


@hooks.register("before_edit_user")
@hooks.register("before_delete_user")
def refuse_superuser(request: HttpRequest, user: Any) -> None:
    _refuse_superuser(request, user)


def _refuse_superuser(request: HttpRequest, user: Any) -> None:
    """Only a superuser makes one, or lays hands on one."""
    made = request.method == "POST" and bool(request.POST.get("is_superuser"))
    if (made or getattr(user, "is_superuser", False)) and not request.user.is_superuser:
        raise PermissionDenied


@hooks.register("construct_snippet_action_menu")
def name_the_kill(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Wagtail's “Unpublish” leads to our withdrawing, and is called so."""
    for item in items:
        if item.name == "action-unpublish":
            item.label = _("Withdraw")


@hooks.register("construct_homepage_summary_items")
def drop_summary(request: HttpRequest, items: list[Any]) -> None:
    items.clear()


@hooks.register("construct_homepage_panels")
def arrange_first_page(request: HttpRequest, panels: list[Any]) -> None:
    panels[:] = [p for p in panels if getattr(p, "name", "") not in DROPPED_PANELS]
    if request.user.has_perm("newsroom.change_story"):
        panels += [FreedPanel(), TodayPanel()]
    if request.user.has_perm(SELLING):
        panels.append(ReadersPanel())
    panels.sort(key=lambda panel: getattr(panel, "order", 500))
