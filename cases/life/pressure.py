"""What follows when the desk presses, a leader instructs, or an alert is sent."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_lead,
    require_open,
    require_text,
)
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, Instruction, Pressure
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.refusals import NotAllowed


@decides(do.Press, probe=lambda _c, _a: do.Press(rung=do.Rung.REMIND, text=SOME_TEXT))
def press(case: Case, command: do.Press, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.dispatched, "事项还没有派单，无单位可催办。")
    require_text(command.text, f"{command.rung.value}内容")
    if command.due_at is not None:
        require(command.due_at > attempt.at, f"{command.rung.value}的期限应在将来。")
    rungs = list(do.Rung)
    level = rungs.index(command.rung)
    reached = {p.rung for p in case.pressures if p.round == case.round.number}
    if attempt.rules.handling.ladder.strict and level:
        below = rungs[level - 1]
        require(
            below in reached or command.skip_reason.strip(),
            f"本轮还没有{below.value}；越级{command.rung.value}请写明理由。",
        )
    return [
        ev.Pressed(
            rung=command.rung,
            text=command.text,
            due_at=command.due_at,
            skip_reason=command.skip_reason,
        )
    ]


@decides(do.Instruct, probe=lambda _c, _a: do.Instruct(text=SOME_TEXT))
def instruct(case: Case, command: do.Instruct, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "批示内容")
    if command.due_at is not None:
        require(command.due_at > attempt.at, "批示的期限应在将来。")
    number = len(case.instructions) + 1
    return [ev.Instructed(number=number, text=command.text, due_at=command.due_at)]


def _report(case: Case, _attempt: Attempt) -> do.ReportOnInstruction:
    waiting = [one.number for one in case.instructions if one.reported_at is None]
    return do.ReportOnInstruction(number=waiting[0] if waiting else 0, text=SOME_TEXT)


@decides(do.ReportOnInstruction, probe=_report)
def report_on_instruction(
    case: Case, command: do.ReportOnInstruction, attempt: Attempt
) -> list[ev.EventBody]:
    require_text(command.text, "批示办理反馈")
    found = next((i for i in case.instructions if i.number == command.number), None)
    if found is None:
        raise NotAllowed(f"没有第 {command.number} 号批示。")
    require(found.reported_at is None, f"第 {command.number} 号批示已经反馈。")
    require_lead(case, attempt.actor)
    return [ev.InstructionReported(number=command.number, text=command.text)]


@decides(do.ReportOnPressure, probe=lambda _c, _a: do.ReportOnPressure(text=SOME_TEXT))
def report_on_pressure(
    case: Case, command: do.ReportOnPressure, attempt: Attempt
) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.text, "办理情况")
    require(_unreported(case), "本轮没有等待反馈的催办、督办。")
    require_lead(case, attempt.actor)
    return [ev.PressureReported(text=command.text)]


def open_pressures(case: Case) -> tuple[Pressure, ...]:
    """What was pressed for and the lead unit has not answered: it was the lead unit then, and
    has not reported since. A 催办 asks for no report: acknowledging the case, or writing the
    reply, answers it as well."""
    task = case.task(case.unit)
    if not case.open or not case.dispatched or task is None:
        return ()
    done = [at for at in (task.acknowledged_at, *(d.at for d in case.round.drafts)) if at]
    return tuple(
        pressure
        for pressure in _unreported(case)
        if pressure.at >= task.assigned_at
        and not (pressure.rung is do.Rung.REMIND and any(at > pressure.at for at in done))
    )


def _unreported(case: Case) -> list[Pressure]:
    number = case.round.number
    return [one for one in case.pressures if one.round == number and one.reported_at is None]


@decides(do.NoteAlert)
def note_alert(case: Case, command: do.NoteAlert, attempt: Attempt) -> list[ev.EventBody]:
    # Whatever config/handling.toml says: a receipt is no statement of a person.
    require(attempt.actor.role is Role.SYSTEM, "提醒的回执由程序登记。")
    return [
        ev.AlertNoted(
            alert_id=command.alert_id,
            kind=command.kind,
            channel=command.channel,
            outcome=command.outcome,
            at=command.at,
            receipt=command.receipt,
        )
    ]


@applies(ev.Pressed)
def pressed(case: Case, body: ev.Pressed, event: Recorded) -> Case:
    pressure = Pressure(
        rung=body.rung,
        text=body.text,
        at=event.at,
        by=event.actor.id,
        round=case.round.number,
        due_at=body.due_at,
    )
    return replace(case, pressures=(*case.pressures, pressure))


@applies(ev.Instructed)
def instructed(case: Case, body: ev.Instructed, event: Recorded) -> Case:
    instruction = Instruction(
        number=body.number, text=body.text, by=event.actor.id, at=event.at, due_at=body.due_at
    )
    return replace(case, instructions=(*case.instructions, instruction))


@applies(ev.InstructionReported)
def instruction_reported(case: Case, body: ev.InstructionReported, event: Recorded) -> Case:
    return _with_instruction(case, body.number, report=body.text, reported_at=event.at)


@applies(ev.PressureReported)
def pressure_reported(case: Case, body: ev.PressureReported, event: Recorded) -> Case:
    waiting = _unreported(case)
    return replace(
        case,
        pressures=tuple(
            replace(one, report=body.text, reported_at=event.at) if one in waiting else one
            for one in case.pressures
        ),
    )


def _with_instruction(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        instructions=tuple(
            replace(i, **changes) if i.number == number else i for i in case.instructions
        ),
    )


@applies(ev.AlertNoted)
def alert_noted(case: Case, body: ev.AlertNoted, event: Recorded) -> Case:
    return case
