"""Working days: against an independent calendar, the law, and by hand."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.published_days import (
    Overlay,
    OverlayError,
    legal_holidays,
    published_years,
)
from cases.clocks.workdays import Calendar, CalendarRangeError, DayMark

ONE = timedelta(days=1)
CALENDAR = Calendar()
DAYS = st.dates(date(2005, 1, 1), date(2055, 12, 31))


def days(first: date, last: date) -> list[date]:
    return [first + n * ONE for n in range((last - first).days + 1)]


# ---- against the `holidays` package, which the runtime does not use ----


@pytest.mark.parametrize("year", range(2014, 2061))
def test_legal_holidays_agree_with_an_independent_calendar(year: int) -> None:
    # What the oracle lists beyond the legal days: 调休, 补假, and days off ordered once.
    beyond = ("Day off", "observed", "Extended", "Anniversary")
    oracle = holidays.country_holidays("CN", years=year, language="en_US")
    legal = [day for day, name in oracle.items() if not any(word in name for word in beyond)]
    assert sorted(legal_holidays(year)) == sorted(legal)


# ---- published years, by hand ----


@pytest.mark.parametrize(
    ("received", "n", "due"),
    [
        # A week without holidays, by starting weekday; weekends do not count.
        ("2026-03-09", 5, "2026-03-16"),
        ("2026-03-10", 5, "2026-03-17"),
        ("2026-03-11", 5, "2026-03-18"),
        ("2026-03-12", 5, "2026-03-19"),
        ("2026-03-13", 5, "2026-03-20"),
        ("2026-03-14", 5, "2026-03-20"),
        ("2026-03-15", 5, "2026-03-20"),
        ("2026-03-13", 3, "2026-03-18"),
        ("2026-03-13", 1, "2026-03-16"),
        # 春节 2026: off 15 to 23 February, worked 14 and 28 February.
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-18", 5, "2026-02-28"),
        # 劳动节 2026: off 1 to 5 May, worked 9 May.
        ("2026-04-30", 5, "2026-05-11"),
        # 中秋 and 国庆节 2026: off 25 to 27 September and 1 to 7 October,
        # worked 20 September and 10 October.
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-10-09", 1, "2026-10-10"),
        # 春节 2020 was prolonged to 2 February by a later notice.
        ("2020-01-23", 1, "2020-02-03"),
        # 国庆节 and 中秋 2020 fell on one day.
        ("2020-09-30", 1, "2020-10-09"),
        # 抗战胜利纪念日 2015, off once only.
        ("2015-09-02", 1, "2015-09-06"),
        # New Year across the years.
        ("2018-12-28", 1, "2018-12-29"),
        ("2018-12-29", 1, "2019-01-02"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_due_day(received: str, n: int, due: str) -> None:
    start = date.fromisoformat(received)
    assert CALENDAR.add_working_days(start, n) == date.fromisoformat(due)


def test_trace_says_why_each_day_counted_or_not() -> None:
    trace = CALENDAR.trace(date(2026, 9, 18), 5)
    assert [(line.day.day, line.mark, line.counted, line.note) for line in trace] == [
        (18, DayMark.START, 0, ""),
        (19, DayMark.WEEKEND, 0, ""),
        (20, DayMark.MAKEUP, 1, "国庆节调休"),
        (21, DayMark.WORKDAY, 2, ""),
        (22, DayMark.WORKDAY, 3, ""),
        (23, DayMark.WORKDAY, 4, ""),
        (24, DayMark.WORKDAY, 5, ""),
    ]


def test_trace_of_a_receipt_on_a_day_off_says_so() -> None:
    assert CALENDAR.trace(date(2026, 10, 3), 1)[0].note == "法定节假日，国庆节"
    assert CALENDAR.trace(date(2026, 3, 14), 1)[0].note == "周末"


# ---- days nobody has published ----


def test_days_past_the_package_are_computed_from_the_law_and_provisional() -> None:
    year = published_years()[-1] + 1
    assert CALENDAR.mark(date(year, 1, 1)) is DayMark.HOLIDAY
    assert CALENDAR.note(date(year, 1, 1)) == "元旦，暂定"
    assert all(CALENDAR.is_provisional(day) for day in days(date(year, 1, 1), date(year, 12, 31)))
    assert CALENDAR.mark(date(2027, 2, 5)) is DayMark.HOLIDAY, "除夕, by the text of 2024"
    assert CALENDAR.mark(date(2027, 2, 9)) is DayMark.WORKDAY, "调休 is not guessed"
    assert CALENDAR.mark(date(2027, 2, 20)) is DayMark.WEEKEND


def test_31_december_of_the_last_published_year() -> None:
    trace = CALENDAR.trace(date(2026, 12, 31), 5)
    assert trace[-1].day == date(2027, 1, 8)
    assert [line.mark for line in trace[1:4]] == [
        DayMark.HOLIDAY,
        DayMark.WEEKEND,
        DayMark.WEEKEND,
    ]
    assert all("暂定" in line.note for line in trace)


def test_the_last_week_of_december_waits_for_the_next_notice() -> None:
    # The notice for 2019 made Saturday 29 December 2018 a working day.
    assert not CALENDAR.is_provisional(date(2026, 12, 24))
    assert CALENDAR.is_provisional(date(2026, 12, 25))
    assert not CALENDAR.is_provisional(date(2025, 12, 31))
    assert CALENDAR.is_provisional(date(2026, 12, 20), date(2026, 12, 28))


def test_before_the_first_published_year() -> None:
    assert CALENDAR.is_provisional(date(2003, 12, 31))
    assert CALENDAR.mark(date(2003, 10, 1)) is DayMark.HOLIDAY
    assert CALENDAR.mark(date(2003, 2, 1)) is DayMark.HOLIDAY  # 正月初一
    assert CALENDAR.add_working_days(date(2003, 9, 30), 1) == date(2003, 10, 6)


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(2061, 1, 1), date.max])
def test_a_date_outside_the_table_is_refused(day: date) -> None:
    with pytest.raises(CalendarRangeError, match=str(day)):
        CALENDAR.mark(day)
    with pytest.raises(CalendarRangeError):
        CALENDAR.add_working_days(day, 1)


def test_a_due_day_past_the_table_is_refused() -> None:
    with pytest.raises(CalendarRangeError, match="超出工作日历范围"):
        CALENDAR.add_working_days(date(2060, 12, 31), 1)


# ---- the overlay ----


def overlay(toml: str) -> Overlay:
    return Overlay.from_table(tomllib.loads(toml))


NOTICE_2027 = """
[[year]]
year = 2027
notice = "国办发明电〔2026〕9号"
[[day]]
from = 2027-02-05
to = 2027-02-11
kind = "holiday"
name = "春节"
notice = "国办发明电〔2026〕9号"
[[day]]
date = 2027-02-20
kind = "workday"
name = "春节调休"
notice = "国办发明电〔2026〕9号"
"""


def test_a_year_written_into_the_overlay_is_published() -> None:
    calendar = Calendar(overlay(NOTICE_2027))
    assert calendar.mark(date(2027, 2, 11)) is DayMark.HOLIDAY
    assert calendar.mark(date(2027, 2, 20)) is DayMark.MAKEUP
    assert calendar.mark(date(2027, 1, 1)) is DayMark.HOLIDAY, "the law stays the ground"
    assert not calendar.is_provisional(date(2026, 12, 25), date(2027, 12, 24))
    assert calendar.is_provisional(date(2027, 12, 25))
    assert calendar.version.startswith("2027-")


def test_the_overlay_wins_over_the_package() -> None:
    calendar = Calendar(
        overlay(
            """
            [[day]]
            date = 2026-04-20
            kind = "holiday"
            name = "三月三"
            notice = "桂政办电〔2025〕1号"
            [[day]]
            date = 2026-10-07
            kind = "workday"
            name = "防汛应急"
            notice = "县政府通知"
            """
        )
    )
    assert (calendar.mark(date(2026, 4, 20)), calendar.note(date(2026, 4, 20))) == (
        DayMark.HOLIDAY,
        "三月三",
    )
    assert calendar.is_workday(date(2026, 10, 7))
    assert calendar.version != CALENDAR.version


def test_a_single_overlaid_day_of_an_unpublished_year_is_certain() -> None:
    calendar = Calendar(
        overlay(
            '[[day]]\ndate = 2027-01-02\nkind = "workday"\nname = "调休"\nnotice = "县政府通知"\n'
        )
    )
    assert not calendar.is_provisional(date(2027, 1, 2))
    assert calendar.is_provisional(date(2027, 1, 3))


def test_version_names_the_content() -> None:
    assert Calendar().version == CALENDAR.version
    assert Calendar(overlay(NOTICE_2027)).version != CALENDAR.version


ROW = 'kind = "holiday"\nname = "元旦"\nnotice = "国办发明电〔2026〕9号"\n'


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("[[days]]\n", "days：不认识这个键.*相近的有：day"),
        ("day = 3\n", "day：找到 3，应为列表"),
        (f"[[day]]\n{ROW}", "应写 date（一天），或 from 和 to（一段）"),
        (f'[[day]]\ndate = "1月1日"\n{ROW}', "date：找到 '1月1日'，应为日期.*不加引号"),
        (f"[[day]]\ndate = 2027-01-01T00:00:00\n{ROW}", "date：找到 .*，应为日期"),
        (f"[[day]]\ndate = 2027-01-01\nto = 2027-01-02\n{ROW}", "只能写一种"),
        (f"[[day]]\nfrom = 2027-01-03\nto = 2027-01-01\n{ROW}", "早于 from"),
        (f"[[day]]\nfrom = 2027-01-01\nto = 2028-01-03\n{ROW}", "核对年份"),
        (f"[[day]]\ndate = 2027-01-01\nextra = 1\n{ROW}", "extra：不认识这个键"),
        (
            '[[day]]\ndate = 2027-01-01\nkind = "off"\nname = "元旦"\nnotice = "x"\n',
            "kind：找到 'off'，应为以下之一：.*holiday",
        ),
        (
            '[[day]]\ndate = 2027-01-01\nkind = "holiday"\nname = "元旦"\n',
            "notice：缺少这个必填的键",
        ),
        ('[[year]]\nyear = "2027"\nnotice = "x"\n', "year：找到 '2027'，应为整数"),
        ('[[year]]\nyear = 2027\nnotice = "x"\n', "没有这一年的"),
    ],
)
def test_a_wrong_overlay_row_is_named(toml: str, complaint: str) -> None:
    with pytest.raises(OverlayError, match=complaint) as error:
        overlay(toml)
    assert str(error.value).startswith("config/calendar.toml")


# ---- properties ----


@given(DAYS, st.integers(1, 400))
def test_the_nth_working_day_is_n_working_days_away(day: date, n: int) -> None:
    due = CALENDAR.add_working_days(day, n)
    assert CALENDAR.is_workday(due)
    assert CALENDAR.working_days_between(day, due) == n


@given(DAYS, st.integers(-300, 300), st.integers(0, 30))
def test_later_receipt_or_more_days_is_never_due_earlier(day: date, n: int, more: int) -> None:
    due = CALENDAR.add_working_days(day, n)
    assert CALENDAR.add_working_days(day, n + more) >= due
    if n:
        assert CALENDAR.add_working_days(day + more * ONE, n) >= due


@given(DAYS, st.integers(1, 300))
def test_going_back_undoes_going_forward(day: date, n: int) -> None:
    start = CALENDAR.add_working_days(day, 1)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n) == start


@given(DAYS, st.integers(1, 60))
def test_trace_covers_every_day_once_and_ends_on_n(day: date, n: int) -> None:
    trace = CALENDAR.trace(day, n)
    assert [line.day for line in trace] == days(day, CALENDAR.add_working_days(day, n))
    assert [line.counted for line in trace if line.counted] == list(range(1, n + 1))
    assert all(CALENDAR.is_workday(line.day) for line in trace if line.counted)
    assert trace[0].mark is DayMark.START
