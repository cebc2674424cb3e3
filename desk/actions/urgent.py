"""The urgent lane: words, forms and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.labels import LOUD, URGENT
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area
from desk.actions.registry import form, plain, sentence
from desk.phrasing.phrases import Phrases, Said

SERVICE_WORDS = {
    do.Service.POLICE: "110 公安",
    do.Service.FIRE: "119 消防",
    do.Service.AMBULANCE: "120 急救",
    do.Service.HEALTH: "12320 卫生健康",
}
FALSE_ALARMS = ("比喻或夸张", "已经过去或已解决", "只是担心，没有发生", "同一件已处置", "其他误报")


@form(do.HandOver, word="移送紧急服务", place=45)
def hand_over(context: FormContext) -> Form:
    return Form(
        button="登记移送",
        told="先打电话，再登记：何时告诉了谁。移送算先期处置。",
        fields=(
            Field(
                name="service",
                label="移送给",
                sort="radio",
                value=(_service_to_call(context).value,),
                choices=tuple((one.value, SERVICE_WORDS[one]) for one in do.Service),
                required=True,
            ),
            Field(name="person", label="接警人", sort="text", hint="姓名或工号", required=True),
            Field(name="at", label="移送时间", sort="datetime", hint="不填就是现在"),
            area("note", "说明", "告诉了什么，对方怎么答复", required=False),
        ),
    )


def _service_to_call(context: FormContext) -> do.Service:
    """By what was found in the text, what wakes a person before what is only marked. 110 where no
    word told the kind of danger, or this person may not know of it."""
    if not context.eyes.labels:
        return do.Service.POLICE
    dangers = [one.label.partition(":") for one in context.case.labels.evidence]
    kinds = [kind for level in (LOUD, URGENT) for head, _, kind in dangers if head == level]
    known = (context.services[kind] for kind in kinds if kind in context.services)
    return next(known, do.Service.POLICE)


plain(
    do.TakeMeasure,
    area("text", "先期处置", "谁到了现场，做了什么，人是否安全"),
    word="先期处置",
    place=46,
    button="登记先期处置",
)


plain(
    do.NotUrgent,
    Field(
        name="reason",
        label="误报的理由",
        sort="radio",
        value=(FALSE_ALARMS[0],),
        choices=tuple((one, one) for one in FALSE_ALARMS),
        required=True,
    ),
    word="误报",
    place=47,
    title="不是险情，取消紧急",
    button="误报",
)


@sentence(ev.HandedOver)
def handed_over(body: ev.HandedOver, phrases: Phrases) -> Said:
    told = f"接警人：{body.person}"
    return Said(
        f"{phrases.moment(body.at)} 移送 {SERVICE_WORDS[body.service]}",
        f"{told}；{body.note}" if body.note else told,
    )


@sentence(ev.MeasureTaken)
def measure_taken(body: ev.MeasureTaken, phrases: Phrases) -> Said:
    return Said("先期处置", body.text)


@sentence(ev.FoundNotUrgent)
def found_not_urgent(body: ev.FoundNotUrgent, phrases: Phrases) -> Said:
    return Said("误报：取消危急和紧急" if body.loud else "误报：取消紧急", body.reason)
