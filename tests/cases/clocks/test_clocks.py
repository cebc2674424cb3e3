"""Clock values: exact pauses, extensions, natural hours, recomputing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.clocks import (
    Clock,
    ClockError,
    ClockUnit,
    extend,
    pause,
    recompute,
    resume,
    start_clock,
)
from cases.clocks.office_hours import OfficeHours
from cases.clocks.published_days import Overlay, OverlayDay
from cases.clocks.workdays import Calendar, DayMark
from cases.words.times import BEIJING

CALENDAR = Calendar()
OFFICE = OfficeHours()
CLOSES = OfficeHours(day_end=time(17, 30))

MOMENTS = st.integers(0, 20 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2010, 1, 1, tzinfo=BEIJING) + timedelta(seconds=seconds)
)
OFFICES = st.sampled_from(
    [OFFICE, CLOSES, OfficeHours(spans=((time(9), time(17)),), day_end=time(18))]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def clock(received: datetime | str, days: int = 5, office: OfficeHours = OFFICE) -> Clock:
    started_at = at(received) if isinstance(received, str) else received
    return start_clock(
        name="reply",
        rule="reply",
        policy="test",
        unit=ClockUnit.WORKING_DAYS,
        amount=days,
        started_at=started_at,
        calendar=CALENDAR,
        office=office,
    )


def pause_for(clock: Clock, since: datetime, until: datetime, office: OfficeHours) -> Clock:
    return resume(pause(clock, since), until, CALENDAR, office)


# ---- starting ----


@pytest.mark.parametrize(
    "received",
    [
        "2026-03-09T00:00:00",
        "2026-03-09T08:00:00",
        "2026-03-09T17:30:00",
        "2026-03-09T23:59:59.999999",
    ],
)
def test_the_hour_of_receipt_does_not_matter(received: str) -> None:
    assert clock(received).due_at == at("2026-03-16T23:59:59")


def test_one_second_past_midnight_is_the_next_day() -> None:
    assert clock("2026-03-10T00:00:01").due_at == at("2026-03-17T23:59:59")


def test_a_receipt_on_a_day_off_counts_from_the_next_day() -> None:
    assert clock("2026-03-14T10:00:00", 1).due_at == at("2026-03-16T23:59:59")
    assert clock("2026-10-03T10:00:00", 1).due_at == at("2026-10-08T23:59:59")


def test_an_office_may_end_the_day_at_closing_time() -> None:
    assert clock("2026-03-09T10:00:00", office=CLOSES).due_at == at("2026-03-16T17:30:00")


def test_a_naive_time_is_beijing_time_and_other_zones_are_converted() -> None:
    naive = clock(datetime.fromisoformat("2026-03-09T23:30:00"))
    assert naive.started_at == at("2026-03-09T23:30:00")
    assert naive.due_at == at("2026-03-16T23:59:59")
    # 16:30 UTC is already 10 March in Beijing.
    assert clock(datetime(2026, 3, 9, 16, 30, tzinfo=UTC)).due_at == at("2026-03-17T23:59:59")


def test_a_due_time_over_unpublished_days_is_provisional() -> None:
    assert clock("2026-12-31T09:00:00").provisional
    assert clock("2026-12-23T09:00:00").provisional
    assert not clock("2026-12-17T09:00:00").provisional


def test_natural_hours_run_day_and_night_and_over_holidays() -> None:
    event = start_clock(
        name="event_press",
        rule="event-press",
        policy="test",
        unit=ClockUnit.HOURS,
        amount=24,
        started_at=at("2026-10-01T22:15:30"),
        calendar=CALENDAR,
        office=OFFICE,
    )
    assert event.due_at == at("2026-10-02T22:15:30")
    assert event.trace == ()
    assert pause(event, at("2026-10-02T09:00:00")) == event
    assert recompute(event, Calendar(last_year=2030), OFFICE) == event
    with pytest.raises(ClockError, match="只有按天"):
        extend(event, 1, CALENDAR, OFFICE)


def test_the_time_a_source_set_is_kept_as_it_is() -> None:
    def source(due: datetime | None) -> Clock:
        return start_clock(
            name="source",
            rule="source",
            policy="test",
            unit=ClockUnit.FIXED,
            amount=0,
            started_at=at("2026-09-24T10:00:00"),
            calendar=CALENDAR,
            office=OFFICE,
            fixed_due_at=due,
        )

    # A holiday, and still theirs to say.
    fixed = source(datetime.fromisoformat("2026-10-03T15:00:00"))
    assert fixed.due_at == at("2026-10-03T15:00:00")
    assert not fixed.provisional
    assert resume(pause(fixed, fixed.started_at), fixed.due_at, CALENDAR, OFFICE) == fixed
    with pytest.raises(ClockError, match="来源没有给出时间"):
        source(None)


def test_a_clock_survives_storage() -> None:
    stored = pause_for(
        extend(clock("2026-09-24T10:00:00"), 3, CALENDAR, OFFICE),
        at("2026-09-28T10:00:00"),
        at("2026-09-30T15:00:00"),
        OFFICE,
    )
    assert msgspec.json.decode(msgspec.json.encode(stored), type=Clock) == stored


# ---- office time ----


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        ("2026-03-09T10:00:00", "2026-03-09T11:00:00", 60),
        ("2026-03-09T11:00:00", "2026-03-09T15:00:00", 120),
        ("2026-03-09T12:00:00", "2026-03-09T14:00:00", 0),
        ("2026-03-09T17:30:00", "2026-03-10T08:30:00", 0),
        ("2026-03-09T00:00:00", "2026-03-10T00:00:00", 420),
        ("2026-03-13T16:30:00", "2026-03-16T09:30:00", 120),
        ("2026-09-30T16:30:00", "2026-10-08T09:30:00", 120),
        ("2026-10-09T16:30:00", "2026-10-10T09:30:00", 120),  # a Saturday worked
        ("2026-03-09T10:00:59", "2026-03-09T10:01:00", 1),
        ("2026-03-09T10:00:00", "2026-03-09T10:00:59", 0),
        ("2026-03-09T11:00:00", "2026-03-09T10:00:00", -60),
    ],
)
def test_office_minutes(since: str, until: str, minutes: int) -> None:
    assert OFFICE.minutes_between(at(since), at(until), CALENDAR) == minutes


@given(OFFICES, MOMENTS, st.integers(-5000, 5000))
def test_adding_office_minutes_adds_exactly_that_many(
    office: OfficeHours, moment: datetime, n: int
) -> None:
    later = office.add_minutes(moment, n, CALENDAR)
    assert office.minutes_between(moment, later, CALENDAR) == n
    assert (later >= moment) if n > 0 else True


# ---- pausing ----


def test_a_pause_moves_the_due_time_by_the_office_time_it_took() -> None:
    paused = pause_for(
        clock("2026-03-09T10:00:00"), at("2026-03-10T10:00:00"), at("2026-03-10T11:30:00"), OFFICE
    )
    assert paused.due_at == at("2026-03-17T10:00:00")
    assert paused.paused_minutes == 90
    assert paused.paused_since is None


def test_a_pause_of_whole_days_ends_at_the_end_of_a_day() -> None:
    paused = pause_for(
        clock("2026-03-09T10:00:00"), at("2026-03-10T08:30:00"), at("2026-03-11T17:30:00"), OFFICE
    )
    assert paused.due_at == at("2026-03-18T23:59:59")
    assert [(line.day.day, line.mark, line.counted) for line in paused.trace] == [
        (9, DayMark.START, 0),
        (10, DayMark.PAUSED, 0),
        (11, DayMark.PAUSED, 0),
        (12, DayMark.WORKDAY, 1),
        (13, DayMark.WORKDAY, 2),
        (14, DayMark.WEEKEND, 0),
        (15, DayMark.WEEKEND, 0),
        (16, DayMark.WORKDAY, 3),
        (17, DayMark.WORKDAY, 4),
        (18, DayMark.WORKDAY, 5),
    ]


def test_a_day_paused_in_part_says_for_how_long() -> None:
    paused = pause_for(
        clock("2026-03-09T10:00:00", 1),
        at("2026-03-10T10:00:00"),
        at("2026-03-10T14:45:00"),
        OFFICE,
    )
    assert paused.due_at == at("2026-03-11T11:15:00")
    assert [(line.counted, line.note) for line in paused.trace] == [
        (0, ""),
        (1, "暂停2小时45分钟"),
        (1, ""),
    ]


def test_a_due_time_at_noon_does_not_wait_for_the_afternoon() -> None:
    paused = pause_for(
        clock("2026-03-09T10:00:00", 1),
        at("2026-03-10T08:30:00"),
        at("2026-03-10T12:00:00"),
        OFFICE,
    )
    assert paused.due_at == at("2026-03-11T12:00:00")


def test_a_pause_on_the_day_of_receipt_is_made_up_for_too() -> None:
    paused = pause_for(
        clock("2026-03-09T08:00:00", 2),
        at("2026-03-09T08:30:00"),
        at("2026-03-09T17:30:00"),
        OFFICE,
    )
    assert paused.due_at == at("2026-03-12T23:59:59")
    assert [(line.mark, line.counted, line.note) for line in paused.trace] == [
        (DayMark.START, 0, "暂停7小时"),
        (DayMark.PAUSED, 0, "补收件当日的暂停"),
        (DayMark.WORKDAY, 1, ""),
        (DayMark.WORKDAY, 2, ""),
    ]


def test_a_pause_outside_office_hours_moves_nothing() -> None:
    before = clock("2026-03-09T10:00:00")
    after = pause_for(before, at("2026-03-14T00:00:00"), at("2026-03-16T08:30:00"), OFFICE)
    assert after.due_at == before.due_at


def test_pausing_twice_and_resuming_twice_do_nothing_more() -> None:
    once = pause(clock("2026-03-09T10:00:00"), at("2026-03-10T09:00:00"))
    assert pause(once, at("2026-03-10T16:00:00")) == once
    running = resume(once, at("2026-03-10T11:00:00"), CALENDAR, OFFICE)
    assert resume(running, at("2026-03-12T11:00:00"), CALENDAR, OFFICE) == running


def test_a_clock_cannot_resume_before_it_paused() -> None:
    paused = pause(clock("2026-03-09T10:00:00"), at("2026-03-10T09:00:00"))
    with pytest.raises(ClockError, match="早于暂停时间 2026-03-10 09:00"):
        resume(paused, at("2026-03-10T08:59:00"), CALENDAR, OFFICE)


SPELLS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)), min_size=1, max_size=4)


@given(OFFICES, MOMENTS, st.integers(1, 30), SPELLS)
def test_n_paused_office_minutes_move_the_due_time_by_n_office_minutes(
    office: OfficeHours, received: datetime, days: int, spells: list[tuple[int, int]]
) -> None:
    before = clock(received, days, office)
    after, moment, paused = before, before.started_at, 0
    for wait, length in spells:
        since = moment + timedelta(minutes=wait)
        moment = since + timedelta(minutes=length)
        after = pause_for(after, since, moment, office)
        paused += office.minutes_between(since, moment, CALENDAR)
    assert after.paused_minutes == paused
    assert office.minutes_between(before.due_at, after.due_at, CALENDAR) == paused
    if paused % office.minutes_per_day == 0:
        assert after.due_at.time() == office.day_end
    assert max(line.counted for line in after.trace) == days
    assert after.trace[-1].day == after.due_at.date()


# ---- extending ----


def test_an_extension_counts_from_the_day_after_the_due_date() -> None:
    extended = extend(clock("2026-09-24T10:00:00"), 5, CALENDAR, OFFICE)
    assert extended.due_at == at("2026-10-15T23:59:59")  # 10 October is worked
    assert extended.original_due_at == at("2026-10-09T23:59:59")
    assert extended.extensions == (5,)
    assert extended.trace[-1].counted == 10


def test_the_original_due_time_stays_that_of_before_the_first_extension() -> None:
    first = extend(clock("2026-03-09T10:00:00"), 2, CALENDAR, OFFICE)
    second = extend(first, 3, CALENDAR, OFFICE)
    assert second.extensions == (2, 3)
    assert second.original_due_at == first.original_due_at == at("2026-03-16T23:59:59")
    assert second.due_at == at("2026-03-23T23:59:59")


def test_a_pause_moves_the_original_due_time_only_if_it_began_before_it() -> None:
    extended = extend(clock("2026-03-09T10:00:00"), 5, CALENDAR, OFFICE)
    early = pause_for(extended, at("2026-03-12T08:30:00"), at("2026-03-12T17:30:00"), OFFICE)
    assert early.original_due_at == at("2026-03-17T23:59:59")
    late = pause_for(extended, at("2026-03-18T08:30:00"), at("2026-03-18T17:30:00"), OFFICE)
    assert late.original_due_at == at("2026-03-16T23:59:59")
    assert late.due_at == at("2026-03-24T23:59:59")


@pytest.mark.parametrize("days", [0, -1])
def test_an_extension_is_at_least_one_day(days: int) -> None:
    with pytest.raises(ClockError, match=f"实际是 {days}"):
        extend(clock("2026-03-09T10:00:00"), days, CALENDAR, OFFICE)


@given(OFFICES, MOMENTS, st.integers(1, 30), st.integers(1, 30), st.integers(0, 20_000))
def test_pauses_and_extensions_may_come_in_any_order(
    office: OfficeHours, received: datetime, days: int, more: int, length: int
) -> None:
    start = clock(received, days, office)
    since, until = start.started_at, start.started_at + timedelta(minutes=length)
    extended = extend(start, more, CALENDAR, office)
    assert pause_for(extended, since, until, office) == extend(
        pause_for(start, since, until, office), more, CALENDAR, office
    )
    assert CALENDAR.working_days_between(start.due_at.date(), extended.due_at.date()) == more
    assert extended.original_due_at == start.due_at


# ---- another calendar ----


def with_day_off(day: date) -> Calendar:
    off = OverlayDay(first=day, last=day, workday=False, name="三月三", notice="测试")
    return Calendar(Overlay(days=(off,)))


def test_recomputing_gives_what_the_new_calendar_would_have_given() -> None:
    calendar = with_day_off(date(2026, 3, 12))
    before = extend(clock("2026-03-09T10:00:00"), 2, CALENDAR, OFFICE)
    after = recompute(before, calendar, OFFICE)
    assert after.due_at == at("2026-03-19T23:59:59")
    assert after.original_due_at == at("2026-03-17T23:59:59")
    assert after.calendar == calendar.version != before.calendar
    assert recompute(after, CALENDAR, OFFICE) == before


def test_recomputing_counts_the_minutes_of_a_pause_again() -> None:
    before = pause_for(
        clock("2026-03-09T10:00:00"), at("2026-03-12T08:30:00"), at("2026-03-13T17:30:00"), OFFICE
    )
    after = recompute(before, with_day_off(date(2026, 3, 12)), OFFICE)
    assert (before.paused_minutes, after.paused_minutes) == (840, 420)
    # A day lost to the pause before, lost to the holiday now: due the same day.
    assert after.due_at == before.due_at == at("2026-03-18T23:59:59")


def test_recomputing_an_open_pause_keeps_it_open() -> None:
    paused = pause(clock("2026-03-09T10:00:00"), at("2026-03-10T09:00:00"))
    assert recompute(paused, CALENDAR, OFFICE) == paused


def test_a_provisional_due_time_settles_when_the_notice_arrives() -> None:
    # 2027 as if published: 元旦 1 to 3 January, 4 January off as well.
    off = OverlayDay(
        first=date(2027, 1, 1), last=date(2027, 1, 4), workday=False, name="元旦", notice="测试"
    )
    before = clock("2026-12-30T10:00:00")
    after = recompute(before, Calendar(Overlay(days=(off,), years=(2027,))), OFFICE)
    assert (before.provisional, after.provisional) == (True, False)
    assert (before.due_at, after.due_at) == (at("2027-01-07T23:59:59"), at("2027-01-08T23:59:59"))
