"""三审: levels of review by name, and personal data that stops a reply."""

from __future__ import annotations

import pytest

from cases.life.handling import HandlingError
from cases.privacy.masking import PersonalData
from cases.privacy.reply_text import personal_data_in
from cases.record import commands as do
from cases.record import events as ev
from cases.record.events import decode_event, encode_event
from cases.words.actors import Actor
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    REVIEWER,
    SECOND,
    Story,
    assigned_to,
    handling,
    item,
)

DAY = "2026-03-04T09:00"
POINTS = ["国家秘密", "个人隐私"]
LEVELS = [
    {"name": "本单位审签", "roles": ["responder"]},
    {"name": "保密审查", "roles": ["reviewer"], "checklist": POINTS},
    {"name": "值班台审定", "roles": ["desk"]},
]
CHIEF = Actor(id="ke", role=LEAD.role, name="住建科长", unit=HOUSING)
CHECKED = do.ApproveReply(draft=1, checklist=tuple(POINTS))


def drafted() -> Story:
    story = Story(rules=handling(review={"levels": LEVELS}), to=assigned_to(HOUSING, CITY))
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), DAY)
    return story


def test_a_draft_goes_through_the_levels_in_order() -> None:
    story = drafted()
    assert "等待“本单位审签”" in story.refuses(REVIEWER, CHECKED, DAY)
    assert "自己拟" in story.refuses(LEAD, do.ApproveReply(draft=1), DAY)
    assert "主办单位" in story.refuses(ASSISTANT, do.ApproveReply(draft=1), DAY)
    (first,) = story.does(CHIEF, do.ApproveReply(draft=1), DAY)
    assert "个人隐私" in story.refuses(REVIEWER, do.ApproveReply(draft=1), DAY)
    (second,) = story.does(REVIEWER, CHECKED, DAY)
    assert "另一人" in story.refuses(REVIEWER, CHECKED, DAY)
    assert "等待“值班台审定”" in story.refuses(SECOND, CHECKED, DAY)
    assert "先审后发" in story.refuses(LEAD, do.Deliver(draft=1, via="信箱"), DAY)
    (third,) = story.does(DESK, do.ApproveReply(draft=1), DAY)
    told = [
        (e.level, e.name, e.final)
        for e in (first, second, third)
        if isinstance(e, ev.ReplyApproved)
    ]
    assert told == [(1, "本单位审签", False), (2, "保密审查", False), (3, "值班台审定", True)]
    story.does(LEAD, do.Deliver(draft=1, via="信箱"), DAY)


def test_whoever_may_approve_may_send_it_back_to_the_writer() -> None:
    story = drafted()
    story.does(CHIEF, do.RejectReply(draft=1, reason="写明日期"), DAY)
    draft = story.case.draft(1)
    assert draft is not None
    assert (draft.rejected, draft.text) == ("写明日期", "路灯已修复。")
    assert "主办单位" in drafted().refuses(ASSISTANT, do.RejectReply(draft=1, reason="不妥"), DAY)


def test_without_named_levels_nothing_is_new_on_the_wire() -> None:
    story = Story()
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), DAY)
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    approved = encode_event(story.case.history[-1])
    assert b'"name":' not in approved.partition(b'"body"')[2]
    assert b"personal_data_reason" not in encode_event(story.case.history[-2])
    assert decode_event(approved) == story.case.history[-1]


def test_dropping_levels_does_not_strand_a_draft() -> None:
    story = drafted()
    story.does(CHIEF, do.ApproveReply(draft=1), DAY)
    story.rules = handling()
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    draft = story.case.draft(1)
    assert draft is not None
    assert draft.approved


def test_two_levels_of_one_name_are_an_error() -> None:
    with pytest.raises(HandlingError, match="各不相同"):
        handling(review={"levels": [LEVELS[0], LEVELS[0]]})


# -- personal data -----------------------------------------------------------

PRIVATE = "已电话告知您（13900001234），路灯已修复。"
REASON = "当事人公开授权"


def test_a_number_of_a_person_stops_the_reply() -> None:
    story = Story()
    refusal = story.refuses(LEAD, do.DraftReply(text=PRIVATE), DAY)
    assert "手机号" in refusal
    assert "13900001234" not in refusal
    with_reason = do.DraftReply(text=PRIVATE, personal_data_reason=REASON)
    assert "联系值班台" in story.refuses(LEAD, with_reason, DAY)


def test_the_desk_may_let_it_stand_and_says_why() -> None:
    story = Story()
    assert "理由" in story.refuses(DESK, do.DraftReply(text=PRIVATE), DAY)
    story.does(DESK, do.DraftReply(text=PRIVATE, personal_data_reason=REASON), DAY)
    body = story.case.history[-1].body
    assert isinstance(body, ev.ReplyDrafted)
    assert body.personal_data_reason == REASON
    lax = Story(rules=handling(review={"personal_data_reason": ["responder"]}))
    lax.does(LEAD, do.DraftReply(text=PRIVATE, personal_data_reason=REASON), DAY)


@pytest.mark.parametrize(
    "text",
    [
        "如有疑问，请拨打住建局值班电话0999-2345678，或12345热线。",
        "王先生您好，路灯已修复。",
        "办公地址：清河路8号，邮箱 zjj@example.gov.cn。",
        "您好，138****5678的来电已收悉。",
    ],
)
def test_what_an_office_says_of_itself_is_fine(text: str) -> None:
    assert personal_data_in(text, item()) == ()


def test_what_the_source_says_of_the_reporter_is_found_as_it_stands() -> None:
    known = item(phone="8765432", address="清河苑东区", email="a.b@mail.example")
    text = "已联系8765432，到清河苑东区查看，回信至a.b@mail.example。"
    kinds = [span.kind for span in personal_data_in(text, known)]
    assert kinds == [PersonalData.LANDLINE, PersonalData.ADDRESS, PersonalData.EMAIL]
    secret = item(author="周晓岚", confidential=True)
    assert [s.text for s in personal_data_in("周晓岚同志：您好", secret)] == ["周晓岚"]
