"""The meter told whole: what is in force, what comes, what was, and why a reader was stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import explain_code, get_policy_in_force
from broadsheet.domain.reason_code import UnreadableCode
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.models import AuditRow
from broadsheet.web.desk.policy_words import tell_policies
from broadsheet.web.desk.views.meter.asking import AskForm, answer
from broadsheet.web.desk.views.meter.page import MeterPage

A_PAGE = 10
DEEDS = 8
SUBJECT = "meter.policy:"


class MeterView(MeterPage):
    """Every rule as a sentence, and two boxes that answer questions."""

    permission = "meter.view_meterpolicy"
    template_name = "desk/meter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        own = get_policy_in_force(instant)
        special = MeterPolicy.objects.special().in_force(instant).order_by("-priority", "code")
        coming = MeterPolicy.objects.filter(starts_at__gt=instant).order_by("starts_at", "code")
        ladder = tell_policies(special, instant)
        covers = _("Everything else") if ladder else _("Every metered story")
        context["own"] = tell_policies([own], instant, own=covers)[0] if own else None
        context["ladder"] = ladder
        context["coming"] = tell_policies(coming, instant)
        past = Paginator(_list_past(instant), A_PAGE).get_page(self.request.GET.get("page"))
        context["past"] = past
        context["past_lines"] = tell_policies(past.object_list, instant)
        context["deeds"] = [(row, _say_deed(row)) for row in _list_deeds()]
        self._explain(context)
        self._ask(context)
        return context

    def _explain(self, context: dict[str, Any]) -> None:
        code = self.request.GET.get("code", "").strip()
        context["code"] = code
        if code:
            try:
                context["explanation"] = said = explain_code(code)
                rows = MeterPolicy.objects.filter(code=said.policy)
                context["explained_by"] = next(iter(tell_policies(rows, now())), None)
            except UnreadableCode as error:
                context["unreadable"] = str(error)

    def _ask(self, context: dict[str, Any]) -> None:
        form = AskForm(self.request.GET if "story" in self.request.GET else None)
        context["ask"] = form
        if form.is_bound and form.is_valid():
            context["answer"] = answer(form.cleaned_data["story"], form.read_reader(), now())


def _list_past(instant: datetime) -> QuerySet[MeterPolicy]:
    return MeterPolicy.objects.filter(ends_at__lte=instant).order_by("-ends_at", "-pk")


def _list_deeds() -> list[AuditRow]:
    return list(AuditRow.objects.filter(subject__startswith=SUBJECT).order_by("-at", "-pk")[:DEEDS])


def _say_deed(row: AuditRow) -> str:
    said = {
        "adopt_policy": _("adopted %(code)s"),
        "reword_policy": _("reworded %(code)s"),
        "end_policy": _("ended %(code)s"),
    }.get(row.deed, "%(code)s")
    return said % {"code": row.subject.removeprefix(SUBJECT)}
