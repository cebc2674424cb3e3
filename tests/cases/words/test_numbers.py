"""Rounding is done once, half up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.numbers import half_up, percent, points_between, signed_percent


@pytest.mark.parametrize(
    ("number", "places", "said"),
    [
        (2.5, 0, "3"),
        (3.5, 0, "4"),
        (-2.5, 0, "-3"),
        (0.125, 2, "0.13"),
        (2.675, 2, "2.68"),  # a float below it, and written as it is meant
        (1.005, 2, "1.01"),
        (0.04, 1, "0.0"),
        (Fraction(1, 3), 1, "0.3"),
        (7, 1, "7.0"),
    ],
)
def test_a_half_goes_up(number: float | Fraction, places: int, said: str) -> None:
    assert str(half_up(number, places)) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 8, "12.5%"),
        (1, 16, "6.3%"),  # 6.25: half to even would say 6.2
        (5, 6, "83.3%"),
        (2, 3, "66.7%"),
        (7, 7, "100.0%"),
        (0, 9, "0.0%"),
        (0, 0, "—"),
        (1999, 2000, "100.0%"),
    ],
)
def test_a_share_has_one_place(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


def test_differences_are_rounded_the_same_way() -> None:
    assert signed_percent(17, 16) == "+6.3%"
    assert signed_percent(15, 16) == "-6.3%"
    assert points_between(Fraction(1, 16), Fraction(0)) == Decimal("6.3")


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_no_share_is_off_by_more_than_half_a_place(part: int, whole: int) -> None:
    shown = Fraction(percent(part, whole).removesuffix("%"))
    exact = Fraction(100 * part, whole)
    assert -Fraction(1, 20) < exact - shown <= Fraction(1, 20) or shown - exact == Fraction(1, 20)
