"""A small office's year, in a minute; the whole one is `make soak ARGS=year`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.soak import year_plan as known
from tests.soak.year import SHORT, Year
from tests.soak.year_check import check


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_year_is_as_it_was_planned(tmp_path: Path) -> None:
    year = Year(tmp_path, SHORT)
    figures = year.run()
    check(year)
    year.close()
    assert figures.cases == len(year.messages)


def test_the_plan_has_what_a_year_has() -> None:
    messages = SHORT.messages()
    days = {each.item.received_at.date() for each in messages}
    assert (min(days), max(days)) == (known.FIRST, known.LAST)
    in_the_hour = [
        m for m in messages if known.BURST <= m.item.received_at < known.BURST + timedelta(hours=1)
    ]
    assert len(in_the_hour) >= SHORT.burst
    assert {each.fate for each in messages} == set(known.Fate)
    assert messages == SHORT.messages(), "the same every time"
    while_silent = [at for at, _ in known.feed(messages) if known.SILENT[0] <= at < known.SILENT[1]]
    assert while_silent == []


@pytest.mark.parametrize(
    ("received", "days", "told", "due"),
    [
        ("2026-12-28", 5, False, "2027-01-05"),
        ("2026-12-30", 3, False, "2027-01-05"),
        ("2027-01-28", 5, True, "2027-02-03"),
        ("2027-02-04", 3, True, "2027-02-17"),
        ("2027-02-04", 5, True, "2027-02-19"),
        ("2027-02-18", 3, True, "2027-02-22"),
        ("2027-09-30", 5, True, "2027-10-13"),
    ],
)
def test_the_reckoning_by_hand(received: str, days: int, told: bool, due: str) -> None:
    found = known.due_day(date.fromisoformat(received), days, told=told)
    assert found == date.fromisoformat(due)
