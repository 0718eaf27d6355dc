"""The reader pass: who is signed in and what they hold, carried to the gate for five minutes.

``2.EXPIRES.READER.KIND.BENEFITS.SEGMENTS.CROWDED.SESSION.MAC`` with benefits and segments joined by
``+``. The signature covers the session cookie it was made for, so a pass is worth nothing beside
another session. A pass for reader 0 says: this session is nobody's, do not ask again for five
minutes. A crowded pass holds its benefits back, because the account is in use in too many places
at once, and lives one minute only. A reader with a seat in a licence has it before the session, in
form ``3``. The first form, ``1`` without segments and crowd, is still read.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2s

from broadsheet.domain.meter import Reader, ReaderKind

ENVIRON_KEY = "broadsheet.pass"
PATH = "/account/pass/"
LONGEST = 512
CROWDED = "crowded"
CROWDED_SECONDS = 60
"""How long a pass lives that holds its benefits back."""
PLACE_SECONDS = 540
"""How long a place in which an account is in use is kept for it. Together ten minutes: nobody whose
other places have gone quiet is held back longer.
"""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class UnreadablePass(ValueError):  # noqa: N818
    """Django's answer about a session does not have the agreed form."""


@dataclass(frozen=True, slots=True)
class ReaderPass:
    """A signed-in reader until ``expires_at`` (seconds since 1970). ``reader_id`` 0 is nobody."""

    reader_id: int
    reader: Reader
    session: str
    expires_at: int
    licence: int = 0
    """The licence in which the reader has a seat, 0 for none."""

    @property
    def reader_key(self) -> str:
        """Under what the reader's reads are counted, on every device."""
        return f"r{self.reader_id}"

    def crowd(self, expires_at: int) -> ReaderPass:
        """The same pass with its benefits held back until it expires."""
        return replace(self, reader=replace(self.reader, crowded=True), expires_at=expires_at)


def hash_session(session_key: str) -> str:
    """The short name of a session; it cannot be turned back into the session's key."""
    return blake2s(session_key.encode(), person=b"session", digest_size=8).hexdigest()


def make_pass(answer: bytes, *, session_cookie: str, expires_at: int) -> ReaderPass:
    """Turn Django's answer at ``PATH`` into a pass. Raises ``UnreadablePass``."""
    try:
        facts = json.loads(answer)
        reader_id = int(facts["reader"] or 0)
        benefits = _read_names(facts["benefits"])
        segments = _read_names(facts.get("segments", ()))
        kind = ReaderKind(facts["kind"]) if reader_id else ReaderKind.ANONYMOUS
        session = str(facts.get("session") or hash_session(session_cookie))
        licence = int(facts.get("licence") or 0)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadablePass(f"not the facts of a session: {answer[:80]!r}") from error
    reader = Reader(kind, benefits, segments) if reader_id else Reader()
    return ReaderPass(reader_id, reader, session, expires_at, licence if reader_id else 0)


def write_pass(key: bytes, reader_pass: ReaderPass, session_cookie: str) -> str:
    """The cookie's value."""
    reader = reader_pass.reader
    form, licence = ("3", f"{reader_pass.licence}.") if reader_pass.licence else ("2", "")
    signed = (
        f"{form}.{reader_pass.expires_at}.{reader_pass.reader_id}.{reader.kind}."
        f"{'+'.join(sorted(reader.benefits))}.{'+'.join(sorted(reader.segments))}."
        f"{CROWDED if reader.crowded else ''}.{licence}{reader_pass.session}"
    )
    return f"{signed}.{_sign(key, signed, session_cookie)}"


def read_pass(key: bytes, text: str, session_cookie: str, now: float) -> ReaderPass | None:
    """Read a cookie's value; ``None`` if it is forged, expired or of another session."""
    if len(text) > LONGEST or not text.isascii():
        return None
    signed, _, mac = text.rpartition(".")
    if not hmac.compare_digest(_sign(key, signed, session_cookie), mac):
        return None
    form, expires_at, reader_id, kind, benefits, *more, session = signed.split(".")
    if now >= int(expires_at):
        return None
    segments, crowded, licence = [*more, "0"][:3] if form != "1" else ("", "", "0")
    reader = Reader(
        ReaderKind(kind), _split(benefits), _split(segments), crowded=crowded == CROWDED
    )
    return ReaderPass(int(reader_id), reader, session, int(expires_at), int(licence))


def _split(names: str) -> frozenset[str]:
    return frozenset(names.split("+")) if names else frozenset()


def _read_names(names: Iterable[object]) -> frozenset[str]:
    """Short names, as a cookie can hold them. Raises ``ValueError``."""
    read = frozenset(str(name) for name in names)
    if any(not _NAME.fullmatch(name) for name in read):
        raise ValueError("a name that no pass can hold")
    return read


def _sign(key: bytes, signed: str, session_cookie: str) -> str:
    return blake2s(f"{signed}|{session_cookie}".encode(), key=key, digest_size=16).hexdigest()
