"""谁多久没看: whether units have looked at what was given to them, on the first page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.life.next_step import may_remind, pressed_today
from cases.life.todo import Todo
from cases.record.case import Case
from cases.words.actors import Actor
from desk.cases.looks import Looks, unseen
from desk.ground.context import DeskContext
from desk.ground.sight import for_actor
from desk.phrasing.lines import CaseLine, case_line
from desk.phrasing.times import how_long
from sinks.ledger.base import Ledger, Order, Query

LISTED: Final = 10
_LOOKED_AT: Final = 200
"""Cases not acknowledged, the first due first, among which those without a look are found."""


_JUST_SENT: Final = timedelta(minutes=30)
"""What was given to a unit so short a time ago is not counted against it."""


class Receipt(Struct, frozen=True):
    """Beside a line of a case."""

    text: str
    tone: str
    remind: bool
    """Whether 催办 is offered."""


class UnseenLine(Struct, frozen=True):
    line: CaseLine
    receipt: Receipt


class Unseen(Struct, frozen=True):
    """What nobody of the lead unit has looked at, half an hour or more after it got it."""

    total: int
    exact: bool
    """False: there may be more, among those that are due later."""
    longest: str
    """How long the one that waits longest was given to its unit; "" where there is none."""
    units: tuple[tuple[str, int], ...]
    """Name of the unit, how many; the most first."""
    lines: tuple[UnseenLine, ...]
    """Those that wait longest."""


def receipts(cases: Iterable[Case], office: DeskContext, now: datetime) -> dict[str, Receipt]:
    """By case_id, for cases that have a lead unit."""
    listed = [case for case in cases if case.dispatched]
    seen = office.get(Looks).of(listed)
    found = {}
    for case in listed:
        task = case.task(case.unit)
        text, tone = "", ""
        if task is not None and task.acknowledged_at is None:
            if unseen(case, task, seen):
                tone = "late" if now - task.assigned_at >= _JUST_SENT else "soon"
                text = f"{how_long(task.assigned_at, now)}没看"
            else:
                look = seen[case.case_id, task.unit]
                text, tone = f"{how_long(look.at, now)}前看过", "soon"
        if pressed_today(case, now):
            text = "，".join(part for part in (text, "今日已催办") if part)
        if text or may_remind(case, now):
            found[case.case_id] = Receipt(text, tone, may_remind(case, now))
    return found


def unseen_cases(ledger: Ledger, office: DeskContext, now: datetime, actor: Actor) -> Unseen:
    query = Query(todo=Todo.ACKNOWLEDGE, dispatched=True, order=Order.DUE, limit=_LOOKED_AT)
    page = ledger.search(for_actor(query, actor))
    waiting = page.cases
    seen = office.get(Looks).of(waiting)
    found = []
    for case in waiting:
        task = case.task(case.unit)
        if task is not None and now - task.assigned_at >= _JUST_SENT and unseen(case, task, seen):
            found.append((task.assigned_at, case.case_id, case))
    found.sort(key=lambda each: each[:2])
    cases = [case for _, _, case in found]
    shown = cases[:LISTED]
    beside = receipts(shown, office, now)
    units: dict[str, int] = {}
    for case in cases:
        units[case.unit] = units.get(case.unit, 0) + 1
    most = sorted(units.items(), key=lambda each: (-each[1], each[0]))
    return Unseen(
        total=len(cases),
        exact=page.total <= len(waiting),
        longest=how_long(found[0][0], now) if found else "",
        units=tuple((office.register.name(unit), number) for unit, number in most),
        lines=tuple(
            UnseenLine(case_line(case, office, now, actor), beside[case.case_id]) for case in shown
        ),
    )
