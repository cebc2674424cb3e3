"""Who handles a case: words, forms and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from desk.actions.fields import Field, Form
from desk.actions.form_context import NOTE, REASON, FormContext, area, units
from desk.actions.registry import form, plain, sentence
from desk.phrasing.phrases import Phrases, Said, joined


@form(do.Assign, word="派单", place=10)
def assign(context: FormContext) -> Form:
    case = context.case
    again = case.dispatched
    assisting = tuple(task.unit for task in case.tasks if not task.lead) if again else ()
    return Form(
        title="改派" if again else "派单",
        button="改派" if again else "派单",
        fields=(
            Field(
                name="lead",
                label="主办单位",
                sort="select",
                value=(case.unit,) if again else (),
                groups=units(context),
                required=True,
            ),
            Field(
                name="assisting",
                label="协办单位",
                sort="many",
                value=assisting,
                groups=units(context),
                hint="按住 Ctrl 可选多个",
            ),
            area("reason", "理由" if again else "派单意见", required=again),
            Field(name="fixed", label="指定后不得退回", sort="check"),
        ),
        warning="改派后新的主办单位重新签收；群众的答复时限不变。" if again else "",
    )


plain(do.Acknowledge, word="签收", place=20)
plain(do.Accept, NOTE, word="受理", place=30)


@form(do.HandOn, word="转科室", place=190)
def hand_on(context: FormContext) -> Form:
    register, unit = context.office.register, context.actor.unit
    known = register.get(unit).sections if unit in register else ()
    return Form(
        fields=(
            Field(
                name="section",
                label="科室",
                sort="text",
                suggestions=tuple(section.name for section in known),
                required=True,
            ),
            NOTE,
        ),
    )


plain(
    do.LogContact,
    area("text", "联系情况", "何时、以何种方式联系了谁，说了什么"),
    word="联系记录",
    place=200,
)
plain(
    do.FinishShare,
    area("text", "协办意见", "交主办单位汇总答复"),
    word="协办意见",
    place=210,
    button="提交协办意见",
)


plain(
    do.Refuse,
    REASON,
    word="不予受理",
    place=440,
    warning="不予受理后事项即告结束，须向群众说明理由；要继续办理须重新打开。",
)
plain(
    do.MarkInvalid,
    REASON,
    word="标为无效件",
    place=450,
    warning="标为无效件后事项即告结束；要继续办理须重新打开。",
)


@sentence(ev.Accepted)
def accepted(body: ev.Accepted, phrases: Phrases) -> Said:
    return Said("受理", body.note)


@sentence(ev.RefusedToAccept)
def refused_to_accept(body: ev.RefusedToAccept, phrases: Phrases) -> Said:
    return Said("不予受理", body.reason)


@sentence(ev.MarkedInvalid)
def marked_invalid(body: ev.MarkedInvalid, phrases: Phrases) -> Said:
    return Said("标为无效件", body.reason)


@sentence(ev.Assigned)
def assigned(body: ev.Assigned, phrases: Phrases) -> Said:
    if body.to_desk:
        return Said("没有规则能确定承办单位，待值班台派单", body.reason)
    assisting = f"，{phrases.units(body.assisting)}协办" if body.assisting else ""
    fixed = "" if body.may_return else "，指定后不得退"
    return Said(f"派单：{phrases.unit(body.lead)}主办{assisting}{fixed}", body.reason)


@sentence(ev.HeldBack)
def held_back(body: ev.HeldBack, phrases: Phrases) -> Said:
    # Why, and which units, is what a confidential case hides; the page shows it to the desk.
    return Said("没有自动派单，等值班台派单", body.reason, "soon")


@sentence(ev.TakenBack)
def taken_back(body: ev.TakenBack, phrases: Phrases) -> Said:
    units = f"收回：{phrases.units(body.units)}" if body.units else ""
    drafts = "、".join(f"第 {number} 号" for number in body.drafts)
    withdrawn = f"撤回答复稿：{drafts}" if drafts else ""
    return Said("收回所派任务", joined(body.reason, units, withdrawn))


@sentence(ev.Acknowledged)
def acknowledged(body: ev.Acknowledged, phrases: Phrases) -> Said:
    return Said(f"{phrases.unit(body.unit)}签收")


@sentence(ev.HandedOn)
def handed_on(body: ev.HandedOn, phrases: Phrases) -> Said:
    return Said(f"{phrases.unit(body.unit)}转科室办理", joined(body.section, body.note))


@sentence(ev.ContactLogged)
def contact_logged(body: ev.ContactLogged, phrases: Phrases) -> Said:
    return Said("联系群众", body.text)


@sentence(ev.ShareFinished)
def share_finished(body: ev.ShareFinished, phrases: Phrases) -> Said:
    return Said(f"{phrases.unit(body.unit)}提交协办意见", body.text)
