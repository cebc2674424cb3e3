"""What follows at the end of a case: call-back, closing, reopening."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    ended,
    in_round,
    require,
    require_not_ended,
    require_text,
)
from cases.life.rules import clocks_for
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import (
    ENDED_STATES,
    STATE_WORDS,
    CallBackResult,
    Case,
    Round,
    State,
)
from cases.record.disclosure import Result
from cases.record.events import Recorded


@decides(do.CallBack, probe=lambda _c, _a: do.CallBack(resolved=None, satisfied=None))
def call_back(case: Case, command: do.CallBack, attempt: Attempt) -> list[ev.EventBody]:
    require(
        case.round.deliveries and case.state in (State.REPLIED, State.CLOSED),
        "答复群众之后才能回访。",
    )
    grade = command.grade
    satisfied = command.satisfied if grade is None else grade.satisfied
    require(
        command.satisfied in (None, satisfied),
        f"评价“{grade}”和是否满意不一致，只填其中一项，或改成一致。",
    )
    bodies: list[ev.EventBody] = [
        ev.CalledBack(
            resolved=command.resolved,
            satisfied=satisfied,
            note=command.note,
            grade=grade,
            contacted=command.contacted,
        )
    ]
    if satisfied is False:
        bodies.append(_new_round(case, "回访不满意", attempt))
    return bodies


def _new_round(case: Case, reason: str, attempt: Attempt) -> ev.RoundStarted:
    return ev.RoundStarted(
        number=case.round.number + 1,
        reason=reason,
        # The source set its date for the first round; the new one has the office's clocks.
        clocks=clocks_for(
            attempt.rules,
            replace(case.item, due_at=None),
            case.labels,
            started_at=attempt.at,
            detected_at=attempt.at,
            event_level=case.event_level,
        ),
    )


def _close(case: Case, _attempt: Attempt) -> do.Close:
    return do.Close(exception="" if case.round.deliveries else SOME_TEXT)


@decides(do.Close, probe=_close)
def close(case: Case, command: do.Close, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    if case.item.disclosure:
        require(case.outcome is not None, "依申请公开请先登记答复结果，再办结。")
    if case.round.deliveries:
        if attempt.rules.handling.closing.needs_callback:
            require(case.round.callback is not None, "请先回访，再办结。")
        return [ev.Closed(note=command.note)]
    if case.outcome is not None and case.outcome.result is Result.ABANDONED:
        unpaid = case.fee is not None and case.fee.paid_at is None
        what = "未缴纳信息处理费" if unpaid else "不补正"
        exception = command.exception or f"申请人逾期{what}，视为放弃申请"
        return [ev.Closed(note=command.note, exception=exception)]
    require(
        command.exception.strip(),
        "还没有答复群众，不能办结。确属特殊情况的，请写明例外理由。",
    )
    return [ev.Closed(note=command.note, exception=command.exception)]


@decides(do.Reopen, probe=lambda _c, _a: do.Reopen(reason=SOME_TEXT))
def reopen(case: Case, command: do.Reopen, attempt: Attempt) -> list[ev.EventBody]:
    require(
        case.state in ENDED_STATES or case.state is State.REPLIED,
        f"事项{STATE_WORDS[case.state]}，无需重新打开。",
    )
    require_text(command.reason, "重新打开的理由")
    return [_new_round(case, command.reason, attempt)]


@applies(ev.Closed)
def closed(case: Case, body: ev.Closed, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at, exception=body.exception), State.CLOSED)


@applies(ev.CalledBack)
def called_back(case: Case, body: ev.CalledBack, event: Recorded) -> Case:
    result = CallBackResult(
        resolved=body.resolved,
        satisfied=body.satisfied,
        at=event.at,
        note=body.note,
        grade=body.grade,
        contacted=body.contacted,
    )
    return in_round(case, callback=result)


@applies(ev.RoundStarted)
def round_started(case: Case, body: ev.RoundStarted, event: Recorded) -> Case:
    round_ = Round(number=body.number, started_at=event.at, reason=body.reason, clocks=body.clocks)
    if case.round.closed_at is None:
        case = in_round(case, closed_at=event.at)
    state = State.ASSIGNED if case.dispatched else State.RECEIVED
    case = ended(case, state)
    return replace(
        case,
        rounds=(*case.rounds, round_),
        supplement_asked=False,
        outcome=None,
        justification=None,
        fee=None,
        held=case.held and replace(case.held, since=event.at, seq=event.seq),
        tasks=tuple(
            replace(t, acknowledged_at=None, finished_at=None, share="", assigned_at=event.at)
            for t in case.tasks
        ),
    )
