"""依申请公开: each rule of 政府信息公开条例 that the decider keeps, at its edges."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from cases.clocks.clocks import Clock
from cases.life.ticks import OVERDUE
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.record.disclosure import CONFIRMED_WAYS, WAY_FIELD, Result, Wait, Way, received_by
from tests.cases.helpers import DESK, LEAD, LEADER, RECEIVED, REVIEWER, Story, at, handling, item

# Received on Monday 2 March 2026; no holiday until 清明 (4 to 6 April).
SEVENTH = "2026-03-11"
TWENTIETH = at("2026-03-30T23:59:59")
FOURTEENTH = at("2026-03-20T23:59:59")
SOON = "2026-03-03T09:00"


def request(way: Way | None = None) -> Story:
    extra = {WAY_FIELD: way.value} if way else {}
    return Story(item(disclosure=True, title="申请公开征收补偿方案", extra=extra))


def clock(story: Story, name: str = "disclosure") -> Clock:
    found = story.case.round.clock(name)
    assert found is not None
    return found


def supplement(until: date = date(2026, 3, 20)) -> do.AskSupplement:
    return do.AskSupplement(missing="请写明地块名称或文号", until=until)


# -- 第三十一条: when it counts as received ----------------------------------


@pytest.mark.parametrize("way", list(Way))
def test_the_day_that_counts_goes_by_the_way_it_came(way: Way) -> None:
    confirmed = at("2026-03-04T10:00")
    counted = received_by(way, RECEIVED, confirmed)
    by_confirmation = way in {Way.PLAIN_MAIL, Way.ONLINE, Way.FAX}
    assert counted == (confirmed if by_confirmation else RECEIVED)
    assert received_by(way, RECEIVED, None) == RECEIVED


@pytest.mark.parametrize("way", sorted(CONFIRMED_WAYS))
def test_mutual_confirmation_begins_the_period(way: Way) -> None:
    story = request(way)
    assert story.due("disclosure") == TWENTIETH
    confirmed = do.ConfirmReceipt(how="电话确认", at=at("2026-03-04T10:00"))
    story.does(DESK, confirmed, "2026-03-04T11:00")
    assert story.due("disclosure") == at("2026-04-01T23:59:59")
    assert story.due("disclosure_internal") == at("2026-03-24T23:59:59")
    assert story.case.received_at == RECEIVED
    assert story.case.receipt_confirmed_at == at("2026-03-04T10:00")
    assert "已经双方确认" in story.refuses(DESK, confirmed, "2026-03-04T11:05")


@pytest.mark.parametrize("way", sorted(set(Way) - CONFIRMED_WAYS))
def test_what_was_handed_in_or_signed_for_is_not_confirmed(way: Way) -> None:
    story = request(way)
    assert "不另行确认" in story.refuses(DESK, do.ConfirmReceipt(how="电话"), SOON)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (do.ConfirmReceipt(how=" "), "怎样与申请人确认"),
        (do.ConfirmReceipt(how="电话", at=at("2026-03-03T09:01")), "不能在将来"),
        (do.ConfirmReceipt(how="电话", at=at("2026-03-02T10:14")), "不能早于来件时间"),
    ],
)
def test_a_confirmation_needs_a_way_and_a_possible_time(
    command: do.ConfirmReceipt, said: str
) -> None:
    assert said in request().refuses(DESK, command, SOON)


def test_no_confirmation_once_the_period_was_stopped() -> None:
    story = request()
    story.does(DESK, supplement(), SOON)
    assert "不能再改收到之日" in story.refuses(DESK, do.ConfirmReceipt(how="电话"), SOON)


# -- 第三十条: 补正 ----------------------------------------------------------


def test_the_period_begins_afresh_with_the_supplement() -> None:
    story = request()
    story.does(DESK, supplement(), SOON)
    assert story.case.state_words == "待补正"
    assert clock(story).paused_since == at(SOON)
    (body,) = story.does(DESK, do.TakeSupplement(), "2026-03-10T15:00")
    assert isinstance(body, ev.Resumed)
    assert body.restarted
    assert clock(story).started_at == at("2026-03-10T15:00")
    assert story.due("disclosure") == at("2026-04-08T23:59:59"), "清明 is not counted"
    assert story.due("disclosure_internal") == at("2026-03-30T23:59:59")
    assert not clock(story).pauses
    assert story.case.state_words == "待签收"
    assert story.case.waiting is None


def test_the_day_it_came_counts_and_not_the_day_it_was_written_down() -> None:
    story = request()
    story.does(DESK, supplement(), SOON)
    early = do.TakeSupplement(at=at("2026-03-03T08:59"))
    assert "告知补正之后" in story.refuses(DESK, early, "2026-03-10T15:00")
    story.does(DESK, do.TakeSupplement(at=at("2026-03-05T09:00")), "2026-03-10T15:00")
    assert story.due("disclosure") == at("2026-04-02T23:59:59")


def test_a_supplement_is_asked_for_within_seven_working_days() -> None:
    request().does(DESK, supplement(), f"{SEVENTH}T23:59")
    reason = request().refuses(DESK, supplement(), "2026-03-12T00:00")
    assert "已超过 7 个工作日" in reason
    assert SEVENTH in reason


def test_the_seven_days_count_from_the_confirmed_receipt() -> None:
    story = request()
    story.does(DESK, do.ConfirmReceipt(how="电话"), "2026-03-04T10:00")
    story.does(DESK, supplement(), "2026-03-13T17:00")


def test_a_supplement_is_asked_for_once_and_with_a_term() -> None:
    story = request()
    assert "今天之后" in story.refuses(DESK, supplement(date(2026, 3, 3)), SOON)
    empty = do.AskSupplement(missing="", until=date(2026, 3, 20))
    assert "需要补正的事项" in story.refuses(DESK, empty, SOON)
    story.does(DESK, supplement(), SOON)
    story.does(DESK, do.TakeSupplement(), "2026-03-04T09:00")
    assert "一次性告知" in story.refuses(DESK, supplement(), "2026-03-05T09:00")


def test_who_does_not_correct_has_given_up_once_the_term_is_over() -> None:
    story = request()
    given_up = do.DecideDisclosure(result=Result.ABANDONED)
    assert "没有等待补正" in story.refuses(DESK, given_up, SOON)
    story.does(DESK, supplement(), SOON)
    assert "还没有过" in story.refuses(DESK, given_up, "2026-03-20T23:59")
    story.does(DESK, given_up, "2026-03-21T09:00")
    story.does(DESK, do.Close(), "2026-03-21T09:01")
    assert story.case.state is State.CLOSED
    assert "视为放弃" in story.case.round.exception


def test_a_late_supplement_needs_its_reason() -> None:
    story = request()
    story.does(DESK, supplement(), SOON)
    assert "正当理由" in story.refuses(DESK, do.TakeSupplement(), "2026-03-21T09:00")
    story.does(DESK, do.TakeSupplement(note="住院治疗"), "2026-03-21T09:00")
    assert story.case.state is State.ASSIGNED


def test_an_applicant_who_does_not_correct_calls_no_leader() -> None:
    story = request()
    story.does(DESK, supplement(date(2026, 3, 4)), SOON)
    bodies = story.ticks("2026-03-20T09:00")
    stages = [body.stage for body in bodies if isinstance(body, ev.DateWarned)]
    assert stages == [OVERDUE]
    assert story.case.state is State.PAUSED


# -- 第三十三条: how long ----------------------------------------------------


def test_twenty_working_days_and_fourteen_within() -> None:
    story = request()
    assert story.due("disclosure") == TWENTIETH
    assert story.due("disclosure_internal") == FOURTEENTH


def test_an_extension_needs_the_head_and_the_notice() -> None:
    story = request()
    assert "1 至 20" in story.refuses(LEAD, do.AskExtension(working_days=21, reason="量大"), SOON)
    story.does(LEAD, do.AskExtension(working_days=20, reason="需检索档案"), SOON)
    nobody = do.DecideExtension(grant=True, citizen_told=True)
    assert "负责人的姓名" in story.refuses(DESK, nobody, SOON)
    untold = do.DecideExtension(grant=True, approved_by="钟主任")
    assert "告知" in story.refuses(DESK, untold, SOON)
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True, approved_by="钟主任"), SOON)
    assert clock(story).extensions == (20,)
    assert clock(story, "disclosure_internal").extensions == (14,)
    assert clock(story).original_due_at == TWENTIETH
    assert story.case.history[-1].body.approved_by == "钟主任"  # type: ignore[union-attr]


def test_the_notice_is_owed_whatever_the_office_sets_for_letters() -> None:
    rules = handling(extensions={"must_tell_citizen": False})
    story = Story(item(disclosure=True), rules=rules)
    story.does(LEAD, do.AskExtension(working_days=5, reason="需检索档案"), SOON)
    untold = do.DecideExtension(grant=True, approved_by="钟主任")
    assert "告知申请人" in story.refuses(DESK, untold, SOON)


def test_an_answer_on_the_spot_is_one_of_the_day_of_receipt() -> None:
    answer = do.AnswerNow(text="该方案已在门户网站公开，路径为政策文件栏目。", result=Result.PUBLIC)
    story = request()
    story.does(DESK, answer, "2026-03-02T17:00")
    assert story.case.state is State.REPLIED
    assert story.case.outcome is not None
    assert story.case.outcome.result is Result.PUBLIC
    assert "当天" in request().refuses(DESK, answer, "2026-03-03T00:00")


@pytest.mark.parametrize("result", [Result.REFUSED, Result.PARTLY, Result.NOT_HANDLED])
def test_nothing_is_refused_on_the_spot(result: Result) -> None:
    answer = do.AnswerNow(text="不予公开。", result=result, reason="涉密")
    assert "合法性审查" in request().refuses(DESK, answer, "2026-03-02T11:00")


def test_an_answer_on_the_spot_carries_no_personal_data() -> None:
    answer = do.AnswerNow(text="请联系13912345678。", result=Result.PUBLIC)
    assert "个人信息" in request().refuses(DESK, answer, "2026-03-02T11:00")


# -- 第三十二条、第三十四条: opinions of others -----------------------------


def ask(received_on: date | None = None) -> do.Consult:
    return do.Consult(party="某建筑公司", about="合同价款是否属商业秘密", received_on=received_on)


def test_the_time_of_a_consultation_is_not_counted() -> None:
    story = request()
    story.does(DESK, ask(), "2026-03-03T08:30")
    assert story.case.state_words == "征求意见"
    assert story.case.waiting is not None
    assert story.case.waiting.until == date(2026, 3, 24), "the fifteenth working day"
    story.does(DESK, do.EndConsultation(opinion="同意公开"), "2026-03-05T08:30")
    assert story.due("disclosure") == at("2026-04-01T23:59:59"), "two office days later"
    assert story.due("disclosure_internal") == at("2026-03-24T23:59:59")
    assert clock(story).started_at == RECEIVED, "the period goes on, it does not begin afresh"


def test_whoever_says_nothing_has_fifteen_working_days_and_no_more() -> None:
    story = request()
    story.does(DESK, ask(), "2026-03-03T08:30")
    before = story.ticks("2026-03-24T23:59:59")
    assert not any(isinstance(body, ev.Resumed) for body in before)
    bodies = story.ticks("2026-03-26T09:00")
    assert any(isinstance(body, ev.Resumed) for body in bodies)
    assert story.case.state is State.ASSIGNED
    (paused,) = clock(story).pauses
    assert paused == (at("2026-03-03T08:30"), at("2026-03-24T23:59:59"))


def test_an_opinion_that_came_too_late_does_not_lengthen_the_time() -> None:
    punctual, late = request(), request()
    for story, day in ((punctual, "2026-03-24T23:59"), (late, "2026-04-20T09:00")):
        story.does(DESK, ask(), "2026-03-03T08:30")
        story.does(DESK, do.EndConsultation(opinion="不同意，涉及商业秘密"), day)
    assert late.due("disclosure") == punctual.due("disclosure")


def test_the_fifteen_days_count_from_when_they_got_the_letter() -> None:
    story = request()
    assert "将来" in story.refuses(DESK, ask(date(2026, 3, 5)), "2026-03-04T09:00")
    assert "收到申请" in story.refuses(DESK, ask(date(2026, 3, 1)), "2026-03-04T09:00")
    story.does(DESK, ask(date(2026, 3, 3)), "2026-03-04T09:00")
    assert story.case.waiting is not None
    assert story.case.waiting.until == date(2026, 3, 24)
    assert clock(story).paused_since == at("2026-03-04T09:00")


def test_a_request_for_information_does_not_pause_as_a_letter_does() -> None:
    story = request()
    said = story.refuses(DESK, do.PauseForSupplement(missing="地块"), SOON)
    assert "告知补正" in said
    story.does(DESK, ask(), SOON)
    assert "征求意见的结果" in story.refuses(DESK, do.Resume(), SOON)
    assert "已暂停" in story.refuses(DESK, supplement(), SOON)
    assert "没有在等待补正" in story.refuses(DESK, do.TakeSupplement(), SOON)
    story.does(DESK, do.EndConsultation(opinion="同意"), "2026-03-04T09:00")
    again = do.EndConsultation(opinion="同意")
    assert "没有在征求意见" in story.refuses(DESK, again, "2026-03-04T09:01")


@pytest.mark.parametrize(
    "command",
    [
        do.ConfirmReceipt(how="电话"),
        supplement(),
        do.TakeSupplement(),
        ask(),
        do.EndConsultation(opinion="同意"),
        do.AnswerNow(text="已公开", result=Result.PUBLIC),
        do.DecideDisclosure(result=Result.PUBLIC),
    ],
)
def test_a_letter_is_no_request(command: do.AnyCommand) -> None:
    assert "不是政府信息公开申请" in Story().refuses(DESK, command, SOON)


# -- 第三十六条 and the review ----------------------------------------------


@pytest.mark.parametrize("result", [Result.PARTLY, Result.REFUSED, Result.NOT_OURS])
def test_what_is_not_given_is_given_with_a_reason(result: Result) -> None:
    story = request()
    bare = do.DecideDisclosure(result=result)
    assert "理由" in story.refuses(DESK, bare, SOON)
    story.does(DESK, do.DecideDisclosure(result=result, reason="第三方不同意且理由合理"), SOON)


def test_a_request_is_closed_with_its_result() -> None:
    story = request()
    answer = replied(story)
    assert "登记答复结果" in story.refuses(DESK, do.Close(), answer)
    story.does(DESK, do.DecideDisclosure(result=Result.GRANTED), answer)
    story.does(DESK, do.Close(), answer)
    assert story.case.state is State.CLOSED
    story.does(DESK, do.Reopen(reason="复议机关责令重新答复"), "2026-05-06T09:00")
    assert story.case.outcome is None, "another round, another result"


def replied(story: Story) -> datetime:
    story.does(LEAD, do.DraftReply(text="现将所申请的方案提供给您。"), SOON)
    points = story.rules.handling.review.disclosure[0].checklist
    story.does(REVIEWER, do.ApproveReply(draft=1, checklist=points), "2026-03-04T09:00")
    story.does(DESK, do.Deliver(draft=1, via="邮寄"), "2026-03-04T10:00")
    return at("2026-03-04T11:00")


def test_a_reply_is_looked_at_for_its_legality() -> None:
    story = request()
    story.does(LEAD, do.DraftReply(text="现将所申请的方案提供给您。"), SOON)
    assert "答复依据" in story.refuses(REVIEWER, do.ApproveReply(draft=1), SOON)
    points = story.rules.handling.review.disclosure[0].checklist
    (body,) = story.does(REVIEWER, do.ApproveReply(draft=1, checklist=points), SOON)
    assert isinstance(body, ev.ReplyApproved)
    assert (body.name, body.final) == ("合法性审查", True)


def test_a_letter_does_not_go_through_the_review_of_requests() -> None:
    levels = [{"name": "合法性审查", "roles": ["leader"]}]
    story = Story(rules=handling(review={"disclosure": levels}))
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), SOON)
    assert "等待“审核”" in story.refuses(LEADER, do.ApproveReply(draft=1), SOON)
    story.does(REVIEWER, do.ApproveReply(draft=1), SOON)
    assert story.case.round.drafts[0].approved


def test_waiting_is_told_by_its_reason() -> None:
    letter = Story()
    letter.does(DESK, do.PauseForSupplement(missing="楼栋"), SOON)
    assert letter.case.waiting is None
    assert letter.case.state_words == "待补充"
    story = request()
    story.does(DESK, ask(), SOON)
    assert story.case.waiting is not None
    assert story.case.waiting.why is Wait.CONSULTATION
