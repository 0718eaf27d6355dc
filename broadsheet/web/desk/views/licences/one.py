"""One licence: who reads by it, from where, how much; and every deed on one page.

``do`` in the form names the deed. What is refused comes back beside the field, as it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages

from broadsheet.apps.licences.actions import (
    CannotChange,
    change_licence,
    end_licence,
    record_licence_payment,
)
from broadsheet.apps.licences.actions.place import put_domains, put_ranges
from broadsheet.apps.licences.actions.poster import make_poster, revoke_poster
from broadsheet.apps.licences.actions.seat import invite_readers, leave_seat, revoke_invite
from broadsheet.apps.licences.models import Licence
from broadsheet.apps.licences.queries import (
    LicenceFacts,
    get_licence,
    list_deeds_of,
    list_use,
)
from broadsheet.domain.address_range import WrongRange
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.licence import WrongLicence
from broadsheet.domain.money import Money, units_in_major
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.views.licences.forms import ChangeForm, PaymentForm, PosterForm, TextForm
from broadsheet.web.desk.views.licences.page import LicencesPage, say_standing

A_PAGE = 25
MONTHS_SHOWN = 5


class LicenceView(LicencesPage):
    """Everything of one licence, and the forms that change it."""

    template_name = "desk/licence.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.code: str = kwargs["code"]
        try:
            self.facts: LicenceFacts = get_licence(self.code)
        except Licence.DoesNotExist as error:
            raise Http404 from error

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        instant = now()
        licence = self.facts.licence
        today = local_day(instant, settings.PAPER.zone)
        since = max(licence.created_at.date(), today.replace(year=today.year - 1))
        seats = licence.seat_rows.filter(left_at__isnull=True).select_related("reader__user")
        invites = licence.invites.filter(used_at__isnull=True, revoked_at__isnull=True)
        context |= {
            "facts": self.facts,
            "licence": licence,
            "standing": say_standing(licence, instant),
            "over": licence.is_over(instant),
            "seats": _page(seats.order_by("taken_at", "pk"), self.request.GET.get("seats")),
            "invites": _page(invites.order_by("-made_at", "pk"), self.request.GET.get("invites")),
            "use": list_use(licence.pk, since, today)[-MONTHS_SHOWN:][::-1],
            "deeds": list_deeds_of(licence),
            "now": instant,
        }
        forms_of: dict[str, forms.Form] = {
            "change": ChangeForm.of(licence),
            "invite": TextForm(),
            "ranges": TextForm(initial={"text": "\n".join(map(str, self.facts.ranges))}),
            "domains": TextForm(initial={"text": "\n".join(self.facts.domains)}),
            "poster": PosterForm(),
            "payment": PaymentForm(initial={"payer": licence.contact}),
        }
        for name, form in forms_of.items():
            form.prefix = name
            context[name] = form
        return context | kwargs

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("licences.change_licence"):
            raise PermissionDenied
        do = request.POST.get("do", "")
        actor = request.user.get_username()
        if do in _FORMS:
            kind, deed = _FORMS[do]
            form = kind(request.POST, prefix=do)
            if form.is_valid():
                try:
                    messages.success(request, deed(self.code, form.cleaned_data, actor))
                except (WrongLicence, WrongRange, CannotChange) as refused:
                    field = getattr(refused, "field", "text")
                    form.add_error(field if field in form.fields else None, str(refused))
                else:
                    return self._go(do)
            return self.render_to_response(self.get_context_data(**{do: form}))
        try:
            self._do_at_once(do, actor)
        except CannotChange as refused:
            messages.warning(request, str(refused))
        return self._go(do)

    def _do_at_once(self, do: str, actor: str) -> None:
        """The deeds of one button, each on a number."""
        text = self.request.POST.get("id", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0  # noqa: PLR2004
        deeds: dict[str, Callable[[], object]] = {
            "end": lambda: end_licence(code=self.code, actor=actor, now=now()),
            "leave": lambda: leave_seat(seat_id=self._own_seat(number), actor=actor, now=now()),
            "uninvite": lambda: revoke_invite(
                code=self.code, invite_id=number, actor=actor, now=now()
            ),
            "unposter": lambda: revoke_poster(
                code=self.code, poster_id=number, actor=actor, now=now()
            ),
        }
        if do in deeds:
            if deeds[do]():
                messages.success(self.request, _("Done."))
            else:
                messages.warning(self.request, _("That was done already."))

    def _own_seat(self, number: int) -> int:
        return number if self.facts.licence.seat_rows.filter(pk=number).exists() else 0

    def _go(self, do: str) -> HttpResponse:
        response = redirect("desk_licence", code=self.code)
        response["Location"] += f"#{_PLACES.get(do, '')}".rstrip("#")
        response.status_code = 303
        return response


def _page(rows: Any, number: str | None) -> Any:
    return Paginator(rows, A_PAGE).get_page(number)


def _change(code: str, said: dict[str, Any], actor: str) -> str:
    change_licence(code=code, actor=actor, now=now(), **said)
    return _("Changed. Readers have it within a second.")


def _invite(code: str, said: dict[str, Any], actor: str) -> str:
    try:
        sent = invite_readers(code=code, emails=said["text"], actor=actor, now=now())
    except WrongLicence as refused:
        raise WrongLicence("text", str(refused)) from refused
    return ngettext("One letter is on its way.", "%(n)d letters are on their way.", len(sent)) % {
        "n": len(sent)
    }


def _ranges(code: str, said: dict[str, Any], actor: str) -> str:
    found = put_ranges(code=code, text=said["text"], actor=actor, now=now())
    if not found:
        return _("No network is licensed any more.")
    return ngettext(
        "One range is licensed, within a second.",
        "%(n)d ranges are licensed, within a second.",
        len(found),
    ) % {"n": len(found)}


def _domains(code: str, said: dict[str, Any], actor: str) -> str:
    try:
        put_domains(code=code, text=said["text"], actor=actor, now=now())
    except WrongLicence as refused:
        raise WrongLicence("text", str(refused)) from refused
    return _("The domains are kept.")


def _poster(code: str, said: dict[str, Any], actor: str) -> str:
    make_poster(code=code, actor=actor, now=now(), **said)
    return _("The poster is made. Open it and print it.")


def _payment(code: str, said: dict[str, Any], actor: str) -> str:
    currency = settings.PAPER.currency
    amount = Money(int(said["amount"] * units_in_major(currency)), currency)
    record_licence_payment(
        code=code,
        payer=said["payer"],
        amount=amount,
        reference=said["reference"],
        actor=actor,
        now=now(),
    )
    return _("The transfer is recorded.")


_FORMS: dict[str, tuple[type[forms.Form], Callable[[str, dict[str, Any], str], str]]] = {
    "change": (ChangeForm, _change),
    "invite": (TextForm, _invite),
    "ranges": (TextForm, _ranges),
    "domains": (TextForm, _domains),
    "poster": (PosterForm, _poster),
    "payment": (PaymentForm, _payment),
}
_PLACES = {
    "invite": "people",
    "leave": "people",
    "uninvite": "people",
    "ranges": "networks",
    "domains": "domains",
    "poster": "posters",
    "unposter": "posters",
}
