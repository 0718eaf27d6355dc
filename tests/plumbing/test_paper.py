from __future__ import annotations

import tomllib

import pytest

from broadsheet.plumbing.paper import FIELDS, WrongPaper, parse_paper, read_paper, sample_paper

pytestmark = pytest.mark.pure


def test_a_missing_file_means_the_defaults(tmp_path):
    paper = read_paper(tmp_path / "broadsheet.toml")
    assert (paper.name, paper.time_zone, paper.currency) == ("The Lantern", "Asia/Kolkata", "INR")


def test_the_sample_says_every_setting_and_means_the_defaults():
    written = tomllib.loads(sample_paper())
    assert list(written) == [field.name for field in FIELDS]
    assert parse_paper(written) == parse_paper({})


def test_a_sample_may_say_something_else():
    paper = parse_paper(tomllib.loads(sample_paper({"readers_at_once": 50, "name": "The Lamp"})))
    assert (paper.readers_at_once, paper.name, paper.place) == (50, "The Lamp", "Kadalpur")


def test_an_unknown_setting_is_refused_with_the_nearest_name():
    with pytest.raises(WrongPaper, match="no setting 'timezone'. Did you mean 'time_zone'"):
        parse_paper({"timezone": "Asia/Kolkata"})


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"time_zone": "Kadalpur"}, "is not an IANA zone"),
        ({"founded": "1997"}, "founded must be a whole number"),
        ({"name": 7}, "name must be text in quotes"),
        ({"metered_when_store_is_down": "ajar"}, "must be one of open, closed"),
        ({"crawlers_read_full": "everybody"}, "must be one of none, googlebot"),
        ({"new_readers_per_network_per_day": -1}, "must not be below 0"),
        ({"readers_at_once": True}, "readers_at_once must be a whole number"),
        ({"legal_country": "India"}, "legal_country must be two letters"),
        ({"tax_number": "32ZZZCL1997L1ZH"}, "tax_number: This GSTIN has a wrong character"),
        ({"legal_country": "FR", "tax_number": "F" * 21}, "longer than any VAT number"),
        ({"invoice_prefix": "LONG"}, "of one to three letters"),
        ({"invoice_prefix": ""}, "of one to three letters"),
        ({"credit_note_prefix": "bs"}, "must differ"),
        ({"financial_year_begins": "04-31"}, "a month and day such as 04-01"),
    ],
)
def test_a_wrong_value_is_refused(written, words):
    with pytest.raises(WrongPaper, match=words):
        parse_paper(written)


def test_a_sellers_numbers_are_kept_as_the_register_writes_them():
    paper = parse_paper({"legal_country": "in ", "tax_number": " 32zzzcl1997l1zg"})
    assert (paper.legal_country, paper.tax_number) == ("IN", "32ZZZCL1997L1ZG")
    assert (paper.year_start.month, paper.year_start.day) == (4, 1)


def test_what_is_not_toml_is_refused_by_name(tmp_path):
    path = tmp_path / "broadsheet.toml"
    path.write_text("name = The Lantern")
    with pytest.raises(WrongPaper, match="is not TOML"):
        read_paper(path)
