"""Buying a subscription: what it is, the bank, and back.

The reader's browser proves nothing: every page here shows what our own rows say, after asking the
gateway. No page needs a script; one that waits asks again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.forms import SignupForm
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.begin_checkout import begin_checkout, void_checkout
from broadsheet.apps.payments.actions.reap_charges import check_charge
from broadsheet.apps.payments.gateways import NoSuchGateway, find_gateway_for, open_gateway
from broadsheet.apps.payments.models import Order
from broadsheet.apps.payments.queries import OrderStanding, get_order_standing
from broadsheet.apps.plans.actions import CouponRefused
from broadsheet.apps.plans.queries import Offer, OfferGone, Quote, read_currency, say_term
from broadsheet.apps.subscriptions.actions.start_subscription import (
    CannotSubscribe,
    OtherCheckoutOpen,
    PriceChanged,
    check_out,
    quote_plan,
)
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.apps.subscriptions.queries.ahead import is_gift_order
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.charge import WAITING_STATES, ChargeState
from broadsheet.domain.money import Money
from broadsheet.plumbing.clock import now
from broadsheet.web.reader.billing import BillingForm, keep_billing, show_billing
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.payments_ahead import list_payments
from broadsheet.web.reader.signed_in import find_reader, for_readers, local_path
from broadsheet.web.reader.ways_to_pay import list_ways

SEE_OTHER = 303
ASK_AGAIN_SECONDS = 4
LONGEST_CODE_TYPED = 60


@dataclass(frozen=True, slots=True)
class Basket:
    """What the reader has in hand: a plan, in a currency, perhaps a code, and the way back."""

    plan: str
    currency: str
    code: str
    back: str
    address: str

    @classmethod
    def read(cls, request: HttpRequest) -> Basket:
        asked = request.POST if request.method == "POST" else request.GET
        return cls(
            plan=asked.get("plan", ""),
            currency=read_currency(asked.get("currency", ""), now()),
            code=asked.get("code", "")[:LONGEST_CODE_TYPED].strip(),
            back=local_path(asked.get("next", "")),
            address=request.META.get("REMOTE_ADDR", ""),
        )

    def quote(self, reader: Reader | None) -> Quote:
        """Raises ``OfferGone``, ``CouponRefused``."""
        return quote_plan(
            reader_id=reader.pk if reader else None,
            plan_code=self.plan,
            now=now(),
            currency=self.currency,
            code=self.code,
            address=self.address,
        )

    def path_without_code(self) -> str:
        """The address of the same checkout at the price without the code."""
        return replace(self, code="").path()

    def path(self) -> str:
        """The address of this basket's checkout."""
        kept = {
            "plan": self.plan,
            "next": self.back,
            "code": self.code,
            "currency": self.currency if self.currency != settings.PAPER.currency else "",
        }
        return f"{reverse('reader:checkout')}?{urlencode({k: v for k, v in kept.items() if v})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """One plan: what it costs and includes; sign up or in; then the button to the bank."""
    basket = Basket.read(request)
    reader = find_reader(request)
    refusal = ""
    try:
        quote = basket.quote(reader)
    except CouponRefused as refused:
        refusal, wrong = str(refused), basket.code
        basket = replace(basket, code="")
        quote = basket.quote(reader)
        if request.method == "POST":
            # The price without the code is not what was agreed to: it is shown first.
            return _show(request, quote, basket, refusal=refusal, wrong=wrong)
    except OfferGone:
        return _choose_again(basket, request)
    if reader is None:
        return _sign_up_first(request, quote, basket, refusal)
    if find_agreement(reader.pk) is not None:
        return _already_subscribed(request)
    if request.method == "POST":
        return _buy(request, reader, quote, basket)
    return _show(request, quote, basket, refusal=refusal)


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
    gift = reader.given_subscriptions.filter(order_id=standing.order_id).first()
    if gift is not None:
        return render(request, "reader/gift/bought.html", {"order": standing, "gift": gift})
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


def _show(
    request: HttpRequest,
    quote: Quote,
    basket: Basket,
    *,
    refusal: str = "",
    wrong: str = "",
    price_changed: bool = False,
    billing: BillingForm | None = None,
) -> HttpResponse:
    shown = {
        **_tell_quote(quote, basket),
        "billing": billing or show_billing(find_reader(request)),
        "refusal": refusal,
        "wrong": wrong or request.GET.get("code", ""),
        "price_changed": price_changed,
    }
    return render(request, "reader/checkout/plan.html", shown)


def _sign_up_first(
    request: HttpRequest, quote: Quote, basket: Basket, refusal: str
) -> HttpResponse:
    shown = {
        **_tell_quote(quote, basket),
        "refusal": refusal,
        "wrong": request.GET.get("code", ""),
        "form": SignupForm(),
        "here": basket.path(),
    }
    return render(request, "reader/checkout/sign_up.html", shown)


def _tell_quote(quote: Quote, basket: Basket) -> dict[str, Any]:
    return {
        "quote": quote,
        "offer": quote.offer,
        "basket": basket,
        "back": basket.back,
        "first_term": _say_first(quote),
        "lines": quote.agreed.parts_of(0),
        "payments": list_payments(quote, local_day(now(), settings.PAPER.zone)),
    }


def _say_first(quote: Quote) -> str:
    """How long the first term is, where it is not as long as the others."""
    first = quote.agreed.length_of(0)
    return say_term(first) if first != quote.offer.length else ""


def _choose_again(basket: Basket, request: HttpRequest) -> HttpResponse:
    if basket.plan:
        messages.warning(request, _("That plan is not on offer any more. Please choose another."))
    query = f"?{urlencode({'next': basket.back})}" if basket.back else ""
    return _see(reverse("reader:subscribe") + query)


def _already_subscribed(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("You have a subscription already; nothing was charged."))
    return _see(reverse("reader:account"))


def _buy(request: HttpRequest, reader: Reader, quote: Quote, basket: Basket) -> HttpResponse:
    if (wrong := keep_billing(request, reader)) is not None:
        return _show(request, quote, basket, billing=wrong)
    try:
        standing = check_out(
            reader_id=reader.pk,
            plan_code=basket.plan,
            shown=_read_shown(request, quote.offer),
            mark=request.POST.get("mark", "") or "unseen",
            code=basket.code,
            address=basket.address,
            gateway=find_gateway_for(quote.offer.price.currency),
            return_url_of=lambda uid: request.build_absolute_uri(
                reverse("reader:order", args=[uid])
            ),
            continue_to=basket.back,
            now=now(),
        )
    except OfferGone:
        return _choose_again(basket, request)
    except CouponRefused as refused:
        bare = replace(basket, code="")
        shown = bare.quote(reader)
        return _show(request, shown, bare, refusal=str(refused), wrong=basket.code)
    except (CannotSubscribe, NoSuchGateway) as cannot:
        return _tell_why(request, cannot, basket)
    if not standing.order_uid:
        return _begun_free(request, basket)
    return _see(standing.url or reverse("reader:order", args=[standing.order_uid]))


def _tell_why(
    request: HttpRequest, cannot: CannotSubscribe | NoSuchGateway, basket: Basket
) -> HttpResponse:
    if isinstance(cannot, PriceChanged):
        return _show(request, cannot.quote, basket, price_changed=True)
    if isinstance(cannot, OtherCheckoutOpen):
        messages.warning(
            request, _("Another payment of yours is still open at the bank. Finish that one first.")
        )
        return _see(reverse("reader:order", args=[cannot.order.uid]))
    if isinstance(cannot, NoSuchGateway):
        messages.warning(request, _("We cannot take this currency just now. Nothing was charged."))
        return _see(reverse("reader:subscribe"))
    return _already_subscribed(request)


def _begun_free(request: HttpRequest, basket: Basket) -> HttpResponse:
    messages.success(request, _("Done. The paper is yours, and nothing was charged."))
    response = _see(basket.back or reverse("reader:account"))
    forget_pass(response)
    return response


def _read_shown(request: HttpRequest, offer: Offer) -> Money:
    """What the reader saw when pressing the button; a form without it saw nothing we can trust."""
    written = request.POST.get("shown", "")
    right = written.isascii() and written.isdigit() and len(written) < 16  # noqa: PLR2004
    return Money(int(written) if right else -1, offer.price.currency)


def _go_to_bank(request: HttpRequest, standing: OrderStanding) -> HttpResponse:
    here = reverse("reader:order", args=[standing.uid])
    if standing.state != Order.State.OPEN:
        return _see(here)
    gateway = open_gateway(standing.gateway)
    if request.POST.get("instead") and not void_checkout(
        order_id=standing.order_id, gateway=gateway, now=now()
    ):
        return _see(here)
    found = begin_checkout(
        order_id=standing.order_id,
        gateway=gateway,
        return_url=request.build_absolute_uri(here),
        method=request.POST.get("method", ""),
        wants_mandate=not is_gift_order(standing.order_id),
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
        "ways": list_ways(standing.gateway),
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
