"""依申请公开, too much of it: reasons and a longer time (条例第三十五条), the fee (第四十二条)."""

from __future__ import annotations

from datetime import date

import pytest

from cases.clocks.clocks import Clock
from cases.life.handling import HandlingError, HandlingRules
from cases.life.next_step import next_step
from cases.life.ticks import OVERDUE
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.record.disclosure import Result, Wait
from cases.record.fees import Basis, Fees, Tier, tariff_words
from tests.cases.helpers import DESK, LEAD, Story, at, item

# Received on Monday 2 March 2026; 清明 is 4 to 6 April.
SOON = "2026-03-03T09:00"
DUE = at("2026-03-30T23:59:59")
FEES = Fees()
PAGES = do.ChargeFee(basis=Basis.PAGES, count=120, via="财政票据系统扫码", received_on=None)


def request() -> Story:
    return Story(item(disclosure=True, title="申请公开征收补偿方案"))


def clock(story: Story, name: str = "disclosure") -> Clock:
    found = story.case.round.clock(name)
    assert found is not None
    return found


# -- how much ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "before", "yuan"),
    [
        (10, 0, 0), (11, 0, 100), (1, 9, 0), (1, 10, 100), (30, 0, 2000), (1, 29, 100),
        (1, 30, 200), (31, 0, 2200), (1, 39, 200), (1, 40, 300), (40, 0, 4000), (41, 0, 4300),
        (50, 0, 7000), (1, 50, 400), (2, 9, 100), (0, 50, 0),
    ],
)  # fmt: skip
def test_by_pieces_each_step_costs_more(count: int, before: int, yuan: int) -> None:
    assert FEES.amount(Basis.PIECES, count, before) == yuan


@pytest.mark.parametrize(
    ("pages", "yuan"),
    [(0, 0), (30, 0), (31, 10), (100, 700), (101, 720), (200, 2700), (201, 2740), (300, 6700)],
)
def test_by_pages_of_one_request(pages: int, yuan: int) -> None:
    assert FEES.amount(Basis.PAGES, pages) == yuan


def test_a_month_costs_the_same_in_whatever_portions_it_is_asked() -> None:
    portions = [3, 8, 1, 20, 15, 4]
    before = [sum(portions[:n]) for n in range(len(portions))]
    parts = [FEES.amount(Basis.PIECES, n, b) for n, b in zip(portions, before, strict=True)]
    assert sum(parts) == FEES.amount(Basis.PIECES, sum(portions))


def test_the_tariff_in_words() -> None:
    assert tariff_words(FEES, Basis.PIECES) == (
        "10 件以下不收费；11 至 30 件的部分每件 100 元；"
        "31 件以上的部分每件 200 元，以 10 件为一档，每档提高 100 元"
    )
    assert tariff_words(FEES, Basis.PAGES) == (
        "30 页以下不收费；31 至 100 页的部分每页 10 元；101 至 200 页的部分每页 20 元；"
        "201 页以上的部分每页 40 元"
    )


def test_tiers_in_the_wrong_order_are_told() -> None:
    wrong = {"page": [{"over": 100, "yuan": 20}, {"over": 30, "yuan": 10}]}
    with pytest.raises(HandlingError, match="从小到大"):
        HandlingRules.from_table({"disclosure": {"fees": wrong}})
    assert Tier(over=30, yuan=10).price(90) == 10


# -- the notice, and waiting for the money --------------------------------------


def test_the_notice_stops_the_clock_and_payment_begins_the_period_afresh() -> None:
    story = request()
    (body,) = story.does(DESK, PAGES, SOON)
    assert isinstance(body, ev.FeeCharged)
    assert (body.yuan, body.until) == (1100, None)
    assert story.case.state_words == "待缴费"
    assert clock(story).paused_since == at(SOON)
    story.does(DESK, do.FeeNoticed(received_on=date(2026, 3, 4)), "2026-03-05T09:00")
    assert story.case.waiting is not None
    assert story.case.waiting.until == date(2026, 4, 3), "thirty days from the 5th"
    story.does(DESK, do.TakePayment(receipt="票号 0001"), "2026-03-10T15:00")
    assert story.case.state is State.ASSIGNED
    assert clock(story).started_at == at("2026-03-10T15:00")
    assert story.due("disclosure") == at("2026-04-08T23:59:59"), "20 working days from the 11th"
    assert story.due("disclosure_internal") == at("2026-03-30T23:59:59")
    assert story.case.fee is not None
    assert story.case.fee.paid_at == at("2026-03-10T15:00")
    assert "已经发出过收费通知" in story.refuses(DESK, PAGES, "2026-03-11T09:00")


def test_the_last_day_to_pay_and_the_day_after() -> None:
    def noticed() -> Story:
        story = request()
        on = do.ChargeFee(basis=Basis.PAGES, count=31, via="现场", received_on=date(2026, 3, 3))
        story.does(DESK, on, SOON)
        assert story.case.waiting is not None
        assert story.case.waiting.until == date(2026, 4, 2)
        return story

    noticed().does(DESK, do.TakePayment(receipt="票号"), "2026-04-02T23:59")
    late = noticed()
    assert "视为放弃" in late.refuses(DESK, do.TakePayment(receipt="票号"), "2026-04-03T00:00")
    in_time = do.TakePayment(receipt="票号", at=at("2026-04-02T17:00"))
    late.does(DESK, in_time, "2026-04-07T09:00")
    assert clock(late).started_at == at("2026-04-02T17:00"), "the day he paid counts"


def test_a_last_day_that_is_no_working_day_moves_on() -> None:
    story = request()
    story.does(
        DESK,
        do.ChargeFee(basis=Basis.PAGES, count=31, via="现场", received_on=date(2026, 3, 5)),
        "2026-03-05T09:00",
    )
    assert story.case.waiting is not None
    assert story.case.waiting.until == date(2026, 4, 7), "the 4th to the 6th are 清明"


def test_who_does_not_pay_has_given_the_request_up() -> None:
    story = request()
    given_up = do.DecideDisclosure(result=Result.ABANDONED)
    story.does(DESK, PAGES, SOON)
    assert "还没有送达" in story.refuses(DESK, given_up, "2026-06-01T09:00")
    story.does(DESK, do.FeeNoticed(received_on=date(2026, 3, 3)), SOON)
    assert "缴费期限（2026-04-02）还没有过" in story.refuses(DESK, given_up, "2026-04-02T23:59")
    stages = [b.stage for b in story.ticks("2026-04-08T09:00") if isinstance(b, ev.DateWarned)]
    assert stages == [OVERDUE], "the desk hears of it, no leader does"
    story.does(DESK, given_up, "2026-04-08T09:01")
    story.does(DESK, do.Close(), "2026-04-08T09:02")
    assert story.case.round.exception == "申请人逾期未缴纳信息处理费，视为放弃申请"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (do.ChargeFee(basis=Basis.PAGES, count=30, via="现场"), "没有超过免费的 30 页"),
        (do.ChargeFee(basis=Basis.PIECES, count=1, before=9, via="现场"), "没有超过免费的 10 件"),
        (do.ChargeFee(basis=Basis.PAGES, count=0, via="现场"), "数量应为"),
        (do.ChargeFee(basis=Basis.PIECES, count=1, before=-1, via="现场"), "件数应为"),
        (do.ChargeFee(basis=Basis.PAGES, count=99, via=" "), "缴纳方式"),
        (
            do.ChargeFee(basis=Basis.PAGES, count=99, via="现场", received_on=date(2026, 3, 4)),
            "不能在将来",
        ),
        (
            do.ChargeFee(basis=Basis.PAGES, count=99, via="现场", received_on=date(2026, 3, 1)),
            "不能早于收到申请",
        ),
    ],
)
def test_a_notice_needs_a_fee_and_a_way_to_pay_it(command: do.ChargeFee, said: str) -> None:
    assert said in request().refuses(DESK, command, SOON)


def test_pages_do_not_add_to_the_pieces_of_the_month() -> None:
    story = request()
    pages = do.ChargeFee(basis=Basis.PAGES, count=31, before=500, via="现场")
    (body,) = story.does(DESK, pages, SOON)
    assert isinstance(body, ev.FeeCharged)
    assert (body.yuan, body.before) == (10, 0)


def test_a_notice_goes_out_within_the_period() -> None:
    request().does(DESK, PAGES, "2026-03-30T23:59")
    assert "现在已过" in request().refuses(DESK, PAGES, "2026-03-31T00:00")


def test_the_notice_is_received_once_and_not_before_it_was_sent() -> None:
    story = request()
    assert "没有在等待缴费" in story.refuses(DESK, do.FeeNoticed(), SOON)
    story.does(DESK, PAGES, SOON)
    early = do.FeeNoticed(received_on=date(2026, 3, 2))
    assert "不能早于发出通知" in story.refuses(DESK, early, SOON)
    story.does(DESK, do.FeeNoticed(), SOON)
    assert "已经登记" in story.refuses(DESK, do.FeeNoticed(), SOON)


def test_a_payment_comes_after_the_notice_and_has_its_receipt() -> None:
    story = request()
    pay = do.TakePayment(receipt="票号")
    assert "没有在等待缴费" in story.refuses(DESK, pay, SOON)
    story.does(DESK, PAGES, SOON)
    early = do.TakePayment(receipt="票号", at=at("2026-03-03T08:59"))
    assert "收费通知之后" in story.refuses(DESK, early, "2026-03-04T09:00")
    assert "缴费凭据" in story.refuses(DESK, do.TakePayment(receipt=""), "2026-03-04T09:00")
    assert "没有在等待补正" in story.refuses(DESK, do.TakeSupplement(), "2026-03-04T09:00")
    story.does(DESK, pay, "2026-03-04T09:00")


def test_the_next_step_is_the_notice_received_and_then_the_payment() -> None:
    def step(story: Story) -> str:
        found = next_step(story.case, DESK, story.rules, at(SOON))
        return found.command if found else ""

    story = request()
    story.does(DESK, PAGES, SOON)
    assert step(story) == "fee_noticed"
    story.does(DESK, do.FeeNoticed(), SOON)
    assert step(story) == "take_payment"


def test_a_new_round_may_ask_for_reasons_and_a_fee_again() -> None:
    story = request()
    story.does(DESK, PAGES, SOON)
    story.does(DESK, do.TakePayment(receipt="票号"), "2026-03-04T09:00")
    story.does(DESK, do.DecideDisclosure(result=Result.PUBLIC), "2026-03-05T09:00")
    story.does(DESK, do.Close(exception="申请人撤回"), "2026-03-05T09:01")
    story.does(DESK, do.Reopen(reason="复议机关责令重新答复"), "2026-03-09T09:00")
    assert story.case.fee is None
    story.does(DESK, PAGES, "2026-03-09T10:00")
    assert story.case.waiting is not None
    assert story.case.waiting.why is Wait.FEE


# -- 第三十五条 ----------------------------------------------------------------


ASK = do.AskReason(about="一个月内申请 46 件", until=date(2026, 3, 9))


def judged(*, reasonable: bool = True, given: str = "撰写论文需要") -> Story:
    story = request()
    story.does(DESK, ASK, SOON)
    story.does(
        DESK,
        do.JudgeReason(reasonable=reasonable, note="核对课题", given=given),
        "2026-03-10T09:00",
    )
    return story


def test_the_clock_runs_on_while_he_gives_his_reasons() -> None:
    story = request()
    story.does(DESK, ASK, SOON)
    assert clock(story).paused_since is None
    assert story.due("disclosure") == DUE
    assert story.case.state is State.ASSIGNED
    assert "已经要求过" in story.refuses(DESK, ASK, SOON)


def test_a_reasonable_request_may_be_answered_later() -> None:
    story = judged()
    delay = do.DelayAnswer(working_days=30, reason="涉及 46 份档案", citizen_told=True)
    (body,) = story.does(DESK, delay, "2026-03-10T10:00")
    assert isinstance(body, ev.AnswerDelayed)
    assert story.due("disclosure") == at("2026-05-14T23:59:59"), "thirty working days more"
    assert clock(story).original_due_at == DUE
    assert story.due("disclosure_internal") == at("2026-05-07T23:59:59")
    assert "已经确定过" in story.refuses(DESK, delay, "2026-03-10T10:01")
    more = do.AskExtension(working_days=5, reason="仍需时间")
    assert "不再延期" in story.refuses(LEAD, more, "2026-03-10T10:02")


def test_a_delay_outlives_the_period_that_begins_afresh() -> None:
    story = judged()
    delay = do.DelayAnswer(working_days=5, reason="量大", citizen_told=True)
    story.does(DESK, delay, "2026-03-10T10:00")
    story.does(DESK, PAGES, "2026-03-10T10:01")
    story.does(DESK, do.TakePayment(receipt="票号"), "2026-03-10T15:00")
    assert story.due("disclosure") == at("2026-04-15T23:59:59"), "twenty and five from the 11th"
    assert clock(story).extensions == (5,)


def test_a_delay_is_one_of_a_reasonable_request_told_in_time() -> None:
    delay = do.DelayAnswer(working_days=30, reason="量大", citizen_told=True)
    assert "认定申请理由合理以后" in request().refuses(DESK, delay, SOON)
    assert "认定申请理由合理以后" in judged(reasonable=False).refuses(
        DESK, delay, "2026-03-10T10:00"
    )
    for changed, said in (
        (do.DelayAnswer(working_days=30, reason="量大"), "须告知申请人"),
        (do.DelayAnswer(working_days=0, reason="量大", citizen_told=True), "1 至 250"),
        (do.DelayAnswer(working_days=251, reason="量大", citizen_told=True), "1 至 250"),
        (do.DelayAnswer(working_days=9, reason=" ", citizen_told=True), "理由"),
    ):
        assert said in judged().refuses(DESK, changed, "2026-03-10T10:00")
    judged().does(DESK, delay, "2026-03-30T23:59")
    assert "不能再延迟" in judged().refuses(DESK, delay, "2026-03-31T00:00")


def test_what_has_no_good_reason_is_not_handled() -> None:
    refused = do.DecideDisclosure(result=Result.UNREASONABLE, reason="没有合理理由")
    assert "先要求申请人说明理由" in request().refuses(DESK, refused, SOON)
    assert "先要求申请人说明理由" in judged().refuses(DESK, refused, "2026-03-10T10:00")
    story = judged(reasonable=False)
    bare = do.DecideDisclosure(result=Result.UNREASONABLE)
    assert "的理由" in story.refuses(DESK, bare, "2026-03-10T10:00")
    story.does(DESK, refused, "2026-03-10T10:00")
    now = do.AnswerNow(text="不予处理。", result=Result.UNREASONABLE, reason="反复申请")
    assert "合法性审查" in request().refuses(DESK, now, "2026-03-02T11:00")


def test_silence_is_judged_when_the_term_is_over() -> None:
    story = request()
    story.does(DESK, ASK, SOON)
    silent = do.JudgeReason(reasonable=False, note="逾期没有说明")
    assert "还没有过" in story.refuses(DESK, silent, "2026-03-09T23:59")
    generous = do.JudgeReason(reasonable=True, note="逾期没有说明")
    assert "不能认定为合理" in story.refuses(DESK, generous, "2026-03-10T00:00")
    assert any(isinstance(b, ev.DateWarned) for b in story.ticks("2026-03-10T00:00"))
    story.does(DESK, silent, "2026-03-10T00:01")
    assert "已经认定" in story.refuses(DESK, silent, "2026-03-10T00:02")
    assert story.case.justification is not None
    assert story.case.justification.reasonable is False


def test_reasons_are_asked_for_with_a_ground_and_a_term() -> None:
    past = do.AskReason(about="46 件", until=date(2026, 3, 3))
    assert "今天之后" in request().refuses(DESK, past, SOON)
    empty = do.AskReason(about="", until=date(2026, 3, 9))
    assert "数量、频次" in request().refuses(DESK, empty, SOON)
    judge = do.JudgeReason(reasonable=True, note="可", given="论文")
    assert "还没有要求" in request().refuses(DESK, judge, SOON)


@pytest.mark.parametrize(
    "command",
    [
        ASK, do.JudgeReason(reasonable=True, note="可"), PAGES, do.FeeNoticed(),
        do.TakePayment(receipt="票号"),
        do.DelayAnswer(working_days=1, reason="量大", citizen_told=True),
    ],
)  # fmt: skip
def test_a_letter_is_no_request(command: do.AnyCommand) -> None:
    assert "不是政府信息公开申请" in Story().refuses(DESK, command, SOON)
