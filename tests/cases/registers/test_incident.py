"""事件档案: the order of its parts, its clocks in natural hours, who may write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from cases.registers.incident import (
    Ended,
    Graded,
    Happened,
    Incident,
    Linked,
    Noted,
    Opened,
    Part,
    Step,
    fold,
)
from cases.registers.incident_clocks import clocks
from cases.registers.incident_rules import check, check_opened
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from tests.cases.helpers import usual

NOTICED = datetime(2026, 11, 20, 22, 0, tzinfo=BEIJING)
"""A Friday night: the hours run through the weekend."""
NOW = NOTICED + timedelta(hours=60)
DESK = Actor("lin", Role.DESK, "林某")
OPENED = Opened(
    title="城东水管爆裂", level="较大", noticed_at=NOTICED, summary="三个小区停水。", refs=("a:1",)
)


def note(part: Part, hours: float, where: str = "县政府网站") -> Noted:
    at = NOTICED + timedelta(hours=hours)
    return Noted(part=part, text="……", at=at, where=where)


def file_with(*steps: Step, level: str = "较大") -> Incident:
    """After these steps, each of which was allowed."""
    first = Opened(
        title=OPENED.title, level=level, noticed_at=NOTICED, summary="停水", refs=("a:1",)
    )
    history = [Happened(NOTICED, DESK, first)]
    for step in steps:
        check(fold("E1", history), step, DESK, NOW)
        history.append(Happened(NOW, DESK, step))
    return fold("E1", history)


PREPARED = (note(Part.ASSESS, 1), note(Part.VERIFY, 2))


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("特别重大", {"首次信息发布": 5, "新闻发布会": 24}),
        ("重大", {"首次信息发布": 5, "新闻发布会": 24}),
        ("较大", {"舆情回应": 48}),
        ("一般", {"舆情回应": 48}),
    ],
)
def test_the_clocks_of_each_level_run_in_natural_hours(level: str, wanted: dict[str, int]) -> None:
    found = {
        due.label: (due.due_at - NOTICED) / timedelta(hours=1)
        for due in clocks(file_with(level=level), usual())
    }
    assert found == wanted


@pytest.mark.parametrize(("hours", "late"), [(48, False), (48 + 1 / 3600, True)])
def test_a_response_is_late_from_the_second_after(hours: float, *, late: bool) -> None:
    (due,) = clocks(file_with(*PREPARED, note(Part.RESPOND, hours)), usual())
    assert due.met_at == NOTICED + timedelta(hours=hours)
    assert due.late(NOW) is late


def test_without_a_response_it_is_late_once_the_time_is_over() -> None:
    (due,) = clocks(file_with(), usual())
    assert not due.late(NOTICED + timedelta(hours=48))
    assert due.late(NOTICED + timedelta(hours=48, seconds=1))


@pytest.mark.parametrize(
    ("before", "step", "said"),
    [
        ((), note(Part.RESPOND, 3), "先作风险研判"),
        ((note(Part.ASSESS, 1),), note(Part.RESPOND, 3), "先调查核实"),
        (PREPARED, note(Part.RESPOND, 3, where=" "), "在哪里发布"),
        ((), note(Part.MONITOR, -1), "不应早于发现"),
        ((), note(Part.MONITOR, 61), "不应晚于现在"),
        ((), Graded(level="较大", reason="x"), "现在的级别"),
        ((), Graded(level="重大", reason=""), "理由"),
        ((), Linked(refs=()), "事项编号"),
        ((), Ended(conclusion="完"), "还没有向社会回应"),
        ((*PREPARED, note(Part.RESPOND, 3)), Ended(conclusion="完"), "还没有复盘"),
    ],
)
def test_what_is_not_allowed_is_told(before: tuple[Step, ...], step: Step, said: str) -> None:
    with pytest.raises(NotAllowed, match=said):
        check(file_with(*before), step, DESK, NOW)


def test_first_information_needs_an_assessment_but_no_finished_investigation() -> None:
    found = file_with(note(Part.ASSESS, 1), note(Part.FIRST_INFO, 4), level="重大")
    assert found.of(Part.FIRST_INFO)


def test_a_new_level_brings_its_own_clocks() -> None:
    raised = file_with(Graded(level="重大", reason="波及学校"))
    assert {due.label for due in clocks(raised, usual())} == {"首次信息发布", "新闻发布会"}


def test_the_whole_file_and_then_no_more() -> None:
    done = file_with(
        *PREPARED,
        note(Part.RESPOND, 3),
        note(Part.REVIEW, 50),
        Linked(refs=("a:1", "a:2")),
        Ended(conclusion="已恢复供水"),
    )
    assert done.refs == ("a:1", "a:2")
    assert not done.open
    with pytest.raises(NotAllowed, match="已经归档"):
        check(done, note(Part.MONITOR, 51), DESK, NOW)


def test_who_may_open_and_what_an_opening_needs() -> None:
    with pytest.raises(NotAllowed, match="由值班台或领导建立"):
        check_opened(OPENED, Actor("z", Role.RESPONDER, "", "housing"), NOW)
    bad = Opened(title="x", level="巨大", noticed_at=NOTICED, summary="y")
    with pytest.raises(NotAllowed, match="实际是“巨大”"):
        check_opened(bad, DESK, NOW)
    with pytest.raises(NotAllowed, match="至多 100 个字，实际 101 个字"):
        check_opened(replace(OPENED, title="名" * 101), DESK, NOW)
    with pytest.raises(NotAllowed, match="不应晚于现在"):
        check_opened(OPENED, DESK, NOTICED - timedelta(minutes=2))
