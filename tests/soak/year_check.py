"""Holds what a year has left against what was planned."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cases.alerts import AlertKind
from cases.record.case import Case
from desk.app.commands.audit import audit_store
from sinks.ledger.base import Query
from tests.soak import year_plan as known
from tests.soak.year_plan import NOTICE_COMES, Expected, Fate

if TYPE_CHECKING:
    from tests.soak.year import Year

CONFIG: Final = Path(__file__).parents[2] / "config"
_MOST_GROWN: Final = 40
"""MB in four months."""
_PLANNED_BYTES: Final = 40_000
"""Of a case with its work, alerts, receipts and all."""
_ONE: Final = (AlertKind.ONE_DAY_LEFT, AlertKind.DUE_TODAY, AlertKind.OVERDUE)
_FILES: Final = ("huiyin.db", "alerts.db")
"""Without their logs, which are as long as the longest stretch between two of their resets."""


def check(year: Year) -> None:
    """Raises `AssertionError` with what is wrong."""
    store = year.runner.store
    cases = {
        case.item.source_item_id: case
        for case in store.ledger.scan(Query())
        if case.case_id not in year.demo
    }
    expected = {each.item.source_item_id: each for each in year.messages}
    assert cases.keys() == expected.keys(), "cases were lost or invented"
    result = audit_store(store)
    assert result.balanced, result
    # What the desk saw after this look it reckoned by the notice.
    told = [at for at in known.looks(year.plan) if at < NOTICE_COMES][-1]
    wrong = [
        text
        for number, each in expected.items()
        if (text := _wrong_deadline(cases[number], each, told))
    ]
    assert not wrong, (len(wrong), wrong[:5])
    _alerts(year, cases, expected)
    _size(year, len(cases) + len(year.demo))
    _memory(year)
    year.figures.cases = len(cases)
    year.figures.messages = store.processed


def _alerts(year: Year, cases: dict[str, Case], expected: dict[str, Expected]) -> None:
    sent = Counter(alert_id for _, alert_id in year.told.alerts())
    twice = {name for name, times in sent.items() if times > 1} - year.again
    assert not twice, f"told twice: {sorted(twice)[:5]}"
    raised = {alert.alert_id: alert for alert in year.runner.store.alerts(10_000_000)}
    unsaid = {n for n, a in raised.items() if a.case_id not in year.demo} - sent.keys()
    assert not unsaid, f"raised and never told: {sorted(unsaid)[:5]}"
    of_case = Counter(
        (alert.case_id, alert.kind)
        for alert in raised.values()
        if alert.text.startswith("答复") or alert.kind is AlertKind.UNANSWERED_LONG
    )
    wrong = []
    looks = list(known.looks(year.plan))
    for number, each in expected.items():
        case = cases[number]
        clock = case.round.reply_clock
        assert clock is not None
        # The last look at which it was not answered yet, if it was there already.
        look = looks[bisect_left(looks, known.shown(each.answered)) - 1]
        late = known.shown(each.item.received_at) <= look and clock.due_at < look
        for kind in _ONE:
            had = of_case[case.case_id, kind]
            if kind is not AlertKind.OVERDUE and (not late or _came_late(each)):
                continue  # answered, or not here yet, when it was to be told
            if had != int(late):
                wrong.append((case.case_id, kind.value, had, each.fate.value))
        if each.fate is Fate.FORGOTTEN and each.answered < year.now:
            had = of_case[case.case_id, AlertKind.UNANSWERED_LONG]
            if had != 1:
                wrong.append((case.case_id, "unanswered_long", had, each.fate.value))
    assert not wrong, (len(wrong), wrong[:5])
    silent = [a for a in raised.values() if a.kind is AlertKind.SOURCE_SILENT]
    assert len(silent) == 1, silent
    assert known.SILENT[0] < silent[0].at < known.SILENT[1], silent
    year.figures.alerts = len(raised)


def _came_late(each: Expected) -> bool:
    """Whether the board showed it only after it had been silent."""
    return known.SILENT[0] <= each.item.received_at < known.SILENT[1]


def _size(year: Year, cases: int) -> None:
    size = sum(
        path.stat().st_size for path in (year.home / name for name in _FILES) if path.exists()
    )
    year.figures.bytes_per_case = size // cases
    assert size // cases <= _PLANNED_BYTES, size // cases


def _memory(year: Year) -> None:
    """Neither the months before the burst nor those after it make it grow."""
    month = year.figures.memory
    for first, last in (("2027-02", "2027-06"), ("2027-08", f"{known.LAST:%Y-%m}")):
        grown = month[last] - month[first]
        assert grown <= _MOST_GROWN, f"{grown} MB more from {first} to {last}: {month}"


def _wrong_deadline(case: Case, each: Expected, notice: datetime) -> str:
    clock = case.round.reply_clock
    if clock is None:
        return f"{case.case_id}: no deadline"
    days = known.working_days_of(CONFIG)[clock.rule]
    received = each.item.received_at
    told = each.answered > notice
    due = known.due_day(received.date(), days, told=told)
    said = (clock.due_at.date(), f"{clock.due_at:%H:%M:%S}")
    return (
        ""
        if said == (due, "23:59:59")
        else f"{case.case_id} {received} {clock.rule}: {said}, not {due}"
    )
