"""When a source counts as silent, unreachable, failing or late."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest

from cases.words.times import BEIJING
from streams.sources.seam.health import (
    Complaint,
    HealthRules,
    SourceHealth,
    findings,
    pause,
    record_failure,
    record_success,
    resume,
    silent,
)

FRIDAY = datetime(2026, 3, 6, 17, 0, tzinfo=BEIJING)
HOUR = timedelta(hours=1)
FRESH = SourceHealth(source="box", watched_since=FRIDAY)


def weekday(day: date) -> bool:
    return day.weekday() < 5


def complaints(health: SourceHealth, now: datetime, **rules: object) -> set[Complaint]:
    return {
        finding.complaint
        for finding in findings(
            health, HealthRules.model_validate(rules), now=now, is_workday=weekday
        )
    }


def test_a_success_clears_the_errors_and_an_item_sets_the_lag() -> None:
    health = record_failure(FRESH, now=FRIDAY, error="连不上\n  邮箱服务器")
    assert (health.failures, health.last_error) == (1, "连不上 邮箱服务器")
    health = record_success(health, now=FRIDAY + HOUR)
    assert (health.failures, health.last_error, health.last_item) == (0, "", None)
    health = record_success(health, now=FRIDAY + 3 * HOUR, received=(FRIDAY + HOUR, FRIDAY))
    assert health.last_item == FRIDAY + 3 * HOUR
    assert health.newest_received == FRIDAY + HOUR
    assert health.lag == 2 * HOUR


def test_an_older_item_does_not_take_the_newest_time_back() -> None:
    health = record_success(FRESH, now=FRIDAY + HOUR, received=(FRIDAY,))
    health = record_success(health, now=FRIDAY + HOUR, received=(FRIDAY - HOUR,))
    assert health.newest_received == FRIDAY


def test_a_clock_ahead_of_ours_is_no_negative_lag() -> None:
    assert record_success(FRESH, now=FRIDAY, received=(FRIDAY + HOUR,)).lag == timedelta()


def test_polls_without_items_are_silence_all_the_same() -> None:
    health = FRESH
    for hour in range(1, 9):
        health = record_success(health, now=FRIDAY + hour * HOUR)
    assert silent(health, now=FRIDAY + 8 * HOUR, threshold=8 * HOUR)
    assert not silent(health, now=FRIDAY + 8 * HOUR, threshold=9 * HOUR)


def test_a_weekend_is_no_silence_with_the_office_calendar() -> None:
    monday = FRIDAY + timedelta(days=3)
    assert silent(FRESH, now=monday, threshold=48 * HOUR)
    assert not silent(FRESH, now=monday, threshold=48 * HOUR, is_workday=weekday)
    assert silent(FRESH, now=monday, threshold=24 * HOUR, is_workday=weekday)


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, 0), (7, 7), (8, 7), (55, 7), (56, 8), (79, 31)]
)
def test_working_hours_counted_from_friday_evening(hours: int, expected: int) -> None:
    now = FRIDAY + hours * HOUR
    if expected:
        assert silent(FRESH, now=now, threshold=expected * HOUR, is_workday=weekday)
    assert not silent(
        FRESH, now=now, threshold=expected * HOUR + timedelta(seconds=1), is_workday=weekday
    )


def test_a_source_that_never_spoke_is_silent_since_it_is_watched() -> None:
    found = findings(
        FRESH, HealthRules(silent_after_hours=4, working_days=False), now=FRIDAY + 5 * HOUR
    )
    assert [finding.complaint for finding in found] == [Complaint.SILENT, Complaint.UNREACHABLE]
    assert found[0].since == FRIDAY
    assert "03-06 17:00" in found[0].text


def test_each_complaint_by_its_own_rule() -> None:
    health = FRESH
    for _ in range(5):
        health = record_failure(health, now=FRIDAY, error="登录被拒绝")
    assert complaints(health, FRIDAY + HOUR) == {Complaint.FAILING}
    assert complaints(health, FRIDAY + HOUR, failures=6) == set()
    assert complaints(health, FRIDAY + 2 * HOUR, failures=6) == {Complaint.UNREACHABLE}
    late = record_success(FRESH, now=FRIDAY + 5 * HOUR, received=(FRIDAY,))
    assert complaints(late, FRIDAY + 5 * HOUR, lag_hours=5) == {Complaint.LATE}
    assert complaints(late, FRIDAY + 5 * HOUR) == set()


def test_a_paused_source_is_left_alone_and_starts_afresh() -> None:
    health = pause(FRESH, now=FRIDAY, by="值班员")
    later = FRIDAY + timedelta(days=30)
    assert complaints(health, later, silent_after_hours=1) == set()
    assert not silent(health, now=later, threshold=HOUR)
    again = resume(health, now=later)
    assert complaints(again, later + HOUR, silent_after_hours=2, working_days=False) == set()
    assert pause(health, now=later, by="x") == health
    assert resume(FRESH, now=later) == FRESH


def test_a_long_error_is_one_readable_line() -> None:
    health = record_failure(FRESH, now=FRIDAY, error="很长的错误\n" * 200)
    assert len(health.last_error) == 300
    assert "\n" not in health.last_error


def test_health_is_stored_and_read_back() -> None:
    health = record_success(FRESH, now=FRIDAY, received=(FRIDAY - HOUR,))
    assert msgspec.json.decode(msgspec.json.encode(health), type=SourceHealth) == health
