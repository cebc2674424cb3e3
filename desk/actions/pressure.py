"""Pressure, instructions and alerts: words, forms and sentences."""

from __future__ import annotations

from cases.alerts import ALERT_WORDS, RECEIPT_WORDS, AlertKind
from cases.record import commands as do
from cases.record import events as ev
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area, cut, numbers
from desk.actions.registry import form, plain, sentence, word_only
from desk.phrasing.page_text import shown
from desk.phrasing.phrases import Phrases, Said, joined


@form(do.Press, word="催办督办", place=240)
def press(context: FormContext) -> Form:
    case = context.case
    reached = {p.rung for p in case.pressures if p.round == case.round.number}
    rungs = list(do.Rung)
    following = next((rung for rung in rungs if rung not in reached), rungs[-1])
    return Form(
        button="发出",
        told=f"本轮已有：{'、'.join(r.value for r in rungs if r in reached)}。" if reached else "",
        fields=(
            Field(
                name="rung",
                label="方式",
                sort="radio",
                value=(following.value,),
                choices=tuple((rung.value, rung.value) for rung in rungs),
                required=True,
            ),
            area("text", "内容"),
            Field(name="due_at", label="要求回复的期限", sort="datetime"),
            area("skip_reason", "越级的理由", "跳过低一级时填写", required=False),
        ),
    )


@form(do.Instruct, word="批示", place=250)
def instruct(context: FormContext) -> Form:
    return Form(
        button="作出批示",
        fields=(
            area("text", "批示内容"),
            Field(name="due_at", label="反馈期限", sort="datetime"),
        ),
    )


@form(do.ReportOnInstruction, word="批示反馈", place=260)
def report_on_instruction(context: FormContext) -> Form:
    waiting = [
        (one.number, f"第 {one.number} 号：{cut(shown(context.eyes, one.text, by_office=True))}")
        for one in context.case.instructions
        if one.reported_at is None
    ]
    return Form(
        title="批示办理反馈",
        button="提交反馈",
        fields=(numbers(waiting, "批示"), area("text", "办理情况")),
    )


plain(
    do.ReportOnPressure,
    area("text", "办理情况", "办到哪一步，何时能答复；有困难的写明"),
    word="催办督办反馈",
    place=245,
    button="提交反馈",
)
word_only(do.NoteAlert, "登记告警回执")


@sentence(ev.Pressed)
def pressed(body: ev.Pressed, phrases: Phrases) -> Said:
    due = f"，限 {phrases.moment(body.due_at)} 前" if body.due_at else ""
    skipped = f"越级理由：{body.skip_reason}" if body.skip_reason else ""
    return Said(f"{body.rung.value}{due}", joined(body.text, skipped))


@sentence(ev.PressureReported)
def pressure_reported(body: ev.PressureReported, phrases: Phrases) -> Said:
    return Said("反馈催办督办的办理情况", body.text)


@sentence(ev.Instructed)
def instructed(body: ev.Instructed, phrases: Phrases) -> Said:
    due = f"，限 {phrases.moment(body.due_at)} 前反馈" if body.due_at else ""
    return Said(f"领导批示（第 {body.number} 号）{due}", body.text)


@sentence(ev.InstructionReported)
def instruction_reported(body: ev.InstructionReported, phrases: Phrases) -> Said:
    return Said(f"反馈第 {body.number} 号批示办理情况", body.text)


@sentence(ev.AlertNoted)
def alert_noted(body: ev.AlertNoted, phrases: Phrases) -> Said:
    kind = ALERT_WORDS[AlertKind(body.kind)] if body.kind in set(AlertKind) else body.kind
    became = RECEIPT_WORDS.get(body.outcome, body.outcome)
    text = f"告警“{kind}”{became}（{body.channel}，{phrases.moment(body.at)}）"
    return Said(text, body.receipt, "late" if body.outcome == "failed" else "quiet")
