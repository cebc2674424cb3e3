"""The figures of the 看板, from outlines."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from cases.figures.board import LEAST_ANSWERED, Period, board
from cases.figures.case_facts import CaseFacts, decode_facts, encode_facts
from cases.words.times import BEIJING

PERIOD = Period(date(2026, 11, 9), date(2026, 11, 22))
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


def on(day: int, hour: int = 10, **changes: object) -> CaseFacts:
    received = int(datetime(2026, 11, day, hour, tzinfo=BEIJING).timestamp())
    return replace(PLAIN, received=received, **changes)


def answered(hours: int, *, late: bool = False, **changes: object) -> CaseFacts:
    row = replace(on(10), **changes)
    return replace(
        row,
        replied=row.received + hours * 3600,
        has_reply=True,
        on_time=not late,
        open=False,
        state="replied",
    )


def test_an_outline_comes_back_as_it_was() -> None:
    row = answered(5, promises=(("housing", "2026-12-01", None),), risk=("安全生产",))
    assert decode_facts(encode_facts(row)) == row


def test_days_are_those_of_beijing() -> None:
    rows = [on(9, 0), on(9, 23), on(22, 23), on(12, channel="12345热线")]
    found = board(rows, PERIOD, NOW)
    assert found.days[0] == date(2026, 11, 9)
    assert len(found.days) == 14
    (letters, by_day), (hotline, _) = found.inflow
    assert (letters, hotline) == ("领导信箱", "12345热线")
    assert (by_day[0], by_day[13], sum(by_day)) == (2, 1, 3)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert PERIOD.before == Period(date(2026, 10, 26), date(2026, 11, 8))
    assert PERIOD.before.end == PERIOD.start


def test_what_is_open_past_its_clock_is_overdue_unless_it_is_paused() -> None:
    past = int((NOW - timedelta(seconds=1)).timestamp())
    rows = [
        on(10, due=past),
        on(10, due=past + 1),
        on(10, due=past, state="paused"),
        on(10, due=past, open=False, state="closed"),
    ]
    found = board(rows, PERIOD, NOW)
    assert found.overdue == 1
    assert found.units[0].open_overdue == 1


def test_units_stand_by_on_time_rate_and_too_few_answers_are_not_judged() -> None:
    rows = [answered(10, late=n == 0) for n in range(4)]
    rows += [answered(30, unit="education") for _ in range(LEAST_ANSWERED)]
    rows += [answered(99, unit="police", late=True) for _ in range(LEAST_ANSWERED - 1)]
    rows.append(on(11, unit=""))
    units = board(rows, PERIOD, NOW).units
    assert [line.unit for line in units] == ["housing", "education", "police"]
    assert [line.on_time_rate for line in units] == [0.75, 1.0, None]
    assert [line.median_hours for line in units] == [10.0, 30.0, 99.0]


def test_a_reply_without_a_time_is_an_answer_that_cannot_be_judged() -> None:
    row = replace(on(10), has_reply=True)
    (unit,) = board([row], PERIOD, NOW).units
    assert (unit.answered, unit.judged, unit.median_hours) == (1, 0, None)


def test_feelings_and_risks_are_counted() -> None:
    rows = [
        on(10, sentiment="negative", risk=("安全生产", "工资拖欠")),
        on(10, sentiment="positive", risk=("安全生产",), open=False, state="closed"),
        on(10, topic="民政"),
    ]
    found = board(rows, PERIOD, NOW)
    first = found.topics[0]
    assert (first.topic, first.negative, first.neutral, first.positive) == ("城乡建设", 1, 0, 1)
    assert found.risks == (("安全生产", 2, 1), ("工资拖欠", 1, 1))


def test_call_backs_count_only_what_was_said() -> None:
    rows = [
        on(10, resolved=True, satisfied=False),
        on(10, resolved=True, satisfied=None),
        on(10),
    ]
    said = board(rows, PERIOD, NOW).call_backs
    assert (said.resolved, said.not_resolved) == (2, 0)
    assert (said.satisfied, said.not_satisfied) == (0, 1)


def test_a_promise_is_waiting_until_its_day_is_over() -> None:
    due = {"yesterday": "2026-11-21", "today": "2026-11-22"}
    rows = [
        on(
            10,
            promises=(
                ("housing", due["yesterday"], True),
                ("housing", due["yesterday"], False),
                ("housing", due["yesterday"], None),
                ("housing", due["today"], None),
            ),
        )
    ]
    said = board(rows, PERIOD, NOW).promises
    assert (said.kept, said.broken, said.unverified, said.waiting) == (1, 1, 1, 1)


def test_a_hotspot_needs_two_cases_and_the_warmest_comes_first() -> None:
    rows = [on(10, matter="letters:a") for _ in range(5)]
    rows += [on(21, matter="letters:b"), on(22, matter="letters:b"), on(20, matter="letters:b")]
    rows.append(on(22, matter="letters:alone"))
    warm, old = board(rows, PERIOD, NOW).hotspots
    assert (warm.matter, warm.total, warm.lately, warm.before) == ("letters:b", 3, 2, 1)
    assert (old.matter, old.lately) == ("letters:a", 0)
    assert sum(old.by_day) == 5


def test_nothing_received_is_a_board_of_zeros() -> None:
    found = board([], PERIOD, NOW)
    assert (found.total, found.inflow, found.units, found.hotspots) == (0, (), (), ())
