"""Letters that were read: what the rules say of them stays at least as good as it was measured.

Runs where the data folder is (`../shared/data`, or `HUIYIN_DATA`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.reading import figures, judge, labels_of

DATA = Path(os.environ.get("HUIYIN_DATA", Path(__file__).parents[3] / "shared/data"))
LEAST = {
    "unit": 0.82,
    "自伤极端, recall": 0.95,
    "工资拖欠, precision": 0.90,
    "工资拖欠, recall": 0.95,
    "食品药品安全, precision": 0.80,
    "urgent, precision": 0.60,
    "simple, precision": 0.95,
}


def test_each_half_has_two_hundred_letters_and_no_letter_is_in_both() -> None:
    choosing, final = ({read.id for read in labels_of(half)} for half in ("choosing", "final"))
    assert len(choosing) >= 200
    assert len(final) >= 200
    assert not choosing & final


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data folder")
def test_the_final_half_is_judged_as_well_as_it_was() -> None:
    got = {name: share.value for name, share in figures(judge(DATA, "final"))}
    assert {name: got[name] for name in LEAST if got[name] < LEAST[name]} == {}
