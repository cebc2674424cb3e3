"""What happened, in the office's words: one sentence for every kind of event.

The sentence itself holds nothing but the office's own words; what people wrote (a
citizen's text, a reason, a note) is in `detail`, which pages mask, and leave out for
a confidential case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cases.alerts import ALERT_WORDS, RECEIPT_WORDS, AlertKind
from cases.life.dates import DISPATCH
from cases.life.held import HELD
from cases.record import events as ev
from cases.record.disclosure import Wait
from cases.record.events import EventBody
from cases.record.fees import UNIT_WORDS
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said
from desk.phrasing.times import day

E = TypeVar("E", bound=ev.Event)
Sentence = Callable[[E, Phrases], Said]
SENTENCES: dict[type[EventBody], Sentence[EventBody]] = {}
"""One function per kind of event; a test compares it with `cases.record.events`."""


def _of(kind: type[E]) -> Callable[[Sentence[E]], Sentence[E]]:
    def register(sentence: Sentence[E]) -> Sentence[E]:
        SENTENCES[kind] = sentence  # type: ignore[index, assignment]
        return sentence

    return register


def describe_event(body: EventBody, teller: Phrases) -> Said:
    """The sentence for an event."""
    return SENTENCES[type(body)](body, teller)


def _joined(*parts: str) -> str:
    return "；".join(part for part in parts if part)


# -- intake ------------------------------------------------------------------


@_of(ev.CaseOpened)
def _(body: ev.CaseOpened, _teller: Phrases) -> Said:
    return Said(f"收到来件（{body.item.channel}）", _joined(*(note.text for note in body.notes)))


@_of(ev.VersionSeen)
def _(body: ev.VersionSeen, _teller: Phrases) -> Said:
    changed = "、".join(dict.fromkeys(vocabulary.field(name) for name in body.changed))
    return Said(f"来源更新了内容{f'（{changed}）' if changed else ''}")


@_of(ev.ReplySeenAtSource)
def _(body: ev.ReplySeenAtSource, teller: Phrases) -> Said:
    at = f"，答复时间 {teller.moment(body.reply.at)}" if body.reply.at else "，未注明答复时间"
    return Said(f"来源平台已答复{at}", _joined(*(note.text for note in body.notes)), "done")


@_of(ev.ClosedAtSource)
def _(body: ev.ClosedAtSource, teller: Phrases) -> Said:
    verdict = vocabulary.verdict(resolved=body.resolved, satisfied=body.satisfied)
    return Said(f"来源平台 {teller.moment(body.at)} 办结{f'，{verdict}' if verdict else ''}")


@_of(ev.WithdrawnAtSource)
def _(_body: ev.WithdrawnAtSource, _teller: Phrases) -> Said:
    return Said("来源平台已不再显示此件")


# -- acceptance and units ----------------------------------------------------


@_of(ev.Accepted)
def _(body: ev.Accepted, _teller: Phrases) -> Said:
    return Said("受理", body.note)


@_of(ev.RefusedToAccept)
def _(body: ev.RefusedToAccept, _teller: Phrases) -> Said:
    return Said("不予受理", body.reason)


@_of(ev.MarkedInvalid)
def _(body: ev.MarkedInvalid, _teller: Phrases) -> Said:
    return Said("标为无效件", body.reason)


@_of(ev.Assigned)
def _(body: ev.Assigned, teller: Phrases) -> Said:
    if body.to_desk:
        return Said("没有规则能确定承办单位，待值班台派单", body.reason)
    assisting = f"，{teller.units(body.assisting)}协办" if body.assisting else ""
    fixed = "" if body.may_return else "，指定后不得退"
    return Said(f"派单：{teller.unit(body.lead)}主办{assisting}{fixed}", body.reason)


@_of(ev.HeldBack)
def _(body: ev.HeldBack, _teller: Phrases) -> Said:
    # Why, and which units, is what a confidential case hides; the page shows it to the desk.
    return Said("没有自动派单，等值班台派单", body.reason, "soon")


@_of(ev.TakenBack)
def _(body: ev.TakenBack, teller: Phrases) -> Said:
    units = f"收回：{teller.units(body.units)}" if body.units else ""
    drafts = "、".join(f"第 {number} 号" for number in body.drafts)
    withdrawn = f"撤回答复稿：{drafts}" if drafts else ""
    return Said("收回所派任务", _joined(body.reason, units, withdrawn))


@_of(ev.Acknowledged)
def _(body: ev.Acknowledged, teller: Phrases) -> Said:
    return Said(f"{teller.unit(body.unit)}签收")


@_of(ev.ReturnAsked)
def _(body: ev.ReturnAsked, teller: Phrases) -> Said:
    to = f"，建议转{teller.unit(body.suggested_unit)}" if body.suggested_unit else ""
    return Said(f"{teller.unit(body.unit)}申请退回{to}", body.reason)


@_of(ev.ReturnApproved)
def _(body: ev.ReturnApproved, teller: Phrases) -> Said:
    return Said(f"同意{teller.unit(body.unit)}退回", body.reason)


@_of(ev.ReturnRefused)
def _(body: ev.ReturnRefused, teller: Phrases) -> Said:
    return Said(f"不同意{teller.unit(body.unit)}退回", body.reason)


@_of(ev.HandedOn)
def _(body: ev.HandedOn, teller: Phrases) -> Said:
    return Said(f"{teller.unit(body.unit)}转科室办理", _joined(body.section, body.note))


@_of(ev.ContactLogged)
def _(body: ev.ContactLogged, _teller: Phrases) -> Said:
    return Said("联系群众", body.text)


@_of(ev.ShareFinished)
def _(body: ev.ShareFinished, teller: Phrases) -> Said:
    return Said(f"{teller.unit(body.unit)}提交协办意见", body.text)


# -- time --------------------------------------------------------------------


@_of(ev.ClocksSet)
def _(body: ev.ClocksSet, teller: Phrases) -> Said:
    dropped = "、".join(vocabulary.clock(name) for name in body.dropped)
    parts = (teller.due(body.clocks), f"不再适用：{dropped}" if dropped else "")
    return Said(f"时限变更：{_joined(*parts)}", body.why)


@_of(ev.ExtensionAsked)
def _(body: ev.ExtensionAsked, teller: Phrases) -> Said:
    return Said(f"{teller.unit(body.unit)}申请延期 {body.working_days} 个工作日", body.reason)


@_of(ev.ExtensionGranted)
def _(body: ev.ExtensionGranted, teller: Phrases) -> Said:
    told = "，已告知群众" if body.citizen_told else ""
    due = teller.due(body.clocks)
    approved = f"{body.approved_by}同意" if body.approved_by else ""
    return Said(
        f"同意延期 {body.working_days} 个工作日{told}：{due}", _joined(approved, body.reason)
    )


@_of(ev.ExtensionRefused)
def _(body: ev.ExtensionRefused, _teller: Phrases) -> Said:
    return Said("不同意延期", body.reason)


@_of(ev.Paused)
def _(body: ev.Paused, teller: Phrases) -> Said:
    stopped = "、".join(vocabulary.clock(clock.name) for clock in body.clocks)
    still = f"，{stopped}时限暂停" if stopped else ""
    until = f"，限 {day(body.until, teller.now)} 前" if body.until else ""
    if body.why is Wait.SUPPLEMENT:
        return Said(f"告知申请人补正{until}{still}", body.missing)
    if body.why is Wait.CONSULTATION:
        return Said(f"征求第三方或其他机关意见{until}{still}", _joined(body.party, body.missing))
    return Said(f"等待群众补充{still}", body.missing)


@_of(ev.Resumed)
def _(body: ev.Resumed, teller: Phrases) -> Said:
    due = teller.due(body.clocks)
    how = "收到补正，答复期限重新起算" if body.restarted else "恢复办理"
    return Said(f"{how}{f'：{due}' if due else ''}", body.note)


@_of(ev.Suspended)
def _(body: ev.Suspended, teller: Phrases) -> Said:
    return Said(f"挂账，计划 {day(body.until, teller.now)} 前解决", body.measures)


@_of(ev.SuspensionEnded)
def _(body: ev.SuspensionEnded, _teller: Phrases) -> Said:
    return Said("挂账销号，恢复办理", body.note)


@_of(ev.ClockWarned)
def _(body: ev.ClockWarned, teller: Phrases) -> Said:
    return _warned(f"{vocabulary.clock(body.clock)}时限", body.stage, body.due_at, teller)


@_of(ev.DateWarned)
def _(body: ev.DateWarned, teller: Phrases) -> Said:
    if body.what == HELD:
        return Said("等人工派单的事项久未处理，已提醒", "", "late")
    if body.what == DISPATCH:
        return Said(f"超时未派单（应在 {teller.moment(body.due_at)} 前）", "", "late")
    return _warned(f"{vocabulary.set_date(body.what)}的日期", body.stage, body.due_at, teller)


def _warned(what: str, stage: str, due_at: datetime, teller: Phrases) -> Said:
    tone = "late" if stage in ("overdue", "escalated") else "soon"
    return Said(f"{what}{vocabulary.STAGES.get(stage, stage)}（{teller.moment(due_at)}）", "", tone)


# -- pressure ----------------------------------------------------------------


@_of(ev.Pressed)
def _(body: ev.Pressed, teller: Phrases) -> Said:
    due = f"，限 {teller.moment(body.due_at)} 前" if body.due_at else ""
    skipped = f"越级理由：{body.skip_reason}" if body.skip_reason else ""
    return Said(f"{body.rung.value}{due}", _joined(body.text, skipped))


@_of(ev.Instructed)
def _(body: ev.Instructed, teller: Phrases) -> Said:
    due = f"，限 {teller.moment(body.due_at)} 前反馈" if body.due_at else ""
    return Said(f"领导批示（第 {body.number} 号）{due}", body.text)


@_of(ev.InstructionReported)
def _(body: ev.InstructionReported, _teller: Phrases) -> Said:
    return Said(f"反馈第 {body.number} 号批示办理情况", body.text)


# -- reply -------------------------------------------------------------------


@_of(ev.ReplyDrafted)
def _(body: ev.ReplyDrafted, _teller: Phrases) -> Said:
    return Said(f"拟写第 {body.number} 号答复稿", body.text)


@_of(ev.ReplyApproved)
def _(body: ev.ReplyApproved, _teller: Phrases) -> Said:
    how = "审核通过" if body.final else f"通过第 {body.level} 级审核"
    if body.name:
        how = f"{body.name}通过" + ("，可以答复" if body.final else "")
    checked = f"已核：{'、'.join(body.checklist)}" if body.checklist else ""
    return Said(f"第 {body.number} 号答复稿{how}", _joined(checked, body.note))


@_of(ev.ReplyRejected)
def _(body: ev.ReplyRejected, _teller: Phrases) -> Said:
    return Said(f"第 {body.number} 号答复稿退改", body.reason)


@_of(ev.ReplyDelivered)
def _(body: ev.ReplyDelivered, teller: Phrases) -> Said:
    proof = f"凭证：{body.proof}" if body.proof else ""
    return Said(f"答复群众（{body.via}），{teller.moment(body.at)}", proof, "done")


@_of(ev.Published)
def _(body: ev.Published, _teller: Phrases) -> Said:
    if not body.text:
        return Said("公开答复", body.where)
    words = [f"公开文本：{body.text}", f"公开的答复：{body.reply}"]
    if body.place:
        words.insert(1, f"公开的地点：{body.place}")
    return Said(f"公开答复（{body.where}），审定公开文本", "\n".join(words))


@_of(ev.PublicationWithdrawn)
def _(body: ev.PublicationWithdrawn, _teller: Phrases) -> Said:
    return Said("撤回公开", body.reason)


@_of(ev.PublicationDeclined)
def _(body: ev.PublicationDeclined, _teller: Phrases) -> Said:
    return Said("不公开答复", body.reason)


# -- promises ----------------------------------------------------------------


@_of(ev.PromiseRecorded)
def _(body: ev.PromiseRecorded, teller: Phrases) -> Said:
    due = day(body.due, teller.now)
    return Said(f"登记第 {body.number} 号承诺：{teller.unit(body.owner)}，{due} 前兑现", body.text)


@_of(ev.PromiseVerified)
def _(body: ev.PromiseVerified, _teller: Phrases) -> Said:
    kept = "已兑现" if body.kept else "未兑现"
    tone = "done" if body.kept else "late"
    return Said(f"核查第 {body.number} 号承诺：{kept}", body.evidence, tone)


@_of(ev.PromisePublished)
def _(body: ev.PromisePublished, _teller: Phrases) -> Said:
    return Said(f"公开第 {body.number} 号承诺的兑现情况", body.where)


# -- requests for information --------------------------------------------------


@_of(ev.ReceiptConfirmed)
def _(body: ev.ReceiptConfirmed, teller: Phrases) -> Said:
    at = teller.moment(body.confirmed_at)
    return Said(f"双方确认 {at} 收到申请：{teller.due(body.clocks)}", body.how)


@_of(ev.DisclosureDecided)
def _(body: ev.DisclosureDecided, _teller: Phrases) -> Said:
    return Said(f"答复结果：{body.result}", body.reason)


@_of(ev.ReasonAsked)
def _(body: ev.ReasonAsked, teller: Phrases) -> Said:
    return Said(f"要求申请人说明理由，限 {day(body.until, teller.now)} 前", body.about)


@_of(ev.ReasonJudged)
def _(body: ev.ReasonJudged, _teller: Phrases) -> Said:
    verdict = "合理" if body.reasonable else "不合理"
    given = body.given or "（没有说明）"
    return Said(f"认定申请理由{verdict}", f"申请人：{given}；依据：{body.note}")


@_of(ev.AnswerDelayed)
def _(body: ev.AnswerDelayed, teller: Phrases) -> Said:
    due = teller.due(body.clocks)
    return Said(f"延迟答复 {body.working_days} 个工作日，已告知申请人：{due}", body.reason)


@_of(ev.FeeCharged)
def _(body: ev.FeeCharged, teller: Phrases) -> Said:
    until = f"，限 {day(body.until, teller.now)} 前缴纳" if body.until else "，送达后计缴费期限"
    counted = f"{body.count} {UNIT_WORDS[body.basis]}"
    return Said(f"发出收费通知：{body.basis} {counted}，{body.yuan} 元{until}，时限暂停", body.via)


@_of(ev.FeeNoticeReceived)
def _(body: ev.FeeNoticeReceived, teller: Phrases) -> Said:
    received, until = day(body.received_on, teller.now), day(body.until, teller.now)
    return Said(f"申请人 {received} 收到收费通知，限 {until} 前缴纳")


@_of(ev.FeePaid)
def _(body: ev.FeePaid, teller: Phrases) -> Said:
    due = teller.due(body.clocks)
    return Said(f"申请人缴纳信息处理费，答复期限重新起算：{due}", body.receipt)


# -- the end, and after it ---------------------------------------------------


@_of(ev.CalledBack)
def _(body: ev.CalledBack, _teller: Phrases) -> Said:
    verdict = vocabulary.verdict(resolved=body.resolved, satisfied=body.satisfied) or "未取得意见"
    tone = "late" if body.satisfied is False else ""
    return Said(f"回访：{verdict}", body.note, tone)


@_of(ev.RoundStarted)
def _(body: ev.RoundStarted, teller: Phrases) -> Said:
    return Said(f"开始第 {body.number} 轮办理：{teller.due(body.clocks)}", body.reason)


@_of(ev.Closed)
def _(body: ev.Closed, _teller: Phrases) -> Said:
    exception = f"未答复而办结的理由：{body.exception}" if body.exception else ""
    return Said("办结", _joined(body.note, exception))


@_of(ev.MatterLinked)
def _(body: ev.MatterLinked, _teller: Phrases) -> Said:
    burst = f"，近期来件 {body.burst} 件" if body.burst else ""
    return Said(f"关联为同一事项{burst}", _joined(body.matter, body.reason))


@_of(ev.MatterUnlinked)
def _(body: ev.MatterUnlinked, _teller: Phrases) -> Said:
    return Said("取消同一事项的关联", _joined(body.matter, body.reason))


@_of(ev.MarkedConfidential)
def _(body: ev.MarkedConfidential, teller: Phrases) -> Said:
    # Which unit is accused is itself secret: it stands with what a confidential case hides.
    accused = f"被反映单位：{teller.units(body.accused)}" if body.accused else ""
    return Said("标为保密件", _joined(body.reason, accused))


@_of(ev.Corrected)
def _(body: ev.Corrected, _teller: Phrases) -> Said:
    names = [vocabulary.field(name) for name in body.fields]
    if body.event_level is not None:
        names.append("事件等级")
    simple = "，按规则定为" + ("简单问题" if body.labels.simple else "非简单问题")
    follows = simple if "simple" in body.derived else ""
    return Said(f"更正：{'、'.join(names)}{follows}", body.reason)


@_of(ev.AlertNoted)
def _(body: ev.AlertNoted, teller: Phrases) -> Said:
    kind = ALERT_WORDS[AlertKind(body.kind)] if body.kind in set(AlertKind) else body.kind
    became = RECEIPT_WORDS.get(body.outcome, body.outcome)
    text = f"告警“{kind}”{became}（{body.channel}，{teller.moment(body.at)}）"
    return Said(text, body.receipt, "late" if body.outcome == "failed" else "quiet")


@_of(ev.ActionRefused)
def _(body: ev.ActionRefused, _teller: Phrases) -> Said:
    if body.command == "tick":
        return Said("巡查时限，没有变化", "", "quiet")
    return Said(
        f"{vocabulary.COMMANDS.get(body.command, body.command)}未成功", body.reason, "quiet"
    )
