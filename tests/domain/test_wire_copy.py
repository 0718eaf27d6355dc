"""Versions of one item merge into the newest, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.wire_copy import (
    HIGHEST_VERSION,
    Copy,
    Pubstatus,
    Standing,
    Weight,
    merge_takes,
    read_version,
    shorten_identifier,
    stand,
    weigh,
)

pytestmark = pytest.mark.pure
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def take(
    version: int = 0, hour: int | None = None, *, canceled: bool = False, words: str = "a"
) -> Standing:
    sent = None if hour is None else NOON + timedelta(hours=hour)
    return Standing(version, sent, canceled, words, in_this_import=True)


def before(standing: Standing) -> Standing:
    """The same, known from an earlier import."""
    return Standing(standing.version, standing.sent_at, standing.canceled, standing.digest)


takes = st.builds(
    Standing,
    version=st.integers(0, 3),
    sent_at=st.none() | st.integers(0, 3).map(lambda hour: NOON + timedelta(hours=hour)),
    canceled=st.booleans(),
    digest=st.sampled_from("abc"),
    in_this_import=st.just(value=True),
)


@given(st.lists(takes, max_size=5, unique_by=lambda one: one.rank))
def test_versions_merge_in_any_order(several: list[Standing]) -> None:
    expected = max(several, key=lambda one: one.rank, default=None)
    assert {merge_takes(None, order) for order in permutations(several)} == {expected}


@given(st.lists(takes, min_size=1, max_size=6))
def test_merging_again_changes_nothing(several: list[Standing]) -> None:
    merged = merge_takes(None, several)
    assert merge_takes(merged, several) == merged


@given(st.lists(takes, max_size=6))
def test_one_cancellation_is_enough(several: list[Standing]) -> None:
    merged = merge_takes(None, [*several, take(canceled=True)])
    assert merged is not None
    assert merged.canceled


@pytest.mark.parametrize(
    ("known", "arriving", "weight"),
    [
        (None, take(), Weight.FIRST),
        (take(1), take(2), Weight.NEWER),
        (take(2), take(1, words="b"), Weight.OLDER),
        (take(2, 1), take(2, 2, words="b"), Weight.NEWER),
        (take(2, 2), take(2, 1, words="b"), Weight.OLDER),
        (take(1, 1), take(1, words="b"), Weight.OLDER),
        (take(9), take(1, canceled=True), Weight.NEWER),
        (take(1, canceled=True), take(9), Weight.OLDER),
        (before(take(1)), take(1), Weight.SAME),
        (before(take(1)), take(1, words="b"), Weight.NEWER),
        (take(1), take(1), Weight.REPEATED),
        (take(1), take(1, words="b"), Weight.CLASH),
        (before(take(1, canceled=True)), take(1, canceled=True, words="b"), Weight.SAME),
    ],
)
def test_weigh(known: Standing | None, arriving: Standing, weight: Weight) -> None:
    assert weigh(known, arriving) is weight


def test_stand_tells_what_an_item_would_be() -> None:
    copy = Copy("wire", "x", "H", (), version=3, sent_at=NOON, pubstatus=Pubstatus.CANCELED)
    assert stand(copy, "d") == Standing(3, NOON, canceled=True, digest="d", in_this_import=True)


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("11", 11),
        (" 6 ", 6),
        ("", 0),
        ("2.1", 0),
        ("-3", 0),
        ("٣", 0),
        ("20130709T103700", 0),
        ("9" * 19, HIGHEST_VERSION),
        ("9" * 20, 0),
    ],
)
def test_read_version(written: str, version: int) -> None:
    assert read_version(written) == version


def test_a_long_identifier_is_shortened_and_stays_its_own() -> None:
    one, other = "urn:" + "x" * 300, "urn:" + "x" * 299 + "y"
    assert shorten_identifier("  urn:a   b ") == "urn:a b"
    assert len(shorten_identifier(one)) == 255
    assert shorten_identifier(one)[:214] == one[:214]
    assert shorten_identifier(one) != shorten_identifier(other)
