"""Too many requests (条例第三十五条) and the fee (第四十二条): words, forms and sentences."""

from __future__ import annotations

from datetime import timedelta

from cases.record import commands as do
from cases.record import events as ev
from cases.record.fees import UNIT_WORDS, Basis, tariff_words
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area
from desk.actions.registry import form, plain, sentence
from desk.phrasing.phrases import Phrases, Said
from desk.phrasing.times import day


@form(do.FeeNoticed, word="登记收费通知送达", place=120)
def fee_noticed(context: FormContext) -> Form:
    fee = context.case.fee
    days = context.office.rules.handling.disclosure.fees.pay_days
    owed = f"应缴 {fee.yuan} 元，{fee.count} {UNIT_WORDS[fee.basis]}。" if fee else ""
    return Form(
        button="登记",
        told=f"{owed}申请人自收到通知的次日起 {days} 日内缴纳。",
        fields=(
            Field(
                name="received_on",
                label="申请人收到收费通知的日期（不填为今天）",
                sort="date",
                high=f"{context.now.date()}",
            ),
        ),
    )


plain(
    do.TakePayment,
    Field(name="at", label="缴费的时间（不填为现在）", sort="datetime"),
    Field(name="receipt", label="缴费凭据", sort="text", hint="票据号码", required=True),
    word="登记缴费",
    place=130,
    warning="答复期限从缴费的次日起重新计算。",
)


@form(do.AskReason, word="要求说明理由", place=150)
def ask_reason(context: FormContext) -> Form:
    return Form(
        button="登记",
        told="申请的数量、频次明显超过合理范围的，可以要求申请人说明理由；这段时间计入答复期限。"
        f"{_before(context)}",
        fields=(
            area("about", "数量、频次的情况"),
            Field(
                name="until",
                label="说明理由的期限",
                sort="date",
                low=f"{context.now.date() + timedelta(days=1)}",
                required=True,
            ),
        ),
    )


plain(
    do.JudgeReason,
    Field(
        name="reasonable",
        label="申请理由",
        sort="radio",
        choices=(("true", "合理"), ("false", "不合理，告知申请人不予处理")),
        required=True,
    ),
    area("given", "申请人说明的理由", "逾期没有说明的不填", required=False),
    area("note", "认定的依据"),
    word="认定申请理由",
    place=160,
)
plain(
    do.DelayAnswer,
    Field(name="working_days", label="延迟多少个工作日", sort="number", low="1", required=True),
    area("reason", "无法按期答复的理由"),
    Field(name="citizen_told", label="已告知申请人延迟答复的期限（必须）", sort="check"),
    word="确定延迟答复期限",
    place=170,
    warning="延迟以后不能再申请延期。",
)


@form(do.ChargeFee, word="发出收费通知", place=180)
def charge_fee(context: FormContext) -> Form:
    fees = context.office.rules.handling.disclosure.fees
    tariffs = "".join(f"{basis}：{tariff_words(fees, basis)}。" for basis in Basis)
    return Form(
        button="发出并暂停计时",
        told=f"{tariffs}按件的按同一申请人一个自然月累计；两种方式不得同时使用。{_before(context)}",
        fields=(
            Field(
                name="basis",
                label="计收方式",
                sort="radio",
                choices=tuple((one.value, one.value) for one in Basis),
                required=True,
            ),
            Field(
                name="count",
                label="此件的件数或页数",
                sort="number",
                low="1",
                required=True,
                hint="一件申请包含几项的，按最小合理单位拆分",
            ),
            Field(
                name="before",
                label="按件的：本月在此件之前的件数",
                sort="number",
                low="0",
                value=(str(context.asked_before()),),
            ),
            Field(name="via", label="缴纳方式", sort="text", required=True),
            Field(
                name="received_on",
                label="申请人收到收费通知的日期（还没有送达的不填）",
                sort="date",
                high=f"{context.now.date()}",
            ),
        ),
        warning=f"申请人收到通知的次日起 {fees.pay_days} 日内不缴纳，视为放弃申请；"
        "缴纳以后答复期限重新计算。",
    )


def _before(context: FormContext) -> str:
    return f"本机登记的同一申请人本月在此件之前有 {context.asked_before()} 件。"


@sentence(ev.ReasonAsked)
def reason_asked(body: ev.ReasonAsked, phrases: Phrases) -> Said:
    return Said(f"要求申请人说明理由，限 {day(body.until, phrases.now)} 前", body.about)


@sentence(ev.ReasonJudged)
def reason_judged(body: ev.ReasonJudged, phrases: Phrases) -> Said:
    verdict = "合理" if body.reasonable else "不合理"
    given = body.given or "（没有说明）"
    return Said(f"认定申请理由{verdict}", f"申请人：{given}；依据：{body.note}")


@sentence(ev.AnswerDelayed)
def answer_delayed(body: ev.AnswerDelayed, phrases: Phrases) -> Said:
    due = phrases.due(body.clocks)
    return Said(f"延迟答复 {body.working_days} 个工作日，已告知申请人：{due}", body.reason)


@sentence(ev.FeeCharged)
def fee_charged(body: ev.FeeCharged, phrases: Phrases) -> Said:
    until = f"，限 {day(body.until, phrases.now)} 前缴纳" if body.until else "，送达后计缴费期限"
    counted = f"{body.count} {UNIT_WORDS[body.basis]}"
    return Said(f"发出收费通知：{body.basis} {counted}，{body.yuan} 元{until}，时限暂停", body.via)


@sentence(ev.FeeNoticeReceived)
def fee_notice_received(body: ev.FeeNoticeReceived, phrases: Phrases) -> Said:
    received, until = day(body.received_on, phrases.now), day(body.until, phrases.now)
    return Said(f"申请人 {received} 收到收费通知，限 {until} 前缴纳")


@sentence(ev.FeePaid)
def fee_paid(body: ev.FeePaid, phrases: Phrases) -> Said:
    due = phrases.due(body.clocks)
    return Said(f"申请人缴纳信息处理费，答复期限重新起算：{due}", body.receipt)
