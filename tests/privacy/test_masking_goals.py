"""The goals of masking, held on the frozen set. The half `final` was never read for tuning."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.commands.masking_check import check_labelled, read_letters

SET = Path(__file__).with_name("masking_set.jsonl")
ORDINARY = frozenset(
    {
        *("mobile-plain", "mobile-spaced", "mobile-fullwidth", "landline", "phone-two-lines"),
        *("id-card", "bank-card", "passport", "plate", "email", "wechat-qq"),
        *("address-unit", "address-road", "address-village", "address-dormitory-floor"),
    }
)


@pytest.mark.parametrize("half", ["tune", "final"])
def test_recall_and_precision(half: str) -> None:
    letters = list(read_letters([SET], split=half))
    found = check_labelled(letters)
    ordinary = check_labelled(one for one in letters if one.form in ORDINARY)
    hidden = sum(score.hidden for score in ordinary.by_form.values())
    labelled = sum(score.labelled for score in ordinary.by_form.values())
    assert hidden / labelled >= 0.95
    assert found.by_kind["name"].recall >= 0.85
    assert found.precision >= 0.97
    assert found.kept_broken <= 0.01 * found.kept
