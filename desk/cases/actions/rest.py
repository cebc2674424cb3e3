"""Forms for pressure, promises and the end of a case, and those that are always the same."""

from __future__ import annotations

from cases.privacy.public_text import proposed
from cases.record.commands import Rung
from cases.words.actors import Role
from desk.cases.actions.fields import Field, Form
from desk.cases.actions.form_context import (
    NOTE,
    REASON,
    FormContext,
    area,
    cut,
    form_of,
    numbers,
    plain,
    units,
)
from desk.cases.text import shown

plain("accept", NOTE)
plain("acknowledge", button="签收")
plain("refuse", REASON, warning="不予受理后事项即告结束，须向群众说明理由；要继续办理须重新打开。")
plain("mark_invalid", REASON, warning="标为无效件后事项即告结束；要继续办理须重新打开。")
plain("log_contact", area("text", "联系情况", "何时、以何种方式联系了谁，说了什么"))
plain("finish_share", area("text", "协办意见", "交主办单位汇总答复"), button="提交协办意见")
plain("pause", area("missing", "需要群众补充的内容"), title="待补充", button="暂停计时")
plain("resume", NOTE, title="恢复办理")
plain("end_suspension", NOTE)
plain("reopen", REASON, warning="重新打开会开始新一轮办理，从现在起重新计算时限。")
plain(
    "withdraw_publication",
    area("reason", "理由", required=False),
    warning="撤回后，没有登录的人立即看不到此件；要再公开须重新审定公开文本。",
)
plain("decline_publication", area("reason", "不公开的理由"), title="登记不公开")
plain(
    "call_back",
    Field(
        name="resolved",
        label="是否解决",
        sort="radio",
        value=("",),
        choices=(("1", "已解决"), ("0", "未解决"), ("", "未取得意见")),
    ),
    Field(
        name="satisfied",
        label="是否满意",
        sort="radio",
        value=("",),
        choices=(("1", "满意"), ("0", "不满意"), ("", "未取得意见")),
    ),
    NOTE,
    button="登记回访",
    warning="登记“不满意”会立即开始新一轮办理，从现在起重新计算时限。",
)
plain(
    "link_matter",
    Field(
        name="matter",
        label="同一事项的编号",
        sort="text",
        hint="最早一件的编号",
        required=True,
    ),
    area("reason", "理由", required=False),
)


@form_of("publish")
def _publish(around: FormContext) -> Form:
    """The words that everyone will read, as the stricter masking leaves them, to be looked
    through and changed by a person."""
    text = proposed(around.case)
    seen = around.case.publication
    masked = "、".join(f"{kind} {count} 处" for kind, count in text.masked.items())
    told = f"下面就是将要公开的文字，已遮盖：{masked}。" if masked else "下面就是将要公开的文字。"
    told += "请逐句核对，可以修改；机构电话、金额等误遮的可以改回。"
    if seen is not None and seen.where and not seen.text:
        told += "此件以前登记过公开，但没有审定公开文本，Open311 不显示；审定后才显示。"
    elif seen is not None and seen.text:
        told += "上次审定以后来信或答复有了新的内容；重新公开以前，公众看到的仍是上次的文字。"
    return Form(
        command="publish",
        title="公开答复",
        button="审定并公开",
        told=told,
        fields=(
            Field(
                name="where",
                label="公开的位置",
                sort="text",
                value=(seen.where,) if seen is not None and seen.where else (),
                required=True,
            ),
            Field(
                name="text",
                label="公开的来信",
                value=(text.text,),
                hint="各栏留空则只登记公开的位置，不在 Open311 公开",
            ),
            Field(name="place", label="公开的地点", sort="text", value=(text.place,)),
            Field(name="reply", label="公开的答复", value=(text.reply,)),
        ),
        warning="公开后任何人都能看到以上文字；保密件不得公开。",
    )


@form_of("press")
def _press(around: FormContext) -> Form:
    case = around.case
    reached = {p.rung for p in case.pressures if p.round == case.round.number}
    rungs = list(Rung)
    following = next((rung for rung in rungs if rung not in reached), rungs[-1])
    return Form(
        command="press",
        title="催办督办",
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


@form_of("instruct")
def _instruct(_around: FormContext) -> Form:
    return Form(
        command="instruct",
        title="批示",
        button="作出批示",
        fields=(
            area("text", "批示内容"),
            Field(name="due_at", label="反馈期限", sort="datetime"),
        ),
    )


@form_of("report_on_instruction")
def _report(around: FormContext) -> Form:
    waiting = [
        (one.number, f"第 {one.number} 号：{cut(shown(around.eyes, one.text, by_office=True))}")
        for one in around.case.instructions
        if one.reported_at is None
    ]
    return Form(
        command="report_on_instruction",
        title="批示办理反馈",
        button="提交反馈",
        fields=(numbers(waiting, "批示"), area("text", "办理情况")),
    )


@form_of("record_promise")
def _record_promise(around: FormContext) -> Form:
    case = around.case
    fields = [
        area("text", "承诺事项"),
        Field(
            name="due",
            label="兑现期限",
            sort="date",
            low=f"{around.now.date()}",
            required=True,
        ),
    ]
    if around.actor.role is not Role.RESPONDER:
        fields.append(
            Field(
                name="owner",
                label="承诺单位",
                sort="select",
                value=(case.unit,) if case.dispatched else (),
                groups=units(around),
            )
        )
    return Form(command="record_promise", title="登记承诺", button="登记承诺", fields=tuple(fields))


@form_of("verify_promise")
def _verify(around: FormContext) -> Form:
    waiting = [
        (one.number, f"第 {one.number} 号：{cut(shown(around.eyes, one.text, by_office=True))}")
        for one in around.case.promises
        if one.kept is None
    ]
    return Form(
        command="verify_promise",
        title="核查承诺",
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


@form_of("publish_promise")
def _publish_promise(around: FormContext) -> Form:
    told = [
        (one.number, f"第 {one.number} 号：{cut(shown(around.eyes, one.text, by_office=True))}")
        for one in around.case.promises
        if one.kept is not None and not one.published
    ]
    return Form(
        command="publish_promise",
        title="公开承诺兑现情况",
        button="登记公开",
        fields=(
            numbers(told, "承诺"),
            Field(name="where", label="公开的位置", sort="text", required=True),
        ),
    )


@form_of("close")
def _close(around: FormContext) -> Form:
    if around.case.round.deliveries:
        fields: tuple[Field, ...] = (NOTE,)
        warning = ""
    else:
        fields = (area("exception", "例外理由", "为什么没有答复群众就办结"), NOTE)
        warning = "还没有答复群众。只有确属特殊情况才能这样办结，理由会记入台账。"
    return Form(command="close", title="办结", button="办结", fields=fields, warning=warning)


@form_of("unlink_matter")
def _unlink(around: FormContext) -> Form:
    choices = tuple((matter, matter) for matter in around.case.matters)
    return Form(
        command="unlink_matter",
        title="取消同一事项的关联",
        button="取消关联",
        fields=(
            Field(name="matter", label="事项", sort="select", choices=choices, required=True),
            area("reason", "理由", required=False),
        ),
    )


@form_of("mark_confidential")
def _confidential(around: FormContext) -> Form:
    return Form(
        command="mark_confidential",
        title="标为保密件",
        button="标为保密件",
        fields=(
            REASON,
            Field(
                name="accused",
                label="被反映的单位",
                sort="many",
                groups=units(around),
                hint="这些单位看不到反映人和内容，也不能承办",
            ),
        ),
        warning="标为保密件后不能撤销，答复不得公开。",
    )
