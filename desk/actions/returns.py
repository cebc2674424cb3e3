"""退回: words, forms and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, Task
from cases.routing.units import UnitRegister
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area, units
from desk.actions.registry import form, sentence
from desk.phrasing.page_text import shown
from desk.phrasing.phrases import Phrases, Said


def suggested_unit(task: Task, case: Case, register: UnitRegister) -> str:
    """The unit that the returning unit named, as it is called now; "" where it named none that
    the case may go to."""
    if task.suggested_unit not in register:
        return ""
    unit = register.current(task.suggested_unit).id
    return "" if unit == task.unit or unit in case.accused else unit


@form(do.DecideReturn, word="处理退回", place=40)
def decide_return(context: FormContext) -> Form:
    task = next(task for task in context.case.tasks if task.return_asked)
    register = context.office.register
    reason = shown(context.eyes, task.return_asked)
    suggested = suggested_unit(task, context.case, register)
    to = f"建议转{register.name(suggested)}。" if suggested else ""
    again = Field(
        name="to",
        label="同意后改派给",
        sort="select",
        value=(suggested,),
        choices=(("", "先不改派，退回值班台待派"),),
        groups=units(context),
    )
    return Form(
        title="审批退回",
        button="提交",
        told=f"{register.name(task.unit)}申请退回：{reason}。{to}".replace("。。", "。"),
        fields=(
            Field(name="unit", label="", sort="hidden", value=(task.unit,)),
            Field(
                name="approve",
                label="是否同意",
                sort="radio",
                choices=(("1", "同意退回"), ("0", "不同意")),
                required=True,
            ),
            *([again] if task.lead else []),
            area("reason", "理由", "不同意时必填", required=False),
        ),
    )


@form(do.AskReturn, word="申请退回", place=220, explained=True)
def ask_return(context: FormContext) -> Form:
    limit = context.office.rules.handling.returns.window_working_days
    return Form(
        button="提交退回申请",
        told=f"应在派单后 {limit} 个工作日内提出。等待审批期间，时限照常计算。",
        fields=(
            area("reason", "理由", "为什么不属于本单位职责，依据是什么"),
            Field(
                name="suggested_unit", label="建议的承办单位", sort="select", groups=units(context)
            ),
        ),
    )


@sentence(ev.ReturnAsked)
def return_asked(body: ev.ReturnAsked, phrases: Phrases) -> Said:
    to = f"，建议转{phrases.unit(body.suggested_unit)}" if body.suggested_unit else ""
    return Said(f"{phrases.unit(body.unit)}申请退回{to}", body.reason)


@sentence(ev.ReturnApproved)
def return_approved(body: ev.ReturnApproved, phrases: Phrases) -> Said:
    return Said(f"同意{phrases.unit(body.unit)}退回", body.reason)


@sentence(ev.ReturnRefused)
def return_refused(body: ev.ReturnRefused, phrases: Phrases) -> Said:
    return Said(f"不同意{phrases.unit(body.unit)}退回", body.reason)
