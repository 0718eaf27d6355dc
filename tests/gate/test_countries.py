"""Countries, by a proxy's word and by a file that may be put in place at any time."""

from __future__ import annotations

import pytest

from broadsheet.gate.clients import Clients
from broadsheet.gate.countries import LOOK_SECONDS, Countries, read_country
from broadsheet.protocol.proxies import parse_proxies
from tests.factories.mmdb import write_mmdb

pytestmark = pytest.mark.pure

PROXY = "127.0.0.1"
NETWORKS = {
    "192.0.2.0/24": {"country": {"iso_code": "IN"}},
    "198.51.100.0/25": {"country_code": "LK"},
    "198.51.100.128/25": {"country": "np"},
    "203.0.113.0/24": {"registered_country": {"iso_code": "FR"}},
    "203.0.112.0/24": [],
    "2001:db8:7::/48": {"country": {"iso_code": "BD"}},
}


class Desk:
    """Countries with hands on file and clock."""

    def __init__(self, folder, header=""):
        self.file = folder / "countries.mmdb"
        self.now = 0.0
        self.countries = Countries(
            Clients(parse_proxies(PROXY)), header=header, file=self.file, clock=lambda: self.now
        )

    def find(self, address, **headers):
        return self.countries.find({"REMOTE_ADDR": address, **headers})


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    write_mmdb(desk.file, NETWORKS)
    return desk


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("192.0.2.1", "IN"),
        ("198.51.100.127", "LK"),
        ("198.51.100.128", "NP"),
        ("203.0.113.1", ""),
        ("203.0.112.1", ""),
        ("203.0.111.1", ""),
        ("2001:db8:7:1::1", "BD"),
        ("2001:db8:8::1", ""),
        ("::ffff:192.0.2.1", "IN"),
        ("", ""),
    ],
)
def test_the_file_knows_countries_by_network(desk, address, country):
    assert desk.find(address) == country


def test_the_clients_address_counts_and_not_the_proxys(desk):
    assert desk.find(PROXY, HTTP_X_FORWARDED_FOR="198.51.100.1, 192.0.2.1") == "IN"
    assert desk.find("192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.1") == "IN"


def test_a_named_header_counts_from_a_proxy_alone(tmp_path):
    desk = Desk(tmp_path, header="CF-IPCountry")
    assert desk.find(PROXY, HTTP_CF_IPCOUNTRY="lk") == "LK"
    assert desk.find("192.0.2.1", HTTP_CF_IPCOUNTRY="LK") == ""
    write_mmdb(desk.file, NETWORKS)
    desk.now += LOOK_SECONDS
    assert desk.find("192.0.2.1", HTTP_CF_IPCOUNTRY="LK") == "IN"
    assert desk.find(PROXY, HTTP_X_FORWARDED_FOR="192.0.2.1", HTTP_CF_IPCOUNTRY="XX") == "IN"
    assert desk.find(PROXY, HTTP_X_FORWARDED_FOR="192.0.2.1") == "IN"


def test_a_header_that_nobody_named_says_nothing(desk):
    assert desk.find(PROXY, HTTP_X_FORWARDED_FOR="192.0.2.1", HTTP_CF_IPCOUNTRY="LK") == "IN"


def test_without_a_file_no_country_is_known_until_one_is_put_there(tmp_path):
    desk = Desk(tmp_path)
    assert desk.find("192.0.2.1") == ""
    write_mmdb(desk.file, NETWORKS)
    assert desk.find("192.0.2.1") == ""
    desk.now += LOOK_SECONDS
    assert desk.find("192.0.2.1") == "IN"


def test_a_file_that_is_replaced_is_read_anew(desk):
    assert desk.find("192.0.2.1") == "IN"
    write_mmdb(desk.file, {"192.0.2.0/24": {"country": {"iso_code": "LK"}}})
    assert desk.find("192.0.2.1") == "IN"
    desk.now += LOOK_SECONDS
    assert desk.find("192.0.2.1") == "LK"
    desk.file.unlink()
    desk.now += LOOK_SECONDS
    assert desk.find("192.0.2.1") == ""


def test_a_file_that_cannot_be_read_is_told_of_once(desk, caplog):
    desk.file.write_bytes(b"not such a file")
    assert [desk.find("192.0.2.1") for _ in range(3)] == ["", "", ""]
    desk.now += LOOK_SECONDS
    assert desk.find("192.0.2.1") == ""
    assert ["no country is known" in record.message for record in caplog.records] == [True]


def test_a_damaged_file_knows_nothing(desk, caplog):
    whole = desk.file.read_bytes()
    at = whole.index(b"iso_code")
    desk.file.write_bytes(whole[: at - 2] + b"\xff\xff" + whole[at:])
    assert [desk.find("192.0.2.1") for _ in range(3)] == ["", "", ""]
    assert len(caplog.records) == 1
    assert "192.0.2.1" not in caplog.text


@pytest.mark.parametrize("text", ["", "X", "IND", "1N", "T1", "XX", "zz", "ÉÉ", "*"])
def test_what_is_no_country_is_unknown(text):
    assert read_country(text) == ""
