"""House advertisements, on pages that carry any."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from broadsheet.apps.advertising.models import AdSlot, HouseAd
from broadsheet.apps.advertising.queries import find_house_ad
from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.domain.meter import AD_FREE
from broadsheet.plumbing.clock import now


def find_front_ad(request: HttpRequest) -> HouseAd | None:
    """The front page's, unless this reader's plan frees them of advertisements."""
    return None if is_ad_free(request) else find_house_ad(AdSlot.FRONT)


def find_story_ad() -> HouseAd | None:
    """A story's: the same for every reader of the variant, so nobody is looked at."""
    return find_house_ad(AdSlot.STORY)


def is_ad_free(request: HttpRequest) -> bool:
    """Asks the database only for readers who are signed in, and opens no session to see who is."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    reader = getattr(request.user, "reader", None) if request.user.is_authenticated else None
    return reader is not None and AD_FREE in list_benefits(reader.pk, now())
