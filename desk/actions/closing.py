"""The end of a case, and what comes after it: its words, forms and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.grades import Grade
from desk.actions.fields import Field, Form
from desk.actions.form_context import NOTE, REASON, FormContext, area
from desk.actions.registry import form, plain, sentence
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said, joined

plain(
    do.CallBack,
    Field(
        name="contacted",
        label="是否联系",
        sort="radio",
        value=("",),
        choices=(("1", "已联系"), ("0", "未联系"), ("", "没有问")),
    ),
    Field(
        name="resolved",
        label="是否解决",
        sort="radio",
        value=("",),
        choices=(("1", "已解决"), ("0", "未解决"), ("", "未取得意见")),
    ),
    Field(
        name="grade",
        label="满意度",
        sort="radio",
        value=("",),
        choices=(*((grade.value, grade.value) for grade in Grade), ("", "未取得意见")),
    ),
    NOTE,
    word="回访",
    place=300,
    explained=True,
    button="登记回访",
    warning="登记“不满意”“非常不满意”会立即开始新一轮办理，从现在起重新计算时限。",
)


@form(do.Close, word="办结", place=340, explained=True)
def close(context: FormContext) -> Form:
    if context.case.round.deliveries:
        fields: tuple[Field, ...] = (NOTE,)
        warning = ""
    else:
        fields = (area("exception", "例外理由", "为什么没有答复群众就办结"), NOTE)
        warning = "还没有答复群众。只有确属特殊情况才能这样办结，理由会记入台账。"
    return Form(fields=fields, warning=warning)


plain(
    do.Reopen,
    REASON,
    word="重新打开",
    place=350,
    warning="重新打开会开始新一轮办理，从现在起重新计算时限。",
)


@sentence(ev.CalledBack)
def called_back(body: ev.CalledBack, phrases: Phrases) -> Said:
    verdict = vocabulary.verdict(resolved=body.resolved, satisfied=body.satisfied, grade=body.grade)
    verdict = verdict or "未取得意见"
    tone = "late" if body.satisfied is False else ""
    return Said(f"回访：{verdict}", body.note, tone)


@sentence(ev.RoundStarted)
def round_started(body: ev.RoundStarted, phrases: Phrases) -> Said:
    return Said(f"开始第 {body.number} 轮办理：{phrases.due(body.clocks)}", body.reason)


@sentence(ev.Closed)
def closed(body: ev.Closed, phrases: Phrases) -> Said:
    exception = f"未答复而办结的理由：{body.exception}" if body.exception else ""
    return Said("办结", joined(body.note, exception))
