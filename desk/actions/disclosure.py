"""Requests for information (依申请公开): words, forms and sentences."""

from __future__ import annotations

from datetime import timedelta

from cases.record import commands as do
from cases.record import events as ev
from cases.record.disclosure import REVIEWED, Result
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area
from desk.actions.registry import form, plain, sentence
from desk.phrasing.phrases import Phrases, Said

_REASON = area("reason", "理由", "不是全部公开的，须说明理由", required=False)


def _result(*results: Result) -> Field:
    return Field(
        name="result",
        label="答复结果",
        sort="select",
        choices=tuple((one.value, one.value) for one in results),
        required=True,
    )


plain(
    do.AnswerNow,
    area("text", "答复内容"),
    _result(*(one for one in Result if one not in REVIEWED and one is not Result.ABANDONED)),
    _REASON,
    word="当场答复",
    place=60,
    warning="当场答复不经审查，登记后即为已答复申请人；只能在收到申请的当天登记。",
)
plain(
    do.ConfirmReceipt,
    Field(name="at", label="双方确认的时间（不填为现在）", sort="datetime"),
    Field(name="how", label="怎样确认", sort="text", hint="电话、短信、回执", required=True),
    word="确认收到申请",
    place=70,
    warning="平常信函、互联网和传真的申请以双方确认之日为收到之日，答复期限从这一天重新计算。",
)


@form(do.AskSupplement, word="告知补正", place=80)
def ask_supplement(context: FormContext) -> Form:
    days = context.office.rules.handling.disclosure.supplement_working_days
    return Form(
        button="告知补正并暂停计时",
        told=f"须在收到申请之日起 {days} 个工作日内一次性告知；收到补正之日起重新计算答复期限。",
        fields=(
            area("missing", "需要补正的事项"),
            Field(
                name="until",
                label="补正期限",
                sort="date",
                low=f"{context.now.date() + timedelta(days=1)}",
                required=True,
            ),
        ),
    )


@form(do.TakeSupplement, word="收到补正", place=90)
def take_supplement(context: FormContext) -> Form:
    waiting = context.case.waiting
    until = f"补正期限为 {waiting.until}。" if waiting else ""
    return Form(
        button="登记并重新计时",
        told=f"{until}答复期限从收到补正之日起重新计算。",
        fields=(
            Field(name="at", label="收到补正的时间（不填为现在）", sort="datetime"),
            area("note", "说明", "逾期补正的，写明正当理由", required=False),
        ),
    )


@form(do.Consult, word="征求意见", place=100)
def consult(context: FormContext) -> Form:
    days = context.office.rules.handling.disclosure.opinion_working_days
    return Form(
        button="登记并暂停计时",
        told=f"第三方或其他机关自收到征求意见书之日起 {days} 个工作日内提出意见，"
        "这段时间不计入答复期限；期满没有意见的自动恢复计时。",
        fields=(
            Field(name="party", label="征求谁的意见", sort="text", required=True),
            area("about", "征求意见的内容"),
            Field(
                name="received_on",
                label="对方收到征求意见书的日期（不填为今天）",
                sort="date",
                high=f"{context.now.date()}",
            ),
        ),
    )


plain(
    do.EndConsultation,
    area("opinion", "对方的意见", "没有提出的写明；同意或不同意及理由"),
    word="登记征求意见结果",
    place=110,
)
plain(do.DecideDisclosure, _result(*Result), _REASON, word="登记答复结果", place=140)


@sentence(ev.ReceiptConfirmed)
def receipt_confirmed(body: ev.ReceiptConfirmed, phrases: Phrases) -> Said:
    at = phrases.moment(body.confirmed_at)
    return Said(f"双方确认 {at} 收到申请：{phrases.due(body.clocks)}", body.how)


@sentence(ev.DisclosureDecided)
def disclosure_decided(body: ev.DisclosureDecided, phrases: Phrases) -> Said:
    return Said(f"答复结果：{body.result}", body.reason)
