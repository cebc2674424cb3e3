"""What a case looks like after pressure, instructions and alerts."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after
from cases.record import events as ev
from cases.record.case import Case, Instruction, Pressure
from cases.record.events import Recorded


@after(ev.Pressed)
def _(case: Case, body: ev.Pressed, event: Recorded) -> Case:
    pressure = Pressure(
        rung=body.rung,
        text=body.text,
        at=event.at,
        by=event.actor.id,
        round=case.round.number,
        due_at=body.due_at,
    )
    return replace(case, pressures=(*case.pressures, pressure))


@after(ev.Instructed)
def _(case: Case, body: ev.Instructed, event: Recorded) -> Case:
    instruction = Instruction(
        number=body.number, text=body.text, by=event.actor.id, at=event.at, due_at=body.due_at
    )
    return replace(case, instructions=(*case.instructions, instruction))


@after(ev.InstructionReported)
def _(case: Case, body: ev.InstructionReported, event: Recorded) -> Case:
    return _with_instruction(case, body.number, report=body.text, reported_at=event.at)


def _with_instruction(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        instructions=tuple(
            replace(i, **changes) if i.number == number else i for i in case.instructions
        ),
    )


@after(ev.AlertNoted)
def _(case: Case, body: ev.AlertNoted, event: Recorded) -> Case:
    return case
