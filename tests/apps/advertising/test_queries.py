"""One advertisement stands in a place: the shown one whose turn is first."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from broadsheet.apps.advertising.actions import ensure_house_ad
from broadsheet.apps.advertising.models import HouseAd
from broadsheet.apps.advertising.queries import find_house_ad, list_house_ads

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def _ad(slot: str, headline: str, position: int = 1, *, active: bool = True) -> HouseAd:
    return HouseAd.objects.create(
        slot=slot, headline=headline, link="/subscribe/", position=position, active=active
    )


def test_the_shown_one_with_the_lowest_turn_stands() -> None:
    _ad("front", "hidden", 1, active=False)
    second = _ad("front", "second", 2)
    _ad("front", "third", 3)
    _ad("story", "elsewhere", 1)
    assert find_house_ad("front") == second


def test_an_empty_place_stays_empty() -> None:
    _ad("story", "elsewhere")
    assert find_house_ad("front") is None


def test_they_are_listed_by_place_and_turn() -> None:
    b, a, c = _ad("front", "b", 2), _ad("front", "a", 1), _ad("story", "c", 1)
    assert list_house_ads() == [a, b, c]


def test_one_is_made_once() -> None:
    given = {
        "slot": "front",
        "headline": "Read more",
        "text": "All of it.",
        "link": "/subscribe/",
        "link_text": "See the plans",
    }
    first = ensure_house_ad(**given)
    assert ensure_house_ad(**given) == first
    assert (first.active, first.position, HouseAd.objects.count()) == (True, 1, 1)


@pytest.mark.parametrize(
    ("link", "right"),
    [
        ("/subscribe/", True),
        ("https://x.example/", True),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("javascript:alert(1)", False),
        ("http://x.example/", False),
    ],
)
def test_a_link_leads_here_or_by_https(link: str, right: bool) -> None:
    advertisement = HouseAd(slot="front", headline="A", link=link, link_text="See")
    if right:
        advertisement.full_clean()
        return
    with pytest.raises(ValidationError) as refused:
        advertisement.full_clean()
    assert list(refused.value.message_dict) == ["link"]
