"""One field that finds a reader by whatever the letter on the table names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from broadsheet.apps.subscriptions.queries.history import MOST_FOUND, SHORTEST, find_readers
from broadsheet.web.desk.views.permission import RoleRequiredMixin

PERMISSION = "subscriptions.view_subscription"
LONGEST = 120


class ReadersView(RoleRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """Search; one hit leads straight to the reader."""

    permission = PERMISSION
    template_name = "desk/readers.html"
    page_title = gettext_lazy("Readers")
    header_icon = "user"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": _("Readers")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        words = request.GET.get("q", "").strip()[:LONGEST]
        found = find_readers(words)
        if len(found) == 1:
            return redirect("desk_reader", reader_id=found[0].reader_id)
        context = self.get_context_data(
            words=words,
            found=found,
            too_short=0 < len(words) < SHORTEST,
            more=len(found) == MOST_FOUND,
            shortest=SHORTEST,
        )
        return self.render_to_response(context)
