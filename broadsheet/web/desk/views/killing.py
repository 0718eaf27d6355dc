"""Withdrawing a published story: one page, one sentence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.snippets.views.snippets import UnpublishView

from broadsheet.apps.newsroom.actions import kill_story
from broadsheet.plumbing.clock import now


class KillForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What readers will find at its address"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the sentence that readers will find.")},
        help_text=gettext_lazy(
            "One sentence, for example: This story was withdrawn because its figures were wrong."
        ),
    )


class KillView(UnpublishView):
    """Takes the place of Wagtail's unpublishing: a story that readers saw is killed with a note."""

    template_name = "desk/kill.html"
    page_title = gettext_lazy("Withdraw")
    success_message = gettext_lazy("“%(object)s” is withdrawn.")

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.form = KillForm(request.POST)
        if self.form.is_valid():
            try:
                kill_story(
                    story_id=self.object.pk,
                    note=self.form.cleaned_data["note"],
                    actor=request.user,
                    now=now(),
                )
            except ValidationError as refused:
                self.form.add_error("note", refused.messages)
            else:
                messages.success(request, self.get_success_message())
                return redirect(self.get_next_url())
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["form"] = getattr(self, "form", None) or KillForm()
        context["header_title"] = _("Withdraw a story")
        return context
