"""Razorpay's adapter.

The reader pays on a hosted page: a registration link, whose payment leaves the mandate, or a
payment link where no mandate is wanted. Renewals are payments on that mandate's token, each before
an order of its own; Razorpay tells the holder first and debits a day or more later. Payments have
no idempotency key at Razorpay, so everything bears our key as its receipt and is looked for by it
before it is made: an order takes one payment, a page is opened once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings

from broadsheet.apps.payments.gateways.contract import (
    CannotReachGateway,
    Capabilities,
    ChargeQuery,
    ChargeRequest,
    CheckoutRequest,
    CheckoutStep,
    DisputeFacts,
    GatewayState,
    Health,
    Idempotency,
    MandateStatus,
    RefundQuery,
    RefundRequest,
    SettledCharge,
    SettledRefund,
    WebhookWord,
)
from broadsheet.apps.payments.gateways.razorpay import states, wanted, webhooks
from broadsheet.apps.payments.gateways.razorpay.book import list_oldest_first
from broadsheet.apps.payments.gateways.razorpay.states import Thing
from broadsheet.apps.payments.gateways.razorpay.wire import (
    Refused,
    Wire,
    is_absent,
    items_of,
    named,
)
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.plumbing.outbound import NoAnswer, NotSent

ANSWER_SECONDS = 8.0
HEALTH_SECONDS = 2.0
NOTICE = timedelta(hours=48)
"""A card is debited about 36 hours after it is asked for; half a day is left for the way."""
TROUBLE = (NotSent, NoAnswer, Refused)


def open_gateway() -> RazorpayGateway:
    """The paper's account at Razorpay."""
    plant = settings.PLANT
    return RazorpayGateway(
        key_id=plant.razorpay_key_id,
        key_secret=plant.razorpay_key_secret,
        address=plant.razorpay_address,
        webhook_secrets=plant.razorpay_webhook_secrets,
        origin=plant.origin,
    )


@dataclass(frozen=True, slots=True)
class RazorpayGateway:
    """Speaks to one account. ``answer_seconds`` is the longest wait for bytes of one request."""

    key_id: str
    key_secret: str = field(repr=False)
    address: str = ""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    origin: str = "http://127.0.0.1:8000"
    usual_method: str = "upi"
    """How a mandate is left where the reader was not asked: a registration link takes one way."""
    answer_seconds: float = ANSWER_SECONDS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    code: str = "razorpay"
    label: str = "Razorpay"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=frozenset({"INR"}),
            recurring=True,
            refund=True,
            partial_refund=True,
            void=True,
            idempotency=Idempotency.ORDER,
            lookup_authoritative=True,
            max_inflight=timedelta(seconds=60),
            key_ttl=timedelta(days=1),
            notice=NOTICE,
            webhooks=bool(self.webhook_secrets),
            disputes=True,
            methods=frozenset({"card", "upi"}),
            one_method_a_page=True,
        )

    # -- the payment page ---------------------------------------------------------------

    def start_checkout(self, request: CheckoutRequest) -> CheckoutStep:
        wire = self._wire()
        try:
            link = self._find_link(wire, ChargeQuery(key=request.key))
        except TROUBLE as error:
            # Nothing was asked for so far.
            return CheckoutStep(GatewayState(ChargeOutcome.NOT_SENT, says=str(error)))
        try:
            link = link or self._open_link(wire, request)
        except Refused as refused:
            return CheckoutStep(states.declined(refused.error))
        except (NotSent, NoAnswer) as error:
            return CheckoutStep(_missing(error))
        return _step_of(link, request)

    def _open_link(self, wire: Wire, request: CheckoutRequest) -> Thing:
        path, asked = wanted.page_for(
            request,
            back=urljoin(self.origin + "/", request.return_url),
            method=self.usual_method,
            now=self.clock(),
        )
        return wire.post(path, asked)

    def void_checkout(self, query: ChargeQuery) -> GatewayState:
        wire = self._wire()
        try:
            link = self._find_link(wire, query)
            if link is None:
                return GatewayState(ChargeOutcome.NOT_SENT, says="Razorpay has no such page.")
            return self._state_of_link(wire, self._close(wire, link))
        except TROUBLE as error:
            # The page may be open: that it could not be closed says nothing of how it got there.
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))

    def _close(self, wire: Wire, link: Thing) -> Thing:
        """The page after an attempt to cancel it; a reader may have been quicker."""
        if link["status"] not in states.OPEN_LINK:
            return link
        try:
            return wire.post(f"{_shelf_of(link)}/{link['id']}/cancel", {})
        except Refused:
            return wire.get(f"{_shelf_of(link)}/{link['id']}")

    # -- charging a mandate -------------------------------------------------------------------

    def charge(self, request: ChargeRequest) -> GatewayState:
        token = states.read_token(request.mandate_token)
        wire = self._wire()
        try:
            ended = _why_not_charged(self._get_token(wire, request.mandate_token))
            order = self._find_order(wire, request.key) or ended or self._place_order(wire, request)
            if isinstance(order, GatewayState):
                return order
            tried = states.state_of_order(_payments_of(wire, order))
            if tried is not None:
                return tried
            if order["amount"] != request.amount.minor:
                return GatewayState(ChargeOutcome.UNKNOWN, says="Key used before.")
            customer = wire.get(f"customers/{named(token.customer)}")
        except TROUBLE as error:
            # No payment was asked for so far: neither questions nor an order take money.
            return GatewayState(ChargeOutcome.NOT_SENT, says=str(error))
        return self._debit(wire, request, order, customer)

    def _place_order(self, wire: Wire, request: ChargeRequest) -> Thing | GatewayState:
        """The order of our key, or that it is not to be had."""
        try:
            return wire.post("orders", wanted.order_for(request))
        except Refused as refused:
            # Placed a moment ago by another request with this key, or not to be placed at all.
            return self._find_order(wire, request.key) or states.declined(refused.error)

    def _debit(
        self, wire: Wire, request: ChargeRequest, order: Thing, customer: Thing
    ) -> GatewayState:
        """Ask for the one payment of an order, and say how it then stands."""
        asked = wanted.debit_for(request, order, customer)
        refusal: Refused | None = None
        try:
            wire.post("payments/create/recurring", asked)
        except Refused as refused:
            refusal = refused
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        try:
            said = states.state_of_order(_payments_of(wire, order))
        except TROUBLE as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))
        if said is None and refusal is not None:
            return states.declined(refusal.error)
        return said or GatewayState(ChargeOutcome.UNKNOWN, says="Asked for, but not to be seen.")

    def lookup(self, query: ChargeQuery) -> GatewayState | None:
        wire = self._wire()
        try:
            return self._look_up(wire, query)
        except TROUBLE as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))

    def _look_up(self, wire: Wire, query: ChargeQuery) -> GatewayState | None:
        if query.gateway_reference.startswith("pay_"):
            payment = wire.find(f"payments/{named(query.gateway_reference)}")
            if payment is not None and query.key in {"", states.key_of(payment)}:
                said = states.state_of_payment(payment)
                if said.outcome is ChargeOutcome.SUCCEEDED or not query.key:
                    return self._with_mandate(wire, said, payment)
        if not query.key:
            return None
        link = None if query.mandate_token else self._find_link(wire, query)
        if link is not None:
            if states.is_late(link, self.clock()):
                link = self._close(wire, link)
            return self._state_of_link(wire, link)
        order = self._find_order(wire, query.key)
        # An order on which nothing was tried is as good as none: the next charge takes it up.
        return states.state_of_order(_payments_of(wire, order)) if order else None

    def _state_of_link(self, wire: Wire, link: Thing) -> GatewayState:
        payments = _payments_of(wire, {"id": link["order_id"]}) if link.get("order_id") else []
        said = states.state_of_link(link, payments, self.clock())
        taken = states.taken_of(payments)
        return self._with_mandate(wire, said, taken) if taken else said

    def _with_mandate(self, wire: Wire, said: GatewayState, payment: Thing) -> GatewayState:
        """The same with the permission that the payment on a page left."""
        name, customer = str(payment.get("token_id") or ""), str(payment.get("customer_id") or "")
        left_here = bool(payment.get("invoice_id") and name and customer)
        if said.outcome is not ChargeOutcome.SUCCEEDED or not left_here:
            return said
        token = wire.find(f"customers/{named(customer)}/tokens/{named(name)}")
        facts = states.mandate_of(token, customer) if token else None
        return GatewayState(said.outcome, said.gateway_reference, said.amount, mandate=facts)

    def _find_link(self, wire: Wire, query: ChargeQuery) -> Thing | None:
        receipt = states.receipt_of(query.key)
        for shelf, name in (("invoices", "receipt"), ("payment_links", "reference_id")):
            found = items_of(wire.get(shelf, **{name: receipt}))
            ours = [one for one in found if states.key_of(one) == query.key]
            if ours:
                # Were there two, the money would have come by the one that is paid.
                return min(ours, key=lambda one: (one["status"] != "paid", one["created_at"]))
        return None

    def _find_order(self, wire: Wire, key: str) -> Thing | None:
        found = items_of(wire.get("orders", receipt=states.receipt_of(key)))
        ours = [one for one in found if states.key_of(one) == key]
        return min(ours, key=lambda one: (one["attempts"] == 0, one["created_at"]), default=None)

    # -- mandates ---------------------------------------------------------------------------------

    def mandate_status(self, token: str) -> MandateStatus:
        try:
            held = self._get_token(self._wire(), token)
        except TROUBLE:
            return MandateStatus.UNKNOWN
        return states.status_of(held) if held else MandateStatus.ENDED

    def revoke_mandate(self, token: str) -> bool:
        """UPI mandates are ended at the payer's bank; a card's token is thrown away."""
        wire, said = self._wire(), states.read_token(token)
        path = f"customers/{named(said.customer)}/tokens/{named(said.name)}"
        try:
            held = self._get_token(wire, token)
            if held is None or states.status_of(held) is MandateStatus.ENDED:
                return True
            if held.get("method") == "upi":
                wire.put(f"{path}/cancel")
            else:
                wire.delete(path)
        except TROUBLE:
            pass
        return self.mandate_status(token) is MandateStatus.ENDED

    def _get_token(self, wire: Wire, token: str) -> Thing | None:
        said = states.read_token(token)
        if not said.customer:
            return None
        return wire.find(f"customers/{named(said.customer)}/tokens/{named(said.name)}")

    # -- refunds and disputes ------------------------------------------------------------------------

    def refund(self, request: RefundRequest) -> GatewayState:
        wire = self._wire()
        path = f"payments/{named(request.gateway_reference)}"
        try:
            # Razorpay does not promise its refund keys everywhere, so it is looked for first.
            given = _of_key(wire.walk(f"{path}/refunds"), request.key)
        except TROUBLE as error:
            if isinstance(error, Refused) and is_absent(error):
                return states.declined(error.error)
            return GatewayState(ChargeOutcome.NOT_SENT, says=str(error))
        if given is not None:
            same = given["amount"] == request.amount.minor
            said = states.state_of_refund(given)
            return said if same else GatewayState(ChargeOutcome.UNKNOWN, says="Key used before.")
        asked = wanted.refund_for(request)
        try:
            refund = wire.post(
                f"{path}/refund", asked, **{"X-Refund-Idempotency": request.key.rjust(10, "-")}
            )
        except Refused as refused:
            return states.declined(refused.error)
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        return states.state_of_refund(refund)

    def lookup_refund(self, query: RefundQuery) -> GatewayState | None:
        wire = self._wire()
        try:
            if query.gateway_reference:
                found = wire.find(f"refunds/{named(query.gateway_reference)}")
                if found is not None and query.key in {"", states.key_of(found)}:
                    return states.state_of_refund(found)
            if not query.key:
                return None
            held = query.charge_reference
            path = f"payments/{named(held)}/refunds" if held else "refunds"
            given = _of_key(wire.walk(path), query.key)
        except TROUBLE as error:
            if isinstance(error, Refused) and is_absent(error):
                return None
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))
        return states.state_of_refund(given) if given else None

    def lookup_dispute(self, gateway_reference: str) -> DisputeFacts | None:
        try:
            found = self._wire().find(f"disputes/{named(gateway_reference)}")
        except TROUBLE as error:
            raise CannotReachGateway(str(error)) from error
        return states.facts_of_dispute(found) if found else None

    # -- Razorpay's book ----------------------------------------------------------------------------------

    def list_settled(self, since: datetime) -> Iterator[SettledCharge]:
        for payment in self._list("payments", since):
            said = states.state_of_payment(payment)
            if said.outcome is ChargeOutcome.SUCCEEDED and said.amount is not None:
                yield SettledCharge(
                    key=states.key_of(payment) or self._key_before(payment),
                    gateway_reference=said.gateway_reference,
                    amount=said.amount,
                    settled_at=states.instant(payment["created_at"]),
                )

    def _key_before(self, payment: Thing) -> str:
        """Our key as the page or order before a payment bears it; empty where it is none of ours."""
        try:
            for shelf, name in (("invoices", "invoice_id"), ("orders", "order_id")):
                held = payment.get(name)
                thing = self._wire().find(f"{shelf}/{named(held)}") if held else None
                if thing is not None and states.key_of(thing):
                    return states.key_of(thing)
        except TROUBLE as error:
            raise CannotReachGateway(f"Razorpay's book cannot be read: {error}") from error
        return ""

    def list_refunds(self, since: datetime) -> Iterator[SettledRefund]:
        for refund in self._list("refunds", since):
            said = states.state_of_refund(refund)
            if said.outcome is ChargeOutcome.SUCCEEDED and said.amount is not None:
                yield SettledRefund(
                    key=states.key_of(refund),
                    gateway_reference=said.gateway_reference,
                    charge_reference=said.charge_reference,
                    amount=said.amount,
                    settled_at=states.instant(refund["created_at"]),
                )

    def list_disputes(self, since: datetime) -> Iterator[DisputeFacts]:
        for dispute in self._list("disputes", since):
            facts = states.facts_of_dispute(dispute)
            if facts is not None:
                yield facts

    def _list(self, path: str, since: datetime) -> Iterator[Thing]:
        until = max(self.clock(), since) + timedelta(minutes=1)
        return list_oldest_first(self._wire, path, since=since, until=until)

    # -- webhooks, health --------------------------------------------------------------------------------

    def verify_webhook(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime,  # noqa: ARG002 (Razorpay's signature holds no time)
    ) -> tuple[WebhookWord, ...]:
        return webhooks.verify_webhook(headers, body, secrets=self.webhook_secrets)

    def health(self) -> Health:
        began = time.monotonic()
        try:
            self._wire(HEALTH_SECONDS).get("payments", count=1)
        except TROUBLE as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail=f"{(time.monotonic() - began) * 1000:.0f} ms")

    def _wire(self, answer_seconds: float = 0) -> Wire:
        return Wire(
            key_id=self.key_id,
            key_secret=self.key_secret,
            address=self.address,
            answer_seconds=answer_seconds or self.answer_seconds,
        )


def _shelf_of(link: Thing) -> str:
    return "payment_links" if str(link["id"]).startswith("plink_") else "invoices"


def _payments_of(wire: Wire, order: Thing) -> list[Thing]:
    return items_of(wire.get(f"orders/{named(order['id'])}/payments"))


def _of_key(things: Iterator[Thing], key: str) -> Thing | None:
    return next((one for one in things if states.key_of(one) == key), None)


def _why_not_charged(token: Thing | None) -> GatewayState | None:
    """The hard no to a mandate that has ended; ``None`` for one that may be charged."""
    status = states.status_of(token) if token else MandateStatus.ENDED
    if status is MandateStatus.ACTIVE:
        return None
    return GatewayState(
        ChargeOutcome.DECLINED,
        decline_kind=DeclineKind.HARD,
        decline_code="mandate_revoked" if status is MandateStatus.ENDED else "token_not_confirmed",
        says="The mandate cannot be charged.",
    )


def _step_of(link: Thing, request: CheckoutRequest) -> CheckoutStep:
    """The page, or why there is none: it has ended, or it is about something else."""
    asked = (request.amount.minor, request.amount.currency)
    if (link["amount"], link["currency"]) != asked:
        return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says="Key used before."))
    if link["status"] not in states.OPEN_LINK or not link.get("short_url"):
        return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says="The page has ended."))
    return CheckoutStep(GatewayState(ChargeOutcome.PENDING), url=link["short_url"])


def _missing(error: Exception) -> GatewayState:
    surely = isinstance(error, NotSent)
    return GatewayState(
        ChargeOutcome.NOT_SENT if surely else ChargeOutcome.UNKNOWN, says=str(error)
    )
