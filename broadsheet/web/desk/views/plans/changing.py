"""A plan that stands: its words, its prices from a day on, and a new price for old readers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from broadsheet.apps.plans.actions import (
    CannotSetPrice,
    offer_plan,
    put_plan,
    set_price,
    take_back_price,
)
from broadsheet.apps.plans.models import Plan, Price
from broadsheet.apps.plans.queries import Offer
from broadsheet.apps.subscriptions.actions.change_price import (
    LEAST_NOTICE,
    CannotChangePrice,
    schedule_price_change,
    withdraw_price_change,
)
from broadsheet.apps.subscriptions.models import PriceChange
from broadsheet.apps.subscriptions.queries import list_plan_standings
from broadsheet.domain.billing_calendar import local_day
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.plans.page import (
    PlansPage,
    list_included,
    say_price,
    sketch,
    tell_plan,
)
from broadsheet.web.desk.views.plans.sentence import PlanForm, PriceForm, spell_out_price


class ChangeForm(forms.Form):
    """Which price old readers are to pay, when they are told and from when it holds."""

    price = forms.ChoiceField(label=gettext_lazy("Readers who have the plan pay"))
    notice_on = forms.DateField(
        label=gettext_lazy("They are told from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    starts_on = forms.DateField(
        label=gettext_lazy("for terms from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day.")},
    )

    def __init__(self, plan: Plan, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "plan-%s", **kwargs})
        field = self.fields["price"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(price.pk), say_price(price, plan.term_length))
            for price in plan.prices.filter(ends_at__isnull=True).order_by("currency")
        ]


class _OnePlan(PlansPage):
    permission = "plans.change_plan"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        plans = Plan.objects.prefetch_related("prices", "benefits")
        plan = plans.filter(code=kwargs["code"]).first()
        if plan is None:
            raise Http404
        self.plan: Plan = plan

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(plan=self.plan, **kwargs)
        standings = {row.code: row for row in list_plan_standings()}
        context["line"] = tell_plan(self.plan, standings.get(self.plan.code), now())
        return context

    def _say_done(self, said: str) -> HttpResponse:
        messages.success(self.request, said)
        return redirect("desk_plan", code=self.plan.code)


class PlanView(_OnePlan):
    """Everything of one plan: what it is called and opens, its prices, and who is told of one."""

    template_name = "desk/plan.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        prices = sorted(self.plan.prices.all(), key=lambda one: one.starts_at, reverse=True)
        context["prices"] = [
            {
                "row": one,
                "said": say_price(one, self.plan.term_length),
                "coming": one.starts_at > instant,
                "over": one.ends_at is not None and one.ends_at <= instant,
            }
            for one in prices
        ]
        changes = self.plan.price_changes.select_related("price").filter(withdrawn_at__isnull=True)
        context["changes"] = [
            {"row": one, "said": say_price(one.price, self.plan.term_length)}
            for one in changes.order_by("-notice_on", "-pk")[:10]
        ]
        return context

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        first = {
            "name": self.plan.name,
            "term_count": self.plan.term_count,
            "term_unit": self.plan.term_unit,
            "benefits": [benefit.code for benefit in self.plan.benefits.all()],
            "gifts_per_month": self.plan.gifts_per_month,
            "position": self.plan.position,
        }
        form = PlanForm(plan=self.plan, initial=first)
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = PlanForm(request.POST, plan=self.plan)
        if form.is_valid():
            try:
                put_plan(**form.read_plan(), actor=request.user.get_username(), now=now())
            except ValueError as refused:
                form.add_error(None, str(refused))
            else:
                return self._say_done(_("Kept. Readers see it at once."))
        return self.render_to_response(self.get_context_data(form=form))


class PriceView(_OnePlan):
    """A price from a day on; ``do=show`` draws the card it would make."""

    template_name = "desk/plan_price.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("currency") or settings.PAPER.currency
        prices = self.plan.prices.filter(currency=wanted)
        standing = prices.filter(ends_at__isnull=True).first()
        return self._render(PriceForm(initial=spell_out_price(standing)))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = PriceForm(request.POST)
        if not form.is_valid():
            return self._render(form)
        if request.POST.get("do") == "show":
            card = sketch(
                form.price,
                self.plan.term_length,
                name=self.plan.name,
                steps=form.steps,
                parts=form.parts,
                benefits=list_included(self.plan),
            )
            return self._render(form, card)
        instant = now()
        try:
            set_price(
                plan_code=self.plan.code,
                **form.read_price(instant),
                actor=request.user.get_username(),
                now=instant,
            )
        except CannotSetPrice as refused:
            form.add_error("starts_at", str(refused))
            return self._render(form)
        return self._say_done(_("The price is set. Readers who have the plan keep theirs."))

    def _render(self, form: PriceForm, card: Offer | None = None) -> HttpResponse:
        return self.render_to_response(self.get_context_data(price=form, card=card))


class ChangeView(_OnePlan):
    """A new price for those who have the plan, with its notice."""

    template_name = "desk/plan_change.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        today = local_day(now(), settings.PAPER.zone)
        first = {"notice_on": today, "starts_on": today + LEAST_NOTICE + timedelta(days=1)}
        form = ChangeForm(self.plan, initial=first)
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = ChangeForm(self.plan, request.POST)
        if form.is_valid():
            try:
                schedule_price_change(
                    price_id=int(form.cleaned_data["price"]),
                    notice_on=form.cleaned_data["notice_on"],
                    starts_on=form.cleaned_data["starts_on"],
                    actor=request.user.get_username(),
                    now=now(),
                )
            except CannotChangePrice as refused:
                form.add_error(None, str(refused))
            else:
                return self._say_done(_("It is announced. Each reader is written to on the day."))
        return self.render_to_response(self.get_context_data(form=form))


@require_POST
@permission_required("plans.change_plan", raise_exception=True)
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """Put a plan on offer (``active=1``) or take it off."""
    plan = get_object_or_404(Plan, code=code)
    active = request.POST.get("active") == "1"
    offer_plan(code=code, active=active, actor=request.user.get_username(), now=now())
    said = (
        _("%(name)s is on offer.")
        if active
        else _("%(name)s is off offer. Readers who have it keep it, at their price.")
    )
    messages.success(request, said % {"name": plan.name})
    return redirect("desk_plans")


@require_POST
@permission_required("plans.change_plan", raise_exception=True)
def drop_price(request: HttpRequest, price_id: int) -> HttpResponse:
    """Take back a price that has not begun."""
    price = get_object_or_404(Price.objects.select_related("plan"), pk=price_id)
    try:
        take_back_price(price_id=price_id, actor=request.user.get_username(), now=now())
    except CannotSetPrice as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back. The price before it goes on."))
    return redirect("desk_plan", code=price.plan.code)


@require_POST
@permission_required("plans.change_plan", raise_exception=True)
def drop_change(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take back a new price for old readers, before anybody was told."""
    change = get_object_or_404(PriceChange.objects.select_related("plan"), pk=change_id)
    try:
        withdraw_price_change(change_id=change_id, actor=request.user.get_username(), now=now())
    except CannotChangePrice as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back; nobody was told."))
    return redirect("desk_plan", code=change.plan.code)
