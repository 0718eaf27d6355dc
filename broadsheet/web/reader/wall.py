"""What stands where a stopped story breaks off: why, what is left, what it costs, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from broadsheet.apps.plans.queries import Offer, list_offers
from broadsheet.plumbing.clock import now
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.web.reader.templatetags.paper import first_sentence


@dataclass(frozen=True, slots=True)
class Wall:
    """``kind`` is limit, registration or premium; ``headline`` and ``rest`` are the publisher's."""

    kind: str
    code: str
    headline: str
    rest: str
    limit: int
    resets_on: date | None
    since: date | None
    words_left: int
    offers: tuple[Offer, ...]
    chosen: str

    @property
    def has_rounded(self) -> bool:
        return any(offer.is_rounded for offer in self.offers)


def build_wall(wanted: RenditionRequest, words_left: int) -> Wall:
    """The wall of one variant; the same for all its readers."""
    offers = list_offers(now())
    headline, rest = _message(wanted)
    return Wall(
        kind=wanted.wall or "limit",
        code=wanted.code,
        headline=headline,
        rest=rest,
        limit=wanted.limit if wanted.wall == "limit" else 0,
        resets_on=wanted.resets_on,
        since=_window_start(wanted.window),
        words_left=words_left,
        offers=offers,
        chosen=choose_offer(offers),
    )


def choose_offer(offers: tuple[Offer, ...]) -> str:
    """The plan that is chosen when the page opens: the one in the middle."""
    return offers[len(offers) // 2].code if offers else ""


def _window_start(window: str) -> date | None:
    try:
        return date.fromisoformat(f"{window}-01")
    except ValueError:
        return None


def _message(wanted: RenditionRequest) -> tuple[str, str]:
    if wanted.wall != "limit" or not wanted.limit or wanted.resets_on is None:
        return "", ""
    from broadsheet.apps.meter.queries import render_message

    text = render_message(
        policy=wanted.policy,
        limit=wanted.limit,
        used=wanted.limit,
        remaining=0,
        resets_on=wanted.resets_on,
    ).strip()
    headline = first_sentence(text)
    return headline.removesuffix("."), text[len(headline) :].strip()
