"""The goals of masking on the frozen set. The texts of the half `final` were never read for
tuning; it is not good enough there yet, and may not get worse."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.app.commands.masking_check import check_labelled, read_letters

SET = Path(__file__).with_name("masking_set.jsonl")
ORDINARY = frozenset(
    {
        *("mobile-plain", "mobile-spaced", "mobile-fullwidth", "landline", "phone-two-lines"),
        *("id-card", "bank-card", "passport", "plate", "email", "wechat-qq"),
        *("address-unit", "address-road", "address-village", "address-dormitory-floor"),
    }
)


def _recall(half: str) -> tuple[float, float, float, float]:
    """Of ordinary numbers and addresses, of names; precision; share of kept pieces broken."""
    letters = list(read_letters([SET], split=half))
    found = check_labelled(letters)
    ordinary = check_labelled(one for one in letters if one.form in ORDINARY)
    hidden = sum(score.hidden for score in ordinary.by_form.values())
    labelled = sum(score.labelled for score in ordinary.by_form.values())
    broken = found.kept_broken / found.kept
    return hidden / labelled, found.by_kind["name"].recall, found.precision, broken


def test_the_goals_on_the_half_for_tuning() -> None:
    ordinary, names, precision, broken = _recall("tune")
    assert ordinary >= 0.95
    assert names >= 0.85
    assert precision >= 0.97
    assert broken <= 0.01


@pytest.mark.xfail(strict=True, reason="0.83 and 0.74: see docs/masking.md, Measured")
def test_the_goals_on_the_half_that_was_not_read() -> None:
    ordinary, names, _, _ = _recall("final")
    assert ordinary >= 0.95
    assert names >= 0.85


def test_the_half_that_was_not_read_gets_no_worse() -> None:
    ordinary, names, precision, broken = _recall("final")
    assert ordinary >= 0.82
    assert names >= 0.73
    assert precision >= 0.97
    assert broken <= 0.01
