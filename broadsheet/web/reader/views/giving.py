"""A subscription as a gift: bought for somebody, and opened by them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.gateways import find_gateway_for
from broadsheet.apps.plans.actions import TooManyTries
from broadsheet.apps.plans.queries import Offer, OfferGone, list_offers
from broadsheet.apps.subscriptions.actions.give_subscription import (
    LONGEST_NAME,
    LONGEST_NOTE,
    CannotRedeem,
    Greeting,
    WrongGift,
    check_out_gift,
    describe_gift,
    find_gift,
    redeem_gift,
)
from broadsheet.apps.subscriptions.actions.start_subscription import (
    OtherCheckoutOpen,
    PriceChanged,
)
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.formatting import format_date
from broadsheet.web.reader.pass_cookie import forget_pass
from broadsheet.web.reader.signed_in import find_reader, for_readers
from broadsheet.web.reader.wall import choose_offer

SEE_OTHER = 303
LONGEST_CODE_TYPED = 60


class GiftForm(forms.Form):
    """To whom, from whom, when, and what is written with it."""

    to_name = forms.CharField(label=gettext_lazy("Their name"), max_length=LONGEST_NAME)
    to_email = forms.EmailField(label=gettext_lazy("Their e-mail address"))
    from_name = forms.CharField(label=gettext_lazy("Your name"), max_length=LONGEST_NAME)
    send_on = forms.DateField(
        label=gettext_lazy("Send it on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("They get a letter with your note and a code."),
    )
    note = forms.CharField(
        label=gettext_lazy("A note, if you like"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "gift-%s", **kwargs})
        self.fields["from_name"].widget.attrs["autocomplete"] = "name"
        for name in ("to_name", "to_email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def read(self) -> Greeting:
        given: dict[str, Any] = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
        }
        return Greeting(**given)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Which length, for whom, and the button to the bank."""
    offers = list_offers(now())
    if request.method == "POST":
        reader = find_reader(request)
        if reader is None:
            return _see(f"{reverse('account_login')}?{urlencode({'next': reverse('reader:give')})}")
        form = GiftForm(request.POST)
        if form.is_valid():
            return _buy(request, reader, form, offers)
        return _show(request, form, offers)
    reader = find_reader(request)
    first = {
        "send_on": local_day(now(), settings.PAPER.zone),
        "from_name": reader.user.first_name if reader else "",
    }
    return _show(request, GiftForm(initial=first), offers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def redeem(request: HttpRequest) -> HttpResponse:
    """The code's box; what it opens; and, for a reader who is signed in, the button that opens it."""
    asked = request.POST if request.method == "POST" else request.GET
    code = asked.get("code", "")[:LONGEST_CODE_TYPED].strip()
    reader = find_reader(request)
    shown: dict[str, Any] = {"code": code, "reader": reader}
    if code:
        try:
            gift = find_gift(
                code=code,
                reader_id=reader.pk if reader else None,
                address=request.META.get("REMOTE_ADDR", ""),
                now=now(),
            )
            if request.method == "POST" and reader is not None:
                subscription = redeem_gift(gift_id=gift.pk, reader_id=reader.pk, now=now())
                return _opened(request, subscription.ends_on)
        except (CannotRedeem, TooManyTries) as refused:
            shown["refusal"] = str(refused)
        else:
            here = f"{reverse('reader:redeem')}?{urlencode({'code': code})}"
            shown |= {"gift": gift, "what": describe_gift(gift), "here": here}
    return render(request, "reader/gift/redeem.html", shown)


@for_readers
def given(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The gifts that a reader has bought, and whether they were opened."""
    gifts = reader.given_subscriptions.filter(paid_at__isnull=False).select_related("plan", "price")
    return render(request, "reader/gift/given.html", {"gifts": gifts.order_by("-pk")[:50]})


def _buy(
    request: HttpRequest, reader: Reader, form: GiftForm, offers: tuple[Offer, ...]
) -> HttpResponse:
    chosen = {offer.code: offer for offer in offers}.get(request.POST.get("plan", ""))
    if chosen is None:
        return _show(request, form, offers, gone=True)
    written = request.POST.get(f"shown-{chosen.code}", "")
    right = written.isascii() and written.isdigit() and len(written) < 16  # noqa: PLR2004
    try:
        standing = check_out_gift(
            reader_id=reader.pk,
            plan_code=chosen.code,
            shown=Money(int(written) if right else -1, chosen.price.currency),
            greeting=form.read(),
            gateway=find_gateway_for(chosen.price.currency),
            return_url_of=lambda uid: request.build_absolute_uri(
                reverse("reader:order", args=[uid])
            ),
            now=now(),
        )
    except WrongGift as wrong:
        form.add_error(wrong.field, str(wrong))
        return _show(request, form, offers)
    except PriceChanged as changed:
        return _show(request, form, list_offers(now()), changed=changed.quote.offer)
    except OfferGone:
        return _show(request, form, list_offers(now()), gone=True)
    except OtherCheckoutOpen as other:
        return _see(reverse("reader:order", args=[other.order.uid]))
    return _see(standing.url or reverse("reader:order", args=[standing.order_uid]))


def _show(
    request: HttpRequest,
    form: GiftForm,
    offers: tuple[Offer, ...],
    *,
    changed: Offer | None = None,
    gone: bool = False,
) -> HttpResponse:
    wanted = request.POST.get("plan") or request.GET.get("plan", "")
    chosen = wanted if wanted in {offer.code for offer in offers} else choose_offer(offers)
    shown = {
        "form": form,
        "offers": offers,
        "chosen": chosen,
        "changed": changed,
        "gone": gone,
        "has_rounded": any(offer.is_rounded for offer in offers),
        "signed_in": find_reader(request) is not None,
    }
    return render(request, "reader/gift/give.html", shown)


def _opened(request: HttpRequest, ends_on: Any) -> HttpResponse:
    until = format_date(ends_on)
    messages.success(request, _("Your gift is open. You read everything until %s.") % until)
    response = _see(reverse("reader:account"))
    forget_pass(response)
    return response


def _see(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = SEE_OTHER
    return response
