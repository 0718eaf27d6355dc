"""The meter's rules: what is in force, what comes, a new rule, and a stop code in plain words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.meter.actions import FIRST_MESSAGE, adopt_policy, reword_policy
from broadsheet.apps.meter.models import MOST, MeterPolicy
from broadsheet.apps.meter.queries import explain_code, get_policy_in_force, list_policies
from broadsheet.domain.meter_message import LONGEST, WrongMessage, check_message, fill_message
from broadsheet.domain.reason_code import UnreadableCode
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date, format_number
from broadsheet.web.desk.views.permission import RoleRequiredMixin


class MessageForm(forms.Form):
    """The words a stopped reader is told."""

    message = forms.CharField(
        label=gettext_lazy("What a stopped reader is told"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "You may use {{free_limit}}, {{used}}, {{remaining}} and {{resets_on}}. The first "
            "sentence stands large."
        ),
    )


class PolicyForm(MessageForm):
    """A new rule."""

    anonymous_allowance = forms.IntegerField(
        label=gettext_lazy("Free stories without an account"), min_value=0, max_value=MOST
    )
    registered_allowance = forms.IntegerField(
        label=gettext_lazy("Free stories with an account"), min_value=0, max_value=MOST
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Leave empty to begin at once."),
    )
    field_order = ("anonymous_allowance", "registered_allowance", "message", "starts_at")


class _MeterView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    page_title = gettext_lazy("Meter rules")
    header_icon = "cogs"
    sample: str = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["sample"] = self.sample
        return context

    def show_sample(self, form: forms.Form, limit: int) -> HttpResponse:
        """The page again, with the message as a reader would see it."""
        try:
            check_message(form["message"].value() or "")
        except WrongMessage as wrong:
            form.add_error("message", str(wrong))
        else:
            self.sample = fill_sample(form["message"].value(), limit, now())
        return self.render_to_response(self.get_context_data(form=form))


class MeterView(_MeterView):
    """Every rule, newest first, and the box that explains a stop code."""

    permission = "meter.view_meterpolicy"
    template_name = "desk/meter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        instant = now()
        context["policies"] = list_policies()
        context["in_force"] = get_policy_in_force(instant)
        context["now"] = instant
        code = self.request.GET.get("code", "").strip()
        context["code"] = code
        if code:
            try:
                context["explanation"] = explain_code(code)
            except UnreadableCode as error:
                context["unreadable"] = str(error)
        return context


class NewPolicyView(_MeterView):
    """A new rule: the one in force ends where it begins."""

    permission = "meter.add_meterpolicy"
    template_name = "desk/meter_new.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        standing = get_policy_in_force(now())
        first = {
            "anonymous_allowance": standing.anonymous_allowance if standing else 5,
            "registered_allowance": standing.registered_allowance if standing else 8,
            "message": standing.message if standing else FIRST_MESSAGE,
        }
        return self.render_to_response(self.get_context_data(form=PolicyForm(initial=first)))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = PolicyForm(request.POST)
        right = form.is_valid()
        if request.POST.get("do") == "show":
            return self.show_sample(form, form.cleaned_data.get("anonymous_allowance") or 0)
        if right:
            instant = now()
            given = form.cleaned_data
            try:
                policy = adopt_policy(
                    anonymous_allowance=given["anonymous_allowance"],
                    registered_allowance=given["registered_allowance"],
                    message=given["message"],
                    starts_at=given["starts_at"] or instant,
                    actor=request.user.get_username(),
                    now=instant,
                )
            except ValidationError as refused:
                add_refusal(form, refused)
            else:
                said = _("%(code)s is adopted. Readers have it within a second of its start.")
                messages.success(request, said % {"code": policy.code})
                return redirect("desk_meter")
        return self.render_to_response(self.get_context_data(form=form))


class RewordView(_MeterView):
    """Other words for a rule that stands; its figures are history and stay."""

    permission = "meter.change_meterpolicy"
    template_name = "desk/meter_reword.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        policy = MeterPolicy.objects.filter(code=kwargs["code"]).first()
        if policy is None:
            raise Http404
        self.policy: MeterPolicy = policy

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(policy=self.policy, **kwargs)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        form = MessageForm(initial={"message": self.policy.message})
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = MessageForm(request.POST)
        right = form.is_valid()
        if request.POST.get("do") == "show":
            return self.show_sample(form, self.policy.anonymous_allowance)
        if right:
            try:
                reword_policy(
                    code=self.policy.code,
                    message=form.cleaned_data["message"],
                    actor=request.user.get_username(),
                    now=now(),
                )
            except ValidationError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Stopped readers see the new words now."))
                return redirect("desk_meter")
        return self.render_to_response(self.get_context_data(form=form))


def fill_sample(message: str, limit: int, instant: datetime) -> str:
    """The message as a reader stopped today would read it."""
    month = instant.year * 12 + instant.month
    resets_on = date(month // 12, month % 12 + 1, 1)
    return fill_message(
        message,
        {
            "free_limit": format_number(limit),
            "used": format_number(limit),
            "remaining": format_number(0),
            "resets_on": format_date(resets_on, "day"),
        },
    )


def add_refusal(form: forms.Form, refused: ValidationError) -> None:
    """Put each error beside its field, or above the form where it has none."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for field, errors in refused.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
