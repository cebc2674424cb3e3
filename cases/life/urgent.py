"""The urgent lane: what a person does first about a case in which a life may be in danger."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from cases.life.labels import correct
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_open,
    require_text,
)
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, Handover
from cases.record.events import Recorded
from cases.words.actors import Role


@decides(
    do.HandOver,
    probe=lambda _c, _a: do.HandOver(service=do.Service.POLICE, person=SOME_TEXT),
)
def hand_over(case: Case, command: do.HandOver, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.person, "接警人的姓名或工号")
    at = command.at or attempt.at
    require(at <= attempt.at, "移送的时间不应在将来。")
    require(
        at >= case.received_at - timedelta(minutes=1),
        "移送的时间应在收到来件之后，请核对。",
    )
    return [ev.HandedOver(service=command.service, person=command.person, at=at, note=command.note)]


@decides(do.TakeMeasure, probe=lambda _c, _a: do.TakeMeasure(text=SOME_TEXT))
def take_measure(case: Case, command: do.TakeMeasure, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.text, "先期处置情况")
    require(waits_for_measure(case), "此件不是等待先期处置的危急来件。")
    return [ev.MeasureTaken(text=command.text)]


@decides(do.NotUrgent, probe=lambda _c, _a: do.NotUrgent(reason=SOME_TEXT))
def not_urgent(case: Case, command: do.NotUrgent, attempt: Attempt) -> list[ev.EventBody]:
    require(case.labels.urgent, "此件没有标为紧急。")
    require_text(command.reason, "误报的理由")
    # That the citizen waits as long as for any other letter is what 误报 means.
    by_desk = attempt.actor.role is Role.DESK
    correction = do.Correct(urgent=False, reason=command.reason, lengthen_approved=by_desk)
    return [
        ev.FoundNotUrgent(reason=command.reason, loud=case.labels.loud),
        *correct(case, correction, attempt),
    ]


def waits_for_measure(case: Case) -> bool:
    """危急, and nobody has done anything yet in this round: it stays on top."""
    return case.open and case.labels.loud and not case.measured


@applies(ev.HandedOver)
def handed_over(case: Case, body: ev.HandedOver, event: Recorded) -> Case:
    one = Handover(
        service=body.service, person=body.person, at=body.at, by=event.actor.id, note=body.note
    )
    return _measured(replace(case, handovers=(*case.handovers, one)), event.at)


@applies(ev.MeasureTaken)
def measure_taken(case: Case, body: ev.MeasureTaken, event: Recorded) -> Case:
    return _measured(case, event.at)


def _measured(case: Case, at: datetime) -> Case:
    return case if case.measured else replace(case, measure_at=at)


@applies(ev.FoundNotUrgent)
def found_not_urgent(case: Case, body: ev.FoundNotUrgent, event: Recorded) -> Case:
    return case
