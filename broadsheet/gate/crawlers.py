"""Crawlers known by their address, never by their name alone.

A request counts as a crawler's if it says so and comes from where the crawler's owner says it comes
from: from an address on the list in ``HOME/crawlers/`` (``googlebot.json`` as published), or, where
no list lies there, from one whose name is of the owner's domain and leads back to it. Names are
looked up in the background, so the first request of an address is anybody's.

Only crawlers that may be given the full text are known here. The owner's other programs are not:
one that fetches what a person asked for shows the text to that person.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from broadsheet.protocol.address_list import AddressList, UnreadableList, read_address_list
from broadsheet.protocol.proxies import Address, read_address

log = logging.getLogger(__name__)
HELD = 4_096
"""Addresses whose name was looked up that are remembered."""
WAITING = 256
"""Addresses that may wait to be looked up; beyond that they stay strangers for now."""
VERIFIED_SECONDS = 86_400.0
STRANGER_SECONDS = 3_600.0
UNSURE_SECONDS = 60.0
STOP_SECONDS = 1.0
NAMES = 4
"""Names of one address that are followed."""
LONGEST_AGENT = 512
_NAMELESS: Mapping[type[OSError], tuple[int, ...]] = {
    socket.herror: (1, 4),
    socket.gaierror: (socket.EAI_NONAME, socket.EAI_NODATA),
}
"""What resolvers answer of addresses and names that are not there."""


@dataclass(frozen=True, slots=True)
class Crawler:
    """One program: what it calls itself, what its owner's others leave behind, where it lives."""

    name: str
    agent: re.Pattern[str]
    innocent: re.Pattern[str]
    """Words of the owner's that may stand beside the name; any other is another program's."""
    owner: str
    domain: str

    def is_claimed(self, agent: str) -> bool:
        """Whether a User-Agent header says that it is this program and no other of its owner."""
        if not self.agent.search(agent) or len(agent) > LONGEST_AGENT:
            return False
        rest = self.innocent.sub("", self.agent.sub("", agent)).lower()
        return self.owner not in rest and "lighthouse" not in rest


GOOGLEBOT = Crawler(
    name="googlebot",
    agent=re.compile(r"(?<![\w-])Googlebot/2\.\d+(?![\w.-])"),
    innocent=re.compile(r"\+?https?://www\.google\.com/bot\.html"),
    owner="google",
    domain=".googlebot.com",
)
CRAWLERS = {GOOGLEBOT.name: GOOGLEBOT}


class CannotLookUp(Exception):  # noqa: N818
    """The names of an address cannot be had just now; a retry may help."""


class Resolver(Protocol):
    """Where names are looked up. Both raise ``CannotLookUp``; what has no name has none."""

    def find_names(self, address: str) -> tuple[str, ...]:
        """The names of an address."""

    def find_addresses(self, name: str) -> frozenset[str]:
        """The addresses of a name."""


class SystemResolver:
    """The machine's own resolver."""

    def find_names(self, address: str) -> tuple[str, ...]:
        try:
            name, others, _ = socket.gethostbyaddr(address)
        except OSError as error:
            return _no_name(error)
        return (name, *others)

    def find_addresses(self, name: str) -> frozenset[str]:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            return frozenset(_no_name(error))
        return frozenset(str(row[4][0]) for row in found)


class Crawlers:
    """Says whether an address is a crawler's; ``clock`` counts seconds."""

    def __init__(
        self,
        folder: Path,
        *,
        resolver: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._resolver = resolver or SystemResolver()
        self._clock = clock
        self._lists: dict[str, tuple[tuple[int, ...], AddressList | None]] = {}
        self._known: OrderedDict[tuple[str, str], tuple[bool, float]] = OrderedDict()
        self._asked: queue.Queue[tuple[Crawler, str] | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._in_trouble = False

    def is_verified(self, crawler: Crawler, address: Address | None) -> bool:
        """Whether an address is the crawler's; that the request claims so comes first."""
        if address is None:
            return False
        listed, published = self._find_list(crawler)
        if listed:
            return published is not None and published.holds(address)
        return self._is_known(crawler, str(address))

    def stop(self) -> None:
        """End the looking up; a look-up that hangs is left behind."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()
        self._asked.put(None)
        thread.join(STOP_SECONDS)

    def _find_list(self, crawler: Crawler) -> tuple[bool, AddressList | None]:
        """Whether a list lies there, and what it says; an unreadable one verifies nobody."""
        path = self._folder / f"{crawler.name}.json"
        try:
            stat = path.stat()
        except OSError:
            return False, None
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        held = self._lists.get(crawler.name)
        if held is None or held[0] != seen:
            held = self._lists[crawler.name] = (seen, _read_list(path))
        return True, held[1]

    def _is_known(self, crawler: Crawler, address: str) -> bool:
        key = (crawler.name, address)
        now = self._clock()
        with self._lock:
            held = self._known.get(key)
            if held is not None and now < held[1]:
                return held[0]
            self._keep(key, verified=held is not None and held[0], until=now + UNSURE_SECONDS)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gate-crawlers", daemon=True)
                self._thread.start()
        with contextlib.suppress(queue.Full):
            self._asked.put_nowait((crawler, address))
        return held is not None and held[0]

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            crawler, address = asked
            try:
                verified = is_by_name(crawler, address, self._resolver)
                seconds = VERIFIED_SECONDS if verified else STRANGER_SECONDS
            except CannotLookUp as error:
                if not self._in_trouble:
                    log.warning("crawlers cannot be looked up, they are strangers: %s", error)
                self._in_trouble = True
                continue
            self._in_trouble = False
            with self._lock:
                until = self._clock() + seconds
                self._keep((crawler.name, address), verified=verified, until=until)

    def _keep(self, key: tuple[str, str], *, verified: bool, until: float) -> None:
        self._known[key] = (verified, until)
        self._known.move_to_end(key)
        while len(self._known) > HELD:
            self._known.popitem(last=False)


def is_by_name(crawler: Crawler, address: str, resolver: Resolver) -> bool:
    """Whether an address has a name of the crawler's domain that leads back to the address.

    Raises ``CannotLookUp``.
    """
    for written in resolver.find_names(address)[:NAMES]:
        name = written.rstrip(".").lower()
        if name.endswith(crawler.domain) and read_address(address) in {
            read_address(found) for found in resolver.find_addresses(name)
        }:
            return True
    return False


def _read_list(path: Path) -> AddressList | None:
    try:
        return read_address_list(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, UnreadableList) as error:
        log.error("%s cannot be read, so nobody is verified by it: %s", path, error)  # noqa: TRY400
        return None


def _no_name(error: OSError | UnicodeError) -> tuple[str, ...]:
    """No names, where that is what the error says."""
    if isinstance(error, UnicodeError) or error.errno in _NAMELESS.get(type(error), ()):
        return ()
    raise CannotLookUp(str(error)) from error
