"""What is left and how late it is, as docs/deadlines.md tells it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.clocks import (
    Clock,
    ClockUnit,
    OfficeHours,
    extend,
    pause,
    resume,
    start_clock,
)
from cases.clocks.standing import days_late, working_days_left
from cases.clocks.workdays import Calendar
from cases.words.times import BEIJING

CALENDAR = Calendar()
OFFICE = OfficeHours()
START = datetime(2026, 1, 1, tzinfo=BEIJING)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def clock(started: datetime, amount: int = 5) -> Clock:
    return start_clock(
        name="reply", rule="reply", policy="1", unit=ClockUnit.WORKING_DAYS, amount=amount,
        started_at=started, calendar=CALENDAR, office=OFFICE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-11-16T06:00", 5),  # before the office opens on the day of receipt
        ("2026-11-16T23:59", 5),
        ("2026-11-17T00:00", 4),
        ("2026-11-20T17:00", 1),
        ("2026-11-21T12:00", 1),  # Saturday
        ("2026-11-23T08:00", 0),
        ("2026-11-24T08:00", -1),
    ],
)
def test_the_day_of_receipt_does_not_count(now: str, left: int) -> None:
    assert working_days_left(clock(at("2026-11-16T05:00")), at(now), CALENDAR) == left


@given(
    st.integers(0, 363 * 24 * 60), st.integers(1, 20), st.integers(0, 9), st.integers(0, 4000),
    st.integers(0, 6000), st.integers(0, 40 * 24 * 60),
)  # fmt: skip
def test_no_more_is_ever_left_than_was_granted(
    minute: int, amount: int, more: int, paused_after: int, paused_for: int, later: int
) -> None:
    began = START + timedelta(minutes=minute)
    running = clock(began, amount)
    if more:
        running = extend(running, more, CALENDAR, OFFICE)
    stopped = began + timedelta(minutes=paused_after)
    again = stopped + timedelta(minutes=paused_for)
    running = resume(pause(running, stopped), again, CALENDAR, OFFICE)
    left = working_days_left(running, again + timedelta(minutes=later), CALENDAR)
    assert left is not None
    assert left <= amount + more


def test_a_clock_that_stands_still_or_counts_hours_has_no_days() -> None:
    stopped = pause(clock(at("2026-11-16T05:00")), at("2026-11-17T10:00"))
    assert working_days_left(stopped, at("2026-11-18T10:00"), CALENDAR) is None


@pytest.mark.parametrize(
    ("due", "until", "late"),
    [
        ("2026-03-09T23:59:59", "2026-03-10T00:00:00", 1),
        ("2026-03-09T23:59:59", "2026-03-10T23:59:59", 1),
        ("2026-03-09T23:59:59", "2026-03-11T00:00:00", 2),
        ("2026-03-09T15:00", "2026-03-09T15:01", 1),
        ("2026-03-09T15:00", "2026-03-10T23:00", 1),
        ("2026-03-06T15:00", "2026-03-09T08:00", 3),
    ],
)
def test_overdue_days_are_calendar_days_after_the_due_day(due: str, until: str, late: int) -> None:
    assert days_late(at(due), at(until)) == late
