"""What the people of a unit are told of: what came to them, and what they were called upon for.

An alert of one of these kinds is for the people of its unit alone. No route takes it, and the
lists of the desk leave it out: the desk did it itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from cases.alert_rules import is_pressing
from cases.alerts import Alert, AlertKind, Level
from cases.life.handling import HandlingRules
from cases.privacy.visibility import for_anyone
from cases.record import events as ev
from cases.record.case import Case
from cases.record.commands import Rung
from cases.record.events import Recorded

UNIT_ONLY: Final = frozenset(
    {
        AlertKind.UNIT_ASSIGNED,
        AlertKind.UNIT_REMINDED,
        AlertKind.UNIT_SUPERVISED,
        AlertKind.UNIT_LISTED,
        AlertKind.UNIT_SUMMONED,
        AlertKind.UNIT_INSTRUCTED,
        AlertKind.UNIT_REDRAFT,
        AlertKind.UNIT_EVENT,
    }
)
MARK: Final = b'"kind":"unit_'
"""Stands in what `encode_alert` makes of such an alert, and of no other: within a string of JSON
no quotation mark is bare."""
TOLD_UNITS: Final = (
    AlertKind.UNIT_EVENT,
    AlertKind.EVENT_OVERDUE,
    AlertKind.UNIT_INSTRUCTED,
    AlertKind.UNIT_SUMMONED,
    AlertKind.UNIT_LISTED,
    AlertKind.UNIT_SUPERVISED,
    AlertKind.UNIT_REMINDED,
    AlertKind.UNIT_REDRAFT,
    AlertKind.UNIT_ASSIGNED,
    AlertKind.OVERDUE,
    AlertKind.DUE_TODAY,
    AlertKind.ONE_DAY_LEFT,
)
"""All that a unit's people can be told of, the most pressing first."""

_OF_RUNG: Final = {
    Rung.REMIND: (AlertKind.UNIT_REMINDED, Level.MEDIUM),
    Rung.SUPERVISE: (AlertKind.UNIT_SUPERVISED, Level.HIGH),
    Rung.LIST: (AlertKind.UNIT_LISTED, Level.HIGH),
    Rung.SUMMON: (AlertKind.UNIT_SUMMONED, Level.HIGH),
}


class _Notice(Struct, frozen=True):
    kind: AlertKind
    level: Level
    text: str
    unit: str


def notices_for(case: Case, events: Iterable[Recorded], rules: HandlingRules) -> Iterator[Alert]:
    """What units are told of these events, each its own part; `case` is the case after them."""
    for event in events:
        for notice in _notices(case, event):
            yield Alert(
                alert_id=f"{event.case_id}#{event.seq}:{notice.kind.value}@{notice.unit}",
                kind=notice.kind,
                level=notice.level,
                at=event.at,
                text=f"{notice.text}：{for_anyone(case, case.item.title, instead='（保密件）')}",
                case_id=event.case_id,
                unit=notice.unit,
                urgent=is_pressing(case, rules),
            )


def _notices(case: Case, event: Recorded) -> Iterator[_Notice]:
    body = event.body
    if not case.open:
        return
    if isinstance(body, ev.Assigned | ev.RoundStarted):
        yield from _assigned(case, event)
    elif not case.dispatched:
        return
    elif isinstance(body, ev.Pressed):
        kind, level = _OF_RUNG[body.rung]
        yield _Notice(kind, level, "值班台催办督办", case.unit)
    elif isinstance(body, ev.Instructed):
        yield _Notice(AlertKind.UNIT_INSTRUCTED, Level.HIGH, "领导批示", case.unit)
    elif isinstance(body, ev.ReplyRejected):
        yield _Notice(AlertKind.UNIT_REDRAFT, Level.MEDIUM, "答复退回修改", case.unit)


def _assigned(case: Case, event: Recorded) -> Iterator[_Notice]:
    """Units that were given a part by this event and have it still: who had it before is not told
    again. What only waits at the desk is given to no lead unit."""
    for task in case.tasks:
        given = task.assigned_at == event.at and task.acknowledged_at is None
        if given and (case.dispatched or not task.lead):
            yield _Notice(AlertKind.UNIT_ASSIGNED, Level.MEDIUM, "新派单", task.unit)
