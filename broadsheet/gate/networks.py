"""What the gate learns of a request by where it comes from, each part only when it matters.

Whoever brings a valid device or pass costs nothing here, unless a policy names countries.
"""

from __future__ import annotations

import logging
from datetime import datetime

from broadsheet.counters.contract import ReadStore
from broadsheet.gate.budget import Budget
from broadsheet.gate.clients import Clients
from broadsheet.gate.countries import Countries
from broadsheet.gate.crawlers import CRAWLERS, Crawlers
from broadsheet.gate.licences import LicensedNetworks
from broadsheet.gate.settings import GateSettings
from broadsheet.gate.upstream import Environ
from broadsheet.protocol.licences import Licences
from broadsheet.protocol.snapshot import Snapshot

log = logging.getLogger(__name__)


class Networks:
    """Addresses, licences, budgets, crawlers and countries of one gate."""

    def __init__(self, settings: GateSettings, store: ReadStore) -> None:
        self._clients = Clients(settings.proxies)
        self._countries = Countries(
            self._clients, header=settings.country_header, file=settings.countries
        )
        self._crawlers = Crawlers(settings.crawlers)
        self._budget = Budget(settings.secret, store)
        self._sees_clients = settings.sees_clients
        self.licences: LicensedNetworks | None = None
        if not self._sees_clients:
            log.warning(
                "readers come through a proxy that BROADSHEET_TRUSTED_PROXIES does not name: no "
                "network can be told from another, so new readers are not limited by network"
            )

    def take_licences(self, told: Licences) -> None:
        """From now on these licences hold; without any a request is asked nothing."""
        self.licences = (
            LicensedNetworks(told, self._clients, sees_clients=self._sees_clients) if told else None
        )

    def hand_on(self, environ: Environ) -> Environ:
        """The request as Django gets it, the client as its peer."""
        return self._clients.hand_on(environ)

    def is_local(self, environ: Environ) -> bool:
        """Whether a program of this host asks for itself, as far as can be known."""
        address = self._clients.find(environ)
        return (
            address is not None
            and address.is_loopback
            and self._sees_clients
            and not self._clients.is_spoken_for(environ)
        )

    def find_country(self, environ: Environ) -> str:
        """Two capital letters, or ``""`` for unknown."""
        return self._countries.find(environ)

    def is_crawler(self, environ: Environ, snapshot: Snapshot) -> bool:
        """Whether this is a verified crawler to which the paper gives the full text."""
        crawler = CRAWLERS.get(snapshot.crawlers_read_full)
        if crawler is None:
            return False
        agent = environ.get("HTTP_USER_AGENT", "")
        return crawler.is_claimed(agent) and self._crawlers.is_verified(
            crawler, self._clients.find(environ)
        )

    def admits(self, environ: Environ, device_id: str, snapshot: Snapshot, now: float) -> bool:
        """Whether a new reader may begin on the paper's day that holds ``now`` (epoch seconds).

        Raises ``StoreUnavailable``.
        """
        most = snapshot.new_readers_per_network
        if not (most and self._sees_clients):
            return True
        day = datetime.fromtimestamp(now, snapshot.zone).toordinal()
        return self._budget.admits(self._clients.find(environ), device_id, most, day)

    def close(self) -> None:
        """End the looking up of names."""
        self._crawlers.stop()
