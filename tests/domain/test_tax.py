from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.tax import (
    Place,
    Split,
    TaxRate,
    Treatment,
    choose_treatment,
    find_rate,
    place_of_supply,
    share_out,
    take_back,
    take_tax_out,
)

pytestmark = pytest.mark.pure

GST = 1_800
totals = st.integers(min_value=0, max_value=10**12)
rates = st.integers(min_value=0, max_value=10_000)
treatments = st.sampled_from(Treatment)
HERE, ELSEWHERE, ABROAD = Place("IN", "32"), Place("IN", "27"), Place("FR")


@pytest.mark.parametrize(
    ("total", "within", "between"),
    [
        (90_000, (76_272, 6_864, 6_864), (76_271, 13_729)),
        (270_000, (228_814, 20_593, 20_593), (228_814, 41_186)),
        (390_000, (330_508, 29_746, 29_746), (330_508, 59_492)),
        (1, (1, 0, 0), (1, 0)),
        (0, (0, 0, 0), (0, 0)),
    ],
)
def test_gst_inside_a_price(total, within, between):
    taxable, cgst, sgst = within
    assert take_tax_out(total, GST, Treatment.WITHIN_STATE) == Split(taxable, cgst, sgst)
    taxable, igst = between
    assert take_tax_out(total, GST, Treatment.BETWEEN_STATES) == Split(taxable, igst=igst)


@given(totals, rates, treatments)
def test_parts_sum_and_none_is_below_nought(total, rate, treatment):
    split = take_tax_out(total, rate, treatment)
    assert split.total == total
    assert min(split.parts) >= 0
    assert split.cgst == split.sgst
    assert split.tax == total - split.taxable


@given(totals, rates)
def test_tax_is_within_a_paisa_of_exact(total, rate):
    exact = total * rate / (10_000 + rate)
    assert abs(take_tax_out(total, rate, Treatment.VAT).vat - exact) <= 0.5 + 1e-3
    assert abs(take_tax_out(total, rate, Treatment.WITHIN_STATE).tax - exact) <= 1 + 1e-3


@pytest.mark.parametrize("treatment", [Treatment.UNTAXED, Treatment.EXPORT])
def test_what_is_not_taxed_is_taxable_value_alone(treatment):
    assert take_tax_out(90_000, GST, treatment) == Split(90_000)


def test_a_total_below_nought_has_no_split():
    with pytest.raises(ValueError, match="nought or more"):
        take_tax_out(-1, GST, Treatment.VAT)


@given(
    st.integers(min_value=1, max_value=10**7),
    rates,
    treatments,
    st.lists(st.integers(min_value=0, max_value=10**7), max_size=6),
)
def test_what_goes_back_in_pieces_is_the_whole_in_the_end(total, rate, treatment, pieces):
    left = take_tax_out(total, rate, treatment)
    back = Split(0)
    for piece in [*pieces, total]:
        amount = min(piece, left.total)
        share = take_back(left, amount)
        assert share.total == amount
        assert min(share.parts) >= 0
        assert all(a <= b for a, b in zip(share.parts, left.parts, strict=True))
        left, back = left - share, back + share
    assert left == Split(0)
    assert back == take_tax_out(total, rate, treatment)


@given(st.integers(min_value=100, max_value=10**9), st.integers(min_value=1, max_value=99))
def test_half_and_half_go_back_alike(total, per_cent):
    left = take_tax_out(total, GST, Treatment.WITHIN_STATE)
    share = take_back(left, total * per_cent // 100)
    assert share.cgst == share.sgst


def test_when_no_taxable_paisa_is_left_the_halves_part():
    assert take_back(Split(0, 1, 1), 1) == Split(0, 1, 0)
    assert take_back(Split(0, 0, 1), 1) == Split(0, 0, 1)


def test_an_odd_paisa_is_taken_from_a_taxable_value_that_is_spent():
    # Two of three: the taxable paisa and one of the pair would part the halves.
    assert take_back(Split(1, 1, 1), 2) == Split(0, 1, 1)


@pytest.mark.parametrize("amount", [-1, 101])
def test_more_than_is_left_cannot_go_back(amount):
    with pytest.raises(ValueError, match="can be taken back"):
        take_back(Split(100), amount)


def test_a_part_refund_of_the_quarterly_plan():
    assert take_back(Split(76_272, 6_864, 6_864), 30_000) == Split(25_424, 2_288, 2_288)


@given(
    st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=5),
    st.integers(min_value=0, max_value=10**9),
)
def test_no_share_is_above_its_weight(weights, amount):
    amount = min(amount, sum(weights))
    shares = share_out(amount, tuple(weights))
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_more_than_the_weights_hold_cannot_be_shared():
    with pytest.raises(ValueError, match="cannot be shared"):
        share_out(3, (1, 1))


@pytest.mark.parametrize(
    ("place", "taxed", "treatment"),
    [
        (HERE, {"IN"}, Treatment.WITHIN_STATE),
        (ELSEWHERE, {"IN"}, Treatment.BETWEEN_STATES),
        (ABROAD, {"IN"}, Treatment.EXPORT),
        (ABROAD, {"IN", "FR"}, Treatment.VAT),
    ],
)
def test_how_a_sale_of_an_indian_paper_is_taxed(place, taxed, treatment):
    taxed = frozenset(taxed)
    assert choose_treatment(HERE, registered=True, place=place, taxed_countries=taxed) is treatment
    untaxed = choose_treatment(HERE, registered=False, place=place, taxed_countries=taxed)
    assert untaxed is Treatment.UNTAXED


def test_elsewhere_the_paper_charges_vat_at_home():
    taxed = frozenset({"FR"})
    home = choose_treatment(ABROAD, registered=True, place=ABROAD, taxed_countries=taxed)
    assert home is Treatment.VAT
    away = choose_treatment(ABROAD, registered=True, place=HERE, taxed_countries=taxed)
    assert away is Treatment.EXPORT


@pytest.mark.parametrize(
    ("buyer", "place"),
    [
        (None, HERE),
        (Place(""), HERE),
        (Place("IN"), HERE),
        (ELSEWHERE, ELSEWHERE),
        (ABROAD, ABROAD),
    ],
)
def test_place_of_supply(buyer, place):
    assert place_of_supply(HERE, buyer) == place


def test_rates_are_dated_and_the_later_one_wins():
    old = TaxRate("IN", "online", 1_200, "998431", date(2020, 4, 1), date(2026, 4, 1))
    new = TaxRate("IN", "online", 1_800, "998431", date(2026, 4, 1))
    over = TaxRate("IN", "online", 500, "998431", date(2027, 4, 1))
    all_of_them = (over, new, old)
    assert find_rate(all_of_them, "IN", "online", date(2020, 3, 31)) is None
    assert find_rate(all_of_them, "IN", "online", date(2026, 3, 31)) == old
    assert find_rate(all_of_them, "IN", "online", date(2026, 4, 1)) == new
    assert find_rate(all_of_them, "IN", "online", date(2027, 4, 1)) == over
    assert find_rate(all_of_them, "IN", "print", date(2026, 4, 1)) is None
    assert find_rate(all_of_them, "FR", "online", date(2026, 4, 1)) is None


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_a_rate_is_a_share(rate):
    with pytest.raises(ValueError, match="between 0 and 100"):
        TaxRate("IN", "online", rate, "", date(2026, 4, 1))
