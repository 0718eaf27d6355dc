"""Which country a request comes from: two capital letters, or ``""`` where it cannot be known.

The word of a trusted proxy's header, where the plant names one; else the operator's MMDB file. The
gate asks only where a policy in force names countries.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb

from broadsheet.gate.clients import Clients, name_key
from broadsheet.gate.upstream import Environ
from broadsheet.protocol.proxies import Address

log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
"""How often the file is looked at, to open it anew when it was replaced."""
UNKNOWN = ""
_NOWHERE = frozenset({"XX", "ZZ", "T1"})
"""What headers say of no country and of anonymising networks."""


class Countries:
    """Finds a request's country; ``clock`` counts seconds."""

    def __init__(
        self,
        clients: Clients,
        *,
        header: str,
        file: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._key = name_key(header) if header else ""
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._seen: tuple[int, ...] = ()
        self._reader: maxminddb.Reader | None = None
        self._told = False

    def find(self, environ: Environ) -> str:
        """The country of a request."""
        if self._key and self._clients.is_by_proxy(environ):
            said = read_country(environ.get(self._key, ""))
            if said:
                return said
        address = self._clients.find(environ)
        return UNKNOWN if address is None else self._look_up(address)

    def _look_up(self, address: Address) -> str:
        reader = self._open()
        if reader is None:
            return UNKNOWN
        try:
            return _read_record(reader.get(address))
        except (ValueError, maxminddb.InvalidDatabaseError) as error:
            if not self._told:
                log.warning("%s cannot answer for all: %s", self._file, type(error).__name__)
            self._told = True
            return UNKNOWN

    def _open(self) -> maxminddb.Reader | None:
        """The file, opened once and again when another was put in its place.

        The one before is let go and not closed: another thread may be reading it.
        """
        now = self._clock()
        if now - self._looked_at >= LOOK_SECONDS:
            with self._lock:
                self._looked_at = now
                seen = self._look()
                if seen != self._seen:
                    self._seen, self._told = seen, False
                    self._reader = self._read() if seen else None
        return self._reader

    def _look(self) -> tuple[int, ...]:
        try:
            stat = self._file.stat()
        except OSError:
            return ()
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def _read(self) -> maxminddb.Reader | None:
        try:
            return maxminddb.open_database(self._file)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            log.error("%s cannot be read, so no country is known: %s", self._file, error)  # noqa: TRY400
            return None


def read_country(text: str) -> str:
    """Two capital letters, or ``""`` for anything else and for codes of nowhere."""
    code = text.strip().upper()
    if len(code) == 2 and code.isascii() and code.isalpha() and code not in _NOWHERE:  # noqa: PLR2004
        return code
    return UNKNOWN


def _read_record(record: Any) -> str:
    """The code in a record: ``country.iso_code``, ``country_code`` or ``country``, by publisher."""
    if not isinstance(record, dict):
        return UNKNOWN
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else country
    return read_country(str(code or record.get("country_code") or ""))
