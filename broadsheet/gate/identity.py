"""Who asks: a reader pass for the signed-in, an opaque device id for everybody else.

What cannot be verified (forged, damaged, too old, too long) is not there: its bearer is a new
anonymous reader, who draws from the budget of their network (``gate.networks``). Nothing of the
client's browser is looked at.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from broadsheet.counters.contract import ReadStore, StoreUnavailable
from broadsheet.domain.meter import UNLIMITED
from broadsheet.gate.answers import Audience, Period, Served, is_signed_in
from broadsheet.gate.licences import LicensedNetworks, refresh_mark
from broadsheet.gate.networks import Networks
from broadsheet.gate.settings import GateSettings
from broadsheet.gate.upstream import Environ, Headers, Upstream
from broadsheet.protocol import cookies, keys, reader_pass
from broadsheet.protocol.device import (
    Device,
    mark_met,
    read_device,
    rotate_device,
    write_device,
)
from broadsheet.protocol.licences import CAMPUS, DeviceMark, read_mark, write_mark
from broadsheet.protocol.link import Lent, read_lent, write_lent
from broadsheet.protocol.reader_pass import ReaderPass, UnreadablePass

log = logging.getLogger(__name__)
LONGEST_HEADER = 8_192
"""Characters of a Cookie header that are looked at; a longer one counts as none."""
HEADERS_HELD = 4_096
SHORT_HEADER = 1_024
"""Cookie headers of up to so many characters are kept as read: a reader opens several pages."""
OK = 200


class Visitor:
    """One request's reader: how the meter sees them, under what they count, cookies to set."""

    __slots__ = (
        "also",
        "audience",
        "device",
        "is_stranger",
        "lent",
        "licence",
        "reader_key",
        "set_cookies",
        "shown",
    )

    def __init__(
        self, audience: Audience, device: Device, reader_key: str, shown: str, is_stranger: bool
    ) -> None:
        self.audience = audience
        self.device = device
        self.is_stranger = is_stranger
        self.reader_key = reader_key
        self.also = ""
        self.licence = 0
        self.lent: tuple[Lent, ...] = ()
        self.shown = shown
        self.set_cookies: Headers | None = None

    def set_cookie(self, value: str) -> None:
        if self.set_cookies is None:
            self.set_cookies = []
        self.set_cookies.append(("Set-Cookie", value))


class Presented(NamedTuple):
    """What a Cookie header holds, verified; a pass may have expired since."""

    device: Device | None
    reader_key: str
    shown: str
    session: str
    held: ReaderPass | None
    lent: tuple[Lent, ...] = ()
    mark: DeviceMark | None = None
    through: str = ""


class Identity:
    """Reads the cookies of requests and writes those of answers."""

    def __init__(
        self, settings: GateSettings, upstream: Upstream, store: ReadStore, networks: Networks
    ) -> None:
        self._upstream = upstream
        self._store = store
        self._networks = networks
        self._secure = settings.secure
        self._device_key = keys.derive_key(settings.secret, keys.DEVICE)
        self._pass_key = keys.derive_key(settings.secret, keys.PASS)
        self._lent_key = keys.derive_key(settings.secret, keys.LENT)
        self._mark_key = keys.derive_key(settings.secret, keys.LICENCE)
        (
            self._device,
            self._pass,
            self._session,
            self._shown,
            self._lent,
            self._mark,
            self._through,
        ) = (
            cookies.name_cookie(name, secure=settings.secure) + "="
            for name in (
                cookies.DEVICE,
                cookies.PASS,
                cookies.SESSION,
                cookies.SHOWN,
                cookies.LENT,
                cookies.LICENCE,
                cookies.THROUGH,
            )
        )
        self._read_held = lru_cache(maxsize=HEADERS_HELD)(self._read)

    def identify(self, environ: Environ, period: Period, now: float) -> Visitor:
        """Who asks, at ``now`` (seconds since 1970)."""
        header: str = environ.get("HTTP_COOKIE", "")
        today = int(now // cookies.DAY_SECONDS)
        read = self._read_held if len(header) <= SHORT_HEADER else self._read
        presented = read(header, today)
        device, reader_key, shown, session, _, lent, mark, _ = presented
        is_stranger = device is None
        if device is None:
            device = Device(secrets.token_hex(16), today, admitted=False)
            reader_key = device.reader_key
        visitor = Visitor(period.anonymous, device, reader_key, shown, is_stranger)
        visitor.lent = lent
        if session:
            signed_in = self._find_pass(header, presented, visitor, period, now)
            if signed_in is not None and signed_in.reader_id:
                visitor.audience = period.get_audience(signed_in.reader)
                visitor.reader_key = signed_in.reader_key
                visitor.licence = signed_in.licence
                if UNLIMITED not in signed_in.reader.benefits:
                    visitor.device = device = self._meet(device, signed_in, period, today)
                    visitor.also = device.reader_key
        licences = self._networks.licences
        if licences is not None:
            mark = self._find_licence(licences, environ, visitor, presented, period=period, now=now)
        if period.countries:
            country = self._networks.find_country(environ)
            visitor.audience = period.get_audience(
                replace(visitor.audience.reader, country=country)
            )
        if device is not presented.device:
            self._set_device(visitor, device)
            if lent:
                self._set_lent(visitor, device, now)
        if mark is not None and (mark is not presented.mark or device is not presented.device):
            self._set_mark(visitor, device, mark, now)
        return visitor

    def _find_licence(
        self,
        licences: LicensedNetworks,
        environ: Environ,
        visitor: Visitor,
        presented: Presented,
        *,
        period: Period,
        now: float,
    ) -> DeviceMark | None:
        """Let the visitor read by the licence of their network, else of their device; the mark
        that the device is to carry.
        """
        mark = presented.mark
        licence = licences.find_on_campus(environ, now)
        off_campus = licence is None
        if licence is not None:
            mark = refresh_mark(mark, licence, now)
        elif mark is not None:
            licence = licences.find_by_mark(mark, now)
        if licence is not None:
            visitor.licence = licence.id
            visitor.audience = period.get_licensed(
                visitor.audience, licence.benefits, off_campus=off_campus
            )
        through = "" if licence is None else licence.shown_as
        if through != presented.through:
            visitor.set_cookie(
                cookies.write_cookie(
                    self._through[:-1],
                    through,
                    max_age=cookies.DAY_SECONDS if through else 0,
                    secure=self._secure,
                    http_only=False,
                )
            )
        return mark

    def _read(self, header: str, today: int) -> Presented:
        """What a Cookie header holds that can be verified; a too long one holds nothing."""
        if len(header) > LONGEST_HEADER:
            return Presented(None, "", "", "", None)
        device = read_device(self._device_key, find_cookie(header, self._device), today)
        session = find_cookie(header, self._session)
        text = find_cookie(header, self._pass) if session else ""
        lent = find_cookie(header, self._lent) if device else ""
        mark = find_cookie(header, self._mark) if device else ""
        return Presented(
            device,
            device.reader_key if device else "",
            find_cookie(header, self._shown),
            session,
            reader_pass.read_pass(self._pass_key, text, session, 0) if text else None,
            read_lent(self._lent_key, lent, device.id) if device and lent else (),
            read_mark(self._mark_key, mark, device.id) if device and mark else None,
            find_cookie(header, self._through),
        )

    def _find_pass(
        self,
        header: str,
        presented: Presented,
        visitor: Visitor,
        period: Period,
        now: float,
    ) -> ReaderPass | None:
        session, held = presented.session, presented.held
        if held is None or now >= held.expires_at:
            held = self._ask(header, session, int(now) + cookies.PASS_SECONDS)
            if held is not None:
                held = self._take_place(held, period, now)
                visitor.set_cookie(
                    cookies.write_cookie(
                        self._pass[:-1],
                        reader_pass.write_pass(self._pass_key, held, session),
                        max_age=held.expires_at - int(now),
                        secure=self._secure,
                    )
                )
        if held is not None and held.reader_id and held.session in period.revoked:
            return None
        return held

    def _ask(self, header: str, session: str, expires_at: int) -> ReaderPass | None:
        """Ask Django whose session this is; nobody's, if it cannot say."""
        answer = self._upstream.fetch(
            reader_pass.PATH, key=reader_pass.ENVIRON_KEY, value="1", cookie=header
        )
        if answer.status != OK:
            log.error("%s answered %s", reader_pass.PATH, answer.status)
            return None
        try:
            return reader_pass.make_pass(answer.body, session_cookie=session, expires_at=expires_at)
        except UnreadablePass as error:
            log.error("%s: %s", reader_pass.PATH, error)  # noqa: TRY400
            return None

    def _take_place(self, held: ReaderPass, period: Period, now: float) -> ReaderPass:
        """Note where an account is in use; with too many places at once its benefits are held back.

        While the store fails everybody has a place.
        """
        most = period.snapshot.readers_at_once
        if not (most and held.reader.benefits):
            return held
        try:
            has_place = self._store.touch(
                held.reader_key, held.session, now, within=reader_pass.PLACE_SECONDS, most=most
            )
        except StoreUnavailable:
            return held
        return held if has_place else held.crowd(int(now) + reader_pass.CROWDED_SECONDS)

    def _meet(self, device: Device, signed_in: ReaderPass, period: Period, today: int) -> Device:
        """Unite device and reader where they first meet; the device to go on with.

        It gets a fresh id that starts with the union and is told of every later read, so signing
        out wins nothing; the old id keeps its set, so a kept copy of the cookie wins nothing.
        """
        if device.met == mark_met(self._device_key, signed_in.session):
            return device
        fresh = rotate_device(self._device_key, device, signed_in.session, today)
        try:
            for tally in period.tallies:
                self._store.unite(
                    tally,
                    source=device.reader_key,
                    into=signed_in.reader_key,
                    fresh=fresh.reader_key,
                )
        except StoreUnavailable:
            return device  # not met yet: the next request tries again
        return fresh

    def admit(self, visitor: Visitor) -> None:
        """Mark the visitor's device as one that drew from its network's budget."""
        visitor.device = visitor.device._replace(admitted=True)
        visitor.set_cookies = [
            line for line in visitor.set_cookies or () if not line[1].startswith(self._device)
        ]
        self._set_device(visitor, visitor.device)

    def _set_device(self, visitor: Visitor, device: Device) -> None:
        visitor.set_cookie(
            cookies.write_cookie(
                self._device[:-1],
                write_device(self._device_key, device),
                max_age=cookies.DEVICE_DAYS * cookies.DAY_SECONDS,
                secure=self._secure,
            )
        )

    def _set_lent(self, visitor: Visitor, device: Device, now: float) -> None:
        """What a device was lent goes on with it under its fresh id."""
        ends_at = max(one.expires_at for one in visitor.lent)
        if now < ends_at:
            visitor.set_cookie(
                cookies.write_cookie(
                    self._lent[:-1],
                    write_lent(self._lent_key, visitor.lent, device.id),
                    max_age=int(ends_at - now),
                    secure=self._secure,
                )
            )

    def _set_mark(self, visitor: Visitor, device: Device, mark: DeviceMark, now: float) -> None:
        """What a licence gives a device goes on with it; a day pass until it is over."""
        life = cookies.DEVICE_DAYS * cookies.DAY_SECONDS
        if mark.kind != CAMPUS:
            life = int(mark.at - now)
        if life > 0:
            visitor.set_cookie(
                cookies.write_cookie(
                    self._mark[:-1],
                    write_mark(self._mark_key, mark, device.id),
                    max_age=life,
                    secure=self._secure,
                )
            )

    def is_shown_due(self, visitor: Visitor, served: Served) -> bool:
        """Whether the display-only cookie must change: after a count, or when the kind did."""
        if served.is_counted:
            return visitor.shown != served.shown
        return self._is_kind_due(visitor)

    def write_shown(self, served: Served) -> tuple[str, str]:
        """The display-only cookie: ``used.limit.resets_on.kind``, for a few lines of script."""
        if served.shown_cookie is None:
            served.shown_cookie = self._write_shown(served.shown)
        return served.shown_cookie

    def write_kind(self, visitor: Visitor) -> Headers:
        """The same cookie for a page that is no story, if the reader's kind changed."""
        if not self._is_kind_due(visitor):
            return []
        period = visitor.audience.period
        return [self._write_shown(f"0.0.{period.resets_on}{visitor.audience.tail}")]

    def _is_kind_due(self, visitor: Visitor) -> bool:
        if visitor.shown.endswith(visitor.audience.tail):
            return False
        return bool(visitor.shown) or is_signed_in(visitor.audience.reader)

    def _write_shown(self, value: str) -> tuple[str, str]:
        return (
            "Set-Cookie",
            cookies.write_cookie(
                self._shown[:-1],
                value,
                max_age=cookies.DEVICE_DAYS * cookies.DAY_SECONDS,
                secure=self._secure,
                http_only=False,
            ),
        )


def find_cookie(header: str, name: str) -> str:
    """The first value of a cookie in a Cookie header, ``""`` if absent. ``name`` ends with ``=``."""
    at = header.find(name)
    while at > 0 and header[at - 1] not in "; ":
        at = header.find(name, at + 1)
    if at < 0:
        return ""
    end = header.find(";", at)
    return header[at + len(name) : end if end >= 0 else len(header)]
