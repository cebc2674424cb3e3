"""退回: who may give a case back, until when, and what the desk's answer does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cases.life.available_actions import available_actions, why_not
from cases.life.registry import Attempt, decide_action
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.words.refusals import NotAllowed
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
    Story,
    assigned_to,
    handling,
    usual,
)

SOON = RECEIVED + timedelta(hours=1)


def joint() -> Story:
    return Story(to=assigned_to(HOUSING, CITY))


def test_a_return_is_asked_for_with_a_reason_and_approved_by_the_desk() -> None:
    story = Story()
    assert "理由" in story.refuses(LEAD, do.AskReturn(reason=""), SOON)
    story.does(LEAD, do.AskReturn(reason="归城管", suggested_unit=CITY), SOON)
    assert story.case.unit == HOUSING, "until the desk decides it stays where it is"
    assert "等待" in story.refuses(LEAD, do.AskReturn(reason="归城管"), SOON)
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), SOON)
    case = story.case
    assert (case.state, case.dispatched, case.unit, case.returns) == (
        State.RECEIVED,
        False,
        "",
        1,
    )
    assert case.task(HOUSING) is None


def test_a_return_that_is_not_approved_needs_a_reason_and_leaves_the_case_where_it_is() -> None:
    story = Story()
    story.does(LEAD, do.AskReturn(reason="归城管"), SOON)
    story.refuses(DESK, do.DecideReturn(unit=HOUSING, approve=False), SOON)
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=False, reason="职责在你局"), SOON)
    assert (story.case.unit, story.case.returns) == (HOUSING, 0)
    story.does(LEAD, do.AskReturn(reason="另有依据"), SOON)


def test_a_return_is_only_possible_within_its_window() -> None:
    """Assigned on Monday 2 March: until the end of Tuesday."""
    assert "2026-03-03" in Story().refuses(LEAD, do.AskReturn(reason="归城管"), "2026-03-04T08:00")
    Story().does(LEAD, do.AskReturn(reason="归城管"), "2026-03-03T23:00")


def test_the_window_begins_with_the_assignment_not_with_the_receipt() -> None:
    story = Story()
    story.does(DESK, do.Assign(lead=POLICE, reason="涉及治安"), "2026-03-05T09:00")
    story.does(STRANGER, do.AskReturn(reason="不涉及治安"), "2026-03-06T09:00")


def test_after_so_many_returns_the_desk_decides() -> None:
    story = Story()
    for lead, unit in ((LEAD, HOUSING), (STRANGER, POLICE)):
        story.does(lead, do.AskReturn(reason="不是我们的"), SOON)
        story.does(DESK, do.DecideReturn(unit=unit, approve=True), SOON)
        story.does(DESK, do.Assign(lead=POLICE if unit == HOUSING else CITY), SOON)
    assert "已退回 2 次" in story.refuses(ASSISTANT, do.AskReturn(reason="不是我们的"), SOON)


def test_what_was_designated_may_not_be_returned() -> None:
    story = Story()
    story.does(DESK, do.Assign(lead=CITY, reason="会议指定", may_return=False), SOON)
    assert "不得退回" in story.refuses(ASSISTANT, do.AskReturn(reason="归住建"), SOON)
    routed = Story(to=assigned_to(HOUSING, may_return=False))
    assert "不得退回" in routed.refuses(LEAD, do.AskReturn(reason="归城管"), SOON)


def test_limits_are_data() -> None:
    lax = handling(returns={"window_working_days": 5, "most": 0})
    Story(rules=lax).does(LEAD, do.AskReturn(reason="归城管"), "2026-03-09T09:00")


# -- who may ask -------------------------------------------------------------


def test_only_the_lead_unit_gives_a_case_back() -> None:
    story = joint()
    assert "由主办单位提出" in story.refuses(ASSISTANT, do.AskReturn(reason="不涉及"), SOON)
    assert "不承办" in story.refuses(STRANGER, do.AskReturn(reason="不涉及"), SOON)
    offered = {
        actor.unit: "ask_return" in available_actions(story.case, actor, SOON, story.rules)
        and not why_not(story.case, "ask_return", actor, SOON, story.rules)
        for actor in (LEAD, ASSISTANT, STRANGER, DESK, REVIEWER, LEADER, ADMIN)
    }
    assert {unit for unit, may in offered.items() if may} == {HOUSING}


def test_a_unit_names_another_unit_of_the_register_or_none() -> None:
    story = Story()
    own = do.AskReturn(reason="归城管", suggested_unit=HOUSING)
    assert "应是别的单位" in story.refuses(LEAD, own, SOON)
    few = Story(rules=replace(usual(), units=frozenset((HOUSING, CITY))))
    strange = do.AskReturn(reason="归城管", suggested_unit="chengguan")
    assert "没有“chengguan”" in few.refuses(LEAD, strange, SOON)
    few.does(LEAD, do.AskReturn(reason="归城管", suggested_unit=CITY), SOON)


def test_what_an_assisting_unit_asked_under_earlier_rules_is_still_decided() -> None:
    """Such requests stand in journals."""
    story = joint()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    asked = ev.ReturnAsked(unit=CITY, reason="不涉及", suggested_unit=POLICE)
    case = replace(
        story.case,
        tasks=tuple(
            replace(task, return_asked=asked.reason) if task.unit == CITY else task
            for task in story.case.tasks
        ),
    )
    attempt = Attempt(actor=DESK, at=SOON, rules=story.rules)
    passed_on = do.DecideReturn(unit=CITY, approve=True, to=POLICE)
    with pytest.raises(NotAllowed, match="协办单位退回后不用改派"):
        decide_action(case, passed_on, attempt)
    (body,) = decide_action(case, do.DecideReturn(unit=CITY, approve=True), attempt)
    assert body == ev.ReturnApproved(unit=CITY)


# -- given back and on in one step -------------------------------------------


def asked(story: Story, to: str = CITY) -> Story:
    story.does(LEAD, do.AskReturn(reason="归城管", suggested_unit=to), SOON)
    return story


def test_the_desk_gives_it_to_the_next_unit_with_the_same_word() -> None:
    story = asked(joint(), POLICE)
    decided = do.DecideReturn(unit=HOUSING, approve=True, to=POLICE, reason="涉及治安")
    bodies = story.does(DESK, decided, SOON)
    assert [type(body) for body in bodies] == [ev.ReturnApproved, ev.Assigned, ev.ClocksSet]
    case = story.case
    assert (case.unit, case.state, case.returns) == (POLICE, State.ASSIGNED, 1)
    assert case.task(HOUSING) is None
    assisting = case.task(CITY)
    assert assisting is not None
    assert not assisting.lead, "who assists goes on"


def test_an_assisting_unit_that_was_named_leads_from_now_on() -> None:
    story = asked(joint())
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True, to=CITY), SOON)
    task = story.case.task(CITY)
    assert task is not None
    assert (story.case.unit, task.lead, len(story.case.tasks)) == (CITY, True, 1)


@pytest.mark.parametrize(
    ("decided", "why"),
    [
        (do.DecideReturn(unit=HOUSING, approve=True, to=HOUSING), "别的单位"),
        (do.DecideReturn(unit=HOUSING, approve=False, reason="归住建", to=CITY), "不能同时改派"),
        (do.DecideReturn(unit=HOUSING, approve=True, to="nobody"), "没有“nobody”"),
    ],
)
def test_what_fits_not_together_is_refused_as_a_whole(decided: do.DecideReturn, why: str) -> None:
    story = asked(Story(rules=replace(usual(), units=frozenset((HOUSING, CITY)))))
    assert why in story.refuses(DESK, decided, SOON)
    assert (story.case.unit, story.case.returns) == (HOUSING, 0)


def test_an_accused_unit_does_not_get_it_by_this_way() -> None:
    story = asked(Story())
    accused = replace(story.case, accused=(CITY,))
    passed_on = do.DecideReturn(unit=HOUSING, approve=True, to=CITY)
    with pytest.raises(NotAllowed, match="不得转给被举报的单位"):
        decide_action(accused, passed_on, Attempt(actor=DESK, at=SOON, rules=story.rules))


def test_assigning_it_elsewhere_meanwhile_is_consent() -> None:
    """Otherwise the return that brought it about would count nowhere."""
    story = asked(Story())
    bodies = story.does(DESK, do.Assign(lead=CITY, reason="归城管"), SOON)
    assert bodies[0] == ev.ReturnApproved(unit=HOUSING, reason="归城管")
    assert (story.case.unit, story.case.returns) == (CITY, 1)
    story = asked(joint())
    story.does(DESK, do.Assign(lead=HOUSING, assisting=(POLICE,), reason="换协办"), SOON)
    assert story.case.returns == 0, "the lead unit still waits for its answer"
    lead = story.case.task(HOUSING)
    assert lead is not None
    assert lead.return_asked
