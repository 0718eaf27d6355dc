"""A rule that stands: other words for it, or its end. Its figures are history and stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from broadsheet.apps.meter.actions import end_policy, reword_policy
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.paper_time import PaperTimeField
from broadsheet.web.desk.policy_words import say_instant, tell_policies
from broadsheet.web.desk.views.meter.page import MeterPage
from broadsheet.web.desk.views.meter.sentence import MessageForm, add_refusal


class EndForm(forms.Form):
    """When a rule ends."""

    ends_at = PaperTimeField(gettext_lazy("It ends"))


class _StandingView(MeterPage):
    permission = "meter.change_meterpolicy"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        policy = MeterPolicy.objects.filter(code=kwargs["code"]).first()
        if policy is None:
            raise Http404
        self.policy: MeterPolicy = policy

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(policy=self.policy, **kwargs)
        [context["line"]] = tell_policies([self.policy], now())
        context["has_begun"] = self.policy.starts_at <= now()
        return context


class RewordView(_StandingView):
    """Other words, seen before they are kept."""

    template_name = "desk/meter_reword.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        form = MessageForm(initial={"message": self.policy.message})
        return self._render(form, self.policy.message)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = MessageForm(request.POST)
        if not form.is_valid():
            return self._render(form, None)
        message = form.cleaned_data["message"]
        if request.POST.get("do") == "show":
            return self._render(form, message)
        try:
            reword_policy(
                code=self.policy.code,
                message=message,
                actor=request.user.get_username(),
                now=now(),
            )
        except ValidationError as refused:
            add_refusal(form, refused)
            return self._render(form, None)
        messages.success(request, _("Stopped readers see the new words now."))
        return redirect("desk_meter")

    def _render(self, form: MessageForm, message: str | None) -> HttpResponse:
        sight = None
        if message is not None:
            self.policy.message = message
            sight = self.look(self.policy, form)
        return self.render_to_response(self.get_context_data(form=form, sight=sight))


class EndView(_StandingView):
    """The end of a rule for a part; the paper's own ends when another takes its place."""

    template_name = "desk/meter_end.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return self.render_to_response(self.get_context_data(form=EndForm()))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = EndForm(request.POST)
        if form.is_valid():
            instant = now()
            ends_at = form.cleaned_data["ends_at"] or instant
            try:
                end_policy(
                    code=self.policy.code,
                    ends_at=ends_at,
                    actor=request.user.get_username(),
                    now=instant,
                )
            except ValidationError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, self._say_ended(ends_at, instant))
                return redirect("desk_meter")
        return self.render_to_response(self.get_context_data(form=form))

    def _say_ended(self, ends_at: datetime, instant: datetime) -> str:
        code = self.policy.code
        if ends_at <= self.policy.starts_at:
            return _("%(code)s is taken back; it never began.") % {"code": code}
        if ends_at <= instant:
            return _("%(code)s has ended. Readers have it within a second.") % {"code": code}
        return _("%(code)s ends on %(when)s.") % {"code": code, "when": say_instant(ends_at)}
