"""退回 on the duty desk's first page: what units ask to give back, decided from the list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.life.todo import Todo
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.record.events import ReturnAsked
from cases.words.actors import Actor
from desk.actions.returns import suggested_unit
from desk.ground.context import DeskContext
from desk.ground.sight import for_actor
from desk.phrasing.lines import HIDDEN_TITLE, CaseLine, case_line
from sinks.ledger.base import Ledger, Order, Query

LISTED: Final = 40
MOST_CHARACTERS: Final = 500
"""Of a reason in the list; the case has all of it."""


class ReturnLine(Struct, frozen=True, kw_only=True):
    """A request to give a case back that waits for the desk."""

    line: CaseLine
    unit: str
    """Id of the unit that asks."""
    unit_name: str
    asked_at: datetime | None
    reason: str
    suggested: str
    """Id of the unit that it names; "" where it names none."""
    suggested_name: str
    lead: bool
    """Whether the lead unit asks: then another has to be found."""


def return_lines(
    ledger: Ledger, office: DeskContext, now: datetime, actor: Actor
) -> tuple[ReturnLine, ...]:
    """Those that were asked first stand first."""
    query = Query(todo=Todo.DECIDE_RETURN, order=Order.DUE, limit=LISTED, count_to=1)
    found = [
        line
        for case in ledger.search(for_actor(query, actor)).cases
        for line in _of_case(case, office, now, actor)
    ]
    return tuple(sorted(found, key=lambda each: (each.asked_at or now, each.line.case_id)))


def _of_case(case: Case, office: DeskContext, now: datetime, actor: Actor) -> Iterator[ReturnLine]:
    register = office.register
    for task in case.tasks:
        if not task.return_asked:
            continue
        asked = task.return_asked[:MOST_CHARACTERS]
        to = suggested_unit(task, case, register)
        yield ReturnLine(
            line=case_line(case, office, now, actor),
            unit=task.unit,
            unit_name=register.name(task.unit),
            asked_at=_asked_at(case, task.unit),
            reason=for_anyone(case, asked, by_office=True, instead=HIDDEN_TITLE),
            suggested=to,
            suggested_name=register.name(to) if to else "",
            lead=task.lead,
        )


def _asked_at(case: Case, unit: str) -> datetime | None:
    for event in reversed(case.history):
        if isinstance(event.body, ReturnAsked) and event.body.unit == unit:
            return event.at
    return None
