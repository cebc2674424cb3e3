"""Whom a case may be given to with one press, and why."""

from __future__ import annotations

from msgspec import Struct

from cases.life.held import kept_from
from cases.record.case import Case
from desk.ground import wiring
from desk.ground.context import DeskContext

_MOST = 3


class UnitChoice(Struct, frozen=True):
    """A unit, as it is called today, and what speaks for it; `because` may quote the message."""

    unit: str
    name: str
    because: str


def unit_choices(case: Case, office: DeskContext) -> tuple[UnitChoice, ...]:
    """Three at most, without the one that has it: whom the unit that gave it back named, then
    what the rules of routing say. Of a case that is held only what was suggested to the desk; of
    a report never a unit that it may be about."""
    if not case.open:
        return ()
    if case.held is not None:
        found = dict.fromkeys(case.held.suggested, "")
    else:
        found = {
            task.suggested_unit: f"{office.register.name(task.unit)}退回时建议"
            for task in case.tasks
            if task.suggested_unit
        }
        router = wiring.build_router(office.settings)
        for one in router.suggest(case.item, case.labels):
            found.setdefault(one.unit, one.because)
    barred = kept_from(case, office.rules)
    current = {office.register.current(unit).id: why for unit, why in found.items()}
    return tuple(
        UnitChoice(unit, office.register.name(unit), because)
        for unit, because in current.items()
        if unit != case.unit and unit not in barred
    )[:_MOST]
