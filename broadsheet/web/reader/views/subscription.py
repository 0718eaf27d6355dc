"""What a subscriber may do under way: change plan, pause, come back, withdraw, change the account.

Each page says what would happen before its button; pressing twice, going back and a second tab end
at the same deed or at a sentence that says why not.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.end_mandate import revoke_mandate
from broadsheet.apps.payments.gateways import find_gateway_for, open_gateway
from broadsheet.apps.subscriptions.actions.cut_subscription import (
    CannotCut,
    CannotWithdraw,
    withdraw_subscription,
)
from broadsheet.apps.subscriptions.actions.pause_subscription import (
    CannotPause,
    pause_subscription,
    resume_subscription,
)
from broadsheet.apps.subscriptions.actions.switch_plan import (
    CannotSwitch,
    CostChanged,
    OtherPaymentOpen,
    drop_switch,
    switch_at_end,
    switch_now,
)
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.apps.subscriptions.queries.life import (
    find_pause_bounds,
    find_under_way,
    find_withdrawal,
    list_switch_choices,
    refuse_switch,
)
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import State
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date, format_money
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.signed_in import for_readers

SEE_OTHER = 303
MOST_DIGITS = 15
USUAL_PAUSES = (7, 14, 30, 60, 90)
GET_OR_POST = ["GET", "HEAD", "POST"]


@for_readers
@require_http_methods(GET_OR_POST)
def plan(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The other plans: today for what is left to pay, or with the next term; and taking it back."""
    subscription = find_under_way(reader.pk)
    if subscription is None:
        return _see_account()
    if request.method == "POST":
        return _switch(request, reader, subscription)
    shown = {
        "agreement": find_agreement(reader.pk),
        "choices": list_switch_choices(subscription, now()),
        "refusal": refuse_switch(subscription),
        "wanted": request.GET.get("plan", ""),
    }
    return render(request, "reader/account/plan.html", shown)


@for_readers
@require_http_methods(GET_OR_POST)
def pause(request: HttpRequest, reader: Reader) -> HttpResponse:
    """For how long; what waits meanwhile."""
    subscription = find_under_way(reader.pk)
    if subscription is None or subscription.state == State.PAUSED:
        return _see_account()
    bounds = find_pause_bounds(subscription, now(), settings.PAPER.pause_days_a_year)
    if request.method == "POST":
        try:
            days = _read_number(request.POST.get("days", ""))
            pause_subscription(
                reader_id=reader.pk, days=days, actor=f"reader:{reader.pk}", now=now()
            )
        except CannotPause as error:
            messages.warning(request, str(error))
            return _see(reverse("reader:pause"))
        return _see_account()
    lengths = sorted({days for days in USUAL_PAUSES if days < bounds.longest} | {bounds.longest})
    shown = {
        "agreement": find_agreement(reader.pk),
        "bounds": bounds,
        "lengths": [(days, bounds.starts_on + timedelta(days=days)) for days in lengths],
    }
    return render(request, "reader/account/pause.html", shown)


@for_readers
@require_POST
def resume(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Back from today on."""
    subscription = resume_subscription(reader_id=reader.pk, actor=f"reader:{reader.pk}", now=now())
    if subscription is not None and subscription.ends_on is not None:
        until = format_date(subscription.ends_on)
        messages.success(request, _("Welcome back. It is paid until %(until)s.") % {"until": until})
    return _see_account()


@for_readers
@require_http_methods(GET_OR_POST)
def withdraw(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What comes back, and the button that ends it at once."""
    subscription = find_under_way(reader.pk)
    if subscription is None:
        return _see_account()
    found = find_withdrawal(subscription, now(), settings.PAPER)
    if request.method != "POST":
        shown = {"agreement": find_agreement(reader.pk), "found": found}
        return render(request, "reader/account/withdraw.html", shown)
    try:
        withdraw_subscription(
            reader_id=reader.pk,
            shown=Money(_read_number(request.POST.get("shown", "")), subscription.currency),
            actor=f"reader:{reader.pk}",
            now=now(),
        )
    except (CannotWithdraw, CannotCut) as error:
        messages.warning(request, str(error))
        return _see(reverse("reader:withdraw"))
    amount = format_money(found.refund.minor, found.refund.currency)
    messages.success(request, _("Done. It has ended, and %(sum)s comes back.") % {"sum": amount})
    return _see_account()


@for_readers
@require_http_methods(GET_OR_POST)
def payment(request: HttpRequest, reader: Reader) -> HttpResponse:
    """From which account it is paid, how to take another, and how to withdraw the permission."""
    subscription = find_under_way(reader.pk)
    if subscription is None or subscription.mandate is None:
        return _see_account()
    if request.method != "POST":
        shown = {"agreement": find_agreement(reader.pk), "mandate": subscription.mandate}
        return render(request, "reader/account/payment.html", shown)
    done = revoke_mandate(
        mandate_id=subscription.mandate.pk,
        open_gateway=open_gateway,
        actor=f"reader:{reader.pk}",
        now=now(),
    )
    if done:
        messages.success(request, _("Done. Nothing is charged to that account any more."))
    else:
        messages.warning(request, _("Your bank does not answer just now. Please try again soon."))
    return _see(reverse("reader:payment"))


def _switch(request: HttpRequest, reader: Reader, subscription: Subscription) -> HttpResponse:
    here = reverse("reader:plan")
    code, when = request.POST.get("plan", ""), request.POST.get("when", "")
    shown = Money(_read_number(request.POST.get("shown", "")), subscription.currency)
    actor = f"reader:{reader.pk}"
    try:
        if when == "never":
            drop_switch(reader_id=reader.pk, actor=actor, now=now())
            messages.success(request, _("Good. You keep your plan."))
            return _see_account()
        if when == "at-end":
            switch_at_end(reader_id=reader.pk, plan_code=code, shown=shown, actor=actor, now=now())
            messages.success(request, _("Done. Your plan changes with the next term."))
            return _see_account()
        standing = switch_now(
            reader_id=reader.pk,
            plan_code=code,
            shown=shown,
            checkout_gateway=find_gateway_for(subscription.currency).code,
            open_gateway=open_gateway,
            return_url_of=lambda uid: request.build_absolute_uri(
                reverse("reader:order", args=[uid])
            ),
            now=now(),
        )
    except CostChanged:
        messages.warning(request, _("The price has changed since you looked. Here is what holds."))
        return _see(here)
    except OtherPaymentOpen as other:
        messages.warning(
            request, _("Another payment of yours is still open at the bank. Finish that one first.")
        )
        return _see(reverse("reader:order", args=[other.order.uid]))
    except CannotSwitch as error:
        messages.warning(request, str(error))
        return _see(here)
    response = _see(standing.url or reverse("reader:order", args=[standing.order_uid]))
    forget_pass(response)
    return response


def _read_number(written: str) -> int:
    """A whole number as a form sends it; nought for anything else."""
    fits = written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS
    return int(written) if fits else 0


def _see_account() -> HttpResponseRedirect:
    response = _see(reverse("reader:account"))
    forget_pass(response)
    return response


def _see(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = SEE_OTHER
    return response
