"""How long a column may stand still: the cycles of the plan, tested at their edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cases.clocks.months import plus_months
from cases.registers.site_columns import (
    ColumnsError,
    ColumnTable,
    Cycle,
    Freshness,
    freshness,
)
from cases.routing.units import UnitRegister
from tests.cases.helpers import register as units
from tests.cases.helpers import table


@pytest.fixture(scope="module")
def register() -> UnitRegister:
    return units()


@pytest.fixture(scope="module")
def own(register: UnitRegister) -> ColumnTable:
    return ColumnTable.from_table(table("columns.toml"), register)


@pytest.mark.parametrize(
    ("cycle", "newest", "last_day"),
    [
        ("news", "2026-11-15", "2026-11-22"),
        ("new-media", "2026-11-15", "2026-11-22"),
        ("notices", "2026-08-22", "2026-11-22"),
        ("notices", "2026-11-30", "2027-02-28"),
        ("special", "2026-10-22", "2026-11-22"),
        ("special", "2027-01-31", "2027-02-28"),
        # The state's limit of six months comes before the county's eleven.
        ("other", "2025-12-22", "2026-06-22"),
        ("other", "2027-08-31", "2028-02-29"),
    ],
)
def test_the_cycles_of_the_plan_at_their_edges(
    own: ColumnTable, cycle: str, newest: str, last_day: str
) -> None:
    rule, day = own.cycle[cycle], date.fromisoformat(newest)
    last = rule.last_day(day)
    assert last == date.fromisoformat(last_day)
    one = timedelta(days=1)
    assert freshness(day, rule, last) is Freshness.DUE_SOON
    assert freshness(day, rule, last + one) is Freshness.STALE
    warned = last - timedelta(days=rule.remind_days)
    assert freshness(day, rule, warned) is Freshness.DUE_SOON
    assert freshness(day, rule, warned - one) is Freshness.FRESH


def test_without_a_date_nothing_is_claimed() -> None:
    cycle = Cycle(title="每周", days=7)
    assert freshness(None, cycle, date(2026, 11, 22)) is Freshness.UNKNOWN


def test_months_end_where_the_month_ends() -> None:
    assert plus_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert plus_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert plus_months(date(2026, 11, 22), 0) == date(2026, 11, 22)


GOOD = {
    "cycle": {"news": {"title": "每周", "days": 7}},
    "column": [
        {
            "name": "yaowen",
            "title": "要闻",
            "url": "https://www.example.gov.cn/",
            "cycle": "news",
            "unit": "housing",
        }
    ],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cycle": "weekly"}, "周期“weekly”没有定义，可用的有：news"),
        ({"unit": "nobody"}, "单位“nobody”"),
        ({"url": "ftp://x"}, "http"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_entry_is_named(register: UnitRegister, changes: dict[str, str], said: str) -> None:
    column = {**GOOD["column"][0], **changes}  # type: ignore[index]
    with pytest.raises(ColumnsError, match=said):
        ColumnTable.from_table({**GOOD, "column": [column]}, register)


def test_a_name_stands_once_and_a_cycle_has_a_length(register: UnitRegister) -> None:
    twice = {**GOOD, "column": [GOOD["column"][0], GOOD["column"][0]]}  # type: ignore[index]
    with pytest.raises(ColumnsError, match="不止一次"):
        ColumnTable.from_table(twice, register)
    with pytest.raises(ColumnsError, match="days 或 months"):
        ColumnTable.from_table({**GOOD, "cycle": {"news": {"title": "从不"}}}, register)
