"""The figures of the 看板, from facts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from msgspec.structs import replace

from cases.figures.buckets import buckets_of
from cases.figures.case_facts import CaseFacts, decode_facts, encode_facts
from cases.figures.counted import Judged
from cases.figures.measures import rate_text
from cases.figures.unusual import shift, usual_most
from cases.reporting.board import board
from cases.reporting.periods import days
from cases.words.times import BEIJING, micros

PERIOD = days(date(2026, 11, 9), date(2026, 11, 22))
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=BEIJING)
PLAIN = CaseFacts(
    case_id="letters:1",
    channel="领导信箱",
    unit="housing",
    topic="城乡建设",
    kind="投诉",
    risk=(),
    urgent=False,
    sentiment="neutral",
    state="handling",
    open=True,
    received=0,
    due=None,
    replied=None,
    has_reply=False,
    on_time=None,
    resolved=None,
    satisfied=None,
    closed=None,
    rounds=1,
    returns=0,
    matter="",
    promises=(),
)


def at(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=BEIJING)


def on(day: int, hour: int = 10, **changes: object) -> CaseFacts:
    return replace(PLAIN, received=int(at(day, hour).timestamp()), **changes)


def judged(due: datetime, replied: datetime | None = None, **changes: object) -> Judged:
    plain = Judged(
        due=micros(due),
        own_due=micros(due),
        paused=False,
        replied=replied is not None,
        replied_at=micros(replied) if replied else None,
        over=False,
    )
    return replace(plain, **changes)


def answered(hours: int, *, late: bool = False, **changes: object) -> CaseFacts:
    row = on(10)
    replied = row.received + hours * 3600
    plain = replace(row, replied=replied, has_reply=True, on_time=not late, open=False)
    return replace(plain, state="replied", **changes)


def test_facts_come_back_as_they_were() -> None:
    row = answered(5, promises=(("housing", "2026-12-01", None),), judged=(judged(at(12), at(11)),))
    assert decode_facts(encode_facts(row)) == row


def test_days_are_those_of_beijing() -> None:
    rows = [on(9, 0), on(9, 23), on(21, 23), on(12, channel="12345热线"), on(8), on(22, 10)]
    found = board(rows, PERIOD, NOW)
    assert [bucket.label for bucket in found.buckets][:2] == ["2026-11-09", "11-10"]
    assert len(found.buckets) == 14
    (letters, by_day, before), (hotline, _, _) = found.inflow
    assert (letters, hotline) == ("领导信箱", "12345热线")
    assert (by_day[0], by_day[12], sum(by_day), before) == (2, 1, 3, 1)
    # What comes later today is not there yet.
    assert (found.counts.received, found.before) == (4, 1)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert PERIOD.previous == days(date(2026, 10, 26), date(2026, 11, 8))
    assert PERIOD.previous is not None
    assert PERIOD.previous.end_at == PERIOD.start_at


def test_what_fell_due_counts_whenever_it_was_received() -> None:
    rows = [
        on(2, judged=(judged(at(9), at(8)),)),  # received before the period, due in it
        on(12, judged=(judged(at(20), at(21)),)),
        on(20, judged=(judged(at(27), at(21)),)),  # not due yet
        on(3, judged=(judged(at(8), at(7)),)),  # due before it
    ]
    found = board(rows, PERIOD, NOW)
    assert (found.counts.due, found.counts.due_on_time) == (2, 1)
    assert rate_text(found.counts.on_time) == "样本不足（1/2）"


def test_what_is_open_past_its_date_is_overdue_unless_it_stands_still() -> None:
    past = NOW - timedelta(seconds=1)
    rows = [
        on(2, judged=(judged(past),)),
        on(2, judged=(judged(past, paused=True),)),
        on(2, judged=(judged(past, over=True),)),
        on(2, judged=(judged(NOW + timedelta(seconds=1)),)),
    ]
    found = board(rows, PERIOD, NOW)
    assert (found.counts.overdue, found.counts.overdue_days) == (1, 1)


def test_a_unit_counts_for_its_successor_and_promises_for_who_made_them() -> None:
    rows = [
        on(10, unit="old", promises=(("city", "2026-11-12", False),)),
        on(11, unit="housing", promises=(("city", "2026-11-22", None),)),  # not over yet
    ]
    named = {"old": "city"}
    found = board(rows, PERIOD, NOW, counted_at=lambda unit: named.get(unit, unit))
    city = next(line for line in found.units if line.unit == "city")
    assert (city.counts.received, city.counts.promises_broken) == (1, 1)
    assert city.counts.promises_due == 1
    own = board(rows, PERIOD, NOW, counted_at=lambda unit: named.get(unit, unit), unit="city")
    assert own.counts == city.counts
    assert [channel for channel, _, _ in own.inflow] == ["领导信箱"]


def test_a_median_of_too_few_answers_is_none() -> None:
    few = board([answered(5), answered(7)], PERIOD, NOW)
    assert few.units[0].median_hours is None
    assert board([answered(5), answered(7), answered(40)], PERIOD, NOW).units[0].median_hours == 7


def test_a_matter_of_one_message_is_no_hotspot() -> None:
    rows = [
        on(21, matter="m", person="a"),
        on(20, matter="m", person="b"),
        on(19, matter="m", person="b"),
        on(12, matter="alone", person="c"),
    ]
    (spot,) = board(rows, PERIOD, NOW).hotspots
    assert (spot.matter, spot.cases, spot.lately, spot.before) == ("m", 3, 1, 2)


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2026-12-31", "2027-01-02", ["2026-12-31", "2027-01-01", "01-02"]),
        ("2026-12-31", "2026-12-31", ["2026-12-31"]),
        ("2026-12-16", "2027-01-16", ["2026-12-16 起", "12-21 起", "12-28 起", "2027-01-04 起",
                                      "01-11 起"]),
        ("2026-07-15", "2027-02-02", ["2026年7月", "8月", "9月", "10月", "11月", "12月",
                                      "2027年1月", "2月"]),
    ],
)  # fmt: skip
def test_buckets_go_by_the_length_of_the_span(first: str, last: str, labels: list[str]) -> None:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    found = buckets_of(begin, end)
    assert [bucket.label for bucket in found] == labels
    days = [day for bucket in found for day in bucket.each_day()]
    assert days == [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


@pytest.mark.parametrize(
    ("now", "before", "unusual"),
    [(3, 1, False), (9, 2, False), (9, 1, True), (110, 100, False), (140, 100, True), (60, 100, True),
     (0, 4, False), (0, 0, False)],
)  # fmt: skip
def test_chance_is_not_told_as_unusual(now: int, before: int, unusual: bool) -> None:
    assert shift(now, before).unusual is unusual


def test_a_peak_has_to_stand_out() -> None:
    assert usual_most(30, 30) == 4
    assert usual_most(3000, 30) == 130
    assert usual_most(0, 0) == 4
