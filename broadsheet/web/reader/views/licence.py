"""Reading through an organisation: by whom, the seat, the way to one, and a day's pass.

The first page is open to whoever reads, so that on campus it says so without an account.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.licences.actions.poster import CannotPass, take_day_pass
from broadsheet.apps.licences.actions.seat import (
    CannotTake,
    accept_invite,
    claim_address,
    leave_seat,
    prove_address,
)
from broadsheet.apps.licences.queries import find_claim, find_invite, find_poster, list_seats_of
from broadsheet.plumbing.clock import now
from broadsheet.protocol.licences import DAY_PASS
from broadsheet.web.reader.lent_cookie import find_device, issue_device
from broadsheet.web.reader.licence_cookie import find_licence, find_mark, note_mark
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.signed_in import find_reader, for_readers

LONGEST_FIELD = 260
LONGEST_ID = 18


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def licence(request: HttpRequest) -> HttpResponse:
    """By whom one reads; with an account the seats too, and the forms that lead to one."""
    instant = now()
    reader = find_reader(request)
    if request.method == "POST":
        if reader is None:
            return _see()
        return _ask(request, reader)
    return (
        _show(request, reader, said="", refusal="")
        if reader
        else render(
            request, "reader/account/licence.html", {"here": find_licence(request, instant)}
        )
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of a letter offers, and the button that takes it. Looking spends nothing."""
    offered = find_invite(token)
    reader = find_reader(request)
    shown: dict[str, Any] = {"invite": offered, "reader": reader, "path": request.path}
    if request.method == "POST" and reader is not None:
        try:
            seat = accept_invite(token=token, reader_id=reader.pk, now=now())
        except CannotTake as refused:
            shown["refusal"] = str(refused)
        else:
            return _say_taken(request, seat.licence.organisation)
    instant = now()
    if offered is None:
        status = 404
    elif offered.revoked_at or (offered.used_at is None and instant >= offered.expires_at):
        status = 410
        shown["over"] = True
    else:
        status = 200
    response = render(request, "reader/account/invite.html", shown, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@for_readers
@require_POST
def leave(request: HttpRequest, reader: Reader, seat_id: int) -> HttpResponse:
    """Give a seat back."""
    done = leave_seat(seat_id=seat_id, reader_id=reader.pk, actor=f"reader:{reader.pk}", now=now())
    if done:
        messages.success(request, _("Done. Somebody else may have the seat now."))
    else:
        messages.warning(request, _("There is no such seat of yours."))
    return _see()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def day_pass(request: HttpRequest, text: str) -> HttpResponse:
    """Where a poster's code leads: one button, and the device reads for a day."""
    instant = now()
    poster = find_poster(text)
    if poster is None:
        return render(request, "reader/account/day_pass.html", {"forged": True}, status=404)
    shown: dict[str, Any] = {"poster": poster, "organisation": poster.licence.organisation}
    mark = find_mark(request, instant)
    has_one = (
        mark is not None
        and mark.kind == DAY_PASS
        and mark.poster == poster.pk
        and instant.timestamp() < mark.at
        and poster.revoked_at is None
    )
    if has_one or request.method != "POST":
        over = poster.revoked_at is not None or instant >= poster.expires_at
        shown |= {"has_one": has_one, "over": over}
        status = 410 if over else 200
        return render(request, "reader/account/day_pass.html", shown, status=status)
    try:
        fresh = take_day_pass(poster_id=poster.pk, now=instant)
    except CannotPass as refused:
        shown |= {"refusal": str(refused)}
        status = 410 if refused.is_over else 429
        return render(request, "reader/account/day_pass.html", shown, status=status)
    response = HttpResponseRedirect(request.path)
    response.status_code = 303
    device = find_device(request, instant) or issue_device(response, instant)
    note_mark(response, device, fresh, instant)
    return response


def _ask(request: HttpRequest, reader: Reader) -> HttpResponse:
    """An address that claims a seat, or the code that shows it."""
    code = request.POST.get("code", "")[:LONGEST_FIELD]
    email = request.POST.get("email", "")[:LONGEST_FIELD]
    try:
        if code:
            seat = prove_address(reader_id=reader.pk, code=code, now=now())
        else:
            taken = claim_address(reader_id=reader.pk, email=email, now=now())
            if taken is None:
                messages.success(
                    request, _("A letter with a code is on its way to %(to)s.") % {"to": email}
                )
                return _see()
            seat = taken
    except CannotTake as refused:
        return _show(request, reader, said=email, refusal=str(refused))
    return _say_taken(request, seat.licence.organisation)


def _show(request: HttpRequest, reader: Reader, *, said: str, refusal: str) -> HttpResponse:
    instant = now()
    shown = {
        "reader": reader,
        "here": find_licence(request, instant),
        "seats": list_seats_of(reader.pk, instant),
        "claim": None if "again" in request.GET else find_claim(reader.pk, instant),
        "said": said,
        "refusal": refusal,
    }
    return render(request, "reader/account/licence.html", shown)


def _say_taken(request: HttpRequest, organisation: str) -> HttpResponse:
    messages.success(
        request, _("The seat is yours. You read through %(by)s from now on.") % {"by": organisation}
    )
    return _see()


def _see() -> HttpResponseRedirect:
    response = redirect("reader:licence")
    response.status_code = 303
    forget_pass(response)
    return response
