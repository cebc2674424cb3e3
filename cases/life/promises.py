"""What follows when a unit promises something: record, verify, publish (承诺事项)."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_lead,
    require_text,
)
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import (
    Case,
    Promise,
    State,
)
from cases.record.events import Recorded
from cases.words.refusals import NotAllowed


@decides(
    do.RecordPromise,
    probe=lambda _c, a: do.RecordPromise(text=SOME_TEXT, due=a.at.date() + timedelta(days=1)),
)
def record_promise(case: Case, command: do.RecordPromise, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state not in (State.REFUSED, State.INVALID), "事项不予受理或无效，不能登记承诺。")
    require_lead(case, attempt.actor)
    require_text(command.text, "承诺事项")
    require(command.due >= attempt.at.date(), "承诺期限不能早于今天。")
    owner = command.owner or case.unit
    require(owner, "请先派单，或写明承诺单位。")
    accused = attempt.rules.influence.within(case.accused)
    require(owner not in accused, "保密件不得由被举报的单位承诺。")
    number = len(case.promises) + 1
    return [ev.PromiseRecorded(number=number, text=command.text, due=command.due, owner=owner)]


def _verify(case: Case, _attempt: Attempt) -> do.VerifyPromise:
    waiting = [one.number for one in case.promises if one.kept is None]
    return do.VerifyPromise(number=waiting[0] if waiting else 0, kept=True, evidence=SOME_TEXT)


@decides(do.VerifyPromise, probe=_verify)
def verify_promise(case: Case, command: do.VerifyPromise, attempt: Attempt) -> list[ev.EventBody]:
    promise = next((p for p in case.promises if p.number == command.number), None)
    if promise is None:
        raise NotAllowed(f"没有第 {command.number} 号承诺。")
    require_text(command.evidence, "核查依据")
    require(attempt.actor.unit != promise.owner, "承诺的兑现应由承诺单位以外的人核查。")
    return [ev.PromiseVerified(number=promise.number, kept=command.kept, evidence=command.evidence)]


def _publish_promise(case: Case, _attempt: Attempt) -> do.PublishPromise:
    told = [one.number for one in case.promises if one.kept is not None and not one.published]
    return do.PublishPromise(number=told[0] if told else 0, where=SOME_TEXT)


@decides(do.PublishPromise, probe=_publish_promise)
def publish_promise(case: Case, command: do.PublishPromise, attempt: Attempt) -> list[ev.EventBody]:
    promise = next((p for p in case.promises if p.number == command.number), None)
    if promise is None:
        raise NotAllowed(f"没有第 {command.number} 号承诺。")
    require(promise.kept is not None, "请先核查承诺是否兑现，再公开。")
    require(not case.confidential, "保密件不得公开。")
    require_text(command.where, "公开的位置")
    return [ev.PromisePublished(number=promise.number, where=command.where)]


@applies(ev.PromiseRecorded)
def promise_recorded(case: Case, body: ev.PromiseRecorded, event: Recorded) -> Case:
    promise = Promise(
        number=body.number, text=body.text, due=body.due, owner=body.owner, at=event.at
    )
    return replace(case, promises=(*case.promises, promise))


@applies(ev.PromiseVerified)
def promise_verified(case: Case, body: ev.PromiseVerified, event: Recorded) -> Case:
    return _with_promise(
        case, body.number, kept=body.kept, evidence=body.evidence, verified_by=event.actor.id
    )


@applies(ev.PromisePublished)
def promise_published(case: Case, body: ev.PromisePublished, event: Recorded) -> Case:
    return _with_promise(case, body.number, published=body.where)


def _with_promise(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        promises=tuple(replace(p, **changes) if p.number == number else p for p in case.promises),
    )
