"""Lending a story: links that open one locked story to a few, counted, and over after a while.

    kind         who makes it                       opens for
    gift         a subscriber, so many a month      10 devices, 14 days
    newsletter   staff                              as many devices and days as they say
    campaign     staff                              as many devices and days as they say

A device is counted once, however often it comes back. What a link opens is not counted as a read.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from broadsheet.domain.billing_calendar import add_months, day_begins
from broadsheet.domain.story import AccessClass

GIFT_DEVICES = 10
GIFT_DAYS = 14
GIFT_LIFE = timedelta(days=GIFT_DAYS)
MOST_DEVICES = 1_000_000
MOST_DAYS = 366
LONGEST_NAME = 40
_NAME_SIGNS = frozenset(" .'’-,&")


class LinkKind(StrEnum):
    """Who lends."""

    GIFT = "gift"
    NEWSLETTER = "newsletter"
    CAMPAIGN = "campaign"


class Standing(StrEnum):
    """Whether a link still opens its story to a device."""

    OPEN = "open"
    SPENT = "spent"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Refusal(StrEnum):
    """Why a story cannot be lent."""

    NOT_PUBLISHED = "not-published"
    ALREADY_FREE = "already-free"
    PREMIUM = "premium"
    NO_GIFTS = "no-gifts"
    QUOTA_SPENT = "quota-spent"


class WrongName(ValueError):  # noqa: N818
    """A name that cannot stand on the paper's page; the message says what to write instead."""


class WrongTerms(ValueError):  # noqa: N818
    """A link for too many or too few devices or days; the message says how many are allowed."""


def may_lend(access: AccessClass, *, lend_premium: bool) -> bool:
    """Whether a link may open a story of this class; the paper decides about premium ones."""
    return access is not AccessClass.PREMIUM or lend_premium


def find_refusal(access: AccessClass, *, lend_premium: bool) -> Refusal | None:
    """Why no link can be made for a published story of this class."""
    if access is AccessClass.FREE:
        return Refusal.ALREADY_FREE
    if not may_lend(access, lend_premium=lend_premium):
        return Refusal.PREMIUM
    return None


def find_gift_refusal(
    access: AccessClass, *, lend_premium: bool, quota: int, given: int
) -> Refusal | None:
    """Why a reader cannot give this story; ``quota`` and ``given`` are links a month."""
    if quota < 1:
        return Refusal.NO_GIFTS
    return find_refusal(access, lend_premium=lend_premium) or (
        Refusal.QUOTA_SPENT if given >= quota else None
    )


def find_standing(
    *,
    opens: int,
    most_opens: int,
    expires_at: datetime,
    revoked_at: datetime | None,
    is_known: bool,
    now: datetime,
) -> Standing:
    """How a link stands for one device; ``is_known``: it has opened this link before."""
    if revoked_at is not None:
        return Standing.REVOKED
    if now >= expires_at:
        return Standing.EXPIRED
    if opens >= most_opens and not is_known:
        return Standing.SPENT
    return Standing.OPEN


def gift_month(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The calendar month of ``zone`` that holds ``now``: first instant, and the next month's."""
    first = now.astimezone(zone).date().replace(day=1)
    return day_begins(first, zone), day_begins(add_months(first, 1), zone)


def tidy_name(text: str) -> str:
    """A giver's name fit to be shown, ``""`` for none. Raises ``WrongName``."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > LONGEST_NAME:
        raise WrongName(f"Keep the name within {LONGEST_NAME} characters.")
    if not all(sign in _NAME_SIGNS or unicodedata.category(sign)[0] in "LM" for sign in name):
        raise WrongName("Use letters and spaces only; a full stop or a hyphen is fine too.")
    return name


def check_terms(*, devices: int, days: int) -> None:
    """Raises ``WrongTerms`` for a link that staff may not make."""
    if not 1 <= devices <= MOST_DEVICES:
        raise WrongTerms(f"A link opens for 1 to {MOST_DEVICES:,} devices.")
    if not 1 <= days <= MOST_DAYS:
        raise WrongTerms(f"A link lives for 1 to {MOST_DAYS} days.")
