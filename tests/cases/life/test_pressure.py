"""催办、督办、挂牌、约谈 and the instructions of leaders (批示)."""

from __future__ import annotations

import pytest

from cases.record import commands as do
from cases.record.commands import Rung
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    REVIEWER,
    UNPLACED,
    Story,
    assigned_to,
    at,
    handling,
)


def press(rung: Rung, skip_reason: str = "") -> do.Press:
    return do.Press(rung=rung, text="请抓紧办理", skip_reason=skip_reason)


def test_the_ladder_is_climbed_rung_by_rung() -> None:
    story = Story()
    for rung in Rung:
        story.does(DESK, press(rung), "2026-03-10T09:00")
    assert [p.rung.value for p in story.case.pressures] == ["催办", "督办", "挂牌", "约谈"]


@pytest.mark.parametrize(
    ("rung", "below"), [(Rung.SUPERVISE, "催办"), (Rung.LIST, "督办"), (Rung.SUMMON, "挂牌")]
)
def test_a_rung_is_left_out_only_with_a_reason(rung: Rung, below: str) -> None:
    assert f"还没有{below}" in Story().refuses(DESK, press(rung), "2026-03-10T09:00")
    story = Story()
    story.does(DESK, press(rung, "县长批示直接督办"), "2026-03-10T09:00")
    assert story.case.pressures[0].rung is rung


def test_a_new_round_begins_at_the_foot_of_the_ladder() -> None:
    story = Story()
    story.does(DESK, press(Rung.REMIND), "2026-03-04T09:00")
    story.does(LEAD, do.DraftReply(text="已修复。"), "2026-03-04T10:00")
    story.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-04T10:10")
    story.does(LEAD, do.Deliver(draft=1, via="电话"), "2026-03-04T10:20")
    story.does(DESK, do.Reopen(reason="又坏了"), "2026-03-09T09:00")
    assert "本轮还没有催办" in story.refuses(DESK, press(Rung.SUPERVISE), "2026-03-10T09:00")


def test_an_office_may_do_without_the_order() -> None:
    story = Story(rules=handling(ladder={"strict": False}))
    story.does(DESK, press(Rung.SUMMON), "2026-03-10T09:00")


def test_there_is_nobody_to_press_before_the_case_is_dispatched() -> None:
    assert "派单" in Story(to=UNPLACED).refuses(DESK, press(Rung.REMIND), "2026-03-10T09:00")


def test_a_date_that_has_passed_is_no_deadline() -> None:
    past = at("2026-03-01T09:00")
    late = do.Press(rung=Rung.REMIND, text="请抓紧", due_at=past)
    assert "将来" in Story().refuses(DESK, late, "2026-03-10T09:00")
    order = do.Instruct(text="速办", due_at=past)
    assert "将来" in Story().refuses(LEADER, order, "2026-03-10T09:00")


def test_pressing_moves_no_clock() -> None:
    story = Story()
    clocks = story.case.round.clocks
    command = do.Press(rung=Rung.REMIND, text="请抓紧", due_at=at("2026-03-05T09:00"))
    story.does(DESK, command, "2026-03-04T09:00")
    assert story.case.round.clocks == clocks


def test_an_instruction_has_its_own_date_and_is_answered_by_the_lead_unit() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    due = at("2026-03-05T18:00")
    story.does(LEADER, do.Instruct(text="请住建局速办并报结果", due_at=due), "2026-03-03T09:00")
    story.does(LEADER, do.Instruct(text="举一反三"), "2026-03-03T10:00")
    report = do.ReportOnInstruction(number=1, text="已派抢修队")
    assert "主办" in story.refuses(ASSISTANT, report, "2026-03-04T09:00")
    story.does(LEAD, report, "2026-03-04T09:00")
    first, second = story.case.instructions
    assert (first.by, first.due_at, first.report) == ("xian", due, "已派抢修队")
    assert first.reported_at == at("2026-03-04T09:00")
    assert second.reported_at is None
    assert "已经反馈" in story.refuses(LEAD, report, "2026-03-04T10:00")
    missing = do.ReportOnInstruction(number=9, text="已办")
    assert "没有第 9 号" in story.refuses(LEAD, missing, "2026-03-04T10:00")
