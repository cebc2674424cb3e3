"""Forms for who handles a case: assigning, signing, returning, time."""

from __future__ import annotations

from datetime import timedelta

from cases.life.available_actions import extension_days
from desk.cases.actions.fields import Field, Form
from desk.cases.actions.form_context import NOTE, REASON, FormContext, area, form_of, units
from desk.cases.text import shown


@form_of("assign")
def _assign(around: FormContext) -> Form:
    case = around.case
    again = case.dispatched
    assisting = tuple(task.unit for task in case.tasks if not task.lead) if again else ()
    return Form(
        command="assign",
        title="改派" if again else "派单",
        button="改派" if again else "派单",
        fields=(
            Field(
                name="lead",
                label="主办单位",
                sort="select",
                value=(case.unit,) if again else (),
                groups=units(around),
                required=True,
            ),
            Field(
                name="assisting",
                label="协办单位",
                sort="many",
                value=assisting,
                groups=units(around),
                hint="按住 Ctrl 可选多个",
            ),
            area("reason", "理由" if again else "派单意见", required=again),
            Field(name="fixed", label="指定后不得退回", sort="check"),
        ),
        warning="改派后新的主办单位重新签收；群众的答复时限不变。" if again else "",
    )


@form_of("decide_return")
def _decide_return(around: FormContext) -> Form:
    task = next(task for task in around.case.tasks if task.return_asked)
    register = around.office.register
    reason = shown(around.eyes, task.return_asked)
    to = f"建议转{register.name(task.suggested_unit)}。" if task.suggested_unit else ""
    return Form(
        command="decide_return",
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
            area("reason", "理由", "不同意时必填", required=False),
        ),
    )


@form_of("decide_extension")
def _decide_extension(around: FormContext) -> Form:
    asked = around.case.extension_request
    days = asked.working_days if asked else 0
    reason = shown(around.eyes, asked.reason) if asked else ""
    disclosure = around.case.item.disclosure
    must_tell = disclosure or around.office.rules.handling.extensions.must_tell_citizen
    unit = around.office.register.name(asked.unit) if asked else ""
    return Form(
        command="decide_extension",
        title="审批延期",
        button="提交",
        told=f"{unit}申请延期 {days} 个工作日：{reason}",
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
                label="批准的工作日数",
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


_HEAD = Field(
    name="approved_by",
    label="同意延长的政府信息公开工作机构负责人（批准时必填）",
    sort="text",
)


@form_of("ask_return")
def _ask_return(around: FormContext) -> Form:
    limit = around.office.rules.handling.returns.window_working_days
    return Form(
        command="ask_return",
        title="申请退回",
        button="提交退回申请",
        told=f"应在派单后 {limit} 个工作日内提出。等待审批期间，时限照常计算。",
        fields=(
            area("reason", "理由", "为什么不属于本单位职责，依据是什么"),
            Field(
                name="suggested_unit", label="建议的承办单位", sort="select", groups=units(around)
            ),
        ),
    )


@form_of("ask_extension")
def _ask_extension(around: FormContext) -> Form:
    days = extension_days(around.case, around.now, around.office.rules)
    return Form(
        command="ask_extension",
        title="申请延期",
        button="提交延期申请",
        told=f"最多可延 {days} 个工作日，须经值班台批准并告知群众。",
        fields=(
            Field(
                name="working_days",
                label="延期工作日数",
                sort="number",
                value=(str(min(days, 5)),),
                low="1",
                high=str(days),
                required=True,
            ),
            REASON,
        ),
    )


@form_of("hand_on")
def _hand_on(around: FormContext) -> Form:
    register, unit = around.office.register, around.actor.unit
    known = register.get(unit).sections if unit in register else ()
    return Form(
        command="hand_on",
        title="转科室",
        button="转科室",
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


@form_of("suspend")
def _suspend(around: FormContext) -> Form:
    return Form(
        command="suspend",
        title="挂账",
        button="挂账",
        told="现阶段解决不了的，写明措施和解决日期；时限照常显示，到期提醒。",
        fields=(
            area("measures", "挂账期间的措施"),
            Field(
                name="until",
                label="解决日期",
                sort="date",
                low=f"{around.now.date() + timedelta(days=1)}",
                required=True,
            ),
        ),
    )
