"""The cookies of lending: the device that opens, what it was lent, and who gave it, for show."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import quote, unquote

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broadsheet.protocol import cookies, keys
from broadsheet.protocol.device import Device, read_device, write_device
from broadsheet.protocol.link import Lent, add_lent, read_lent, write_lent

THE_PAPER = "*"
"""Stands in the show cookie where not a reader gave the story but the paper."""
LONGEST_GIVEN = 2_000
_BETWEEN = "~"


def find_device(request: HttpRequest, now: datetime) -> Device | None:
    """The browser's device, if its cookie is genuine."""
    text = request.COOKIES.get(_name(cookies.DEVICE), "")
    return read_device(_key(keys.DEVICE), text, _day(now))


def issue_device(response: HttpResponseBase, now: datetime) -> Device:
    """Give the browser a device of its own, as the gate would at its first page."""
    device = Device(secrets.token_hex(16), _day(now), admitted=False)
    life = cookies.DEVICE_DAYS * cookies.DAY_SECONDS
    _set(response, cookies.DEVICE, write_device(_key(keys.DEVICE), device), life)
    return device


def list_lent(request: HttpRequest, device: Device) -> tuple[Lent, ...]:
    """What this device was lent, over or not."""
    return read_lent(_key(keys.LENT), request.COOKIES.get(_name(cookies.LENT), ""), device.id)


def note_lent(
    response: HttpResponseBase,
    request: HttpRequest,
    device: Device,
    *,
    fresh: Lent,
    giver: str,
    now: datetime,
) -> None:
    """Lend the device one story more, and note for its page who gave it."""
    seconds = now.timestamp()
    held = add_lent(list_lent(request, device), fresh, seconds)
    life = int(max(one.expires_at for one in held) - seconds)
    _set(response, cookies.LENT, write_lent(_key(keys.LENT), held, device.id), life)
    names = {**_read_given(request), fresh.story_id: giver}
    shown = _BETWEEN.join(
        f"{one.story_id}.{quote(names[one.story_id], safe='')}"
        for one in held
        if one.story_id in names
    )
    _set(response, cookies.GIVEN, shown, life, http_only=False)


def _read_given(request: HttpRequest) -> dict[int, str]:
    text = request.COOKIES.get(_name(cookies.GIVEN), "")
    if len(text) > LONGEST_GIVEN:
        return {}
    parts = (one.partition(".") for one in text.split(_BETWEEN))
    return {
        int(story): unquote(name) for story, _, name in parts if story.isascii() and story.isdigit()
    }


def _set(
    response: HttpResponseBase, cookie: str, value: str, life: int, *, http_only: bool = True
) -> None:
    response.set_cookie(
        _name(cookie),
        value,
        max_age=life,
        secure=settings.PLANT.secure,
        httponly=http_only,
        samesite="Lax",
    )


def _name(cookie: str) -> str:
    return cookies.name_cookie(cookie, secure=settings.PLANT.secure)


def _key(purpose: str) -> bytes:
    return keys.derive_key(settings.PLANT.secret_key, purpose)


def _day(now: datetime) -> int:
    return int(now.timestamp() // cookies.DAY_SECONDS)
