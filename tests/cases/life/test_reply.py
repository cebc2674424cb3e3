"""先审后发: drafts, review, delivery to the citizen, publication."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from cases.privacy.public_text import is_newer_than_released, is_released
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State, on_time
from cases.words.actors import Actor, Role
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    DUE,
    HOUSING,
    LEAD,
    REVIEWER,
    SECOND,
    THIRD,
    Story,
    assigned_to,
    at,
    handling,
    item,
    reply,
)

DAY = "2026-03-04T09:00"


def drafted(story: Story | None = None, text: str = "路灯已修复。") -> Story:
    story = story or Story()
    story.does(LEAD, do.DraftReply(text=text), DAY)
    return story


def approved() -> Story:
    story = drafted()
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    return story


def deliver(draft: int = 1, when: datetime | None = None) -> do.Deliver:
    return do.Deliver(draft=draft, via="领导信箱", proof="回执 0007", at=when)


# -- drafts and review -------------------------------------------------------


def test_nothing_goes_out_before_it_is_approved() -> None:
    story = drafted()
    assert "先审后发" in story.refuses(LEAD, deliver(), DAY)
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    story.does(LEAD, deliver(), DAY)


def test_nobody_approves_his_own_draft() -> None:
    both = Actor(id="lin", role=Role.REVIEWER)
    assert "自己拟" in drafted().refuses(both, do.ApproveReply(draft=1), DAY)
    lax = drafted(Story(rules=handling(review={"own_draft": True})))
    lax.does(both, do.ApproveReply(draft=1), DAY)


def test_three_reviews_are_made_by_three_people() -> None:
    story = drafted(Story(rules=handling(review={"approvals": 3})))
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    assert "另一人" in story.refuses(REVIEWER, do.ApproveReply(draft=1), DAY)
    story.does(SECOND, do.ApproveReply(draft=1), DAY)
    assert "还没有审核通过" in story.refuses(LEAD, deliver(), DAY)
    story.does(THIRD, do.ApproveReply(draft=1), DAY)
    draft = story.case.draft(1)
    assert draft is not None
    assert (draft.approvals, draft.approved) == (("shen", "yan", "fu"), True)
    story.does(LEAD, deliver(), DAY)


def test_every_point_of_the_checklist_is_confirmed() -> None:
    points = ["国家秘密", "个人隐私"]
    story = drafted(Story(rules=handling(review={"checklist": points})))
    half = do.ApproveReply(draft=1, checklist=("国家秘密",))
    assert "个人隐私" in story.refuses(REVIEWER, half, DAY)
    story.does(REVIEWER, do.ApproveReply(draft=1, checklist=tuple(points)), DAY)


def test_a_rejected_draft_is_written_anew() -> None:
    story = drafted()
    story.refuses(REVIEWER, do.RejectReply(draft=1, reason=""), DAY)
    story.does(REVIEWER, do.RejectReply(draft=1, reason="写明日期"), DAY)
    assert "退改" in story.refuses(REVIEWER, do.ApproveReply(draft=1), DAY)
    assert "退改" in story.refuses(LEAD, deliver(), DAY)
    story.does(LEAD, do.DraftReply(text="路灯三月四日修复。"), DAY)
    story.does(REVIEWER, do.ApproveReply(draft=2), DAY)


def test_an_approval_may_be_taken_back_until_the_reply_is_out() -> None:
    story = approved()
    story.does(REVIEWER, do.RejectReply(draft=1, reason="有误"), DAY)
    assert "退改" in story.refuses(LEAD, deliver(), DAY)
    out = approved()
    out.does(LEAD, deliver(), DAY)
    late = do.RejectReply(draft=1, reason="有误")
    assert "已经答复" in out.refuses(REVIEWER, late, DAY)


def test_a_newer_draft_of_somebody_else_is_not_overwritten() -> None:
    story = drafted()
    seen = story.case.seq - 1
    mine = do.DraftReply(text="我的稿子", base_seq=seen)
    assert "他人提交" in story.refuses(DESK, mine, DAY)
    story.does(DESK, do.DraftReply(text="我的稿子", base_seq=story.case.seq), DAY)


def test_only_the_lead_unit_or_the_desk_writes_the_reply() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.refuses(ASSISTANT, do.DraftReply(text="已修复"), DAY)
    story.refuses(LEAD, do.DraftReply(text=" \n"), DAY)
    story.does(DESK, do.DraftReply(text="已修复"), DAY)


# -- delivered ---------------------------------------------------------------


def test_a_delivered_reply_answers_the_case_at_its_time() -> None:
    story = approved()
    story.does(LEAD, deliver(when=at("2026-03-04T09:00")), "2026-03-12T09:00")
    assert story.case.state is State.REPLIED
    assert on_time(story.case.round) == (True, True)
    (delivery,) = story.case.round.deliveries
    assert (delivery.text, delivery.via, delivery.proof, delivery.draft) == (
        "路灯已修复。",
        "领导信箱",
        "回执 0007",
        1,
    )


@pytest.mark.parametrize(
    ("when", "word"), [("2026-03-04T09:01", "将来"), ("2026-03-02T10:00", "早于")]
)
def test_a_reply_reached_the_citizen_neither_tomorrow_nor_before_he_wrote(
    when: str, word: str
) -> None:
    assert word in approved().refuses(LEAD, deliver(when=at(when)), DAY)


def test_a_draft_goes_out_once() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    assert "已经答复" in story.refuses(LEAD, deliver(), DAY)


def test_the_first_delivery_decides() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    story.does(LEAD, do.DraftReply(text="补充说明。"), "2026-03-12T09:00")
    story.does(REVIEWER, do.ApproveReply(draft=2), "2026-03-12T09:00")
    story.does(LEAD, deliver(2), "2026-03-12T09:00")
    assert len(story.case.round.deliveries) == 2
    assert on_time(story.case.round) == (True, True)
    assert story.due() == DUE


# -- published: another fact -------------------------------------------------


def test_delivered_is_not_published_and_published_needs_delivered() -> None:
    story = approved()
    assert "还没有答复" in story.refuses(DESK, do.Publish(where="县政府网站"), DAY)
    story.does(LEAD, deliver(), DAY)
    assert story.case.publication is None
    story.does(REVIEWER, do.Publish(where="县政府网站"), "2026-03-06T09:00")
    publication = story.case.publication
    assert publication is not None
    assert (publication.where, publication.at) == ("县政府网站", at("2026-03-06T09:00"))
    assert story.case.round.deliveries[0].at == at(DAY)
    assert "已经公开" in story.refuses(DESK, do.Publish(where="公众号"), "2026-03-07T09:00")


def test_the_reply_of_a_new_round_is_published_by_itself() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    story.does(REVIEWER, do.Publish(where="县政府网站"), "2026-03-06T09:00")
    story.does(DESK, do.Reopen(reason="群众来电追问"), "2026-03-09T09:00")
    assert "已经公开" in story.refuses(REVIEWER, do.Publish(where="公众号"), "2026-03-09T10:00")
    again = reply(text="补充答复：已换新灯。", when=at("2026-03-10T08:00"))
    story.shows(item(replies=(again,)), "2026-03-10T08:30")
    story.does(REVIEWER, do.Publish(where="公众号"), "2026-03-10T09:00")
    publication = story.case.publication
    assert publication is not None
    assert publication.where == "公众号"


def test_publishing_does_not_make_a_late_reply_timely() -> None:
    story = Story()
    story.shows(item(replies=(reply(when=at("2026-03-12T09:00")),)), "2026-03-12T10:00")
    story.does(DESK, do.Publish(where="县政府网站"), "2026-03-12T11:00")
    assert on_time(story.case.round) == (False, False)


def test_not_publishing_is_a_decision_with_a_reason() -> None:
    story = approved()
    story.refuses(REVIEWER, do.DeclinePublication(reason=""), DAY)
    story.does(REVIEWER, do.DeclinePublication(reason="涉及个人隐私"), DAY)
    publication = story.case.publication
    assert publication is not None
    assert (publication.where, publication.declined) == ("", "涉及个人隐私")


# -- what everyone may read ----------------------------------------------------

RELEASED = do.Publish(where="县政府网站", text="路灯不亮。", place="学府路", reply="已经修好。")


def test_the_released_words_are_in_the_history_and_without_them_nothing_is_public() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    story.does(REVIEWER, do.Publish(where="县政府网站"), "2026-03-06T09:00")
    assert not is_released(story.case)
    # What was published before texts were released can be released now, by a person.
    story.does(REVIEWER, RELEASED, "2026-03-06T10:00")
    assert is_released(story.case)
    publication = story.case.publication
    assert publication is not None
    assert (publication.text, publication.place, publication.reply) == (
        "路灯不亮。", "学府路", "已经修好。",
    )  # fmt: skip
    last = story.case.history[-1]
    assert last.actor == REVIEWER
    assert isinstance(last.body, ev.Published)
    assert last.body.text == "路灯不亮。"
    assert "先撤回" in story.refuses(DESK, RELEASED, "2026-03-06T11:00")


def test_a_release_holds_no_personal_data_and_says_which_is_left() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    for name, value in (
        ("text", "请打13812345678联系我"),
        ("place", "幸福花园3栋2单元501室"),
        ("reply", "身份证号码：110105194912310021"),
    ):
        refused = story.refuses(REVIEWER, replace(RELEASED, **{name: value}), "2026-03-06T09:00")
        assert "个人信息" in refused
    refused = story.refuses(REVIEWER, replace(RELEASED, reply=""), "2026-03-06T09:00")
    assert "公开的答复" in refused
    refused = story.refuses(REVIEWER, replace(RELEASED, text=""), "2026-03-06T09:00")
    assert "缺少来信内容" in refused


def test_a_later_version_is_not_public_until_it_is_released() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    story.does(REVIEWER, RELEASED, "2026-03-06T09:00")
    assert not is_newer_than_released(story.case)
    story.shows(item(body="路灯又坏了，我姓王。"), "2026-03-07T09:00")
    assert is_newer_than_released(story.case)
    publication = story.case.publication
    assert publication is not None
    assert publication.text == "路灯不亮。"
    story.does(REVIEWER, replace(RELEASED, text="路灯又坏了。"), "2026-03-07T10:00")
    assert not is_newer_than_released(story.case)


def test_withdrawing_takes_one_press_and_a_new_release_is_possible() -> None:
    story = approved()
    story.does(LEAD, deliver(), DAY)
    assert "没有公开" in story.refuses(DESK, do.WithdrawPublication(), DAY)
    story.does(REVIEWER, RELEASED, "2026-03-06T09:00")
    story.does(DESK, do.WithdrawPublication(), "2026-03-06T10:00")
    assert not is_released(story.case)
    assert "没有公开" in story.refuses(DESK, do.WithdrawPublication(), "2026-03-06T11:00")
    story.does(REVIEWER, RELEASED, "2026-03-06T12:00")
    assert is_released(story.case)
    story.does(DESK, do.MarkConfidential(reason="当事人要求"), "2026-03-06T13:00")
    assert not is_released(story.case)
