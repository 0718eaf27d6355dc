"""By which organisation a request reads: its network, or what its device carries."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broadsheet.apps.licences.models import Licence
from broadsheet.apps.licences.queries import find_licence_at, find_licence_by_mark
from broadsheet.protocol import cookies, keys
from broadsheet.protocol.device import Device
from broadsheet.protocol.licences import DeviceMark, read_mark, write_mark
from broadsheet.web.reader.lent_cookie import find_device


def find_licence(request: HttpRequest, now: datetime) -> Licence | None:
    """The licence in force by which whoever asks reads without a seat."""
    here = find_licence_at(request.META.get("REMOTE_ADDR", ""), now)
    if here is not None:
        return here
    mark = find_mark(request, now)
    return find_licence_by_mark(mark, now) if mark is not None else None


def find_mark(request: HttpRequest, now: datetime) -> DeviceMark | None:
    """What the browser's device carries, if it is genuine."""
    device = find_device(request, now)
    text = request.COOKIES.get(_name(), "")
    return read_mark(_key(), text, device.id) if device is not None and text else None


def note_mark(response: HttpResponseBase, device: Device, mark: DeviceMark, now: datetime) -> None:
    """Let the device carry a day pass until it is over."""
    response.set_cookie(
        _name(),
        write_mark(_key(), mark, device.id),
        max_age=max(0, mark.at - int(now.timestamp())),
        secure=settings.PLANT.secure,
        httponly=True,
        samesite="Lax",
    )


def _name() -> str:
    return cookies.name_cookie(cookies.LICENCE, secure=settings.PLANT.secure)


def _key() -> bytes:
    return keys.derive_key(settings.PLANT.secret_key, keys.LICENCE)
