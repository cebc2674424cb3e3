"""The goals of masking on three frozen sets, all of which were read to work on the rules: they say
what the rules know, not how they do on new letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.app.commands.masking_check import check_labelled, read_letters

FIRST = Path(__file__).with_name("masking_set.jsonl")
SECOND = FIRST.with_name("masking_set_2.jsonl")
THIRD = FIRST.with_name("masking_set_3.jsonl")
FOURTH = FIRST.with_name("masking_set_4.jsonl")
"""Written without sight of the rules, and scored once after they were finished."""
ORDINARY = frozenset(
    {
        *("mobile-plain", "mobile-spaced", "mobile-fullwidth", "landline", "phone-two-lines"),
        *("id-card", "bank-card", "passport", "plate", "email", "wechat-qq"),
        *("address-unit", "address-road", "address-village", "address-dormitory-floor"),
    }
)


def _recall(path: Path) -> tuple[float, float, float, float]:
    """Of ordinary numbers and addresses, of names; precision; share of kept pieces broken."""
    letters = list(read_letters([path]))
    found = check_labelled(letters)
    ordinary = check_labelled(one for one in letters if one.form in ORDINARY)
    hidden = sum(score.hidden for score in ordinary.by_form.values())
    labelled = sum(score.labelled for score in ordinary.by_form.values())
    broken = found.kept_broken / found.kept
    return hidden / labelled, found.by_kind["name"].recall, found.precision, broken


@pytest.mark.parametrize("path", [FIRST, SECOND, THIRD], ids=["first", "second", "third"])
def test_the_goals_on_the_sets_that_were_read(path: Path) -> None:
    ordinary, names, precision, broken = _recall(path)
    assert ordinary >= 0.95
    assert names >= 0.89
    assert precision >= 0.985
    assert broken <= 0.005


@pytest.mark.xfail(strict=True, reason="0.87 and 0.76: see docs/masking.md, Measured")
def test_the_goals_on_the_set_that_was_not_read() -> None:
    ordinary, names, _, _ = _recall(FOURTH)
    assert ordinary >= 0.95
    assert names >= 0.85


def test_the_floors_on_the_set_that_was_not_read() -> None:
    ordinary, names, precision, broken = _recall(FOURTH)
    assert ordinary >= 0.86
    assert names >= 0.75
    assert precision >= 0.98
    assert broken <= 0.005
