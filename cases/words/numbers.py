"""Rounding, once: half up, as an office rounds by hand. Every figure that a person reads is
written by these functions, so that the same share is the same text on every page and paper.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

__all__ = ["half_up", "percent", "points_between", "signed_percent"]

PERCENT_PLACES = 1


def half_up(number: float | Fraction, places: int = 0) -> Decimal:
    """`number` with so many places; a half goes away from zero (2.5 is 3, −2.5 is −3).

    A float counts as it is written (2.675 is 2.68), a fraction exactly.
    """
    exact = Fraction(str(number)) if isinstance(number, float) else Fraction(number)
    scaled = abs(exact) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    found = Decimal(whole).scaleb(-places)
    return (-found if exact < 0 else found).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(part: int, whole: int) -> str:
    """83.3%; "—" where there is nothing to take a share of."""
    if not whole:
        return "—"
    return f"{half_up(Fraction(100 * part, whole), PERCENT_PLACES)}%"


def signed_percent(now: int, before: int) -> str:
    """+12.5%: how much `now` is above `before`, which is not 0."""
    return f"{half_up(Fraction(100 * (now - before), before), PERCENT_PLACES):+}%"


def points_between(now: Fraction, before: Fraction) -> Decimal:
    """Percentage points between two shares (0 to 1)."""
    return half_up(100 * (now - before), PERCENT_PLACES)
