"""The plans told whole, and a new one written as a sentence and looked at before it is sold."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.plans.actions import CannotSetPrice, put_plan, set_price
from broadsheet.apps.plans.models import Plan
from broadsheet.apps.plans.queries import IncludedBenefit, Offer
from broadsheet.apps.subscriptions.queries import list_plan_standings
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.models import AuditRow
from broadsheet.web.desk.views.plans.page import PlansPage, sketch, tell_plan
from broadsheet.web.desk.views.plans.sentence import PlanForm, PriceForm, spell_out_price

DEEDS = 8
SUBJECT = "plans.plan:"
STEP = 10


class PlansView(PlansPage):
    """Every plan as a sentence, with who holds it and what comes."""

    template_name = "desk/plans.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        standings = {row.code: row for row in list_plan_standings()}
        plans = Plan.objects.prefetch_related("prices", "benefits")
        lines = [tell_plan(plan, standings.get(plan.code), instant) for plan in plans]
        context["offered"] = [line for line in lines if line.plan.active]
        context["others"] = [line for line in lines if not line.plan.active]
        context["deeds"] = [(row, _say_deed(row)) for row in _list_deeds()]
        return context


class NewPlanView(PlansPage):
    """The sentence; ``do=show`` draws the card it would make, ``do=save`` sells it."""

    permission = "plans.add_plan"
    template_name = "desk/plan_new.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        last = Plan.objects.order_by("-position").first()
        first = {
            "term_count": 1,
            "term_unit": "month",
            "gifts_per_month": 0,
            "position": (last.position if last else 0) + STEP,
            "benefits": list(Benefit.objects.values_list("code", flat=True)),
        }
        return self._render(PlanForm(initial=first), PriceForm(initial=spell_out_price(None)))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form, price = PlanForm(request.POST), PriceForm(request.POST)
        if not (form.is_valid() & price.is_valid()):
            return self._render(form, price)
        if request.POST.get("do") == "show":
            return self._render(form, price, card=draw_card(form, price))
        instant, actor = now(), request.user.get_username()
        try:
            with transaction.atomic():
                plan = put_plan(**form.read_plan(), actor=actor, now=instant)
                set_price(
                    plan_code=plan.code, **price.read_price(instant), actor=actor, now=instant
                )
        except CannotSetPrice as refused:
            price.add_error(None, str(refused))
            return self._render(form, price)
        messages.success(request, _("%(name)s is on offer.") % {"name": plan.name})
        return redirect("desk_plans")

    def _render(self, form: PlanForm, price: PriceForm, card: Offer | None = None) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form, price=price, card=card))


def draw_card(form: PlanForm, price: PriceForm) -> Offer:
    """The card that a plan and a price would make."""
    given = form.read_plan()
    opened = Benefit.objects.filter(code__in=given["benefits"])
    return sketch(
        price.price,
        given["length"],
        name=given["name"],
        steps=price.steps,
        parts=price.parts,
        benefits=tuple(IncludedBenefit(b.code, b.name, b.sentence) for b in opened),
    )


def _list_deeds() -> list[AuditRow]:
    return list(AuditRow.objects.filter(subject__startswith=SUBJECT).order_by("-at", "-pk")[:DEEDS])


def _say_deed(row: AuditRow) -> str:
    said = {
        "put_plan": _("described %(code)s"),
        "set_price": _("set a price of %(code)s"),
        "take_back_price": _("took back a price of %(code)s"),
        "offer_plan": _("put %(code)s on offer")
        if row.detail.get("active")
        else _("took %(code)s off offer"),
        "schedule_price_change": _("announced a new price for old readers of %(code)s"),
        "withdraw_price_change": _("took back a new price for old readers of %(code)s"),
    }.get(row.deed, "%(code)s")
    return said % {"code": row.subject.removeprefix(SUBJECT)}
