"""What follows when the requests of one applicant clearly go beyond what is reasonable
in number or frequency (政府信息公开条例第三十五条、第四十二条), and when a fee is taken.

What the statute does not say, and how it is kept here:

- No number is "clearly beyond what is reasonable": a person judges; the register names who
  asked more often in a month than the fee's free pieces.
- 第三十五条 sets no term for giving reasons and does not take that time out of the period: the
  clock runs on. Its 延迟答复的合理期限 has no number either: the desk says how many working days,
  which are added to the period, and that the applicant was told.
- 国办函〔2020〕109号, 第六条: the notice goes out within the period, the applicant has 30 days from
  the day after it arrived, who does not pay has given the request up, and the period is counted
  anew from the day after the payment. This article stands here as it is known, its text was not
  among the sources at hand: to be compared with the office's own copy.
- Whether a last day of payment that is no working day moves on is not said there; it does here
  (民法典第二百零三条), never to the applicant's loss.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from cases.life.dates import end_of
from cases.life.disclosure import begun_at, require_request, require_running, stopped
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_not_ended,
    require_open,
    require_text,
    with_clocks,
)
from cases.life.rules import Rules, extended
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, Fee, Justification, State, Waiting
from cases.record.disclosure import CLOCKS, Wait
from cases.record.events import Recorded
from cases.record.fees import MOST, UNIT_WORDS, Basis
from cases.words.refusals import NotAllowed

MOST_DELAY = 250
"""A year of working days; more is a slip of the pen."""


@decides(
    do.AskReason,
    probe=lambda _c, a: do.AskReason(about=SOME_TEXT, until=a.at.date() + timedelta(days=1)),
)
def ask_reason(case: Case, command: do.AskReason, attempt: Attempt) -> list[ev.EventBody]:
    """第三十五条: 可以要求申请人说明理由."""
    require_open(case)
    require_request(case)
    require(case.justification is None, "已经要求过申请人说明理由。")
    require_text(command.about, "数量、频次明显超过合理范围的情况")
    require(command.until > attempt.at.date(), "说明理由的期限应在今天之后。")
    return [ev.ReasonAsked(about=command.about, until=command.until)]


@decides(
    do.JudgeReason,
    probe=lambda _c, _a: do.JudgeReason(reasonable=True, note=SOME_TEXT, given=SOME_TEXT),
)
def judge_reason(case: Case, command: do.JudgeReason, attempt: Attempt) -> list[ev.EventBody]:
    """Whether the reason given is a good one; none within the term counts as no good one."""
    require_not_ended(case)
    require_request(case)
    asked = case.justification
    require(asked is not None, "还没有要求申请人说明理由。")
    require(asked and asked.reasonable is None, "理由是否合理已经认定。")
    require_text(command.note, "认定的依据")
    if not command.given.strip():
        require(not command.reasonable, "申请人没有说明理由，不能认定为合理。")
        until = asked.until if asked else None
        require(
            until and attempt.at > end_of(until),
            f"说明理由的期限（{until}）还没有过，请等申请人说明。",
        )
    return [ev.ReasonJudged(given=command.given, reasonable=command.reasonable, note=command.note)]


@decides(
    do.DelayAnswer,
    probe=lambda _c, _a: do.DelayAnswer(working_days=1, reason=SOME_TEXT, citizen_told=True),
)
def delay_answer(case: Case, command: do.DelayAnswer, attempt: Attempt) -> list[ev.EventBody]:
    """第三十五条: 理由合理但是无法按期答复的，可以确定延迟答复的合理期限并告知申请人."""
    require_open(case)
    clock = require_request(case)
    require_running(case)
    asked = case.justification
    require(asked and asked.reasonable, "认定申请理由合理以后，才能确定延迟答复的期限。")
    require(asked and not asked.working_days, "已经确定过延迟答复的期限。")
    require(1 <= command.working_days <= MOST_DELAY, f"延迟应为 1 至 {MOST_DELAY} 个工作日。")
    require(
        attempt.at <= clock.due_at, f"答复期限 {clock.due_at:%Y-%m-%d %H:%M} 已过，不能再延迟。"
    )
    require_text(command.reason, "无法按期答复的理由")
    require(command.citizen_told, "延迟答复的期限须告知申请人，请确认已告知。")
    clocks = tuple(
        extended(each, command.working_days, attempt.rules)
        for each in case.round.clocks
        if each.name in CLOCKS
    )
    return [
        ev.AnswerDelayed(working_days=command.working_days, clocks=clocks, reason=command.reason)
    ]


@decides(
    do.ChargeFee,
    probe=lambda _c, a: do.ChargeFee(
        basis=Basis.PAGES,
        count=a.rules.handling.disclosure.fees.free(Basis.PAGES) + 1,
        via=SOME_TEXT,
    ),
)
def charge_fee(case: Case, command: do.ChargeFee, attempt: Attempt) -> list[ev.EventBody]:
    """第六条 of the Measures: a notice within the period, with ground, tariff, amount and way."""
    require_open(case)
    clock = require_request(case)
    require_running(case)
    require(case.fee is None, "此件已经发出过收费通知。")
    require(
        attempt.at <= clock.due_at,
        f"收费通知应在答复期限（{clock.due_at:%Y-%m-%d %H:%M}）内发出，现在已过。",
    )
    unit = UNIT_WORDS[command.basis]
    require(1 <= command.count <= MOST, f"数量应为 1 至 {MOST} {unit}。")
    before = command.before if command.basis is Basis.PIECES else 0
    require(0 <= before <= MOST, f"本月在此件之前的件数应为 0 至 {MOST}。")
    fees = attempt.rules.handling.disclosure.fees
    yuan = fees.amount(command.basis, command.count, before)
    free = fees.free(command.basis)
    require(yuan > 0, f"没有超过免费的 {free} {unit}，不收费。")
    require_text(command.via, "缴纳方式")
    if command.received_on is not None:
        _check_receipt(case, command.received_on, attempt)
    return [
        ev.FeeCharged(
            basis=command.basis,
            count=command.count,
            before=before,
            yuan=yuan,
            via=command.via,
            received_on=command.received_on,
            until=_until(command.received_on, attempt.rules),
            clocks=stopped(case, attempt.at),
        )
    ]


@decides(do.FeeNoticed, probe=lambda _c, _a: do.FeeNoticed())
def fee_noticed(case: Case, command: do.FeeNoticed, attempt: Attempt) -> list[ev.EventBody]:
    require_request(case)
    waiting = case.waiting
    require(waiting and waiting.why is Wait.FEE, "此件没有在等待缴费。")
    require(waiting and waiting.until is None, "收费通知送达的日期已经登记。")
    received = command.received_on or attempt.at.date()
    _check_receipt(case, received, attempt)
    require(
        waiting is not None and received >= waiting.since.date(),
        "申请人收到收费通知的日期不能早于发出通知。",
    )
    until = _until(received, attempt.rules)
    if until is None:
        raise NotAllowed("请填写申请人收到收费通知的日期。")
    return [ev.FeeNoticeReceived(received_on=received, until=until)]


@decides(do.TakePayment, probe=lambda _c, _a: do.TakePayment(receipt=SOME_TEXT))
def take_payment(case: Case, command: do.TakePayment, attempt: Attempt) -> list[ev.EventBody]:
    """第六条 of the Measures: the period begins afresh, the day of payment is not counted."""
    require_open(case)
    require_request(case)
    waiting = case.waiting
    if waiting is None or waiting.why is not Wait.FEE:
        raise NotAllowed("此件没有在等待缴费。")
    paid = command.at or attempt.at
    require(waiting.since <= paid <= attempt.at, "缴费的时间应在发出收费通知之后、现在之前。")
    require(
        waiting.until is None or paid <= end_of(waiting.until),
        f"缴费期限（{waiting.until}）已过，视为放弃申请，不再处理。",
    )
    require_text(command.receipt, "缴费凭据（票据号码）")
    return [
        ev.FeePaid(
            paid_at=paid, receipt=command.receipt, clocks=begun_at(case, paid, attempt.rules)
        )
    ]


def _check_receipt(case: Case, received: date, attempt: Attempt) -> None:
    require(received <= attempt.at.date(), "申请人收到收费通知的日期不能在将来。")
    require(received >= case.round.started_at.date(), "申请人收到收费通知的日期不能早于收到申请。")


def _until(received: date | None, rules: Rules) -> date | None:
    """The last day to pay; None while it is unknown whether the notice arrived."""
    if received is None:
        return None
    last = received + timedelta(days=rules.handling.disclosure.fees.pay_days)
    while not rules.calendar.is_workday(last):
        last += timedelta(days=1)
    return last


@applies(ev.ReasonAsked)
def reason_asked(case: Case, body: ev.ReasonAsked, event: Recorded) -> Case:
    asked = Justification(about=body.about, asked_at=event.at, until=body.until)
    return replace(case, justification=asked)


@applies(ev.ReasonJudged)
def reason_judged(case: Case, body: ev.ReasonJudged, event: Recorded) -> Case:
    if case.justification is None:
        return case
    judged = replace(
        case.justification, given=body.given, reasonable=body.reasonable, note=body.note
    )
    return replace(case, justification=judged)


@applies(ev.AnswerDelayed)
def answer_delayed(case: Case, body: ev.AnswerDelayed, event: Recorded) -> Case:
    case = with_clocks(case, body.clocks)
    if case.justification is None:
        return case
    delayed = replace(case.justification, working_days=body.working_days)
    return replace(case, justification=delayed)


@applies(ev.FeeCharged)
def fee_charged(case: Case, body: ev.FeeCharged, event: Recorded) -> Case:
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


@applies(ev.FeeNoticeReceived)
def fee_notice_received(case: Case, body: ev.FeeNoticeReceived, event: Recorded) -> Case:
    if case.fee is None or case.waiting is None:
        return case
    return replace(
        case,
        waiting=replace(case.waiting, until=body.until),
        fee=replace(case.fee, received_on=body.received_on, until=body.until),
    )


@applies(ev.FeePaid)
def fee_paid(case: Case, body: ev.FeePaid, event: Recorded) -> Case:
    fee = case.fee
    return replace(
        with_clocks(case, body.clocks),
        state=case.resume_state or State.HANDLING,
        resume_state=None,
        waiting=None,
        fee=replace(fee, paid_at=body.paid_at, receipt=body.receipt) if fee else None,
    )
