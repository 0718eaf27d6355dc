"""Figures, amounts, dates and times, as a paper in India writes them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from broadsheet.plumbing.formatting import (
    format_date,
    format_money,
    format_number,
    format_time,
)

pytestmark = pytest.mark.pure
DAY = date(2026, 11, 23)


@pytest.fixture
def write_as(settings: Any) -> Any:
    def change(locale: str) -> None:
        settings.PAPER = dataclasses.replace(settings.PAPER, locale=locale)

    return change


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (270_000, "INR", "₹2,700"),
        (16_250, "INR", "₹162.50"),
        (1_21_450_00, "INR", "₹1,21,450"),
        (-90_000, "INR", "\u2212₹900"),
        (0, "INR", "₹0"),
        (500, "JPY", "JP¥500"),
    ],
)
def test_an_amount_is_grouped_and_has_no_idle_fraction(
    minor: int, currency: str, written: str
) -> None:
    assert format_money(minor, currency) == written


def test_figures_group_in_lakh_and_crore_and_have_a_real_minus() -> None:
    assert format_number(24_81_630) == "24,81,630"
    assert format_number(-1.5) == "\u22121.5"
    assert format_number(24816.3, 2) == "24,816.30"


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("full", "Monday 23 November 2026"),
        ("long", "23 November 2026"),
        ("day", "23 November"),
        ("weekday-day", "Monday 23 November"),
        ("weekday", "Monday"),
        ("month", "November 2026"),
    ],
)
def test_dates_stand_in_the_papers_styles(style: str, written: str) -> None:
    assert format_date(DAY, style) == written


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(KeyError):
        format_date(DAY, "fancy")


def test_an_instant_is_told_in_the_papers_zone() -> None:
    late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    assert format_date(late) == "23 November 2026"
    assert format_time(late) == "1.30am"


@pytest.mark.parametrize(
    ("hour", "minute", "written"),
    [(3, 30, "9am"), (4, 10, "9.40am"), (6, 30, "12pm"), (18, 30, "12am"), (15, 30, "9pm")],
)
def test_times_are_short(hour: int, minute: int, written: str) -> None:
    assert format_time(datetime(2026, 11, 22, hour, minute, tzinfo=UTC)) == written


def test_other_languages_write_their_own_way(write_as: Any) -> None:
    write_as("en_US")
    assert format_date(DAY, "full") == "Monday, November 23, 2026"
    assert format_time(datetime(2026, 11, 22, 4, 10, tzinfo=UTC)) == "9:40\u202fAM"
    write_as("de_DE")
    assert format_number(24_816) == "24.816"
