"""The reader pass: who is signed in and what they hold, carried to the gate for five minutes.

``1.EXPIRES.READER.KIND.BENEFITS.SESSION.MAC`` with the benefits joined by ``+``. The signature
covers the session cookie it was made for, so a pass is worth nothing beside another session.
A pass for reader 0 says: this session is nobody's, do not ask again for five minutes.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from hashlib import blake2s

from broadsheet.domain.meter import Reader, ReaderKind

ENVIRON_KEY = "broadsheet.pass"
PATH = "/account/pass/"
LONGEST = 512


class UnreadablePass(ValueError):  # noqa: N818
    """Django's answer about a session does not have the agreed form."""


@dataclass(frozen=True, slots=True)
class ReaderPass:
    """A signed-in reader until ``expires_at`` (seconds since 1970). ``reader_id`` 0 is nobody."""

    reader_id: int
    reader: Reader
    session: str
    expires_at: int

    @property
    def reader_key(self) -> str:
        """Under what the reader's reads are counted, on every device."""
        return f"r{self.reader_id}"


def hash_session(session_key: str) -> str:
    """The short name of a session; it cannot be turned back into the session's key."""
    return blake2s(session_key.encode(), person=b"session", digest_size=8).hexdigest()


def make_pass(answer: bytes, *, session_cookie: str, expires_at: int) -> ReaderPass:
    """Turn Django's answer at ``PATH`` into a pass. Raises ``UnreadablePass``."""
    try:
        facts = json.loads(answer)
        reader_id = int(facts["reader"] or 0)
        benefits = frozenset(str(benefit) for benefit in facts["benefits"])
        kind = ReaderKind(facts["kind"]) if reader_id else ReaderKind.ANONYMOUS
        session = str(facts.get("session") or hash_session(session_cookie))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadablePass(f"not the facts of a session: {answer[:80]!r}") from error
    reader = Reader(kind=kind, benefits=benefits if reader_id else frozenset())
    return ReaderPass(reader_id, reader, session, expires_at)


def write_pass(key: bytes, reader_pass: ReaderPass, session_cookie: str) -> str:
    """The cookie's value."""
    benefits = "+".join(sorted(reader_pass.reader.benefits))
    signed = (
        f"1.{reader_pass.expires_at}.{reader_pass.reader_id}.{reader_pass.reader.kind}."
        f"{benefits}.{reader_pass.session}"
    )
    return f"{signed}.{_sign(key, signed, session_cookie)}"


def read_pass(key: bytes, text: str, session_cookie: str, now: float) -> ReaderPass | None:
    """Read a cookie's value; ``None`` if it is forged, expired or of another session."""
    if len(text) > LONGEST or not text.isascii():
        return None
    signed, _, mac = text.rpartition(".")
    if not hmac.compare_digest(_sign(key, signed, session_cookie), mac):
        return None
    _, expires_at, reader_id, kind, benefits, session = signed.split(".")
    if now >= int(expires_at):
        return None
    held = frozenset(benefits.split("+")) if benefits else frozenset()
    return ReaderPass(int(reader_id), Reader(ReaderKind(kind), held), session, int(expires_at))


def _sign(key: bytes, signed: str, session_cookie: str) -> str:
    return blake2s(f"{signed}|{session_cookie}".encode(), key=key, digest_size=16).hexdigest()
