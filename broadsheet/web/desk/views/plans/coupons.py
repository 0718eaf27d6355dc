"""Coupons at the desk: told as sentences, made as one, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from broadsheet.apps.plans.actions import put_coupon, withdraw_coupon
from broadsheet.apps.plans.models import Coupon, Plan
from broadsheet.domain.coupon import LONGEST_CODE, WHOLE, Reduction, WrongCoupon
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date, format_number
from broadsheet.web.desk.paper_time import PaperTimeField
from broadsheet.web.desk.views.plans.page import PlansPage, say_money
from broadsheet.web.desk.views.plans.sentence import AmountField, list_currencies_taken, read_money

A_PAGE = 30
SHARE, SUM = "share", "sum"
LASTS = [
    ("once", gettext_lazy("the first term")),
    ("terms", gettext_lazy("so many terms")),
    ("ever", gettext_lazy("every term")),
]


class CouponForm(forms.Form):
    """A code, what it takes off, for how long and for whom."""

    code = forms.CharField(label=gettext_lazy("The code"), max_length=LONGEST_CODE + 10)
    kind = forms.ChoiceField(
        label=gettext_lazy("takes off"),
        choices=[(SHARE, gettext_lazy("per cent")), (SUM, gettext_lazy("a sum"))],
    )
    percent = forms.DecimalField(
        label=gettext_lazy("per cent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 4, "autocomplete": "off"}),
    )
    amount = AmountField(gettext_lazy("sum"))
    currency = forms.ChoiceField(label=gettext_lazy("in"), required=False)
    lasts = forms.ChoiceField(label=gettext_lazy("from"), choices=LASTS)
    terms = forms.IntegerField(label=gettext_lazy("how many"), required=False, min_value=1)
    starts_at = PaperTimeField(gettext_lazy("It holds from"))
    ends_at = PaperTimeField(gettext_lazy("until"))
    limit = forms.IntegerField(label=gettext_lazy("for at most"), required=False, min_value=1)
    plans = forms.MultipleChoiceField(
        label=gettext_lazy("Plans"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "coupon-%s", **kwargs})
        self._offer("currency", [(code, code) for code in list_currencies_taken()])
        self._offer("plans", list(Plan.objects.filter(active=True).values_list("code", "name")))

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        if given["kind"] == SHARE and not given["percent"]:
            self.add_error("percent", _("Write how many per cent."))
        elif given["kind"] == SUM and not given["amount"]:
            self.add_error("amount", _("Write how much."))
        elif given["lasts"] == "terms" and not given["terms"]:
            self.add_error("terms", _("Write for how many terms."))
        else:
            self._reduce(given)
        return given

    def read_coupon(self, instant: datetime) -> dict[str, Any]:
        """The arguments of ``put_coupon`` that the sentence means."""
        given = self.cleaned_data
        return {
            "code": given["code"],
            "reduction": self.reduction,
            "starts_at": given["starts_at"] or instant,
            "ends_at": given["ends_at"],
            "limit": given["limit"],
            "plans": given["plans"],
        }

    def _reduce(self, given: dict[str, Any]) -> None:
        terms = {"once": 1, "terms": given["terms"], "ever": None}[given["lasts"]]
        try:
            if given["kind"] == SHARE:
                self.reduction = Reduction(
                    share=int(given["percent"] * (WHOLE // 100)), terms=terms
                )
            else:
                amount = read_money(given["amount"], given["currency"] or "")
                self.reduction = Reduction(amount=amount, terms=terms)
        except WrongCoupon as wrong:
            self.add_error(
                "terms"
                if given["lasts"] != "once"
                else {SHARE: "percent", SUM: "amount"}[given["kind"]],
                str(wrong),
            )
        except forms.ValidationError as wrong:
            self.add_error("amount", wrong)


class CouponsView(PlansPage):
    """Every coupon as a sentence, with how often it was used."""

    page_title = gettext_lazy("Coupons")
    template_name = "desk/coupons.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        rows = Coupon.objects.prefetch_related("plans")
        page = Paginator(rows, A_PAGE).get_page(self.request.GET.get("page"))
        context["page"] = page
        context["lines"] = [_tell(coupon, instant) for coupon in page.object_list]
        return context


class NewCouponView(PlansPage):
    """A coupon written as a sentence."""

    page_title = gettext_lazy("Coupons")
    permission = "plans.add_plan"
    template_name = "desk/coupon_new.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return self.render_to_response(self.get_context_data(form=CouponForm()))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = CouponForm(request.POST)
        if form.is_valid():
            instant = now()
            try:
                coupon = put_coupon(
                    **form.read_coupon(instant), actor=request.user.get_username(), now=instant
                )
            except WrongCoupon as wrong:
                form.add_error("code", str(wrong))
            else:
                messages.success(request, _("%(code)s may be used.") % {"code": coupon.code})
                return redirect("desk_coupons")
        return self.render_to_response(self.get_context_data(form=form))


@require_POST
@permission_required("plans.change_plan", raise_exception=True)
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Let a coupon begin nothing more."""
    withdraw_coupon(code=code, actor=request.user.get_username(), now=now())
    said = _("%(code)s is withdrawn. Whoever used it keeps what it took off.")
    messages.success(request, said % {"code": code})
    return redirect("desk_coupons")


def _tell(coupon: Coupon, instant: datetime) -> dict[str, Any]:
    over = coupon.ends_at is not None and coupon.ends_at <= instant
    return {
        "row": coupon,
        "said": _say(coupon),
        "used": _say_used(coupon),
        "open": coupon.withdrawn_at is None and not over,
        "over": over,
    }


def _say(coupon: Coupon) -> str:
    reduction = coupon.reduction
    if reduction.amount is not None:
        off = say_money(reduction.amount)
    else:
        off = _("%(share)s per cent") % {"share": f"{reduction.share / 100:g}"}
    if reduction.terms is None:
        of = _("every term")
    elif reduction.terms == 1:
        of = _("the first term")
    else:
        of = _("the first %(count)s terms") % {"count": reduction.terms}
    plans = [plan.name for plan in coupon.plans.all()]
    whose = get_text_list(plans, _("or")) if plans else _("any plan")
    said = _("takes %(off)s off %(of)s of %(plan)s") % {"off": off, "of": of, "plan": whose}
    until = (
        _(", until %(until)s") % {"until": format_date(coupon.ends_at)} if coupon.ends_at else ""
    )
    return f"{said}{until}."


def _say_used(coupon: Coupon) -> str:
    used = ngettext("Used by %(count)s reader", "Used by %(count)s readers", coupon.taken) % {
        "count": format_number(coupon.taken)
    }
    if coupon.limit is None:
        return f"{used}."
    return _("%(used)s, of %(limit)s at most.") % {
        "used": used,
        "limit": format_number(coupon.limit),
    }
