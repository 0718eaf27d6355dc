"""What subscriptions tells the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SubscriptionStarted:
    """The first term is paid."""

    subscription_id: int
    reader_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class FreeTermBegun:
    """A first term that costs nothing has begun; it ends by itself on ``ends_on``."""

    subscription_id: int
    reader_id: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class GiftBought:
    """A gift is paid for; its code goes out on its day."""

    gift_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class GiftDue:
    """The day has come to send a gift's code to whom it is for."""

    gift_id: int


@dataclass(frozen=True, slots=True)
class GiftForgotten:
    """A gift was sent a month ago and not opened."""

    gift_id: int


@dataclass(frozen=True, slots=True)
class GiftRedeemed:
    """A gift was opened by the reader it is for."""

    gift_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class PriceChangeTold:
    """From ``starts_on`` on terms cost more or less; where not ``agreed`` the reader is asked first."""

    subscription_id: int
    reader_id: int
    starts_on: date
    agreed: bool


@dataclass(frozen=True, slots=True)
class TermRenewed:
    """A later term is paid."""

    subscription_id: int
    reader_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class RenewalDeclined:
    """A try to renew was refused; access goes on until ``grace_ends_on``."""

    subscription_id: int
    reader_id: int
    retry_on: date | None
    grace_ends_on: date
    first_time: bool


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled:
    """The reader said stop; everything is kept until ``ends_on``."""

    subscription_id: int
    reader_id: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class SubscriptionResumed:
    """The reader took the stop back."""

    subscription_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """The last term is over, as the reader wished."""

    subscription_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionLapsed:
    """It stopped because it was not paid."""

    subscription_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionPaused:
    """The reader is away from ``starts_on`` and back on ``resumes_on``; the days left are kept."""

    subscription_id: int
    reader_id: int
    starts_on: date
    resumes_on: date


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """The paper comes again, until ``ends_on``."""

    subscription_id: int
    reader_id: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class SwitchPlanned:
    """Another plan begins with the next term, on ``starts_on``."""

    subscription_id: int
    reader_id: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class SwitchDropped:
    """The reader keeps the plan after all."""

    subscription_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class SwitchMade:
    """Another plan began at once and is paid; the term before it ended."""

    subscription_id: int
    reader_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionWithdrawn:
    """The reader withdrew within the legal days; it ended at once.

    ``refund_minor`` is what is given back, in minor units of ``currency``.
    """

    subscription_id: int
    reader_id: int
    refund_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class SubscriptionCutShort:
    """It was ended at once by staff, or because a bank took its money back (``why``)."""

    subscription_id: int
    reader_id: int
    why: str


@dataclass(frozen=True, slots=True)
class WinBackDue:
    """It stopped some time ago, and the reader has not come back."""

    subscription_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class ChargeAhead:
    """The term number ``seq`` will be charged within days; the reader is told once or twice."""

    subscription_id: int
    reader_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class MandateEnding:
    """The reader's permission, or card, ends before the next charge."""

    subscription_id: int
    reader_id: int
