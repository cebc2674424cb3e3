"""Folding: what a case looks like after an event.

`evolve` needs no rules, no calendar and no clock: the events carry what was
decided. It never refuses: what is in the history happened.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from cases.life import areas
from cases.life.intake import opened
from cases.life.registry import APPLIES
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded

AREAS = areas.AREAS
"""Every rule is loaded before the first event is applied."""


def evolve(case: Case | None, event: Recorded) -> Case:
    """The case after `event`. Raises `ValueError` for an event out of sequence."""
    body = event.body
    if case is None:
        if not isinstance(body, ev.CaseOpened) or event.seq != 1:
            raise ValueError(
                f"{event.case_id}: no case before event {event.seq} ({type(body).__name__})"
            )
        case = opened(body, event)
    else:
        if event.seq != case.seq + 1:
            raise ValueError(f"{event.case_id}: event {event.seq} does not follow event {case.seq}")
        case = APPLIES[type(body)](case, body, event)
    return replace(case, history=(*case.history, event))


def fold(events: Iterable[Recorded]) -> Case | None:
    """The case that these events, in order, make."""
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    return case
