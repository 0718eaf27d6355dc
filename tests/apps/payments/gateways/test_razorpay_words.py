"""What Razorpay tells by webhook, followed through the inbox to our own rows."""

from __future__ import annotations

from datetime import datetime

import pytest

from broadsheet.apps.payments.actions.keep_webhook import keep_words
from broadsheet.apps.payments.actions.see_to_inbox import Seen, see_to_inbox
from broadsheet.apps.payments.gateways.contract import WebhookKind, WebhookWord
from broadsheet.apps.payments.models import Mandate
from tests.apps.payments.gateways.test_razorpay_adapter import leave_mandate
from tests.factories.bank import RunningBank
from tests.factories.razorpay_peer import UPI, razorpay_peer
from tests.factories.sale import make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.mark.parametrize("goes", [True, False])
def test_a_mandate_withdrawn_in_the_upi_app_ends_here_too(
    bank: RunningBank, now: datetime, goes: bool
) -> None:
    peer = razorpay_peer(bank)
    token, other = leave_mandate(peer, UPI), leave_mandate(peer, UPI)
    reader = make_reader()
    for one in (token, other):
        Mandate.objects.create(
            reader=reader, gateway="razorpay", token=one, kind="upi", currency="INR", given_at=now
        )
    if goes:
        peer.revoke(token)
    word = WebhookWord("Nf1", WebhookKind.MANDATE, gateway_reference=token.partition("/")[0])
    keep_words(gateway="razorpay", words=[word], headers={}, body=b"{}", now=now)
    seen = see_to_inbox(now=now, open_gateway=lambda _code: peer.gateway)
    assert dict(seen) == {Seen.APPLIED: 1}
    ended = Mandate.objects.filter(withdrawn_at=now).values_list("token", flat=True)
    assert list(ended) == ([token] if goes else [])
