"""What ``site doctor`` says of proxies, crawlers and countries: nothing here is used to serve."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import maxminddb

from broadsheet.plumbing.paper import Paper
from broadsheet.plumbing.plant import Plant
from broadsheet.protocol.address_list import UnreadableList, read_address_list

Finding = tuple[str, bool, str]
"""Name, whether it is well, and the detail."""


def examine_networks(plant: Plant, paper: Paper) -> Iterator[Finding]:
    """Whether clients can be told apart, and whether what names crawlers and countries is usable."""
    yield "trusted proxies", *_examine_proxies(plant)
    if paper.crawlers_read_full != "none":
        yield "crawlers", *_examine_crawlers(plant, paper.crawlers_read_full)
    if plant.country_file.exists() or plant.country_file.parent != plant.home:
        yield "countries", *_examine_countries(plant)


def _examine_proxies(plant: Plant) -> tuple[bool, str]:
    proxies = plant.proxies
    if proxies:
        named = [str(network) for network in proxies.networks]
        named += ["whoever comes by a Unix socket"] if proxies.socket else []
        return True, f"{', '.join(named)}; the client's address from {proxies.header}"
    if plant.secure:
        return False, (
            "none is named, but readers come by https and so by a proxy: all of them look like "
            "one. Name it in BROADSHEET_TRUSTED_PROXIES"
        )
    return True, "none: whoever connects is the client"


def _examine_crawlers(plant: Plant, name: str) -> tuple[bool, str]:
    path = plant.home / "crawlers" / f"{name}.json"
    try:
        published = read_address_list(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True, f"{name} is looked up by name; {path} would list its addresses"
    except (OSError, UnicodeDecodeError, UnreadableList) as error:
        return False, f"{path} cannot be read, so nobody is verified as {name}: {error}"
    made = published.created or "no day given"
    return True, f"networks on the list of {name}: {len(published)}; published: {made}"


def _examine_countries(plant: Plant) -> tuple[bool, str]:
    try:
        with maxminddb.open_database(plant.country_file) as reader:
            about = reader.metadata()
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        return False, f"{plant.country_file} cannot be read, so no country is known: {error}"
    made_on = datetime.fromtimestamp(about.build_epoch, UTC).date()
    return True, f"{about.database_type} of {made_on}, {about.node_count:,} nodes"
