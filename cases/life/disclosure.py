"""What follows when a person handles a request for information (依申请公开).

政府信息公开条例第二十九条至第四十条. The rules of its period that letters have too (length,
extension) are in config/deadlines.toml and `cases.life.timing`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from cases.clocks.clocks import Clock, pause
from cases.life.dates import end_of
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_lead,
    require_not_ended,
    require_open,
    require_text,
    with_clocks,
)
from cases.life.reply import check_personal_data
from cases.life.rules import Rules, clocks_for, extended, running_again
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import (
    Case,
    Outcome,
    State,
)
from cases.record.disclosure import (
    CLOCKS,
    CONFIRMED_FIELD,
    CONFIRMED_WAYS,
    GIVEN_UP_BY,
    REASONED,
    REVIEWED,
    WAY_FIELD,
    Result,
    Wait,
)
from cases.record.events import Recorded
from cases.words.refusals import NotAllowed


def require_request(case: Case) -> Clock:
    """The statute's clock of the present round."""
    clock = case.round.clock(CLOCKS[0])
    if not case.item.disclosure or clock is None:
        raise NotAllowed("此件不是政府信息公开申请。")
    return clock


def require_running(case: Case) -> None:
    require(case.state not in (State.PAUSED, State.SUSPENDED), "事项已暂停或挂账。")


def begun_at(case: Case, started_at: datetime, rules: Rules) -> tuple[Clock, ...]:
    """The period, begun at `started_at`. An answer that was delayed (第三十五条) stays delayed,
    by so many working days: the applicant was told of them, and no law says otherwise."""
    fresh = clocks_for(rules, case.item, case.labels, started_at=started_at, detected_at=started_at)
    delay = case.justification.working_days if case.justification else 0
    return tuple(
        extended(clock, delay, rules) if delay else clock for clock in fresh if clock.name in CLOCKS
    )


def stopped(case: Case, at: datetime) -> tuple[Clock, ...]:
    return tuple(pause(clock, at) for clock in case.round.clocks if clock.name in CLOCKS)


@decides(do.ConfirmReceipt, probe=lambda _c, _a: do.ConfirmReceipt(how=SOME_TEXT))
def confirm_receipt(case: Case, command: do.ConfirmReceipt, attempt: Attempt) -> list[ev.EventBody]:
    """第三十一条: by plain letter, online and by fax, the day that both sides confirm."""
    require_open(case)
    clock = require_request(case)
    way = case.item.extra.get(WAY_FIELD, "")
    require(
        not way or way in CONFIRMED_WAYS,
        f"此件是{way}，以提交或签收之日为收到之日，不另行确认。",
    )
    done = case.receipt_confirmed_at is not None or case.item.extra.get(CONFIRMED_FIELD)
    require(not done, "收到申请的日期已经双方确认。")
    touched = clock.pauses or clock.extensions or clock.paused_since or case.supplement_asked
    require(not touched, "申请已经告知补正、征求意见或延期，不能再改收到之日。")
    require(case.round.number == 1, "只有第一轮办理可以确认收到之日。")
    require_text(command.how, "怎样与申请人确认")
    confirmed_at = command.at or attempt.at
    require(confirmed_at <= attempt.at, "确认的时间不能在将来。")
    require(
        confirmed_at >= case.received_at,
        f"确认的时间不能早于来件时间 {case.received_at:%Y-%m-%d %H:%M}。",
    )
    return [
        ev.ReceiptConfirmed(
            confirmed_at=confirmed_at,
            how=command.how,
            clocks=begun_at(case, confirmed_at, attempt.rules),
        )
    ]


@decides(
    do.AskSupplement,
    probe=lambda _c, a: do.AskSupplement(missing=SOME_TEXT, until=a.at.date() + timedelta(days=1)),
)
def ask_supplement(case: Case, command: do.AskSupplement, attempt: Attempt) -> list[ev.EventBody]:
    """第三十条: within 7 working days of receipt, once, with a term."""
    require_open(case)
    clock = require_request(case)
    require_running(case)
    require(not case.supplement_asked, "已经告知过补正；补正应当一次性告知。")
    days = attempt.rules.handling.disclosure.supplement_working_days
    last = attempt.rules.calendar.add_working_days(clock.started_at.date(), days)
    require(
        attempt.at.date() <= last,
        f"收到申请已超过 {days} 个工作日（至 {last}），不能再告知补正，请按现有内容答复。",
    )
    require_text(command.missing, "需要补正的事项")
    require(command.until > attempt.at.date(), "补正期限应在今天之后。")
    return [
        ev.Paused(
            missing=command.missing,
            clocks=stopped(case, attempt.at),
            why=Wait.SUPPLEMENT,
            until=command.until,
        )
    ]


@decides(do.TakeSupplement, probe=lambda _c, _a: do.TakeSupplement(note=SOME_TEXT))
def take_supplement(case: Case, command: do.TakeSupplement, attempt: Attempt) -> list[ev.EventBody]:
    """第三十条: 答复期限自行政机关收到补正的申请之日起计算."""
    require_request(case)
    waiting = case.waiting
    if waiting is None or waiting.why is not Wait.SUPPLEMENT:
        raise NotAllowed("此件没有在等待补正。")
    came = command.at or attempt.at
    require(waiting.since <= came <= attempt.at, "收到补正的时间应在告知补正之后、现在之前。")
    if waiting.until is not None and came > end_of(waiting.until):
        require_text(command.note, f"逾期（{waiting.until}）补正的正当理由")
    fresh = begun_at(case, came, attempt.rules)
    return [ev.Resumed(clocks=fresh, note=command.note, restarted=True)]


@decides(do.Consult, probe=lambda _c, _a: do.Consult(party=SOME_TEXT, about=SOME_TEXT))
def consult(case: Case, command: do.Consult, attempt: Attempt) -> list[ev.EventBody]:
    """第三十二条、第三十四条: they have 15 working days from when they got the letter;
    第三十三条第三款: the time is not counted."""
    require_open(case)
    require_request(case)
    require_running(case)
    require_text(command.party, "征求谁的意见")
    require_text(command.about, "征求意见的内容")
    today = attempt.at.date()
    received = command.received_on or today
    require(received <= today, "对方收到征求意见书的日期不能在将来。")
    require(received >= case.round.started_at.date(), "征求意见不能早于收到申请。")
    days = attempt.rules.handling.disclosure.opinion_working_days
    until = attempt.rules.calendar.add_working_days(received, days)
    require(until >= today, f"对方提出意见的期限 {until} 已过，无需再等待。")
    return [
        ev.Paused(
            missing=command.about,
            clocks=stopped(case, attempt.at),
            why=Wait.CONSULTATION,
            until=until,
            party=command.party,
        )
    ]


@decides(do.EndConsultation, probe=lambda _c, _a: do.EndConsultation(opinion=SOME_TEXT))
def end_consultation(
    case: Case, command: do.EndConsultation, attempt: Attempt
) -> list[ev.EventBody]:
    require_request(case)
    waiting = case.waiting
    require(waiting and waiting.why is Wait.CONSULTATION, "此件没有在征求意见。")
    require_text(command.opinion, "对方的意见（没有提出的写明）")
    clocks = running_again(case, attempt.at, attempt.rules)
    return [ev.Resumed(clocks=clocks, note=command.opinion)]


@decides(do.AnswerNow, probe=lambda _c, _a: do.AnswerNow(text=SOME_TEXT, result=Result.PUBLIC))
def answer_now(case: Case, command: do.AnswerNow, attempt: Attempt) -> list[ev.EventBody]:
    """第三十三条第一款: 能够当场答复的，应当当场予以答复."""
    require_open(case)
    clock = require_request(case)
    require_running(case)
    require(
        attempt.at.date() == clock.started_at.date(),
        "当场答复只能在收到申请的当天登记；之后请拟写答复，经审查后答复。",
    )
    require(
        command.result not in REVIEWED,
        f"“{command.result}”须经合法性审查，不能当场答复。",
    )
    require(command.result is not Result.ABANDONED, "没有等待补正或缴费，不能视为放弃申请。")
    require_text(command.text, "答复内容")
    check_personal_data(case, command.text, "", attempt)
    return [
        _decided(case, command.result, command.reason, attempt),
        ev.ReplyDelivered(
            number=0, text=command.text, at=attempt.at, via="当场答复", proof="申请人在场"
        ),
    ]


@decides(do.DecideDisclosure, probe=lambda _c, _a: do.DecideDisclosure(result=Result.PUBLIC))
def decide_disclosure(
    case: Case, command: do.DecideDisclosure, attempt: Attempt
) -> list[ev.EventBody]:
    require_not_ended(case)
    require_request(case)
    require_lead(case, attempt.actor)
    return [_decided(case, command.result, command.reason, attempt)]


def _decided(case: Case, result: Result, reason: str, attempt: Attempt) -> ev.DisclosureDecided:
    if result in REASONED:
        require_text(reason, f"“{result}”的理由")
    if result is Result.UNREASONABLE:
        judged = case.justification
        require(
            judged is not None and judged.reasonable is False,
            "数量、频次明显超过合理范围的，先要求申请人说明理由，认定理由不合理以后才能不予处理。",
        )
    if result is Result.ABANDONED:
        waiting = case.waiting
        waits = waiting if waiting and waiting.why in GIVEN_UP_BY else None
        require(waits, "没有等待补正或缴费，不能视为放弃申请。")
        until = waits.until if waits else None
        word = GIVEN_UP_BY[waits.why] if waits else ""
        require(
            until and attempt.at > end_of(until),
            f"{word}期限（{until or '收费通知还没有送达'}）还没有过，不能视为放弃申请。",
        )
    return ev.DisclosureDecided(result=result, reason=reason)


@applies(ev.DisclosureDecided)
def disclosure_decided(case: Case, body: ev.DisclosureDecided, event: Recorded) -> Case:
    return replace(case, outcome=Outcome(result=body.result, reason=body.reason))


@applies(ev.ReceiptConfirmed)
def receipt_confirmed(case: Case, body: ev.ReceiptConfirmed, event: Recorded) -> Case:
    return replace(with_clocks(case, body.clocks), receipt_confirmed_at=body.confirmed_at)
