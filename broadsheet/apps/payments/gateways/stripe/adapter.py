"""Stripe's adapter.

The reader pays on a hosted Checkout page, and the payment leaves the mandate. Renewals are payment
intents off session. Every object carries our key (``broadsheet_key``), and what a lost answer left
open is found by walking Stripe's lists, which are exact, never by its search, which lags behind.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
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
from broadsheet.apps.payments.gateways.stripe import states, webhooks
from broadsheet.apps.payments.gateways.stripe.states import Refused, Thing
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.plumbing.outbound import NoAnswer, NotSent
from broadsheet.plumbing.paper import WrongSetting

if TYPE_CHECKING:
    from broadsheet.apps.payments.gateways.stripe.wire import Wire

ANSWER_SECONDS = 8.0
HEALTH_SECONDS = 2.0
SHORTEST_PAGE = timedelta(minutes=31)
"""Stripe keeps a page open for half an hour at least; a minute is for the way."""
LONGEST_PAGE = timedelta(hours=23, minutes=59)
SKEW = timedelta(hours=1)
"""How far our clock and Stripe's may be apart."""
INDIAN_NOTICE = timedelta(hours=48)
# Not those whose smallest unit Stripe counts in a way of its own (ISK, UGX, KWD and their like).
CURRENCIES = frozenset(
    {
        *(
            "AED",
            "AUD",
            "BDT",
            "BRL",
            "CAD",
            "CHF",
            "DKK",
            "EUR",
            "GBP",
            "HKD",
            "IDR",
            "INR",
            "JPY",
        ),
        *(
            "LKR",
            "MXN",
            "MYR",
            "NOK",
            "NPR",
            "NZD",
            "PKR",
            "PLN",
            "SEK",
            "SGD",
            "THB",
            "USD",
            "ZAR",
        ),
    }
)
SESSION_PARTS = ["payment_intent.payment_method", "payment_intent.latest_charge"]
INTENT_PARTS = ["payment_method", "latest_charge"]


def open_gateway() -> StripeGateway:
    """The paper's account at Stripe. Raises ``WrongSetting`` where its library is not installed."""
    plant = settings.PLANT
    _need_library()
    return StripeGateway(
        key=plant.stripe_key,
        address=plant.stripe_address,
        webhook_secrets=plant.stripe_webhook_secrets,
        origin=plant.origin,
        notice=INDIAN_NOTICE if settings.PAPER.currency == "INR" else timedelta(0),
    )


def _need_library() -> None:
    try:
        import stripe  # noqa: F401
    except ImportError as error:
        raise WrongSetting(
            "BROADSHEET_STRIPE_KEY is set, but Stripe's library is not installed: "
            "pip install 'broadsheet[stripe]'."
        ) from error


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """Speaks to one account. ``answer_seconds`` is the longest wait for bytes of one request."""

    key: str = field(repr=False)
    address: str = ""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    origin: str = "http://127.0.0.1:8000"
    notice: timedelta = timedelta(0)
    answer_seconds: float = ANSWER_SECONDS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    code: str = "stripe"
    label: str = "Stripe"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=CURRENCIES,
            recurring=True,
            refund=True,
            partial_refund=True,
            void=True,
            idempotency=Idempotency.KEY,
            lookup_authoritative=True,
            max_inflight=timedelta(seconds=60),
            # Stripe keeps keys for 24 hours at least; an hour is left for the clocks.
            key_ttl=timedelta(hours=23),
            notice=self.notice,
            webhooks=bool(self.webhook_secrets),
            disputes=True,
            methods=frozenset({"card"}),
        )

    # -- the payment page ---------------------------------------------------------------

    def start_checkout(self, request: CheckoutRequest) -> CheckoutStep:
        wire = self._wire()
        try:
            session = wire.ask(
                lambda v1: v1.checkout.sessions.create(
                    self._page(request), {"idempotency_key": request.key}
                )
            )
        except Refused as refused:
            if refused.error.get("type") != "idempotency_error":
                return CheckoutStep(states.declined(refused.error))
            return self._page_of_key(wire, request)
        except (NotSent, NoAnswer) as error:
            return CheckoutStep(_missing(error))
        return _step_of(session)

    def _page(self, request: CheckoutRequest) -> Thing:
        now = self.clock()
        until = min(max(request.expires_at, now + SHORTEST_PAGE), now + LONGEST_PAGE)
        back = urljoin(self.origin + "/", request.return_url)
        named = {states.KEY: request.key, states.PAGE: "1"}
        intent: Thing = {"metadata": named, "description": request.description}
        if request.wants_mandate:
            intent["setup_future_usage"] = "off_session"
        price = {
            "currency": request.amount.currency.lower(),
            "unit_amount": request.amount.minor,
            "product_data": {"name": request.description},
        }
        return {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": back,
            "cancel_url": back,
            "client_reference_id": request.key,
            "customer_creation": "always" if request.wants_mandate else "if_required",
            "expires_at": int(until.timestamp()),
            "metadata": {**named, states.UNTIL: str(int(request.expires_at.timestamp()))},
            "payment_intent_data": intent,
        }

    def _page_of_key(self, wire: Wire, request: CheckoutRequest) -> CheckoutStep:
        """The key was used before: for this very page, a while ago, or for something else."""
        try:
            session = self._scan_sessions(wire, ChargeQuery(key=request.key))
        except (NotSent, NoAnswer) as error:
            return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says=str(error)))
        asked = (request.amount.minor, request.amount.currency.lower())
        if session is None or (session["amount_total"], session["currency"]) != asked:
            return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says="Key used before."))
        return _step_of(session)

    def void_checkout(self, query: ChargeQuery) -> GatewayState:
        wire = self._wire()
        try:
            session = self._find_session(wire, query)
            if session is None:
                return GatewayState(ChargeOutcome.NOT_SENT, says="Stripe has no such page.")
            return self._state_of_session(wire, self._close(wire, session))
        except (NotSent, NoAnswer, Refused) as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))

    def _close(self, wire: Wire, session: Thing) -> Thing:
        """The session after an attempt to expire it; a reader may have been quicker."""
        name = session["id"]
        if session["status"] != "open":
            return session
        with contextlib.suppress(Refused):
            wire.ask(
                lambda v1: v1.checkout.sessions.expire(
                    name, {}, {"idempotency_key": f"{name}-expire"}
                )
            )
        return self._get_session(wire, name) or session

    # -- charging a mandate -------------------------------------------------------------------

    def charge(self, request: ChargeRequest) -> GatewayState:
        token = states.read_token(request.mandate_token)
        asked: Thing = {
            "amount": request.amount.minor,
            "currency": request.amount.currency.lower(),
            "payment_method": token.card,
            "payment_method_types": ["card"],
            "off_session": True,
            "confirm": True,
            "description": request.description,
            "metadata": {states.KEY: request.key},
        }
        if token.customer:
            asked["customer"] = token.customer
        if token.e_mandate:
            asked["mandate"] = token.e_mandate
        try:
            intent = self._wire().ask(
                lambda v1: v1.payment_intents.create(asked, {"idempotency_key": request.key})
            )
        except Refused as refused:
            return self._refused_charge(refused.error, request)
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        return states.state_of_intent(intent)

    def _refused_charge(self, error: Thing, request: ChargeRequest) -> GatewayState:
        if error.get("type") == "idempotency_error":
            # Something else was done under this key; its amount will tell.
            held = self.lookup(ChargeQuery(key=request.key, mandate_token=request.mandate_token))
            return held or GatewayState(ChargeOutcome.UNKNOWN, says="Key used before.")
        intent = error.get("payment_intent")
        if isinstance(intent, dict):
            return states.state_of_intent(intent)
        said = states.declined(error)
        if error.get("type") == "invalid_request_error":
            # The card is gone, or what we ask is no charge at all: asking again changes nothing.
            return GatewayState(
                ChargeOutcome.DECLINED,
                decline_kind=DeclineKind.HARD,
                decline_code=said.decline_code,
                says=said.says,
            )
        return said

    def lookup(self, query: ChargeQuery) -> GatewayState | None:
        wire = self._wire()
        try:
            return self._look_up(wire, query)
        except (NotSent, NoAnswer, Refused) as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))

    def _look_up(self, wire: Wire, query: ChargeQuery) -> GatewayState | None:
        intent = None
        if query.gateway_reference.startswith("pi_"):
            intent = self._get_intent(wire, query.gateway_reference)
            if intent is not None and query.key not in {"", states.key_of(intent)}:
                intent = None
        if intent is None and query.mandate_token:
            intent = self._scan_intents(wire, query)
            return states.state_of_intent(intent) if intent else None
        if intent is not None and not states.is_page_intent(intent):
            return states.state_of_intent(intent)
        session = self._find_session(wire, query, intent)
        if session is not None:
            if states.is_late(session, self.clock()):
                session = self._close(wire, session)
            return self._state_of_session(wire, session)
        intent = intent or self._scan_intents(wire, query)
        return states.state_of_intent(intent) if intent else None

    def _state_of_session(self, wire: Wire, session: Thing) -> GatewayState:
        intent = session.get("payment_intent")
        if session["status"] == "complete" and not isinstance(intent, dict):
            session = self._get_session(wire, session["id"]) or session
        return states.state_of_session(session, late=states.is_late(session, self.clock()))

    def _find_session(
        self, wire: Wire, query: ChargeQuery, intent: Thing | None = None
    ) -> Thing | None:
        if query.gateway_reference.startswith("cs_"):
            session = self._get_session(wire, query.gateway_reference)
            if session is not None and query.key in {"", states.key_of(session)}:
                return session
        if intent is not None or query.gateway_reference.startswith("pi_"):
            name = query.gateway_reference
            page = wire.ask(
                lambda v1: v1.checkout.sessions.list({"payment_intent": name, "limit": 1})
            )
            found = [one for one in page["data"] if query.key in {"", states.key_of(one)}]
            if found:
                return self._get_session(wire, found[0]["id"])
        session = self._scan_sessions(wire, query) if query.key else None
        return session and self._get_session(wire, session["id"])

    def _get_session(self, wire: Wire, name: str) -> Thing | None:
        return wire.find(lambda v1: v1.checkout.sessions.retrieve(name, {"expand": SESSION_PARTS}))

    def _get_intent(self, wire: Wire, name: str) -> Thing | None:
        return wire.find(lambda v1: v1.payment_intents.retrieve(name, {"expand": INTENT_PARTS}))

    def _scan_sessions(self, wire: Wire, query: ChargeQuery) -> Thing | None:
        """The session of our key among all that were opened since the charge was planned."""
        walk = wire.walk(lambda v1, asked: v1.checkout.sessions.list(asked), _from(query))
        return next((one for one in walk if states.key_of(one) == query.key), None)

    def _scan_intents(self, wire: Wire, query: ChargeQuery) -> Thing | None:
        """The intent of our key, among those of the mandate's holder where the mandate is known."""
        if not query.key:
            return None
        customer = states.read_token(query.mandate_token).customer
        asked = {"customer": customer} if customer else _from(query)
        walk = wire.walk(lambda v1, asked: v1.payment_intents.list(asked), asked)
        found = next((one for one in walk if states.key_of(one) == query.key), None)
        return found and self._get_intent(wire, found["id"])

    # -- mandates ---------------------------------------------------------------------------------

    def mandate_status(self, token: str) -> MandateStatus:
        named = states.read_token(token)
        wire = self._wire()
        try:
            card = wire.find(lambda v1: v1.payment_methods.retrieve(named.card))
            if card is None or card.get("customer") is None:
                return MandateStatus.ENDED
            if named.e_mandate:
                held = wire.find(lambda v1: v1.mandates.retrieve(named.e_mandate))
                if held is None or held.get("status") == "inactive":
                    return MandateStatus.ENDED
        except (NotSent, NoAnswer, Refused):
            return MandateStatus.UNKNOWN
        return MandateStatus.ACTIVE

    def revoke_mandate(self, token: str) -> bool:
        card = states.read_token(token).card
        try:
            self._wire().ask(
                lambda v1: v1.payment_methods.detach(
                    card, {}, {"idempotency_key": f"{card}-detach"}
                )
            )
        except (NotSent, NoAnswer, Refused):
            return self.mandate_status(token) is MandateStatus.ENDED
        return True

    # -- refunds and disputes ------------------------------------------------------------------------

    def refund(self, request: RefundRequest) -> GatewayState:
        asked = {
            "payment_intent": request.gateway_reference,
            "amount": request.amount.minor,
            "reason": "requested_by_customer",
            "metadata": {states.KEY: request.key},
        }
        try:
            refund = self._wire().ask(
                lambda v1: v1.refunds.create(asked, {"idempotency_key": request.key})
            )
        except Refused as refused:
            if refused.error.get("type") == "idempotency_error":
                return GatewayState(ChargeOutcome.UNKNOWN, says="Key used before.")
            return states.declined(refused.error)
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        return states.state_of_refund(refund)

    def lookup_refund(self, query: RefundQuery) -> GatewayState | None:
        wire = self._wire()
        try:
            if query.gateway_reference:
                name = query.gateway_reference
                found = wire.find(lambda v1: v1.refunds.retrieve(name))
                if found is not None and query.key in {"", states.key_of(found)}:
                    return states.state_of_refund(found)
            if not query.key:
                return None
            asked = {"payment_intent": query.charge_reference} if query.charge_reference else {}
            walk = wire.walk(lambda v1, asked: v1.refunds.list(asked), asked)
            held = next((one for one in walk if states.key_of(one) == query.key), None)
        except (NotSent, NoAnswer, Refused) as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))
        return states.state_of_refund(held) if held else None

    def lookup_dispute(self, gateway_reference: str) -> DisputeFacts | None:
        try:
            found = self._wire().find(lambda v1: v1.disputes.retrieve(gateway_reference))
        except (NotSent, NoAnswer, Refused) as error:
            raise CannotReachGateway(str(error)) from error
        return states.facts_of_dispute(found) if found else None

    # -- Stripe's book ----------------------------------------------------------------------------------

    def list_settled(self, since: datetime) -> Iterator[SettledCharge]:
        for charge in self._list(lambda v1, asked: v1.charges.list(asked), since):
            taken = states.money_of(charge.get("amount_captured"), charge.get("currency"))
            if charge["status"] == "succeeded" and taken is not None:
                yield SettledCharge(
                    key=states.key_of(charge),
                    gateway_reference=str(charge.get("payment_intent") or charge["id"]),
                    amount=taken,
                    settled_at=states.instant(charge["created"]),
                )

    def list_refunds(self, since: datetime) -> Iterator[SettledRefund]:
        for refund in self._list(lambda v1, asked: v1.refunds.list(asked), since):
            given = states.money_of(refund.get("amount"), refund.get("currency"))
            if refund["status"] == "succeeded" and given is not None:
                yield SettledRefund(
                    key=states.key_of(refund),
                    gateway_reference=refund["id"],
                    charge_reference=str(refund.get("payment_intent") or refund.get("charge")),
                    amount=given,
                    settled_at=states.instant(refund["created"]),
                )

    def list_disputes(self, since: datetime) -> Iterator[DisputeFacts]:
        for dispute in self._list(lambda v1, asked: v1.disputes.list(asked), since):
            facts = states.facts_of_dispute(dispute)
            if facts is not None:
                yield facts

    def _list(self, do: Callable[[Any, Thing], Any], since: datetime) -> Iterator[Thing]:
        from broadsheet.apps.payments.gateways.stripe.book import list_oldest_first

        until = max(self.clock(), since) + timedelta(minutes=1)
        return list_oldest_first(self._wire, do, since=since, until=until)

    # -- webhooks, health --------------------------------------------------------------------------------

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> tuple[WebhookWord, ...]:
        return webhooks.verify_webhook(headers, body, secrets=self.webhook_secrets, now=now)

    def health(self) -> Health:
        began = time.monotonic()
        try:
            self._wire(HEALTH_SECONDS).ask(lambda v1: v1.events.list({"limit": 1}))
        except (NotSent, NoAnswer, Refused) as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail=f"{(time.monotonic() - began) * 1000:.0f} ms")

    def _wire(self, answer_seconds: float = 0) -> Wire:
        from broadsheet.apps.payments.gateways.stripe.wire import Wire

        return Wire(
            key=self.key,
            address=self.address,
            answer_seconds=answer_seconds or self.answer_seconds,
        )


def _step_of(session: Thing) -> CheckoutStep:
    """The page, or where it stands when it has ended."""
    state = states.state_of_session(session)
    if state.outcome is not ChargeOutcome.PENDING or not session.get("url"):
        return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says="The page has ended."))
    return CheckoutStep(state, url=session["url"])


def _missing(error: Exception) -> GatewayState:
    outcome = ChargeOutcome.NOT_SENT if isinstance(error, NotSent) else ChargeOutcome.UNKNOWN
    return GatewayState(outcome, says=str(error))


def _from(query: ChargeQuery) -> Thing:
    """Nothing older than the charge needs looking through."""
    if query.not_before is None:
        return {}
    return {"created": {"gte": int((query.not_before - SKEW).timestamp())}}
