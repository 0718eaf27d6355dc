"""Paying the next term by hand after a free one, and agreeing to a new price."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.gateways import find_gateway_for
from broadsheet.apps.subscriptions.actions.change_price import agree_to_price
from broadsheet.apps.subscriptions.actions.continue_subscription import (
    AmountChanged,
    NothingToContinue,
    continue_subscription,
)
from broadsheet.apps.subscriptions.actions.start_subscription import OtherCheckoutOpen
from broadsheet.apps.subscriptions.queries.ahead import find_unpaid_ahead
from broadsheet.domain.money import Money
from broadsheet.plumbing.clock import now
from broadsheet.web.reader.signed_in import for_readers

SEE_OTHER = 303
LONGEST_AMOUNT = 15


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What the next term costs and when it begins, and the button to the bank."""
    ahead = find_unpaid_ahead(reader.pk)
    if ahead is None:
        return _see(reverse("reader:account"))
    changed = False
    if request.method == "POST":
        written = request.POST.get("shown", "")
        right = written.isascii() and written.isdigit() and len(written) <= LONGEST_AMOUNT
        try:
            standing = continue_subscription(
                reader_id=reader.pk,
                shown=Money(int(written) if right else -1, ahead.amount.currency),
                gateway=find_gateway_for(ahead.amount.currency),
                return_url_of=lambda uid: request.build_absolute_uri(
                    reverse("reader:order", args=[uid])
                ),
                now=now(),
            )
        except AmountChanged:
            changed = True
        except NothingToContinue:
            return _see(reverse("reader:account"))
        except OtherCheckoutOpen as other:
            said = _("Another payment of yours is still open at the bank. Finish that one first.")
            messages.warning(request, said)
            return _see(reverse("reader:order", args=[other.order.uid]))
        else:
            return _see(standing.url or reverse("reader:order", args=[standing.order_uid]))
    return render(request, "reader/account/go_on.html", {"ahead": ahead, "changed": changed})


@for_readers
@require_POST
def agree(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The reader agrees to the price that is coming."""
    if agree_to_price(reader_id=reader.pk, now=now()):
        messages.success(request, _("Thank you. We will ask you to pay by hand once, on that day."))
    return _see(reverse("reader:account"))


def _see(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = SEE_OTHER
    return response
