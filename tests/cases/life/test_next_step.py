"""What each role should do next, and that the desk offers what the decider accepts."""

from __future__ import annotations

from datetime import date

import pytest

from cases.life.available_actions import available_actions, extension_days
from cases.life.decide import decide
from cases.life.next_step import next_step
from cases.record import commands as do
from cases.record.events import ActionRefused
from cases.record.messages import Action
from cases.words.actors import Actor
from tests.cases.helpers import (
    ADMIN,
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    REVIEWER,
    STRANGER,
    UNPLACED,
    Story,
    assigned_to,
    at,
    handling,
)

DAY = "2026-03-03T09:00"


def step(story: Story, actor: Actor, when: str = DAY) -> str:
    found = next_step(story.case, actor, story.rules, at(when))
    return found.words if found else ""


def signed() -> Story:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.does(LEAD, do.Acknowledge(), DAY)
    return story


def drafted() -> Story:
    story = signed()
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), DAY)
    return story


def delivered() -> Story:
    story = drafted()
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    story.does(LEAD, do.Deliver(draft=1, via="领导信箱"), DAY)
    return story


def test_the_desk_dispatches_what_no_rule_could_place() -> None:
    assert step(Story(to=UNPLACED), DESK) == "派单"


def test_requests_of_a_unit_come_first_at_the_desk() -> None:
    story = signed()
    story.does(LEAD, do.AskExtension(working_days=2, reason="等配件"), DAY)
    assert step(story, DESK) == "审批延期"
    story.does(LEAD, do.AskReturn(reason="不归本单位管"), DAY)
    assert step(story, DESK) == "审批退回"
    assert step(story, ASSISTANT) == "签收"
    assert step(story, LEAD) == ""


def test_the_desk_presses_once_a_day_when_time_runs_out() -> None:
    story = signed()
    assert step(story, DESK) == ""
    late = "2026-03-09T09:00"
    assert step(story, DESK, late) == "催办"
    story.does(DESK, do.Press(rung=do.Rung.REMIND, text="今日到期"), late)
    assert step(story, DESK, late) == ""


def test_the_desk_calls_back_closes_and_publishes() -> None:
    story = delivered()
    assert step(story, DESK) == "回访"
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), DAY)
    assert step(story, DESK) == "办结"
    story.does(DESK, do.Close(), DAY)
    assert step(story, DESK) == "公开答复"
    story.does(DESK, do.DeclinePublication(reason="涉及个人事项"), DAY)
    assert step(story, DESK) == ""


def test_a_paused_case_is_resumed() -> None:
    story = signed()
    story.does(DESK, do.PauseForSupplement(missing="门牌号"), DAY)
    assert step(story, DESK) == "恢复办理"
    assert step(story, LEAD) == ""


def test_the_lead_unit_signs_writes_sends_and_reports() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    assert step(story, LEAD) == "签收"
    story.does(LEAD, do.Acknowledge(), DAY)
    assert step(story, LEAD) == "起草答复"
    story.does(LEADER, do.Instruct(text="尽快办理"), DAY)
    assert step(story, LEAD) == "办理反馈"
    story.does(LEAD, do.ReportOnInstruction(number=1, text="已安排"), DAY)
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), DAY)
    assert step(story, LEAD) == ""
    story.does(REVIEWER, do.ApproveReply(draft=1), DAY)
    assert step(story, LEAD) == "发送答复"
    story.does(LEAD, do.Deliver(draft=1, via="领导信箱"), DAY)
    assert step(story, LEAD) == ""


def test_a_rejected_draft_is_written_anew() -> None:
    story = drafted()
    story.does(REVIEWER, do.RejectReply(draft=1, reason="写明日期"), DAY)
    assert step(story, LEAD) == "起草答复"
    assert step(story, REVIEWER) == ""


def test_who_asks_to_give_a_case_back_waits_for_the_answer() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.does(LEAD, do.AskReturn(reason="不属本局职责"), DAY)
    assert step(story, LEAD) == ""
    assert step(story, ASSISTANT) == "签收"
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=False, reason="属本局职责"), DAY)
    assert step(story, LEAD) == "签收"


def test_an_assisting_unit_signs_and_hands_in_its_share() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    assert step(story, ASSISTANT) == "签收"
    story.does(ASSISTANT, do.Acknowledge(), DAY)
    assert step(story, ASSISTANT) == "提交协办意见"
    story.does(ASSISTANT, do.FinishShare(text="已清理"), DAY)
    assert step(story, ASSISTANT) == ""


def test_others_have_their_own_step_or_none() -> None:
    story = drafted()
    assert step(story, REVIEWER) == "审核"
    assert step(story, LEADER) == "批示"
    assert step(story, ADMIN) == ""
    assert step(story, STRANGER) == ""


def test_named_levels_wait_for_their_own_role_and_another_person() -> None:
    levels = [
        {"name": "本单位审签", "roles": ["responder"]},
        {"name": "保密审查", "roles": ["reviewer"]},
    ]
    story = Story(rules=handling(review={"levels": levels}))
    chief = Actor(id="ke", role=LEAD.role, unit=HOUSING)
    story.does(LEAD, do.Acknowledge(), DAY)
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), DAY)
    assert (step(story, LEAD), step(story, chief), step(story, REVIEWER)) == ("", "本单位审签", "")
    story.does(chief, do.ApproveReply(draft=1), DAY)
    assert (step(story, chief), step(story, REVIEWER)) == ("", "保密审查")


# -- offers ------------------------------------------------------------------

ACTORS = [DESK, LEAD, ASSISTANT, REVIEWER, LEADER, ADMIN, STRANGER]


def stories() -> list[Story]:
    closed = delivered()
    closed.does(DESK, do.Close(), DAY)
    suspended = signed()
    suspended.does(DESK, do.Suspend(measures="列入计划", until=date(2026, 6, 1)), DAY)
    return [Story(to=UNPLACED), signed(), drafted(), delivered(), closed, suspended]


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.id)
def test_offers_hold_every_command_of_the_role_and_change_nothing(actor: Actor) -> None:
    for story in stories():
        before = story.case
        found = available_actions(story.case, actor, at(DAY), story.rules)
        assert story.case is before
        may = story.rules.handling.may.get(actor.role, frozenset())
        assert set(found) == may
        assert all(offer.possible or offer.why_not for offer in found.values())


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.id)
def test_the_next_step_is_always_one_that_the_decider_accepts(actor: Actor) -> None:
    for story in stories():
        found = next_step(story.case, actor, story.rules, at(DAY))
        assert (
            found is None
            or available_actions(story.case, actor, at(DAY), story.rules)[found.command].possible
        )


def test_offers_say_why_not_in_the_deciders_words() -> None:
    found = available_actions(signed().case, LEAD, at(DAY), handling())
    assert not found["acknowledge"].possible
    assert "已经签收" in found["acknowledge"].why_not
    assert found["draft_reply"].possible
    assert "note_alert" not in available_actions(signed().case, DESK, at(DAY), handling())


def test_what_is_offered_is_what_deciding_does() -> None:
    """The one path past the decider's front door is not another rule."""
    story = drafted()
    for name, command in (
        ("approve_reply", do.ApproveReply(draft=1)),
        ("close", do.Close()),
        ("acknowledge", do.Acknowledge()),
    ):
        for actor in (DESK, REVIEWER, LEAD):
            offer = available_actions(story.case, actor, at(DAY), story.rules).get(name)
            if offer is None or name == "close":  # closing needs its exception written
                continue
            action = Action(
                message_id="x", case_id=story.case.case_id, actor=actor, command=command, at=at(DAY)
            )
            (event,) = decide(story.case, action, at(DAY), story.rules)
            assert isinstance(event.body, ActionRefused) is not offer.possible


def test_how_many_days_may_still_be_asked_for() -> None:
    story = signed()
    most = extension_days(story.case, at(DAY), story.rules)
    ask = do.AskExtension(working_days=most + 1, reason="等配件")
    assert f"1 至 {most} 个" in story.refuses(LEAD, ask, DAY)
    story.does(LEAD, do.AskExtension(working_days=most, reason="等配件"), DAY)
    assert extension_days(story.case, at(DAY), story.rules) == 0
    assert extension_days(signed().case, at("2026-03-20T09:00"), story.rules) == 0
