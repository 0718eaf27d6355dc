"""What stands where a stopped story breaks off: why, what is left, what it costs, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from broadsheet.apps.plans.queries import Offer, list_offers
from broadsheet.domain.meter import Reason
from broadsheet.plumbing.clock import now
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.web.reader.templatetags.paper import first_sentence

COUNTED = frozenset({Reason.ALLOWANCE_SPENT, Reason.REGISTER_TO_GO_ON})
"""The stops that tell how many stories were read."""


@dataclass(frozen=True, slots=True)
class Wall:
    """``kind`` is limit, registration or premium; ``headline`` and ``rest`` are the publisher's.

    ``days`` is the length of a rolling window, else 0; ``since`` the first day of any other.
    """

    kind: str
    reason: str
    code: str
    headline: str
    rest: str
    limit: int
    days: int
    resets_on: date | None
    since: date | None
    words_left: int
    offers: tuple[Offer, ...]
    chosen: str

    @property
    def has_rounded(self) -> bool:
        return any(offer.is_rounded for offer in self.offers)


def build_wall(wanted: RenditionRequest, words_left: int, message: str | None = None) -> Wall:
    """The wall of one variant; the same for all its readers.

    ``message`` stands in for the policy's own, where one is tried that is not kept yet.
    """
    offers = list_offers(now())
    reason = find_reason(wanted)
    headline, rest = _message(wanted, reason, message)
    days = _rolling_days(wanted.window)
    return Wall(
        kind=wanted.wall or "limit",
        reason=reason,
        code=wanted.code,
        headline=headline,
        rest=rest,
        limit=wanted.limit if reason in COUNTED else 0,
        days=days,
        resets_on=wanted.resets_on,
        since=None if days else _window_start(wanted.window),
        words_left=words_left,
        offers=offers,
        chosen=choose_offer(offers),
    )


def choose_offer(offers: tuple[Offer, ...]) -> str:
    """The plan that is chosen when the page opens: the one in the middle."""
    return offers[len(offers) // 2].code if offers else ""


def find_reason(wanted: RenditionRequest) -> str:
    """Why the wall stands there; a request that does not say so is read by its wall."""
    if wanted.reason:
        return wanted.reason
    if wanted.wall == "premium":
        return Reason.PREMIUM_NEEDED
    if wanted.wall == "registration":
        return Reason.REGISTRATION_NEEDED
    return Reason.ALLOWANCE_SPENT if wanted.limit else Reason.COUNT_UNAVAILABLE


def _rolling_days(window: str) -> int:
    kind, _, days = window.partition("-")
    return int(days) if kind == "rolling" else 0


def _window_start(window: str) -> date | None:
    """The first day of a month (``2026-11``) or a week (``2026-W48``)."""
    year, _, rest = window.partition("-")
    try:
        if rest.startswith("W"):
            return date.fromisocalendar(int(year), int(rest[1:]), 1)
        return date.fromisoformat(f"{window}-01")
    except ValueError:
        return None


def _message(wanted: RenditionRequest, reason: str, message: str | None) -> tuple[str, str]:
    """The publisher's words to this reader: the first sentence, and the rest."""
    from broadsheet.apps.meter.queries import fill_words, find_words

    if wanted.resets_on is None or (reason in COUNTED and not wanted.limit):
        return "", ""
    if message is None:
        message = find_words(policy=wanted.policy, reason=reason)
    text = fill_words(message, limit=wanted.limit, resets_on=wanted.resets_on).strip()
    headline = first_sentence(text)
    return headline.removesuffix("."), text[len(headline) :].strip()
