"""What is done in advertising."""

from __future__ import annotations

from broadsheet.apps.advertising.models import HouseAd


def ensure_house_ad(
    *, slot: str, headline: str, text: str, link: str, link_text: str, position: int = 1
) -> HouseAd:
    """The house advertisement with this headline in ``slot``, made if missing."""
    advertisement, _made = HouseAd.objects.get_or_create(
        slot=slot,
        headline=headline,
        defaults={"text": text, "link": link, "link_text": link_text, "position": position},
    )
    return advertisement
