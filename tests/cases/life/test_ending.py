"""承诺、回访、办结、重新办理、同一事项: what comes after the answer."""

from __future__ import annotations

from datetime import date

import pytest

from cases.record import commands as do
from cases.record.case import State, on_time
from tests.cases.helpers import (
    DESK,
    HOUSING,
    LEAD,
    OFFICE,
    REVIEWER,
    UNPLACED,
    Story,
    at,
    handling,
    item,
    reply,
)

DAY = "2026-03-04T09:00"


def replied(story: Story | None = None) -> Story:
    story = story or Story()
    story.shows(item(replies=(reply(when=at(DAY)),)), DAY)
    return story


# -- promises ----------------------------------------------------------------


def promised() -> Story:
    story = replied()
    story.does(LEAD, do.RecordPromise(text="月底前换灯", due=date(2026, 3, 31)), DAY)
    return story


def test_a_promise_has_a_text_a_date_to_come_and_an_owner() -> None:
    story = promised()
    (promise,) = story.case.promises
    assert (promise.number, promise.owner, promise.due) == (1, HOUSING, date(2026, 3, 31))
    past = do.RecordPromise(text="换灯", due=date(2026, 3, 3))
    assert "不能早于今天" in story.refuses(LEAD, past, DAY)


@pytest.mark.parametrize("kept", [True, False])
def test_a_promise_is_verified_as_kept_or_broken_by_somebody_else(kept: bool) -> None:
    story = promised()
    verify = do.VerifyPromise(number=1, kept=kept, evidence="现场照片")
    story.refuses(DESK, do.VerifyPromise(number=1, kept=kept, evidence=""), DAY)
    story.does(DESK, verify, DAY)
    (promise,) = story.case.promises
    assert (promise.kept, promise.verified_by) == (kept, "zhang")


def test_the_desk_does_not_verify_its_own_promise() -> None:
    story = replied()
    own = do.RecordPromise(text="三日内回电", due=date(2026, 3, 9), owner=OFFICE)
    story.does(DESK, own, DAY)
    verify = do.VerifyPromise(number=1, kept=True, evidence="已回电")
    assert "以外的人" in story.refuses(DESK, verify, DAY)


def test_a_promise_is_published_after_it_is_verified() -> None:
    story = promised()
    publish = do.PublishPromise(number=1, where="县政府网站")
    assert "先核查" in story.refuses(DESK, publish, DAY)
    story.does(DESK, do.VerifyPromise(number=1, kept=False, evidence="未换"), DAY)
    story.does(DESK, publish, DAY)
    assert story.case.promises[0].published == "县政府网站"


# -- call-back ---------------------------------------------------------------


@pytest.mark.parametrize("resolved", [True, False, None])
def test_solved_and_content_are_two_answers(resolved: bool | None) -> None:
    story = replied()
    story.does(DESK, do.CallBack(resolved=resolved, satisfied=True), "2026-03-05T09:00")
    result = story.case.round.callback
    assert result is not None
    assert (result.resolved, result.satisfied) == (resolved, True)
    assert story.case.state is State.REPLIED
    assert len(story.case.rounds) == 1


def test_who_is_not_content_gets_a_new_round_with_its_own_clock() -> None:
    story = replied()
    first = story.case.round
    story.does(DESK, do.CallBack(resolved=True, satisfied=False), "2026-03-16T09:00")
    case = story.case
    assert [each.number for each in case.rounds] == [1, 2]
    assert case.rounds[0].callback is not None
    assert on_time(case.rounds[0]) == on_time(first) == (True, True)
    assert case.round.started_at == at("2026-03-16T09:00")
    assert story.due() == at("2026-03-23T23:59:59")
    assert (case.state, case.received_at) == (State.ASSIGNED, item().received_at)
    task = case.task(HOUSING)
    assert task is not None
    assert task.acknowledged_at is None


def test_nobody_is_called_back_before_he_has_an_answer() -> None:
    story = Story()
    command = do.CallBack(resolved=True, satisfied=True)
    assert "之后才能回访" in story.refuses(DESK, command, DAY)


def test_the_reply_of_the_first_round_does_not_answer_the_second() -> None:
    story = replied()
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-05T09:00")
    story.shows(item(replies=(reply(when=at(DAY)),), likes=5), "2026-03-06T09:00")
    story.shows(item(replies=(reply(),), likes=6), "2026-03-06T10:00")
    older = reply("已派员处理。", at("2026-03-03T09:00"))
    story.shows(item(replies=(older, reply(when=at(DAY)))), "2026-03-06T11:00")
    assert story.case.open
    assert story.case.round.deliveries == ()
    assert older in story.case.item.replies, "kept all the same"


def test_the_same_words_given_again_answer_the_second_round() -> None:
    story = replied()
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-05T09:00")
    story.shows(item(replies=(reply(when=at("2026-03-06T09:00")),)), "2026-03-06T10:00")
    assert story.case.state is State.REPLIED


def test_what_waited_for_a_decision_does_not_wait_into_the_next_round() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), "2026-03-02T11:00")
    story.does(LEAD, do.AskReturn(reason="归城管"), "2026-03-02T11:10")
    replied(story)
    story.does(DESK, do.Reopen(reason="又坏了"), "2026-03-09T09:00")
    story.does(LEAD, do.AskReturn(reason="归城管"), "2026-03-09T10:00")
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), "2026-03-09T10:00")


# -- closed and reopened -----------------------------------------------------


def test_a_case_is_closed_with_a_reply() -> None:
    story = replied()
    story.does(DESK, do.Close(), "2026-03-05T09:00")
    assert (story.case.state, story.case.round.exception) == (State.CLOSED, "")


def test_a_case_without_a_reply_is_closed_only_with_a_reasoned_exception() -> None:
    story = Story()
    assert "例外理由" in story.refuses(DESK, do.Close(), DAY)
    story.does(DESK, do.Close(exception="来信人已撤回诉求"), DAY)
    assert story.case.round.exception == "来信人已撤回诉求"
    assert on_time(story.case.round) == (None, None)


def test_an_office_may_want_the_call_back_before_the_closing() -> None:
    story = replied(Story(rules=handling(closing={"needs_callback": True})))
    assert "先回访" in story.refuses(DESK, do.Close(), "2026-03-05T09:00")
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), "2026-03-05T09:00")
    story.does(DESK, do.Close(), "2026-03-05T10:00")


@pytest.mark.parametrize(
    "command",
    [
        do.Assign(lead=OFFICE, reason="改派"),
        do.DraftReply(text="已修复"),
        do.Press(rung=do.Rung.REMIND, text="请抓紧"),
        do.PauseForSupplement(missing="楼栋"),
        do.Close(),
        do.MarkInvalid(reason="无效"),
    ],
)
def test_a_closed_case_is_reopened_before_anything_else(command: do.AnyCommand) -> None:
    story = replied()
    story.does(DESK, do.Close(), "2026-03-05T09:00")
    assert "重新打开" in story.refuses(DESK, command, "2026-03-06T09:00")


def test_a_reopened_case_starts_a_round_and_keeps_the_closed_one() -> None:
    story = replied()
    story.does(DESK, do.Close(), "2026-03-05T09:00")
    closed = story.case.round
    story.refuses(DESK, do.Reopen(reason=""), "2026-03-09T09:00")
    story.does(DESK, do.Reopen(reason="群众再次反映"), "2026-03-09T09:00")
    assert story.case.rounds[0] == closed
    assert (story.case.round.number, story.case.round.reason) == (2, "群众再次反映")
    assert "无需重新打开" in story.refuses(DESK, do.Reopen(reason="再开"), "2026-03-09T10:00")


def test_a_refused_case_may_be_taken_up_after_all() -> None:
    story = Story(to=UNPLACED)
    story.does(DESK, do.Refuse(reason="不属职权"), DAY)
    story.does(DESK, do.Reopen(reason="上级要求受理"), "2026-03-05T09:00")
    assert (story.case.state, story.case.ended) == (State.RECEIVED, "")


# -- the same matter ---------------------------------------------------------


def test_cases_of_one_matter_are_linked_and_each_keeps_its_own_number_and_clock() -> None:
    one, two = Story(item("1")), Story(item("2", received_at=at("2026-03-03T09:00")))
    before = (two.case.case_id, two.case.round)
    for story in (one, two):
        story.does(DESK, do.LinkMatter(matter="清河苑路灯", reason="同一小区"), DAY)
    assert one.case.matters == two.case.matters == ("清河苑路灯",)
    assert (two.case.case_id, two.case.round) == before
    assert "已经关联" in one.refuses(DESK, do.LinkMatter(matter="清河苑路灯"), DAY)
    one.does(DESK, do.UnlinkMatter(matter="清河苑路灯"), DAY)
    assert not one.case.matters
    one.refuses(DESK, do.UnlinkMatter(matter="清河苑路灯"), DAY)


def test_a_reply_can_be_reviewed_in_the_second_round_under_a_number_of_its_own() -> None:
    story = Story()
    story.does(LEAD, do.DraftReply(text="已修复。"), DAY)
    replied(story)
    story.does(DESK, do.Reopen(reason="又坏了"), "2026-03-09T09:00")
    story.does(LEAD, do.DraftReply(text="再次修复。"), "2026-03-09T10:00")
    assert "没有第 1 号" in story.refuses(REVIEWER, do.ApproveReply(draft=1), "2026-03-09T11:00")
    story.does(REVIEWER, do.ApproveReply(draft=2), "2026-03-09T11:00")
