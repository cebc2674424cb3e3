"""What a case looks like after its applicant was asked for reasons or for a fee."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after, with_clocks
from cases.record import events as ev
from cases.record.case import Case, Fee, Justification, State, Waiting
from cases.record.disclosure import Wait
from cases.record.events import Recorded


@after(ev.ReasonAsked)
def _(case: Case, body: ev.ReasonAsked, event: Recorded) -> Case:
    asked = Justification(about=body.about, asked_at=event.at, until=body.until)
    return replace(case, justification=asked)


@after(ev.ReasonJudged)
def _(case: Case, body: ev.ReasonJudged, event: Recorded) -> Case:
    if case.justification is None:
        return case
    judged = replace(
        case.justification, given=body.given, reasonable=body.reasonable, note=body.note
    )
    return replace(case, justification=judged)


@after(ev.AnswerDelayed)
def _(case: Case, body: ev.AnswerDelayed, event: Recorded) -> Case:
    case = with_clocks(case, body.clocks)
    if case.justification is None:
        return case
    delayed = replace(case.justification, working_days=body.working_days)
    return replace(case, justification=delayed)


@after(ev.FeeCharged)
def _(case: Case, body: ev.FeeCharged, event: Recorded) -> Case:
    about = f"信息处理费 {body.yuan} 元"
    return replace(
        with_clocks(case, body.clocks),
        state=State.PAUSED,
        resume_state=case.state,
        waiting=Waiting(why=Wait.FEE, about=about, since=event.at, until=body.until),
        fee=Fee(
            basis=body.basis,
            count=body.count,
            before=body.before,
            yuan=body.yuan,
            via=body.via,
            charged_at=event.at,
            received_on=body.received_on,
            until=body.until,
        ),
    )


@after(ev.FeeNoticeReceived)
def _(case: Case, body: ev.FeeNoticeReceived, event: Recorded) -> Case:
    if case.fee is None or case.waiting is None:
        return case
    return replace(
        case,
        waiting=replace(case.waiting, until=body.until),
        fee=replace(case.fee, received_on=body.received_on, until=body.until),
    )


@after(ev.FeePaid)
def _(case: Case, body: ev.FeePaid, event: Recorded) -> Case:
    fee = case.fee
    return replace(
        with_clocks(case, body.clocks),
        state=case.resume_state or State.HANDLING,
        resume_state=None,
        waiting=None,
        fee=replace(fee, paid_at=body.paid_at, receipt=body.receipt) if fee else None,
    )
