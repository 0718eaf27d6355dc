"""What the doctor says of proxies, crawlers and countries."""

from __future__ import annotations

import dataclasses
import json

import pytest

from broadsheet.plumbing.networks import examine_networks
from broadsheet.plumbing.paper import parse_paper
from broadsheet.plumbing.plant import read_plant
from tests.factories.mmdb import write_mmdb

pytestmark = pytest.mark.pure
PAPER = parse_paper({})
CRAWLED = dataclasses.replace(PAPER, crawlers_read_full="googlebot")


@pytest.fixture
def plant(tmp_path):
    def read(**environ):
        environ = {f"BROADSHEET_{name}": value for name, value in environ.items()}
        home = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
        return read_plant({**home, **environ})

    return read


def found(plant, paper=PAPER):
    return {name: (well, detail) for name, well, detail in examine_networks(plant, paper)}


def test_without_a_proxy_the_peer_is_the_client(plant):
    said = {"trusted proxies": (True, "none: whoever connects is the client")}
    assert found(plant()) == said


def test_a_proxy_that_nobody_named_is_told(plant):
    well, detail = found(plant(ORIGIN="https://paper.example"))["trusted proxies"]
    assert not well
    assert "Name it in BROADSHEET_TRUSTED_PROXIES" in detail


def test_named_proxies_are_listed(plant):
    named = plant(
        ORIGIN="https://paper.example",
        TRUSTED_PROXIES="10.0.3.0/24, uds",
        CLIENT_HEADER="Client",
    )
    assert found(named)["trusted proxies"] == (
        True,
        "10.0.3.0/24, whoever comes by a Unix socket; the client's address from Client",
    )


def test_a_list_of_crawlers_is_counted_and_dated(plant, tmp_path):
    well, detail = found(plant(), CRAWLED)["crawlers"]
    assert well
    assert detail.startswith("googlebot is looked up by name")
    (tmp_path / "crawlers").mkdir()
    path = tmp_path / "crawlers" / "googlebot.json"
    path.write_text(
        json.dumps({"creationTime": "2026-11-20", "prefixes": [{"ipv4Prefix": "192.0.2.0/27"}]})
    )
    said = (True, "networks on the list of googlebot: 1; published: 2026-11-20")
    assert found(plant(), CRAWLED)["crawlers"] == said
    path.write_text("<html>")
    well, detail = found(plant(), CRAWLED)["crawlers"]
    assert not well
    assert "nobody is verified as googlebot" in detail


def test_a_file_of_countries_is_opened(plant, tmp_path):
    write_mmdb(tmp_path / "countries.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "IN"}}})
    assert found(plant())["countries"] == (True, "Invented-Country of 2025-11-24, 120 nodes")
    (tmp_path / "countries.mmdb").write_text("nothing of the kind")
    well, detail = found(plant())["countries"]
    assert not well
    assert "no country is known" in detail


def test_a_file_of_countries_that_is_named_must_be_there(plant, tmp_path):
    well, detail = found(plant(COUNTRY_FILE=str(tmp_path / "elsewhere" / "c.mmdb")))["countries"]
    assert not well
    assert "c.mmdb cannot be read" in detail
