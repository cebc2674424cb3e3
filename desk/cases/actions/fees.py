"""Forms for requests that are too many (条例第三十五条) and for the fee (第四十二条)."""

from __future__ import annotations

from datetime import timedelta

from cases.record.fees import UNIT_WORDS, Basis, tariff_words
from desk.cases.actions.fields import Field, Form
from desk.cases.actions.form_context import FormContext, area, form_of, plain
from desk.disclosure.register import asked_before

plain(
    "judge_reason",
    Field(
        name="reasonable",
        label="申请理由",
        sort="radio",
        choices=(("true", "合理"), ("false", "不合理，告知申请人不予处理")),
        required=True,
    ),
    area("given", "申请人说明的理由", "逾期没有说明的不填", required=False),
    area("note", "认定的依据"),
)
plain(
    "delay_answer",
    Field(name="working_days", label="延迟多少个工作日", sort="number", low="1", required=True),
    area("reason", "无法按期答复的理由"),
    Field(name="citizen_told", label="已告知申请人延迟答复的期限（必须）", sort="check"),
    warning="延迟以后不能再申请延期。",
)
plain(
    "take_payment",
    Field(name="at", label="缴费的时间（不填为现在）", sort="datetime"),
    Field(name="receipt", label="缴费凭据", sort="text", hint="票据号码", required=True),
    warning="答复期限从缴费的次日起重新计算。",
)


@form_of("ask_reason")
def _ask(around: FormContext) -> Form:
    return Form(
        command="ask_reason",
        title="要求说明理由",
        button="登记",
        told="申请的数量、频次明显超过合理范围的，可以要求申请人说明理由；这段时间计入答复期限。"
        f"{_before(around)}",
        fields=(
            area("about", "数量、频次的情况"),
            Field(
                name="until",
                label="说明理由的期限",
                sort="date",
                low=f"{around.now.date() + timedelta(days=1)}",
                required=True,
            ),
        ),
    )


@form_of("charge_fee")
def _charge(around: FormContext) -> Form:
    fees = around.office.rules.handling.disclosure.fees
    tariffs = "".join(f"{basis}：{tariff_words(fees, basis)}。" for basis in Basis)
    return Form(
        command="charge_fee",
        title="发出收费通知",
        button="发出并暂停计时",
        told=f"{tariffs}按件的按同一申请人一个自然月累计；两种方式不得同时使用。{_before(around)}",
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
                value=(str(_count(around)),),
            ),
            Field(name="via", label="缴纳方式", sort="text", required=True),
            Field(
                name="received_on",
                label="申请人收到收费通知的日期（还没有送达的不填）",
                sort="date",
                high=f"{around.now.date()}",
            ),
        ),
        warning=f"申请人收到通知的次日起 {fees.pay_days} 日内不缴纳，视为放弃申请；"
        "缴纳以后答复期限重新计算。",
    )


@form_of("fee_noticed")
def _noticed(around: FormContext) -> Form:
    fee = around.case.fee
    days = around.office.rules.handling.disclosure.fees.pay_days
    owed = f"应缴 {fee.yuan} 元，{fee.count} {UNIT_WORDS[fee.basis]}。" if fee else ""
    return Form(
        command="fee_noticed",
        title="登记收费通知送达",
        button="登记",
        told=f"{owed}申请人自收到通知的次日起 {days} 日内缴纳。",
        fields=(
            Field(
                name="received_on",
                label="申请人收到收费通知的日期（不填为今天）",
                sort="date",
                high=f"{around.now.date()}",
            ),
        ),
    )


def _count(around: FormContext) -> int:
    with around.office.readers.reader() as store:
        return asked_before(store.ledger, around.case)


def _before(around: FormContext) -> str:
    return f"本机登记的同一申请人本月在此件之前有 {_count(around)} 件。"
