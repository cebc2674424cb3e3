"""Deadlines in words."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from cases.clocks.clocks import Clock, ClockUnit, OfficeHours, pause, start_clock
from cases.clocks.workdays import Calendar
from cases.words.times import BEIJING
from desk.phrasing.times import Left, moment, time_left

CALENDAR = Calendar()
OFFICE = OfficeHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def clock(started: str = "2026-11-17T10:00", unit: ClockUnit = ClockUnit.WORKING_DAYS) -> Clock:
    """Received on a Tuesday: 5 working days are over on the next Tuesday, 24 November."""
    return start_clock(
        name="reply",
        rule="reply",
        policy="1",
        unit=unit,
        amount=5,
        started_at=at(started),
        calendar=CALENDAR,
        office=OFFICE,
        fixed_due_at=at("2026-11-24T17:00"),
    )


@pytest.mark.parametrize(
    ("now", "text", "tone"),
    [
        ("2026-11-17T10:00", "剩 5 个工作日", "ok"),
        ("2026-11-17T18:00", "剩 5 个工作日", "ok"),
        ("2026-11-18T09:30", "剩 4 个工作日", "ok"),
        ("2026-11-20T12:30", "剩 2 个工作日", "ok"),
        ("2026-11-22T11:00", "剩 2 个工作日", "ok"),
        ("2026-11-23T00:00", "剩 1 个工作日", "soon"),
        ("2026-11-23T18:00", "剩 1 个工作日", "soon"),
        ("2026-11-24T10:40", "今日到期，剩 13 小时", "soon"),
        ("2026-11-24T23:30", "今日到期，剩 29 分钟", "soon"),
        ("2026-11-24T23:59:59", "今日到期，剩 1 分钟", "soon"),
        ("2026-11-25T00:00", "逾期 1 天", "late"),
        ("2026-11-25T17:00", "逾期 1 天", "late"),
        ("2026-12-01T08:00", "逾期 7 天", "late"),
    ],
)
def test_working_days_are_told_as_they_are_counted(now: str, text: str, tone: str) -> None:
    assert time_left(clock(), at(now), CALENDAR) == Left(text, tone)


@pytest.mark.parametrize(
    ("now", "text", "tone"),
    [
        ("2026-11-17T10:00", "剩 5 小时", "soon"),
        ("2026-11-17T14:20", "剩 40 分钟", "soon"),
        ("2026-11-17T15:10", "逾期 10 分钟", "late"),
        ("2026-11-18T09:00", "逾期 18 小时", "late"),
        ("2026-11-20T09:00", "逾期 2 天", "late"),
    ],
)
def test_natural_hours_run_day_and_night(now: str, text: str, tone: str) -> None:
    hours = clock(unit=ClockUnit.HOURS)
    assert time_left(hours, at(now), CALENDAR) == Left(text, tone)


@pytest.mark.parametrize(
    ("due", "now", "text", "tone"),
    [
        ("2026-11-24T17:00", "2026-11-20T17:00", "剩 2 个工作日", "ok"),
        ("2026-11-24T17:00", "2026-11-24T09:00", "今日到期，剩 8 小时", "soon"),
        ("2026-11-24T17:00", "2026-11-24T18:00", "逾期 1 天", "late"),
        # Due on a Sunday, looked at on the Friday before: no working day is left.
        ("2026-11-22T17:00", "2026-11-20T16:00", "剩 2 天", "ok"),
        ("2999-01-01T00:00", "2026-11-20T16:00", "剩 355057 天", "ok"),
    ],
)
def test_a_time_the_source_set_is_told_in_the_same_words(
    due: str, now: str, text: str, tone: str
) -> None:
    fixed = replace(clock(unit=ClockUnit.FIXED), due_at=at(due))
    assert time_left(fixed, at(now), CALENDAR) == Left(text, tone)


def test_a_paused_clock_is_neither_late_nor_soon() -> None:
    stopped = pause(clock(), at("2026-11-19T10:00"))
    left = time_left(stopped, at("2026-12-01T10:00"), CALENDAR)
    assert left == Left("暂停计时", "quiet")


def test_the_year_is_shown_only_when_it_is_another_one() -> None:
    now = at("2026-11-24T10:00")
    assert moment(at("2026-11-22T09:30"), now) == "11-22 09:30"
    assert moment(at("2019-04-25T09:32"), now) == "2019-04-25 09:32"
