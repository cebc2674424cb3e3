"""Extensions, pauses and suspension: words, forms and sentences."""

from __future__ import annotations

from datetime import timedelta

from cases.clocks.clocks import ClockUnit
from cases.clocks.standing import counted_days
from cases.life.available_actions import extension_days
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.disclosure import Wait
from desk.actions.fields import Field, Form
from desk.actions.form_context import NOTE, REASON, FormContext, area
from desk.actions.registry import form, plain, sentence
from desk.phrasing import vocabulary
from desk.phrasing.page_text import shown
from desk.phrasing.phrases import Phrases, Said, joined
from desk.phrasing.times import day

_HEAD = Field(
    name="approved_by",
    label="同意延长的政府信息公开工作机构负责人（批准时必填）",
    sort="text",
)


def _days(case: Case, days: int) -> str:
    reply = case.round.reply_clock
    return counted_days(reply.unit if reply else ClockUnit.WORKING_DAYS, days)


@form(do.DecideExtension, word="处理延期", place=50)
def decide_extension(context: FormContext) -> Form:
    asked = context.case.extension_request
    days = asked.working_days if asked else 0
    reason = shown(context.eyes, asked.reason) if asked else ""
    disclosure = context.case.item.disclosure
    must_tell = disclosure or context.office.rules.handling.extensions.must_tell_citizen
    unit = context.office.register.name(asked.unit) if asked else ""
    return Form(
        title="审批延期",
        button="提交",
        told=f"{unit}申请延期 {_days(context.case, days)}：{reason}",
        fields=(
            Field(
                name="grant",
                label="是否同意",
                sort="radio",
                choices=(("1", "同意延期"), ("0", "不同意")),
                required=True,
            ),
            Field(
                name="working_days",
                label="批准的天数",
                sort="number",
                value=(str(days),),
                low="1",
                high=str(days),
            ),
            Field(
                name="citizen_told",
                label="已告知群众延期及理由" + ("（批准时必须）" if must_tell else ""),
                sort="check",
            ),
            *((_HEAD,) if disclosure else ()),
            area("reason", "意见", "不同意时必填", required=False),
        ),
    )


@form(do.AskExtension, word="申请延期", place=230, explained=True)
def ask_extension(context: FormContext) -> Form:
    days = extension_days(context.case, context.now, context.office.rules)
    return Form(
        button="提交延期申请",
        told=f"最多可延 {_days(context.case, days)}，须经值班台批准并告知群众。",
        fields=(
            Field(
                name="working_days",
                label="延期天数",
                sort="number",
                value=(str(min(days, 5)),),
                low="1",
                high=str(days),
                required=True,
            ),
            REASON,
        ),
    )


plain(
    do.PauseForSupplement,
    area("missing", "需要群众补充的内容"),
    word="暂停",
    place=360,
    title="待补充",
    button="暂停计时",
)
plain(do.Resume, NOTE, word="恢复", place=370, title="恢复办理")


@form(do.Suspend, word="挂账", place=380)
def suspend(context: FormContext) -> Form:
    return Form(
        told="现阶段解决不了的，写明措施和解决日期；时限照常显示，到期提醒。",
        fields=(
            area("measures", "挂账期间的措施"),
            Field(
                name="until",
                label="解决日期",
                sort="date",
                low=f"{context.now.date() + timedelta(days=1)}",
                required=True,
            ),
        ),
    )


plain(do.EndSuspension, NOTE, word="挂账销号", place=390)


@sentence(ev.ExtensionAsked)
def extension_asked(body: ev.ExtensionAsked, phrases: Phrases) -> Said:
    unit = ClockUnit.DAYS if body.natural_days else ClockUnit.WORKING_DAYS
    days = counted_days(unit, body.working_days)
    return Said(f"{phrases.unit(body.unit)}申请延期 {days}", body.reason)


@sentence(ev.ExtensionGranted)
def extension_granted(body: ev.ExtensionGranted, phrases: Phrases) -> Said:
    told = "，已告知群众" if body.citizen_told else ""
    due = phrases.due(body.clocks)
    approved = f"{body.approved_by}同意" if body.approved_by else ""
    unit = body.clocks[0].unit if body.clocks else ClockUnit.WORKING_DAYS
    days = counted_days(unit, body.working_days)
    return Said(f"同意延期 {days}{told}：{due}", joined(approved, body.reason))


@sentence(ev.ExtensionRefused)
def extension_refused(body: ev.ExtensionRefused, phrases: Phrases) -> Said:
    return Said("不同意延期", body.reason)


@sentence(ev.Paused)
def paused(body: ev.Paused, phrases: Phrases) -> Said:
    stopped = "、".join(vocabulary.clock(clock.name) for clock in body.clocks)
    still = f"，{stopped}时限暂停" if stopped else ""
    until = f"，限 {day(body.until, phrases.now)} 前" if body.until else ""
    if body.why is Wait.SUPPLEMENT:
        return Said(f"告知申请人补正{until}{still}", body.missing)
    if body.why is Wait.CONSULTATION:
        return Said(f"征求第三方或其他机关意见{until}{still}", joined(body.party, body.missing))
    return Said(f"等待群众补充{still}", body.missing)


@sentence(ev.Resumed)
def resumed(body: ev.Resumed, phrases: Phrases) -> Said:
    due = phrases.due(body.clocks)
    how = "收到补正，答复期限重新起算" if body.restarted else "恢复办理"
    return Said(f"{how}{f'：{due}' if due else ''}", body.note)


@sentence(ev.Suspended)
def suspended(body: ev.Suspended, phrases: Phrases) -> Said:
    return Said(f"挂账，计划 {day(body.until, phrases.now)} 前解决", body.measures)


@sentence(ev.SuspensionEnded)
def suspension_ended(body: ev.SuspensionEnded, phrases: Phrases) -> Said:
    return Said("挂账销号，恢复办理", body.note)
