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
