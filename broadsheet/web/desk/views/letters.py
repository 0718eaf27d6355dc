"""The letters that readers get, and the publisher's own words for each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from broadsheet.apps.subscriptions.actions.reword_letter import (
    CannotReword,
    restore_letter,
    reword_letter,
)
from broadsheet.apps.subscriptions.queries.letters import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    NoSuchLetter,
    get_letter,
    list_letters,
)
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.plans.page import PlansPage


class LetterForm(forms.Form):
    """The subject, which may stay empty, and the words."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), required=False, max_length=LONGEST_SUBJECT
    )
    body = forms.CharField(
        label=gettext_lazy("The letter"),
        widget=forms.Textarea(attrs={"rows": 16}),
        max_length=LONGEST_BODY,
        error_messages={"required": gettext_lazy("A letter says something.")},
    )


class LettersView(PlansPage):
    """Every letter by name, and whether its words are the publisher's."""

    template_name = "desk/letters.html"
    page_title = gettext_lazy("Letters to readers")
    header_icon = "mail"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(letters=list_letters(), **kwargs)
        return context


class LetterView(PlansPage):
    """One letter: the words it came with, what it knows, and a form for other words."""

    template_name = "desk/letter.html"
    permission = "plans.change_plan"
    page_title = gettext_lazy("Letters to readers")
    header_icon = "mail"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        try:
            self.letter = get_letter(kwargs["name"])
        except NoSuchLetter as error:
            raise Http404 from error

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault(
            "form",
            LetterForm(initial={"subject": self.letter.subject, "body": self.letter.body}),
        )
        context: dict[str, Any] = super().get_context_data(letter=self.letter, **kwargs)
        return context

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        form = LetterForm(request.POST)
        if form.is_valid():
            try:
                reword_letter(
                    name=name, **form.cleaned_data, actor=f"staff:{request.user.pk}", now=now()
                )
            except CannotReword as refusal:
                form.add_error("body", str(refusal))
            else:
                messages.success(request, _("Readers get these words from now on."))
                return redirect("desk_letters")
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
@permission_required("plans.change_plan", raise_exception=True)
def restore(request: HttpRequest, name: str) -> HttpResponse:
    """Back to the words that the letter came with."""
    restore_letter(name=name, actor=f"staff:{request.user.pk}", now=now())
    messages.success(request, _("The letter has its first words again."))
    return redirect("desk_letters")
