"""Give money back, in part or whole, with a reason; and end the subscription if that is meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.payments.actions.give_refund import MOST_REASON, CannotRefund
from broadsheet.apps.payments.models import Payment
from broadsheet.apps.subscriptions.actions.cut_subscription import CannotCut, give_back
from broadsheet.apps.subscriptions.queries.history import PaymentLine, get_payment_line
from broadsheet.domain.money import Money, units_in_major
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_money
from broadsheet.web.desk.views.permission import RoleRequiredMixin

PERMISSION = "payments.add_refund"


class RefundForm(forms.Form):
    """How much, why, and whether it ends. ``left`` is what the page showed as left to give back:
    a second click finds less, and does nothing.
    """

    amount = forms.DecimalField(
        label=gettext_lazy("Give back"),
        min_value=Decimal("0.001"),
        max_digits=15,
        error_messages={"min_value": gettext_lazy("Give back more than nought.")},
    )
    reason = forms.CharField(label=gettext_lazy("because"), max_length=MOST_REASON)
    ends = forms.BooleanField(label=gettext_lazy("and end the subscription now"), required=False)
    left = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, line: PaymentLine, data: Any = None) -> None:
        self.line = line
        whole, rest = divmod(line.left.minor, units_in_major(line.left.currency))
        places = len(str(units_in_major(line.left.currency))) - 1
        shown = f"{whole}.{rest:0{places}}" if rest else str(whole)
        super().__init__(data, initial={"amount": shown, "left": line.left.minor})

    def clean_amount(self) -> Money:
        written: Decimal = self.cleaned_data["amount"]
        currency = self.line.left.currency
        minor = written * units_in_major(currency)
        if minor != minor.to_integral_value():
            raise forms.ValidationError(_("There is no smaller coin than that; round it."))
        amount = Money(int(minor), currency)
        if amount.minor > self.line.left.minor:
            left = format_money(self.line.left.minor, currency)
            raise forms.ValidationError(_("Only %(left)s is left to give back.") % {"left": left})
        return amount

    def clean_left(self) -> int:
        left: int = self.cleaned_data["left"]
        if left != self.line.left.minor:
            raise forms.ValidationError(
                _("Money went back meanwhile. Look at what is left, and decide again.")
            )
        return left


class RefundView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """The form; what it promises the worker sends."""

    permission = PERMISSION
    template_name = "desk/reader_refund.html"
    page_title = gettext_lazy("Give money back")
    header_icon = "undo"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        reader_id = self.kwargs["reader_id"]
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("desk_readers"), "label": _("Readers")},
            {"url": reverse("desk_reader", args=[reader_id]), "label": _("Reader")},
            {"url": "", "label": _("Give money back")},
        ]

    def get(self, _request: HttpRequest, reader_id: int, payment_id: int) -> HttpResponse:
        line = _find_line(reader_id, payment_id)
        return self._show(line, RefundForm(line))

    def post(self, request: HttpRequest, reader_id: int, payment_id: int) -> HttpResponse:
        line = _find_line(reader_id, payment_id)
        form = RefundForm(line, request.POST)
        if not form.is_valid():
            return self._show(line, form)
        amount: Money = form.cleaned_data["amount"]
        try:
            give_back(
                payment_id=payment_id,
                amount=amount,
                reason=form.cleaned_data["reason"],
                end_access=form.cleaned_data["ends"],
                actor=request.user.get_username(),
                now=now(),
            )
        except (CannotRefund, CannotCut) as refused:
            form.add_error(None, str(refused))
            return self._show(line, form)
        shown = format_money(amount.minor, amount.currency)
        messages.success(request, _("%(amount)s is on its way back.") % {"amount": shown})
        return redirect("desk_reader", reader_id=reader_id)

    def _show(self, line: PaymentLine, form: RefundForm) -> HttpResponse:
        context = self.get_context_data(line=line, form=form, reader_id=self.kwargs["reader_id"])
        return self.render_to_response(context)


def _find_line(reader_id: int, payment_id: int) -> PaymentLine:
    try:
        return get_payment_line(payment_id, reader_id)
    except Payment.DoesNotExist as missing:
        raise Http404(_("There is no such payment.")) from missing
