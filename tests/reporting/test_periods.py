"""Weeks, months, quarters, years and ranges, by name, neighbour and error."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.reporting.periods import (
    Period,
    PeriodError,
    PeriodKind,
    containing,
    days,
    everything,
    issue_day,
    read_period,
    require_begun,
    span,
)
from tests.cases.helpers import at, usual

WEEK, MONTH, QUARTER, YEAR = (
    PeriodKind.WEEK,
    PeriodKind.MONTH,
    PeriodKind.QUARTER,
    PeriodKind.YEAR,
)


@pytest.mark.parametrize(
    ("period", "name"),
    [
        (read_period(WEEK, "2026-W47"), "2026年第47周（11月16日—11月22日）"),
        (read_period(WEEK, "2026-W01"), "2026年第1周（2025年12月29日—2026年1月4日）"),
        (read_period(MONTH, "2026-11"), "2026年11月（11月1日—11月30日）"),
        (read_period(QUARTER, "2026-Q4"), "2026年第四季度（10月1日—12月31日）"),
        (read_period(YEAR, "2026"), "2026年（1月1日—12月31日）"),
        (days(date(2026, 11, 1), date(2026, 11, 15)), "2026年11月1日至2026年11月15日"),
        (span(at("2026-11-01T08:00"), at("2026-11-02T00:00")), "2026年11月1日08:00至2026年11月1日"),
        (everything(at("2026-11-23T00:00")), "截至2026年11月22日"),
    ],
)
def test_names(period: Period, name: str) -> None:
    assert period.name == name


@pytest.mark.parametrize(
    ("kind", "key", "before", "year_ago"),
    [
        (WEEK, "2026-W01", "2025-W52", "2025-W01"),
        (WEEK, "2027-W01", "2026-W53", "2026-W01"),
        (WEEK, "2026-W53", "2026-W52", "2025-W52"),
        (MONTH, "2026-01", "2025-12", "2025-01"),
        (QUARTER, "2026-Q1", "2025-Q4", "2025-Q1"),
        (YEAR, "2026", "2025", "2025"),
    ],
)
def test_the_period_before_and_the_same_of_last_year(
    kind: PeriodKind, key: str, before: str, year_ago: str
) -> None:
    period = read_period(kind, key)
    assert period.previous == read_period(kind, before)
    assert period.year_ago == read_period(kind, year_ago)


def test_a_range_compares_with_as_many_days_and_with_the_same_dates() -> None:
    leap = days(date(2028, 2, 20), date(2028, 2, 28))
    assert leap.previous == days(date(2028, 2, 11), date(2028, 2, 19))
    assert leap.year_ago == span(at("2027-02-20T00:00"), at("2027-02-28T00:00"))
    whole = everything(at("2026-01-01T00:00"))
    assert (whole.previous, whole.year_ago) == (None, None)


@given(
    st.dates(date(1991, 1, 1), date(2059, 12, 31)), st.sampled_from([WEEK, MONTH, QUARTER, YEAR])
)
def test_periods_of_a_kind_meet_without_gap_or_overlap(day: date, kind: PeriodKind) -> None:
    period = containing(kind, day)
    assert period.first <= day <= period.last
    assert period.previous is not None
    assert period.previous.end_at == period.start_at
    assert read_period(kind, period.key) == period
    if kind is WEEK:
        assert (period.first.weekday(), period.end_at - period.start_at) == (0, timedelta(days=7))


@pytest.mark.parametrize(
    ("kind", "text", "example"),
    [
        (WEEK, "2025-W53", "2026-W47"),
        (WEEK, "11月", "2026-W47"),
        (MONTH, "2026-13", "2026-11"),
        (QUARTER, "2026-Q5", "2026-Q4"),
        (YEAR, "26", "2026"),
        (YEAR, "3026", "1990 至 2060"),
    ],
)
def test_what_is_no_period_is_told_with_an_example(
    kind: PeriodKind, text: str, example: str
) -> None:
    with pytest.raises(PeriodError) as error:
        read_period(kind, text)
    assert example in str(error.value)
    assert text in str(error.value)


def test_a_reversed_and_a_future_range_are_refused() -> None:
    with pytest.raises(PeriodError, match="请对调"):
        days(date(2026, 3, 9), date(2026, 3, 8))
    with pytest.raises(PeriodError, match="请对调"):
        span(at("2026-03-09T08:00"), at("2026-03-09T08:00"))
    with pytest.raises(PeriodError, match="还没有开始"):
        require_begun(read_period(WEEK, "2026-W12"), at("2026-03-15T23:59"))
    require_begun(read_period(WEEK, "2026-W12"), at("2026-03-16T00:00"))


def test_a_period_that_runs_is_seen_from_now() -> None:
    week, now = read_period(WEEK, "2026-W11"), at("2026-03-12T09:00")
    assert (week.as_of(now), week.over(now)) == (now + timedelta(microseconds=1), False)
    assert week.as_of(at("2026-03-20T09:00")) == week.end_at == at("2026-03-16T00:00")


@pytest.mark.parametrize(
    ("week", "day"),
    [
        ("2026-W11", date(2026, 3, 16)),
        ("2026-W07", date(2026, 2, 24)),  # the spring festival lies between
        ("2026-W40", date(2026, 10, 8)),  # and here the national day
    ],
)
def test_an_edition_is_issued_on_the_first_working_day_after(week: str, day: date) -> None:
    assert issue_day(read_period(WEEK, week), usual().calendar) == day
