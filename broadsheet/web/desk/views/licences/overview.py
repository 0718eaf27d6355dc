"""All licences, and the page that makes one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from broadsheet.apps.licences.actions import Terms, create_licence
from broadsheet.apps.licences.queries import list_licences
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.licence import WrongLicence
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.licences.forms import NewLicenceForm
from broadsheet.web.desk.views.licences.page import LicencesPage, add_refusal, say_standing

YEAR = timedelta(days=365)


class LicencesView(LicencesPage):
    """Each organisation in a line, what is over last."""

    template_name = "desk/licences.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        context["licences"] = [
            {"row": row, "standing": say_standing(row, instant), "over": row.is_over(instant)}
            for row in list_licences(instant)
        ]
        return context


class NewLicenceView(LicencesPage):
    """The form that makes a licence; networks, domains and people come on its page."""

    permission = "licences.add_licence"
    template_name = "desk/licence_new.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        today = local_day(now(), settings.PAPER.zone)
        form = NewLicenceForm(initial={"starts_on": today, "ends_on": today + YEAR})
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        form = NewLicenceForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            terms = Terms(
                seats=said["seats"],
                starts_on=said["starts_on"],
                ends_on=said["ends_on"],
                benefits=frozenset(said["benefits"]),
                plan_code=said["plan"],
                remember_days=said["remember_days"],
                allows_private=said["allows_private"],
            )
            try:
                licence = create_licence(
                    organisation=said["organisation"],
                    contact=said["contact"],
                    terms=terms,
                    actor=request.user.get_username(),
                    now=now(),
                )
            except WrongLicence as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("The licence is made. Say now who reads by it."))
                return redirect("desk_licence", code=licence.code)
        return self.render_to_response(self.get_context_data(form=form))
