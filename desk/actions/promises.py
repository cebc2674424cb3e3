"""Promises: words, forms and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.actors import Role
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area, cut, numbers, units
from desk.actions.registry import form, sentence
from desk.phrasing.page_text import shown
from desk.phrasing.phrases import Phrases, Said
from desk.phrasing.times import day


@form(do.RecordPromise, word="登记承诺", place=270)
def record_promise(context: FormContext) -> Form:
    case = context.case
    fields = [
        area("text", "承诺事项"),
        Field(
            name="due",
            label="兑现期限",
            sort="date",
            low=f"{context.now.date()}",
            required=True,
        ),
    ]
    if context.actor.role is not Role.RESPONDER:
        fields.append(
            Field(
                name="owner",
                label="承诺单位",
                sort="select",
                value=(case.unit,) if case.dispatched else (),
                groups=units(context),
            )
        )
    return Form(fields=tuple(fields))


@form(do.VerifyPromise, word="核查承诺", place=280)
def verify_promise(context: FormContext) -> Form:
    waiting = [
        (one.number, f"第 {one.number} 号：{cut(shown(context.eyes, one.text, by_office=True))}")
        for one in context.case.promises
        if one.kept is None
    ]
    return Form(
        button="登记核查结果",
        fields=(
            numbers(waiting, "承诺"),
            Field(
                name="kept",
                label="是否兑现",
                sort="radio",
                choices=(("1", "已兑现"), ("0", "未兑现")),
                required=True,
            ),
            area("evidence", "核查依据"),
        ),
    )


@form(do.PublishPromise, word="公开承诺", place=290)
def publish_promise(context: FormContext) -> Form:
    told = [
        (one.number, f"第 {one.number} 号：{cut(shown(context.eyes, one.text, by_office=True))}")
        for one in context.case.promises
        if one.kept is not None and not one.published
    ]
    return Form(
        title="公开承诺兑现情况",
        button="登记公开",
        fields=(
            numbers(told, "承诺"),
            Field(name="where", label="公开的位置", sort="text", required=True),
        ),
    )


@sentence(ev.PromiseRecorded)
def promise_recorded(body: ev.PromiseRecorded, phrases: Phrases) -> Said:
    due = day(body.due, phrases.now)
    return Said(f"登记第 {body.number} 号承诺：{phrases.unit(body.owner)}，{due} 前兑现", body.text)


@sentence(ev.PromiseVerified)
def promise_verified(body: ev.PromiseVerified, phrases: Phrases) -> Said:
    kept = "已兑现" if body.kept else "未兑现"
    tone = "done" if body.kept else "late"
    return Said(f"核查第 {body.number} 号承诺：{kept}", body.evidence, tone)


@sentence(ev.PromisePublished)
def promise_published(body: ev.PromisePublished, phrases: Phrases) -> Said:
    return Said(f"公开第 {body.number} 号承诺的兑现情况", body.where)
