"""What Stripe tells by webhook, followed through the inbox to our own rows."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from broadsheet.apps.payments.actions.keep_webhook import keep_words
from broadsheet.apps.payments.actions.see_to_inbox import Seen, see_to_inbox
from broadsheet.apps.payments.gateways.contract import WebhookKind, WebhookWord
from broadsheet.apps.payments.models import Charge, Mandate
from tests.apps.payments.gateways.test_stripe_adapter import leave_mandate
from tests.factories.bank import RunningBank
from tests.factories.sale import make_reader
from tests.factories.stripe_peer import stripe_peer

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.mark.parametrize("goes", [True, False])
def test_a_card_taken_off_at_stripe_ends_its_mandate(
    bank: RunningBank, now: datetime, goes: bool
) -> None:
    peer = stripe_peer(bank, patience=8.0)
    token, other = leave_mandate(peer), leave_mandate(peer)
    reader = make_reader()
    for one in (token, other):
        Mandate.objects.create(
            reader=reader, gateway="stripe", token=one, kind="card", currency="INR", given_at=now
        )
    if goes:
        peer.revoke(token)
    word = WebhookWord("evt_1", WebhookKind.MANDATE, gateway_reference=token.partition("/")[0])
    keep_words(gateway="stripe", words=[word], headers={}, body=b"{}", now=now)
    seen = see_to_inbox(now=now, open_gateway=lambda _code: peer.gateway)
    assert dict(seen) == {Seen.APPLIED: 1}
    ended = Mandate.objects.filter(withdrawn_at=now).values_list("token", flat=True)
    assert list(ended) == ([token] if goes else [])


def test_the_address_of_stripes_page_has_room() -> None:
    """Stripe's own are several hundred letters long, most of them behind the stroke."""
    field = Charge._meta.get_field("page_url")
    address = "https://checkout.stripe.com/c/pay/cs_live_" + "a" * 58 + "#" + "x" * 1500
    field.run_validators(address)
    with pytest.raises(ValidationError):
        field.run_validators("x" * 2001)
