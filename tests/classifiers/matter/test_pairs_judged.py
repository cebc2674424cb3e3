"""How well letters are put together: the judged pairs, and the arithmetic over them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.matter import Pair, letters, pairs, rates
from classifiers.matter.linker import Matters
from classifiers.rules.tables import CrowdTable

DATA = Path(os.environ.get("HUIYIN_DATA", "../shared/data"))


def test_the_pairs_name_letters_and_hold_no_text() -> None:
    judged = pairs()
    assert sum(pair.judged != "unclear" for pair in judged) >= 200
    for half, number in (("choosing", 250), ("final", 236)):
        assert sum(pair.half == half for pair in judged) == number
    for pair in judged:
        assert pair.first.isdecimal()
        assert pair.second.isdecimal()
        assert pair.judged in ("same", "different", "unclear")


def test_rates_count_pairs_or_what_they_stand_for() -> None:
    judged = [
        Pair("a", "b", "same", 3.0, "final"),
        Pair("a", "c", "different", 1.0, "final"),
        Pair("a", "d", "same", 1.0, "final"),
        Pair("b", "c", "unclear", 9.0, "final"),
    ]
    matter_of = {"a": "1", "b": "1", "c": "1", "d": "2"}
    plain, whole = rates(judged, matter_of), rates(judged, matter_of, weighted=True)
    assert (plain.precision, plain.recall) == (0.5, 0.5)
    assert (whole.precision, whole.recall) == (0.75, 0.75)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not (DATA / "messages/hotspot.csv").exists(), reason="the letters are not here")
def test_the_half_that_was_kept_back_is_told_apart() -> None:
    matters = Matters(CrowdTable(distinct_people=5, window_hours=720))
    matter_of = {each.case_id: matters.add(each).matter_id for each in letters(DATA)}
    final = [pair for pair in pairs() if pair.half == "final"]
    for weighted in (False, True):
        found = rates(final, matter_of, weighted=weighted)
        assert found.precision >= 0.9
        assert found.recall >= 0.8
