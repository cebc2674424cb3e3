"""What follows when somebody presses, instructs, reports on it, or an alert is sent."""

from __future__ import annotations

from cases.life.registry import Attempt, on, require, require_lead, require_open, require_text
from cases.life.rules import NotAllowed
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.words.actors import Role


@on(do.Press)
def _(case: Case, command: do.Press, attempt: Attempt) -> list[ev.EventBody]:
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


@on(do.Instruct)
def _(case: Case, command: do.Instruct, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "批示内容")
    if command.due_at is not None:
        require(command.due_at > attempt.at, "批示的期限应在将来。")
    number = len(case.instructions) + 1
    return [ev.Instructed(number=number, text=command.text, due_at=command.due_at)]


@on(do.ReportOnInstruction)
def _(case: Case, command: do.ReportOnInstruction, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "批示办理反馈")
    found = next((i for i in case.instructions if i.number == command.number), None)
    if found is None:
        raise NotAllowed(f"没有第 {command.number} 号批示。")
    require(found.reported_at is None, f"第 {command.number} 号批示已经反馈。")
    require_lead(case, attempt.actor)
    return [ev.InstructionReported(number=command.number, text=command.text)]


@on(do.NoteAlert)
def _(case: Case, command: do.NoteAlert, attempt: Attempt) -> list[ev.EventBody]:
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
