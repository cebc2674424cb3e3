"""Letters that were read: what the rules say of them stays at least as good as it was measured.

The final half of those read last is not scored here: it is scored once for a figure
(docs/model-card.md). Runs where the data folder is (`../shared/data`, or `HUIYIN_DATA`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.reading import READ, READ_2, figures, judge, labels_of

DATA = Path(os.environ.get("HUIYIN_DATA", Path(__file__).parents[3] / "shared/data"))
OLD_FINAL = {
    "unit": 0.82,
    "自伤极端, recall": 0.95,
    "工资拖欠, precision": 0.90,
    "工资拖欠, recall": 0.95,
    "食品药品安全, precision": 0.80,
    "urgent, precision": 0.60,
    "simple, precision": 0.95,
}
CHOOSING = {
    "unit": 0.94,
    "unit, among three": 0.98,
    "kind": 0.90,
    "sentiment": 0.93,
    "自伤极端, recall": 0.95,
    "安全生产, precision": 0.94,
    "安全生产, recall": 0.90,
    "困难群众生活, precision": 0.95,
    # 紧急 is a wide net: what is seen first, not what wakes a person.
    "urgent, precision": 0.50,
    "simple, precision": 0.95,
}


@pytest.mark.parametrize(("file", "least"), [(READ, 200), (READ_2, 160)])
def test_no_letter_is_in_both_halves(file: Path, least: int) -> None:
    choosing, final = (
        {read.id for read in labels_of(half, file)} for half in ("choosing", "final")
    )
    assert len(choosing) >= least
    assert len(final) >= least
    assert not choosing & final


def test_the_letters_read_later_are_others() -> None:
    first, second = (
        {read.id for half in ("choosing", "final") for read in labels_of(half, file)}
        for file in (READ, READ_2)
    )
    assert len(second) == 320
    assert not first & second


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data folder")
@pytest.mark.parametrize(
    ("file", "half", "least"), [(READ, "final", OLD_FINAL), (READ_2, "choosing", CHOOSING)]
)
def test_letters_are_judged_as_well_as_they_were(
    file: Path, half: str, least: dict[str, float]
) -> None:
    got = {name: share.value for name, share in figures(judge(DATA, half, file))}
    assert {name: got[name] for name in least if got[name] < least[name]} == {}
