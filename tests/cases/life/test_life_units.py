"""受理、派单、签收、退回、改派: who handles a case, and how it changes hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from tests.cases.helpers import (
    ADMIN,
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    POLICE,
    RECEIVED,
    REVIEWER,
    STRANGER,
    UNPLACED,
    Story,
    assigned_to,
    usual,
)

SOON = RECEIVED + timedelta(hours=1)


def joint() -> Story:
    return Story(to=assigned_to(HOUSING, CITY))


# -- accepted or refused -----------------------------------------------------


def test_the_desk_accepts_what_waits_for_dispatch() -> None:
    story = Story(to=UNPLACED)
    story.does(DESK, do.Accept(), SOON)
    assert story.case.accepted_at == SOON
    assert "已经受理" in story.refuses(DESK, do.Accept(), SOON)


def test_dispatching_accepts_by_itself() -> None:
    assert Story().case.accepted_at == RECEIVED


def test_a_refusal_needs_its_reason_and_ends_the_case() -> None:
    story = Story(to=UNPLACED)
    assert "理由" in story.refuses(DESK, do.Refuse(reason="  "), SOON)
    story.does(DESK, do.Refuse(reason="已进入诉讼程序"), SOON)
    assert (story.case.state, story.case.ended) == (State.REFUSED, "已进入诉讼程序")
    assert story.case.round.closed_at == SOON
    assert "不予受理" in story.refuses(DESK, do.Assign(lead=HOUSING), SOON)


def test_what_a_unit_has_acknowledged_can_no_longer_be_refused() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    assert "已签收" in story.refuses(DESK, do.Refuse(reason="不属职权"), SOON)


def test_an_invalid_message_is_marked_with_its_reason() -> None:
    story = Story()
    story.refuses(DESK, do.MarkInvalid(reason=""), SOON)
    story.does(DESK, do.MarkInvalid(reason="广告"), SOON)
    assert (story.case.state, story.case.ended) == (State.INVALID, "广告")


# -- lead and assisting units ------------------------------------------------


def test_each_unit_acknowledges_its_own_task() -> None:
    story = joint()
    story.does(ASSISTANT, do.Acknowledge(), SOON)
    assert story.case.state is State.ASSIGNED, "the lead unit has not yet"
    story.does(LEAD, do.Acknowledge(), SOON + timedelta(hours=1))
    case = story.case
    assert case.state is State.HANDLING
    assert case.round.acknowledged_at == SOON + timedelta(hours=1)
    assert [task.acknowledged_at for task in case.tasks] == [SOON + timedelta(hours=1), SOON]
    assert "已经签收" in story.refuses(LEAD, do.Acknowledge(), SOON + timedelta(hours=2))


def test_an_assisting_unit_hands_in_its_share_and_the_lead_does_not() -> None:
    story = joint()
    assert "签收" in story.refuses(ASSISTANT, do.FinishShare(text="已查"), SOON)
    story.does(ASSISTANT, do.Acknowledge(), SOON)
    story.does(ASSISTANT, do.FinishShare(text="已查明"), SOON)
    task = story.case.task(CITY)
    assert task is not None
    assert (task.share, task.finished_at) == ("已查明", SOON)
    story.does(LEAD, do.Acknowledge(), SOON)
    assert "主办" in story.refuses(LEAD, do.FinishShare(text="已查"), SOON)


def test_a_unit_hands_its_task_on_to_a_section_after_acknowledging_it() -> None:
    story = Story()
    story.refuses(LEAD, do.HandOn(section="市政科"), SOON)
    story.does(LEAD, do.Acknowledge(), SOON)
    story.does(LEAD, do.HandOn(section="市政科"), SOON)
    task = story.case.task(HOUSING)
    assert task is not None
    assert task.section == "市政科"


def test_a_unit_acts_only_on_what_is_its_own() -> None:
    story = joint()
    assert "不承办" in story.refuses(STRANGER, do.Acknowledge(), SOON)
    assert "主办" in story.refuses(ASSISTANT, do.DraftReply(text="已修复"), SOON)
    assert "主办" in story.refuses(ASSISTANT, do.AskExtension(working_days=1, reason="忙"), SOON)


def test_what_nobody_has_dispatched_nobody_acknowledges() -> None:
    """Otherwise the acknowledge clock would stop before any unit has the case."""
    story = Story(to=UNPLACED)
    assert "派单" in story.refuses(DESK, do.Acknowledge(), SOON)
    assert story.case.round.acknowledged_at is None


@pytest.mark.parametrize(
    ("actor", "command"),
    [
        (LEAD, do.Assign(lead=POLICE, reason="推给公安")),
        (LEAD, do.Close(note="办结")),
        (LEAD, do.ApproveReply(draft=1)),
        (DESK, do.ApproveReply(draft=1)),
        (REVIEWER, do.Assign(lead=POLICE, reason="改派")),
        (LEADER, do.Close(exception="不必答复")),
        (ADMIN, do.Refuse(reason="不受理")),
        (LEAD, do.DecideExtension(grant=True, citizen_told=True)),
        (LEAD, do.VerifyPromise(number=1, kept=True, evidence="已兑现")),
    ],
)
def test_what_a_role_may_not_do_is_refused(actor: object, command: object) -> None:
    reason = Story().refuses(actor, command, SOON)  # type: ignore[arg-type]
    assert "不能做这个动作" in reason


def test_the_refusal_stands_in_the_history_for_who_tried() -> None:
    story = Story()
    story.refuses(STRANGER, do.Acknowledge(), SOON)
    last = story.case.history[-1]
    assert isinstance(last.body, ev.ActionRefused)
    assert (last.actor.id, last.at, last.body.command) == ("gong", SOON, "acknowledge")


# -- reassigned --------------------------------------------------------------


def test_handing_a_case_about_never_resets_the_citizens_clock() -> None:
    story = Story()
    clocks = story.case.round.clocks
    story.does(LEAD, do.AskReturn(reason="归城管"), "2026-03-03T09:00")
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), "2026-03-04T09:00")
    story.does(DESK, do.Assign(lead=CITY), "2026-03-06T09:00")
    story.does(DESK, do.Assign(lead=POLICE, reason="改派"), "2026-03-09T09:00")
    for clock in clocks:
        if clock.name != "acknowledge":
            assert story.case.round.clock(clock.name) == clock
    assert story.case.unit == POLICE
    leads = [e.body.lead for e in story.case.history if isinstance(e.body, ev.Assigned)]
    assert leads == [HOUSING, CITY, POLICE]


def test_the_next_unit_has_its_own_time_to_acknowledge() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), "2026-03-03T09:00")
    story.does(DESK, do.Assign(lead=CITY, reason="改派"), "2026-03-09T09:00")
    clock = story.case.round.clock("acknowledge")
    assert clock is not None
    assert clock.due_at.isoformat() == "2026-03-10T23:59:59+08:00"
    assert story.case.round.acknowledged_at is None


def test_a_reassignment_needs_a_reason_and_another_unit() -> None:
    story = joint()
    assert "理由" in story.refuses(DESK, do.Assign(lead=POLICE), SOON)
    same = do.Assign(lead=HOUSING, assisting=(CITY,), reason="再派一次")
    assert "已经派给" in story.refuses(DESK, same, SOON)
    twice = do.Assign(lead=HOUSING, assisting=(HOUSING,), reason="会办")
    story.refuses(DESK, twice, SOON)


def test_a_unit_that_keeps_its_part_keeps_its_acknowledgement() -> None:
    story = joint()
    story.does(LEAD, do.Acknowledge(), SOON)
    story.does(DESK, do.Assign(lead=HOUSING, assisting=(POLICE,), reason="换协办"), SOON)
    kept, new = story.case.task(HOUSING), story.case.task(POLICE)
    assert kept is not None
    assert new is not None
    assert (kept.acknowledged_at, new.acknowledged_at) == (SOON, None)
    assert story.case.state is State.HANDLING


def test_what_the_old_lead_asked_for_goes_with_it() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    story.does(DESK, do.Assign(lead=POLICE, reason="改派"), SOON)
    assert story.case.extension_request is None
    story.does(STRANGER, do.AskExtension(working_days=1, reason="需勘查"), SOON)


def test_a_unit_that_the_register_does_not_have_gets_nothing() -> None:
    story = Story(rules=replace(usual(), units=frozenset((HOUSING, CITY))))
    assert "没有" in story.refuses(DESK, do.Assign(lead="houssing", reason="改派"), SOON)
