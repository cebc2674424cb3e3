"""The goals of masking on two frozen sets. The first was read to work on the rules; the texts of
the second were not, only its counts, twice. The goals are not reached there yet, and what is
reached may not get worse."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.app.commands.masking_check import check_labelled, read_letters

READ = Path(__file__).with_name("masking_set.jsonl")
UNREAD = Path(__file__).with_name("masking_set_2.jsonl")
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


def test_the_goals_on_the_set_that_was_read() -> None:
    ordinary, names, precision, broken = _recall(READ)
    assert ordinary >= 0.98
    assert names >= 0.95
    assert precision >= 0.98
    assert broken <= 0.01


@pytest.mark.xfail(strict=True, reason="0.78 and 0.70: see docs/masking.md, Measured")
def test_the_goals_on_the_set_that_was_not_read() -> None:
    ordinary, names, _, _ = _recall(UNREAD)
    assert ordinary >= 0.95
    assert names >= 0.85


def test_the_set_that_was_not_read_gets_no_worse() -> None:
    ordinary, names, precision, broken = _recall(UNREAD)
    assert ordinary >= 0.77
    assert names >= 0.69
    assert precision >= 0.97
    assert broken <= 0.01
