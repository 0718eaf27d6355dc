"""A new rule, written as a sentence and looked at before it is adopted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from broadsheet.apps.meter.actions import adopt_policy, draft_policy
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import get_policy_in_force, list_special_policies
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.policy_words import tell_policies
from broadsheet.web.desk.views.meter.page import MeterPage
from broadsheet.web.desk.views.meter.sentence import (
    SentenceForm,
    add_refusal,
    list_known,
    spell_out,
    suggest,
)


class NewPolicyView(MeterPage):
    """The sentence; ``do=show`` tells what it would mean, ``do=save`` adopts it."""

    permission = "meter.add_meterpolicy"
    template_name = "desk/meter_new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["known"] = list_known()
        context["others"] = tell_policies(list_special_policies(now()), now())
        return context

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        like = MeterPolicy.objects.filter(code=request.GET.get("like", "")).first()
        first = spell_out(like) if like else suggest(get_policy_in_force(now()))
        return self.render_to_response(self.get_context_data(form=SentenceForm(initial=first)))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = SentenceForm(request.POST)
        shows = request.POST.get("do") == "show"
        shown: dict[str, Any] = {}
        if form.is_valid():
            try:
                if not shows:
                    return self._adopt(form)
                shown = self._show(form)
            except ValidationError as refused:
                add_refusal(form, refused)
        return self.render_to_response(self.get_context_data(form=form, **shown))

    def _adopt(self, form: SentenceForm) -> HttpResponse:
        instant = now()
        policy = adopt_policy(
            **form.read_policy(instant), actor=self.request.user.get_username(), now=instant
        )
        said = _("%(code)s is adopted. Readers have it within a second of its start.")
        messages.success(self.request, said % {"code": policy.code})
        return redirect("desk_meter")

    def _show(self, form: SentenceForm) -> dict[str, Any]:
        instant = now()
        draft = draft_policy(**form.read_policy(instant), now=instant)
        [line] = tell_policies([draft], instant)
        return {"line": line, "sight": self.look(draft, form)}
