"""Which coding a page travels in, and that every coding says the same."""

from __future__ import annotations

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gate.codings import CODINGS, PLAIN, choose_coding, press, unpack

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0.000, GZIP;q=0.5", "gzip"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("BR ; q=0.2 , gzip;\tq=0.1", "br"),
        ("gzip; q=0", ""),
        ("br;q=0, gzip;q=0", ""),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0", ""),
        ("identity", ""),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, br;q=0, gzip;q=0", ""),
        ("deflate, zstd", ""),
        ("xgzip, brotli", ""),
        ("br;q=much, gzip", "gzip"),
        ("br;q=1.5, gzip;q=nan", ""),
        ("br;q=-1, gzip;level=9", "gzip"),
        (",;,", ""),
    ],
)
def test_the_best_liked_coding_is_chosen(header, coding):
    assert CODINGS[choose_coding(header)] == coding


@given(st.text(max_size=80))
def test_whatever_the_header_says_a_coding_is_chosen(header):
    assert choose_coding(header) in range(len(CODINGS))


@given(
    st.dictionaries(
        st.sampled_from(["br", "gzip", "identity", "*", "zstd"]),
        st.integers(0, 1000).map(lambda thousandths: thousandths / 1000),
    )
)
def test_no_coding_is_sent_that_was_refused_and_none_less_liked_than_another(liked):
    header = ", ".join(f"{coding};q={quality}" for coding, quality in liked.items())
    chosen = choose_coding(header)
    quality = {c: liked.get(c or "identity", liked.get("*", 0) if c else 0) for c in CODINGS}
    assert chosen == PLAIN or quality[CODINGS[chosen]] > 0
    assert quality[CODINGS[chosen]] == max(quality.values())


@given(st.binary(max_size=2_000))
def test_every_coding_says_the_same(body):
    packed, zipped = press(body, "br"), press(body, "gzip")
    assert brotli.decompress(packed) == gzip.decompress(zipped) == body
    assert (press(body, "br"), press(body, "gzip")) == (packed, zipped)
    assert unpack(packed, "br") == unpack(zipped, "gzip") == unpack(body, "") == body
