"""Figures that pages share are made once."""

from __future__ import annotations

from itertools import count

import pytest

from desk.ground.kept_figures import KeptFigures


def test_figures_are_kept_until_something_was_processed_and_half_a_minute_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = [0.0]
    monkeypatch.setattr("desk.ground.kept_figures.monotonic", lambda: seconds[0])
    kept, made = KeptFigures[str, int](), count(1)

    def read(revision: int, key: str = "week") -> int:
        return kept.read(key, revision, lambda: next(made))

    assert [read(1), read(1)] == [1, 1]
    assert read(2) == 1, "something was processed a moment ago"
    seconds[0] = 31
    assert read(1) == 1, "nothing was processed"
    assert read(2) == 2
    assert read(2, "month") == 3


def test_few_figures_are_kept_the_latest() -> None:
    kept, made = KeptFigures[int, int](), count(1)
    for key in range(17):
        kept.read(key, 1, lambda: next(made))
    assert kept.read(16, 1, lambda: next(made)) == 17
    assert kept.read(0, 1, lambda: next(made)) == 18


def test_what_fails_is_not_kept() -> None:
    kept = KeptFigures[str, int]()
    with pytest.raises(ZeroDivisionError):
        kept.read("week", 1, lambda: 1 // 0)
    assert kept.read("week", 1, lambda: 7) == 7
