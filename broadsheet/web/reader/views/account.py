"""The reader's account: what is paid, what comes next, and the way out in two clicks."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.licences.queries import list_seats_of
from broadsheet.apps.payments.queries import find_open_checkout, list_receipts
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    CannotCancel,
    CannotResume,
    cancel_subscription,
    undo_cancel,
)
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.apps.subscriptions.queries.ahead import find_coming_price, find_unpaid_ahead
from broadsheet.apps.subscriptions.queries.life import find_under_way, find_withdrawal
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date
from broadsheet.web.reader.licence_cookie import find_licence
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.signed_in import for_readers

NOON, EVENING = 12, 17


@for_readers
@require_safe
def account(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Plan, next charge, receipts, and the end."""
    instant = now()
    subscription = find_under_way(reader.pk)
    shown = {
        "may_pause": settings.PAPER.pause_days_a_year > 0,
        "withdrawal": find_withdrawal(subscription, instant, settings.PAPER)
        if subscription
        else None,
        "greeting": greet(instant),
        "name": reader.user.first_name,
        "email": reader.user.email,
        "agreement": find_agreement(reader.pk),
        "receipts": list_receipts(reader.pk),
        "ahead": find_unpaid_ahead(reader.pk),
        "coming": find_coming_price(reader.pk),
        "unfinished": find_open_checkout(reader.pk),
        "seats": list_seats_of(reader.pk, instant),
        "here": find_licence(request, instant),
    }
    return render(request, "reader/account/home.html", shown)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Click two: what is kept and until when, and the button that ends it."""
    agreement = find_agreement(reader.pk)
    if agreement is None or agreement.cancelled:
        return _see_account()
    if request.method != "POST":
        return render(request, "reader/account/end.html", {"agreement": agreement})
    try:
        subscription = cancel_subscription(
            reader_id=reader.pk, actor=f"reader:{reader.pk}", now=now()
        )
    except CannotCancel:
        return _see_account()
    if subscription.is_live:
        until = format_date(agreement.ends_on)
        said = _("Done. You keep everything until %(until)s.") % {"until": until}
    else:
        said = _("Done. Your subscription has ended.")
    messages.success(request, said)
    return _see_account()


@for_readers
@require_POST
def keep(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Take the end back while the term lasts."""
    try:
        undo_cancel(reader_id=reader.pk, actor=f"reader:{reader.pk}", now=now())
    except CannotResume:
        messages.warning(request, _("The term is over. You may subscribe again at any time."))
    else:
        messages.success(request, _("Good. Your subscription goes on as before."))
    return _see_account()


def greet(instant: datetime) -> str:
    """A greeting by the paper's clock."""
    hour = instant.astimezone(settings.PAPER.zone).hour
    if hour < NOON:
        return _("Good morning")
    return _("Good afternoon") if hour < EVENING else _("Good evening")


def _see_account() -> HttpResponseRedirect:
    response = redirect("reader:account")
    response.status_code = 303
    forget_pass(response)
    return response
