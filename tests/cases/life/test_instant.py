"""即时答复: a question answered on the spot, from 问答库 or out of a policy."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cases.figures.course import course_of
from cases.life.instant import ON_THE_SPOT
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.record.instant import InstantBasis
from cases.words.labels import Kind
from tests.cases.helpers import (
    DESK,
    LEAD,
    RECEIVED,
    REVIEWER,
    Story,
    at,
    handling,
    item,
    labels,
)

ANSWER = "带身份证和户口簿到政务服务中心二楼医保窗口办理，当场办结。"
BASIS = InstantBasis(
    entry="Q0007",
    version=2,
    question="新生儿怎样参加医保",
    reviewed=ANSWER,
    reviewed_by="审核甲",
    reviewed_at=at("2026-02-01T09:00"),
    document="W0003",
    policy="《城乡居民医疗保险办法》（县府发〔2026〕8号）",
    clause="第十二条",
)
POLICY = InstantBasis(document="W0003", policy=BASIS.policy, clause="第九条")
NEXT_DAY = "2026-03-03T08:40"


def asked() -> Story:
    question = item(title="新生儿医保", body="请问新生儿怎样参加医保？")
    return Story(question, read_as=labels(kind=Kind.INQUIRY))


def instantly(**given: object) -> do.AnswerInstantly:
    return do.AnswerInstantly(**({"basis": "Q0007", "evidence": BASIS} | given))  # type: ignore[arg-type]


def test_the_reviewed_text_needs_no_second_review_and_closes_with_its_delivery() -> None:
    story = asked()
    drafted, approved = story.does(DESK, instantly(), NEXT_DAY)
    assert isinstance(drafted, ev.ReplyDrafted)
    assert (drafted.text, drafted.rests_on) == (ANSWER, BASIS)
    assert isinstance(approved, ev.ReplyApproved)
    assert approved.final
    story.does(DESK, do.Deliver(draft=1, via="hotline-back", proof="回执 5"), "2026-03-03T08:41")
    assert story.case.state is State.CLOSED
    assert story.case.round.exception == ""
    assert course_of(story.case).at_once


def test_it_counts_as_instant_only_once_it_is_delivered_and_on_time() -> None:
    story = asked()
    story.does(DESK, instantly(), NEXT_DAY)
    assert not course_of(story.case).at_once
    late = asked()
    late.does(DESK, instantly(), NEXT_DAY)
    late.does(DESK, do.Deliver(draft=1, via="hotline-back"), "2026-03-20T10:00")
    assert not course_of(late.case).at_once


@pytest.mark.parametrize("text", [ANSWER.replace("二楼", "三楼"), "先到社区开证明。"])
def test_edited_text_goes_through_review_and_then_closes_too(text: str) -> None:
    story = asked()
    (drafted,) = story.does(DESK, instantly(text=text), NEXT_DAY)
    assert isinstance(drafted, ev.ReplyDrafted)
    assert not story.case.round.drafts[0].approved
    refused = story.refuses(DESK, do.Deliver(draft=1, via="x"), "2026-03-03T08:50")
    assert "先审后发" in refused
    story.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-03T09:00")
    story.does(DESK, do.Deliver(draft=1, via="x"), "2026-03-03T09:10")
    assert story.case.state is State.CLOSED


def test_the_reviewed_text_with_spaces_around_it_is_the_same_text() -> None:
    story = asked()
    assert len(story.does(DESK, instantly(text=f"\n {ANSWER}  "), NEXT_DAY)) == 2


def test_a_policy_is_a_basis_and_its_text_is_reviewed() -> None:
    story = asked()
    own = instantly(basis="W0003", evidence=POLICY, text="按第九条，出生九十日内都可以办。")
    (drafted,) = story.does(DESK, own, NEXT_DAY)
    assert isinstance(drafted, ev.ReplyDrafted)
    assert drafted.rests_on == POLICY
    no_clause = instantly(evidence=replace(POLICY, clause=" "), text="可以办。")
    assert "条款" in asked().refuses(DESK, no_clause, NEXT_DAY)
    assert "答复内容" in asked().refuses(DESK, instantly(evidence=POLICY), NEXT_DAY)


def test_told_on_the_telephone_it_is_delivered_and_closed_at_once() -> None:
    story = asked()
    bodies = story.does(DESK, instantly(told="通话中告知，工号03"), "2026-03-02T10:30")
    assert [type(body) for body in bodies] == [
        ev.ReplyDrafted,
        ev.ReplyApproved,
        ev.ReplyDelivered,
        ev.Closed,
    ]
    (delivery,) = story.case.round.deliveries
    assert (delivery.via, delivery.proof) == (ON_THE_SPOT, "通话中告知，工号03")
    edited = instantly(text="改过的话", told="通话中告知")
    assert "审核" in asked().refuses(DESK, edited, NEXT_DAY)


def test_an_office_that_calls_back_first_closes_after_the_call() -> None:
    question = item(title="新生儿医保", body="请问新生儿怎样参加医保？")
    rules = handling(closing={"needs_callback": True})
    story = Story(question, read_as=labels(kind=Kind.INQUIRY), rules=rules)
    story.does(DESK, instantly(told="窗口告知"), NEXT_DAY)
    assert story.case.state is State.REPLIED
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), NEXT_DAY)
    story.does(DESK, do.Close(), NEXT_DAY)


def test_a_paused_question_runs_again_when_it_is_answered() -> None:
    story = asked()
    story.does(DESK, do.PauseForSupplement(missing="哪一年出生"), NEXT_DAY)
    bodies = story.does(DESK, instantly(told="电话告知"), "2026-03-04T09:00")
    assert any(isinstance(body, ev.Resumed) for body in bodies)
    assert story.case.state is State.CLOSED


def test_what_is_no_question_is_not_answered_so() -> None:
    complaint = Story(read_as=labels(kind=Kind.COMPLAINT))
    assert "识别为“投诉”" in complaint.refuses(DESK, instantly(), NEXT_DAY)
    request = Story(item(disclosure=True), read_as=labels(kind=Kind.INQUIRY))
    assert "依申请公开" in request.refuses(DESK, instantly(), NEXT_DAY)
    assert "写明依据" in asked().refuses(DESK, instantly(evidence=None), NEXT_DAY)
    assert "不能做这个动作" in asked().refuses(LEAD, instantly(), NEXT_DAY)


def test_a_reply_under_way_is_finished_first() -> None:
    story = asked()
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    story.does(LEAD, do.DraftReply(text="正在核实。"), "2026-03-02T11:10")
    assert "第 1 号答复稿" in story.refuses(DESK, instantly(), NEXT_DAY)


def test_personal_data_in_an_entry_stops_it() -> None:
    own = replace(BASIS, reviewed="请打13912345678问周晓岚。")
    assert "个人信息" in asked().refuses(DESK, instantly(evidence=own), NEXT_DAY)


def test_the_second_reply_of_an_answered_question_closes_nothing_again() -> None:
    story = asked()
    story.does(DESK, instantly(told="电话告知"), RECEIVED)
    assert "不能再做这个动作" in story.refuses(DESK, instantly(), NEXT_DAY)
    story.does(DESK, do.Reopen(reason="又问了一次"), NEXT_DAY)
    story.does(DESK, instantly(told="再次告知"), "2026-03-03T09:00")
    assert story.case.state is State.CLOSED
    assert len(story.case.rounds) == 2
