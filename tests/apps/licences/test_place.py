"""Networks and domains belong to one licence at a time."""

from __future__ import annotations

from datetime import date, timedelta
from ipaddress import ip_address

import pytest

from broadsheet.apps.licences.actions import end_licence
from broadsheet.apps.licences.actions.place import put_domains, put_ranges
from broadsheet.apps.licences.models import EmailDomain, LicensedRange
from broadsheet.apps.licences.queries import (
    find_licence_at,
    find_licence_by_domain,
    list_licences_in_force,
)
from broadsheet.domain.address_range import WrongRange
from broadsheet.domain.licence import WrongLicence
from tests.apps.licences.conftest import NOW

pytestmark = pytest.mark.db


def put(licence, text):
    return put_ranges(code=licence.code, text=text, actor="test", now=NOW)


@pytest.fixture
def other(make_licence, licence):
    return make_licence("Varai College", ends_on=date(2030, 1, 1))


def test_ranges_replace_those_before_and_are_told_to_the_gate(licence):
    put(licence, "198.51.100.0/24")
    put(licence, "198.51.100.0/25\n2001:db8:7::/48")
    told = list_licences_in_force(NOW)
    for address, expected in (
        ("198.51.100.127", licence.pk),
        ("198.51.100.128", None),
        ("2001:db8:7:1::9", licence.pk),
        ("2001:db8:8::", None),
    ):
        found = told.find_by_address(ip_address(address))
        assert (found.id if found else None) == expected
        here = find_licence_at(address, NOW)
        assert (here.pk if here else None) == expected
    assert find_licence_at("nonsense", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "198.51.100.0/24",
        "198.51.0.0/16",
        "198.51.100.255",
        "198.51.99.0 - 198.51.100.0",
        "2001:db8:7:1::/64",
    ],
)
def test_what_is_anothers_is_refused_and_nothing_changes(licence, other, text):
    put(licence, "198.51.100.0/24, 2001:db8:7::/48")
    put(other, "192.0.2.0/24")
    with pytest.raises(WrongRange, match="a network of Kadalpur University"):
        put(other, f"192.0.2.0/25\n{text}")
    assert [str(row) for row in LicensedRange.objects.filter(licence=other)] == ["192.0.2.0/24"]


def test_neighbours_are_no_overlap(licence, other):
    put(licence, "198.51.100.0/24, 203.0.113.0/24")
    put(other, "198.51.99.0/24, 198.51.101.0/24, 203.0.112.255, 203.0.114.0")
    assert LicensedRange.objects.count() == 6


def test_what_a_licence_left_behind_is_free_again(licence, other):
    put(licence, "198.51.100.0/24")
    put_domains(code=licence.code, text="kadalpur.edu", actor="test", now=NOW)
    end_licence(code=licence.code, actor="test", now=NOW)
    later = NOW + timedelta(seconds=1)
    put_ranges(code=other.code, text="198.51.100.0/24", actor="test", now=later)
    put_domains(code=other.code, text="kadalpur.edu", actor="test", now=later)
    assert find_licence_by_domain("kadalpur.edu", later) == other


def test_private_ranges_need_the_licences_word(make_licence):
    plain = make_licence()
    with pytest.raises(WrongRange, match="private"):
        put(plain, "10.1.0.0/16")
    inside = make_licence("Ministry", allows_private=True)
    assert [str(one) for one in put(inside, "10.1.0.0/16")] == ["10.1.0.0/16"]


def test_domains_are_one_licences(licence, other):
    names = put_domains(
        code=licence.code, text="@Kadalpur.edu, cs.kadalpur.edu\n", actor="t", now=NOW
    )
    assert names == ["kadalpur.edu", "cs.kadalpur.edu"]
    put_domains(code=licence.code, text="kadalpur.edu", actor="t", now=NOW)
    with pytest.raises(WrongLicence, match="a domain of Kadalpur University already"):
        put_domains(code=other.code, text="varai.edu kadalpur.edu", actor="t", now=NOW)
    assert list(EmailDomain.objects.values_list("name", flat=True)) == ["kadalpur.edu"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gmail.com", "Anybody may have an address"),
        ("asha@kadalpur.edu", "is an address"),
        ("*.kadalpur.edu", "without stars"),
        ("kadalpur", "is no domain"),
        ("kadalpur..edu", "is no domain"),
        ("-x.edu", "is no domain"),
    ],
)
def test_what_names_no_organisation_is_refused(licence, text, says):
    with pytest.raises(WrongLicence, match=says):
        put_domains(code=licence.code, text=text, actor="t", now=NOW)
    assert EmailDomain.objects.count() == 0
