"""What is asked of advertising."""

from __future__ import annotations

from broadsheet.apps.advertising.models import HouseAd


def find_house_ad(slot: str) -> HouseAd | None:
    """The advertisement that stands in ``slot`` now: the shown one with the lowest turn."""
    return HouseAd.objects.filter(slot=slot, active=True).order_by("position", "pk").first()


def list_house_ads() -> list[HouseAd]:
    """Every house advertisement, by slot and turn."""
    return list(HouseAd.objects.order_by("slot", "position", "pk"))
