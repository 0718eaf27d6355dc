"""Posters by their address."""

from __future__ import annotations

from django.conf import settings

from broadsheet.apps.licences.models import Poster
from broadsheet.protocol import keys
from broadsheet.protocol.licences import read_poster, write_poster


def write_poster_path(poster: Poster) -> str:
    """The address in a poster's code."""
    text = write_poster(_key(), poster.pk, int(poster.expires_at.timestamp()))
    return f"/account/day-pass/{text}/"


def find_poster(text: str) -> Poster | None:
    """The poster whose address this is, over or not; ``None`` if we never wrote it."""
    found = read_poster(_key(), text)
    if found is None:
        return None
    return Poster.objects.select_related("licence").filter(pk=found[0]).first()


def _key() -> bytes:
    return keys.derive_key(settings.PLANT.secret_key, keys.LICENCE)
