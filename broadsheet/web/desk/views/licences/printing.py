"""What leaves the desk on paper or as a file: the poster with its code, and the report of use."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.admin import messages

from broadsheet.apps.licences.formats import WrongPeriod, make_report, write_tr_j1
from broadsheet.apps.licences.models import Licence, Poster
from broadsheet.apps.licences.queries import write_poster_path
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.licences.page import LicencesPage


class PosterView(LicencesPage):
    """A sheet to print: what it gives, the code, the address in letters."""

    template_name = "desk/poster.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        poster = get_object_or_404(
            Poster.objects.select_related("licence"),
            pk=kwargs["poster_id"],
            licence__code=kwargs["code"],
        )
        url = settings.PLANT.origin + write_poster_path(poster)
        context |= {
            "poster": poster,
            "licence": poster.licence,
            "paper_name": settings.PAPER.name,
            "url": url,
            "drawing": draw_code(url),
            "closed": poster.revoked_at is not None or now() >= poster.expires_at,
        }
        return context


def draw_code(url: str) -> str:
    """The code as SVG that grows with its place and needs no style."""
    written = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        written, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, title=None
    )
    return mark_safe(written.getvalue().decode())  # noqa: S308


@require_safe
@permission_required("licences.view_licence", raise_exception=True)
def usage(request: HttpRequest, code: str) -> HttpResponse:
    """The report as a file; ``from`` and ``to`` are months, ``2026-11``."""
    licence = Licence.objects.filter(code=code).first()
    if licence is None:
        raise Http404
    try:
        first, last = _read_month(request, "from"), _read_month(request, "to")
        report = make_report(licence, first, last, now())
    except WrongPeriod as wrong:
        messages.warning(request, str(wrong))
        return redirect("desk_licence", code=code)
    response = HttpResponse(write_tr_j1(report), content_type="text/csv; charset=utf-8")
    name = f"TR_J1-{licence.code}-{first:%Y-%m}-{last:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read_month(request: HttpRequest, name: str) -> date:
    text = request.GET.get(name, "")
    try:
        return datetime.strptime(text[:7], "%Y-%m").date()  # noqa: DTZ007
    except ValueError as error:
        raise WrongPeriod(_("Choose the first and the last month of the report.")) from error
