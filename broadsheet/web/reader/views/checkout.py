"""Buying a subscription: what it is, the bank, and back.

The reader's browser proves nothing: every page here shows what our own rows say, after asking the
gateway. No page needs a script; one that waits asks again by itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.forms import SignupForm
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.begin_checkout import begin_checkout
from broadsheet.apps.payments.actions.reap_charges import check_charge
from broadsheet.apps.payments.gateways import find_gateway_for, open_gateway
from broadsheet.apps.payments.models import Order
from broadsheet.apps.payments.queries import OrderStanding, get_order_standing
from broadsheet.apps.plans.queries import Offer, OfferGone, get_offer
from broadsheet.apps.subscriptions.actions.start_subscription import (
    AlreadySubscribed,
    OtherCheckoutOpen,
    PriceChanged,
    check_out,
)
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.domain.charge import WAITING_STATES, ChargeState
from broadsheet.domain.money import Money
from broadsheet.plumbing.clock import now
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.signed_in import find_reader, for_readers, local_path

SEE_OTHER = 303
ASK_AGAIN_SECONDS = 4


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """One plan: what it costs and includes; sign up or in; then the button to the bank."""
    asked = request.POST if request.method == "POST" else request.GET
    back = local_path(asked.get("next", ""))
    reader = find_reader(request)
    try:
        offer = get_offer(asked.get("plan", ""), now())
    except OfferGone:
        return _choose_again(asked.get("plan", ""), back, request)
    if reader is None:
        return _sign_up_first(request, offer, back)
    if find_agreement(reader.pk) is not None:
        return _already_subscribed(request)
    if request.method == "POST":
        return _buy(request, reader, offer, back)
    return _show(request, offer, back)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, reader: Reader, uid: UUID) -> HttpResponse:
    """Where one purchase stands. The bank sends readers back here; POST goes to the bank again."""
    standing = _find(uid, reader)
    if request.method == "POST":
        return _go_to_bank(request, standing)
    if standing.charge_state in WAITING_STATES and standing.may_ask:
        assert standing.charge_id is not None
        check_charge(
            charge_id=standing.charge_id,
            open_gateway=open_gateway,
            now=now(),
            heard_by="return",
        )
        standing = _find(uid, reader)
    if standing.state == Order.State.PAID:
        response = _see(reverse("reader:order-done", args=[uid]))
        forget_pass(response)
        return response
    return render(request, "reader/checkout/order.html", _tell(standing))


@for_readers
@require_safe
def done(request: HttpRequest, reader: Reader, uid: UUID) -> HttpResponse:
    """It is paid: what it opened, the receipt, and the way back to the story."""
    standing = _find(uid, reader)
    if standing.state != Order.State.PAID:
        return _see(reverse("reader:order", args=[uid]))
    response = render(
        request,
        "reader/checkout/done.html",
        {
            "order": standing,
            "agreement": find_agreement(reader.pk),
            "back": local_path(standing.continue_to),
        },
    )
    forget_pass(response)
    return response


def checkout_path(offer: Offer, back: str) -> str:
    """The address of a plan's checkout that remembers where the reader came from."""
    wanted = {"plan": offer.code, **({"next": back} if back else {})}
    return f"{reverse('reader:checkout')}?{urlencode(wanted)}"


def _show(
    request: HttpRequest, offer: Offer, back: str, *, price_changed: bool = False
) -> HttpResponse:
    shown = {"offer": offer, "back": back, "price_changed": price_changed}
    return render(request, "reader/checkout/plan.html", shown)


def _sign_up_first(request: HttpRequest, offer: Offer, back: str) -> HttpResponse:
    shown = {
        "offer": offer,
        "back": back,
        "form": SignupForm(),
        "here": checkout_path(offer, back),
    }
    return render(request, "reader/checkout/sign_up.html", shown)


def _choose_again(plan: str, back: str, request: HttpRequest) -> HttpResponse:
    if plan:
        messages.warning(request, _("That plan is not on offer any more. Please choose another."))
    query = f"?{urlencode({'next': back})}" if back else ""
    return _see(reverse("reader:subscribe") + query)


def _already_subscribed(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("You have a subscription already; nothing was charged."))
    return _see(reverse("reader:account"))


def _buy(request: HttpRequest, reader: Reader, offer: Offer, back: str) -> HttpResponse:
    try:
        standing = check_out(
            reader_id=reader.pk,
            plan_code=offer.code,
            shown=_read_shown(request, offer),
            gateway=find_gateway_for(offer.price.currency),
            return_url_of=lambda uid: request.build_absolute_uri(
                reverse("reader:order", args=[uid])
            ),
            continue_to=back,
            now=now(),
        )
    except AlreadySubscribed:
        return _already_subscribed(request)
    except PriceChanged as changed:
        return _show(request, changed.offer, back, price_changed=True)
    except OfferGone:
        return _choose_again(offer.code, back, request)
    except OtherCheckoutOpen as other:
        messages.warning(
            request, _("Another payment of yours is still open at the bank. Finish that one first.")
        )
        return _see(reverse("reader:order", args=[other.order.uid]))
    return _see(standing.url or reverse("reader:order", args=[standing.order_uid]))


def _read_shown(request: HttpRequest, offer: Offer) -> Money:
    """What the reader saw when pressing the button; a form without it saw nothing we can trust."""
    written = request.POST.get("shown", "")
    minor = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0  # noqa: PLR2004
    return Money(minor, offer.price.currency)


def _go_to_bank(request: HttpRequest, standing: OrderStanding) -> HttpResponse:
    here = reverse("reader:order", args=[standing.uid])
    if standing.state != Order.State.OPEN:
        return _see(here)
    found = begin_checkout(
        order_id=standing.order_id,
        gateway=open_gateway(standing.gateway),
        return_url=request.build_absolute_uri(here),
        now=now(),
    )
    return _see(found.url or here)


def _find(uid: UUID, reader: Reader) -> OrderStanding:
    try:
        return get_order_standing(str(uid), reader.pk, now())
    except Order.DoesNotExist as error:
        raise Http404 from error


def _tell(standing: OrderStanding) -> dict[str, Any]:
    """The order's page: which of its faces, and whether it asks again by itself."""
    face = "try"
    if standing.state == Order.State.CLOSED:
        face = "closed"
    elif standing.charge_state is ChargeState.PENDING and standing.page_url:
        face = "at_bank"
    elif standing.charge_state in WAITING_STATES:
        face = "waiting"
    elif standing.charge_state is ChargeState.DECLINED:
        face = "declined"
    elif standing.charge_state is ChargeState.SUCCEEDED:
        face = "held"
    return {
        "order": standing,
        "face": face,
        "reason": _say_reason(standing.decline_code),
        "again": ASK_AGAIN_SECONDS if face in {"waiting", "at_bank"} else None,
        "is_renewal": standing.purpose == Order.Purpose.RENEWAL,
        "may_retry": standing.charge_state is ChargeState.UNKNOWN and not standing.page_url,
    }


def _say_reason(code: str) -> str:
    """Why the bank refused, in plain words; most codes are the bank's own business."""
    said = {
        "declined_by_payer": _("You said no at the bank."),
        "insufficient_funds": _("There was not enough money in the account."),
        "wrong_code": _("The code was wrong too many times."),
        "abandoned": _("The payment was not finished in time."),
        "voided": _("The payment was given up before it was finished."),
    }
    return said.get(code, _("The bank gave no reason that we may pass on."))


def _see(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = SEE_OTHER
    return response
