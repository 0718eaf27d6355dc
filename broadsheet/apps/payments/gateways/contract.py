"""What a payment company's adapter must be.

One folder per gateway, ``gateways/<code>/adapter.py``, with a function ``open_gateway()`` that
returns a ``Gateway``. An adapter only speaks to its company: it never reads or writes our tables,
never decides what an answer means for a reader, and never raises for what the network did. Each
call returns within its own hard timeout (20 s at most) and tells the truth in five words:

========== =======================================================================================
succeeded  the money has moved
declined   the company said no (``decline_kind`` says whether asking again may help)
not_sent   the request surely never arrived (name, connect or TLS failure; 429)
pending    the company has it and will know later (also: the reader is still at its page)
unknown    anything else: read timeout, reset after writing, 5xx, an answer we cannot read
========== =======================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money

LONGEST_CALL = timedelta(seconds=20)


class Idempotency(StrEnum):
    """What makes a repeated request harmless at this company."""

    KEY = "key"
    ORDER = "order"
    LOOKUP = "lookup"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do; the protocol asks these, never the gateway's code."""

    currencies: frozenset[str]
    recurring: bool
    """It gives mandates, and charges them without the reader."""
    refund: bool
    partial_refund: bool
    void: bool
    """An open checkout can be closed from our side (``void_checkout``)."""
    idempotency: Idempotency
    lookup_authoritative: bool
    """``lookup`` answering ``None`` means it never arrived, once ``max_inflight`` has passed."""
    max_inflight: timedelta
    """The longest a request of ours may travel and still take effect."""
    key_ttl: timedelta
    """How long a repeat with the same key gets the first answer instead of a second charge."""
    notice: timedelta
    """How long before the wanted moment a charge on a mandate must be handed over."""
    webhooks: bool = False
    """It calls us, with a signature; then its silence is an alarm (``list_silent_gateways``)."""
    disputes: bool = False
    """It tells of disputes: ``lookup_dispute`` and ``list_disputes`` have something to say."""
    methods: frozenset[str] = frozenset()
    """What a reader may pay with there: ``card``, ``upi``, ``bank``, ``netbanking``, …"""
    one_method_a_page: bool = False
    """Its page takes one of ``methods`` only, so the reader is asked before it is opened."""


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """Ask for a page on which the reader pays once and may leave a mandate."""

    key: str
    """Ours, unique to this charge; repeating it must give the same page and never a second
    payment. ``lookup`` finds the charge by it."""
    amount: Money
    description: str
    return_url: str
    """Where the reader's browser is sent afterwards; carries nothing that is believed."""
    expires_at: datetime
    """After this instant the company must refuse to take the money on this page."""
    reader_reference: str
    """An opaque name of the reader at our side."""
    wants_mandate: bool
    method: str = ""
    """What the reader chose of ``Capabilities.methods``; empty leaves it to the company."""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """Charge a mandate without the reader."""

    key: str
    amount: Money
    description: str
    mandate_token: str


@dataclass(frozen=True, slots=True)
class ChargeQuery:
    """Which charge ``lookup`` is to find: by our key, or by theirs where it is known."""

    key: str
    gateway_reference: str = ""
    amount: Money | None = None
    mandate_token: str = ""
    """The mandate that is charged; empty for a checkout, or where the asker does not know."""
    not_before: datetime | None = None
    """It surely was not sent earlier: nothing older needs looking through."""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back some or all of a succeeded charge."""

    key: str
    gateway_reference: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class RefundQuery:
    """Which refund ``lookup_refund`` is to find: by our key, or by theirs where it is known."""

    key: str
    gateway_reference: str = ""
    """The company's name for the refund."""
    charge_reference: str = ""
    """The company's name for the charge that is given back, for a company that files it there."""
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class MandateFacts:
    """A standing permission as the gateway describes it."""

    token: str
    kind: str
    """``card``, ``upi`` or ``bank``."""
    label: str
    """How the reader knows it: ``UPI meenal@••••bank``, ``card ending 4242``."""
    max_amount: Money | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class GatewayState:
    """One answer about one charge or refund."""

    outcome: ChargeOutcome
    gateway_reference: str = ""
    """The company's name for the charge; required when it succeeded."""
    amount: Money | None = None
    """What the company says it took; required when it succeeded. A difference is quarantined."""
    mandate: MandateFacts | None = None
    decline_kind: DeclineKind | None = None
    decline_code: str = ""
    """A short code: ``insufficient_funds``, ``stolen_card``, ``abandoned``, ``voided``, …"""
    says: str = ""
    """The company's own words, for the log and the desk; never shown to a reader."""
    charge_reference: str = ""
    """Of a refund: the company's name for the charge that is given back, where it tells."""


@dataclass(frozen=True, slots=True)
class CheckoutStep:
    """The answer to ``start_checkout``: where to send the reader, or why not.

    ``state.outcome`` is pending when there is a page (then ``url`` is set: absolute, or a path of
    our own site), and any of the five otherwise.
    """

    state: GatewayState
    url: str = ""


@dataclass(frozen=True, slots=True)
class SettledCharge:
    """One line of the company's own book."""

    key: str
    gateway_reference: str
    amount: Money
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class SettledRefund:
    """One refund in the company's own book. ``key`` is empty when it was not given by us."""

    key: str
    gateway_reference: str
    charge_reference: str
    amount: Money
    settled_at: datetime


class DisputeState(StrEnum):
    """Where a dispute stands; won and lost are final, seen from the paper."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A reader's bank takes a charge back, or tries to. ``amount`` is what it is about."""

    gateway_reference: str
    charge_reference: str
    state: DisputeState
    amount: Money
    opened_at: datetime
    reason: str = ""


class MandateStatus(StrEnum):
    """Whether a mandate may still be charged; ``unknown`` when the company cannot be asked."""

    ACTIVE = "active"
    ENDED = "ended"
    UNKNOWN = "unknown"


class WebhookKind(StrEnum):
    """What a webhook is about. ``other`` is answered kindly and left alone."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    MANDATE = "mandate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class WebhookWord:
    """One thing a webhook says to look at. Nothing else in it is believed: we ask back.

    A charge or refund is named by ``key`` (ours) or ``gateway_reference``, a dispute by
    ``gateway_reference``, a mandate by its token in ``gateway_reference``.
    """

    event_id: str
    """The company's name for the telling, the same at each repeat; empty where it has none."""
    kind: WebhookKind
    key: str = ""
    gateway_reference: str = ""
    at: datetime | None = None
    """When it happened, as the company says."""


class BadSignature(Exception):  # noqa: N818
    """A webhook that the company did not sign with a secret of ours, or signed too long ago."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the company answers at all."""

    ok: bool
    detail: str = ""


class Gateway(Protocol):
    """A payment company, as the charge protocol sees it."""

    @property
    def code(self) -> str:
        """``test``, ``stripe``, ``razorpay``: the folder's name."""
        ...

    @property
    def label(self) -> str:
        """How the desk names it."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    def start_checkout(self, request: CheckoutRequest) -> CheckoutStep: ...

    def void_checkout(self, query: ChargeQuery) -> GatewayState:
        """Close a checkout that nobody has paid; the state that then holds (declined with code
        ``voided``, or succeeded if the reader was quicker; ``not_sent``: there is none).

        ``unknown`` when the company cannot be asked just now: the page may be open.
        """
        ...

    def charge(self, request: ChargeRequest) -> GatewayState: ...

    def lookup(self, query: ChargeQuery) -> GatewayState | None:
        """The charge's state at the company, or ``None`` when it has no such charge.

        ``unknown`` when the company cannot be asked just now.
        """
        ...

    def refund(self, request: RefundRequest) -> GatewayState:
        """Give money back. Repeating the key must never give back twice where the company has
        keys for refunds; where it has none the protocol looks first.
        """
        ...

    def lookup_refund(self, query: RefundQuery) -> GatewayState | None:
        """The refund's state at the company, or ``None`` when it surely has no such refund.

        ``unknown`` when the company cannot be asked just now, or cannot tell.
        """
        ...

    def list_settled(self, since: datetime) -> Iterable[SettledCharge]:
        """The company's book from ``since`` on, oldest first. Raises ``CannotReachGateway``."""
        ...

    def list_refunds(self, since: datetime) -> Iterable[SettledRefund]:
        """Money given back from ``since`` on, oldest first. Raises ``CannotReachGateway``."""
        ...

    def lookup_dispute(self, gateway_reference: str) -> DisputeFacts | None:
        """A dispute as it stands at the company. Raises ``CannotReachGateway``."""
        ...

    def list_disputes(self, since: datetime) -> Iterable[DisputeFacts]:
        """Disputes opened from ``since`` on. Raises ``CannotReachGateway``."""
        ...

    def mandate_status(self, token: str) -> MandateStatus: ...

    def revoke_mandate(self, token: str) -> bool:
        """End a mandate; whether it is surely ended now (also when it was before)."""
        ...

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> tuple[WebhookWord, ...]:
        """What a call of the company's says. Raises ``BadSignature``.

        Pure: no network, no database. Names in ``headers`` are in small letters
        (``stripe-signature``). Each configured secret is good (current and previous); without one
        every signature is bad. A well-signed body that cannot be read is one word of kind
        ``other``, not an error.
        """
        ...

    def health(self) -> Health: ...


class CannotReachGateway(Exception):  # noqa: N818
    """The company's book cannot be read just now; a later try may help."""
