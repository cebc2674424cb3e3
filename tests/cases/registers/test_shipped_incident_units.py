"""事件档案: what units are asked to write, what joins by itself, what was late, how it spread."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cases.alerts import AlertKind
from cases.event_alerts import alerts, calling_marks, mark_of
from cases.quiet import may_wait
from cases.registers.incident import (
    Asked,
    Ended,
    Happened,
    Incident,
    Joined,
    Noted,
    Opened,
    Part,
    Parted,
    Recalled,
    Step,
    fold,
)
from cases.registers.incident_clocks import dues, late_ones, usual_due
from cases.registers.incident_course import MOST_STEPS, spread
from cases.registers.incident_rules import check, check_parted, may_read, writable
from cases.registers.wording import Wording, problem_of
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from desk.ground.configuration import Configuration
from streams.unit_notices import concerns
from tests.cases.helpers import CONFIG, rules_of

NOTICED = datetime(2026, 11, 20, 22, 0, tzinfo=BEIJING)
DESK = Actor("lin", Role.DESK, "林某")
WATER = Actor("he", Role.RESPONDER, "何某", "water")
POLICE = Actor("xu", Role.RESPONDER, "徐某", "police")
RULES = rules_of(Configuration(CONFIG))


def after(hours: float) -> datetime:
    return NOTICED + timedelta(hours=hours)


def asked(part: Part = Part.VERIFY, hours: float = 6, unit: str = "water") -> Asked:
    return Asked(unit=unit, part=part, due_at=after(hours))


def wrote(part: Part, hours: float, unit: str = "", where: str = "", url: str = "") -> Noted:
    return Noted(part=part, text="……", at=after(hours), unit=unit, where=where, url=url)


def file_with(*steps: tuple[float, Actor, Step], level: str = "较大") -> Incident:
    """After these steps, each of which was allowed at its hour."""
    opening = Opened(title="水厂停水", level=level, noticed_at=NOTICED, summary="停水")
    history = [Happened(NOTICED, DESK, opening)]
    for hours, by, step in steps:
        found = fold("E1", history)
        late = len(late_ones(found, RULES, after(hours)))
        check(found, step, by, after(hours), late)
        history.append(Happened(after(hours), by, step))
    return fold("E1", history)


# -- units -----------------------------------------------------------------------------


def test_a_unit_writes_the_part_that_it_was_asked_for_and_no_other() -> None:
    found = file_with((1, DESK, asked()))
    assert may_read(found, WATER)
    assert not may_read(found, POLICE)
    assert writable(found, WATER) == (Part.VERIFY,)
    assert writable(found, POLICE) == ()
    with pytest.raises(NotAllowed, match="单位填写请它写的部分"):
        check(found, wrote(Part.ASSESS, 2, "water"), WATER, after(2))
    with pytest.raises(NotAllowed, match="单位填写请它写的部分"):
        check(found, asked(Part.HANDLE), WATER, after(2))
    done = file_with((1, DESK, asked()), (2, WATER, wrote(Part.VERIFY, 2, "water")))
    (task,) = done.tasks
    assert task.met_at == after(2)
    assert done.of(Part.VERIFY)[0].unit == "water"
    assert may_read(done, WATER), "also after it has written its part"


def test_the_part_of_a_unit_is_met_when_it_is_written_whatever_time_it_tells_of() -> None:
    found = file_with((1, DESK, asked(hours=6)), (7, WATER, wrote(Part.VERIFY, 3, "water")))
    (due,) = [one for one in dues(found, RULES) if one.unit]
    assert due.met_at == after(7)
    assert due.late(after(7))


def test_the_desk_that_writes_does_not_meet_what_a_unit_was_asked_for() -> None:
    found = file_with((1, DESK, asked()), (2, DESK, wrote(Part.VERIFY, 2)))
    assert found.tasks[0].open


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (asked(Part.MONITOR), "由值班台填写"),
        (asked(hours=0), "晚于现在"),
        (asked(unit=" "), "选择单位"),
        (asked(), "已经请这个单位写调查核实"),
        (Recalled(task=2, reason="请错单位"), "没有这项"),
        (Recalled(task=1, reason=" "), "撤回的理由"),
    ],
)
def test_what_cannot_be_asked_of_a_unit_is_told(step: Step, said: str) -> None:
    with pytest.raises(NotAllowed, match=said):
        check(file_with((1, DESK, asked())), step, DESK, after(1))


def test_what_was_recalled_is_due_no_more() -> None:
    found = file_with((1, DESK, asked()), (2, DESK, Recalled(task=1, reason="请错单位")))
    assert not [one for one in dues(found, RULES) if one.unit]
    assert writable(found, WATER) == ()
    again = file_with(
        (1, DESK, asked()), (2, DESK, Recalled(task=1, reason="改时限")), (2, DESK, asked(hours=9))
    )
    assert [task.number for task in again.tasks if task.open] == [2]


@pytest.mark.parametrize(
    ("level", "part", "hours"),
    [
        ("重大", Part.VERIFY, 3),
        ("较大", Part.VERIFY, 24),
        ("重大", Part.HANDLE, 4),
        ("一般", Part.HANDLE, 24),
        ("特别重大", Part.RESPOND, 20),
        ("较大", Part.RESPOND, 36),
        ("一般", Part.ASSESS, 2),
    ],
)
def test_the_table_says_how_long_a_unit_has(level: str, part: Part, hours: int) -> None:
    found = file_with(level=level)
    assert usual_due(found, part, RULES, after(1)) == after(1 + hours)
    assert usual_due(found, Part.REVIEW, RULES, after(1)) is None


# -- alerts ----------------------------------------------------------------------------


def called(found: Incident, hours: float) -> list[tuple[AlertKind, str, str]]:
    return [
        (one.kind, one.unit, one.text)
        for one in alerts(found, RULES, after(hours), {"water": "县水务局"}.__getitem__)
        if one.kind is not AlertKind.UNIT_EVENT
    ]


def test_an_event_clock_calls_before_it_runs_out_when_it_has_and_then_the_leader() -> None:
    grave = file_with(level="重大")
    assert called(grave, 2.9) == []
    ((kind, _, text),) = called(grave, 3)
    assert (kind, text) == (
        AlertKind.EVENT_DUE,
        "事件档案首次信息发布时限 11-21 03:00 将到：水厂停水",
    )
    ((kind, _, text),) = called(grave, 5.5)
    assert kind is AlertKind.EVENT_OVERDUE
    ((kind, _, text),) = called(grave, 14)
    assert kind is AlertKind.ESCALATED
    assert "请领导督促" in text
    assert all(not may_wait(one) for one in alerts(grave, RULES, after(14), str))


def test_a_late_unit_is_named_and_calls_no_more_once_it_has_written() -> None:
    found = file_with((1, DESK, asked(hours=2)))
    ((kind, unit, text),) = called(found, 2.5)
    assert (kind, unit) == (AlertKind.EVENT_OVERDUE, "water")
    assert text.startswith("事件档案县水务局的调查核实已逾期")
    told, alert = alerts(found, RULES, after(2.5), str)
    assert (told.kind, told.unit) == (AlertKind.UNIT_EVENT, "water")
    assert concerns(told, None), "its people are told, though there is no case"
    assert told.alert_id == next(alerts(found, RULES, after(1), str)).alert_id, "and once"
    assert mark_of(alert) in calling_marks(found, RULES)
    done = file_with((1, DESK, asked(hours=2)), (3, WATER, wrote(Part.VERIFY, 3, "water")))
    assert called(done, 4) == []
    assert mark_of(alert) not in calling_marks(done, RULES)


def test_a_short_clock_calls_in_its_second_half_only() -> None:
    found = file_with((1, DESK, asked(hours=2)))
    assert called(found, 1.4) == []
    assert called(found, 1.5)[0][0] is AlertKind.EVENT_DUE


# -- the end ---------------------------------------------------------------------------

_RESPONDED = (
    (1, DESK, wrote(Part.ASSESS, 1)),
    (2, DESK, wrote(Part.VERIFY, 2)),
    (49, DESK, wrote(Part.RESPOND, 49, where="官网", url="https://www.example.gov.cn/a")),
    (50, DESK, wrote(Part.REVIEW, 50)),
)


def test_who_was_late_says_why_before_the_file_is_closed() -> None:
    found = file_with(*_RESPONDED)
    assert [due.label for due in late_ones(found, RULES, after(50))] == ["舆情回应"]
    with pytest.raises(NotAllowed, match="有 1 项逾期，请写明原因"):
        check(found, Ended(conclusion="完"), DESK, after(50), 1)
    done = file_with(*_RESPONDED, (51, DESK, Ended(conclusion="完", why_late="等检测结果")))
    assert done.why_late == "等检测结果"
    assert done.ended_at == after(51)
    assert done.published[0].url == "https://www.example.gov.cn/a"


def test_what_a_unit_still_owes_keeps_the_file_open() -> None:
    with pytest.raises(NotAllowed, match="还有 1 项请单位写的没有写"):
        file_with((1, DESK, asked(hours=90)), *_RESPONDED, (51, DESK, Ended(conclusion="完")))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "www.example.cn", "https://"])
def test_a_link_is_an_address_of_the_web(url: str) -> None:
    found = file_with(*_RESPONDED[:2])
    with pytest.raises(NotAllowed, match="链接应以"):
        check(found, wrote(Part.RESPOND, 3, where="官网", url=url), DESK, after(3))
    with pytest.raises(NotAllowed, match="只有向社会发布"):
        check(found, wrote(Part.MONITOR, 3, url="https://a.cn/"), DESK, after(3))


# -- what joins ------------------------------------------------------------------------


def test_what_joined_and_was_taken_out_stays_out() -> None:
    opening = Opened(title="x", level="一般", noticed_at=NOTICED, summary="y", refs=("a:1",))
    history = [Happened(NOTICED, DESK, opening)]
    joins = [Joined(ref="a:2", why="同一事项"), Joined(ref="a:3", why="关键词 停水")]
    assert fold("E1", history, joins).members == ("a:1", "a:2", "a:3")
    left = fold("E1", history, [*joins, Parted(ref="a:3", reason="无关"), joins[1]])
    assert left.members == ("a:1", "a:2")
    assert left.parted == ("a:3",)
    for ref, reason, said in (("a:9", "无关", "没有事项 a:9"), ("a:1", "", "移出的理由")):
        with pytest.raises(NotAllowed, match=said):
            check_parted(left, ref, reason, DESK)


def test_words_of_one_all_and_none() -> None:
    meant = Wording(any_of=("爆炸", "冒烟"), all_of=("化工厂",), none_of=("演练",))
    assert meant.means("化工厂冒烟", "")
    assert meant.means("城东化工厂", "听到爆炸声")
    assert not meant.means("化工厂招聘", "")
    assert not meant.means("爆炸", "")
    assert not meant.means("化工厂爆炸演练", "")
    assert not Wording(none_of=("演练",)).means("什么都没有")
    assert meant.looked_up() == ("化工厂",)
    assert Wording(any_of=("爆炸", "冒烟")).looked_up() == ("爆炸", "冒烟")
    assert problem_of(meant) == ""
    assert "至少 2 个字" in problem_of(Wording(any_of=("水",)))
    assert "只写了不含的词" in problem_of(Wording(none_of=("演练",)))


# -- spread ----------------------------------------------------------------------------


def test_the_spread_is_counted_by_channel_and_hour_without_gaps() -> None:
    found = spread([("微博", after(0.5)), ("12345热线", after(0.6)), ("微博", after(3))])
    assert (found.hours, found.channels) == (1, ("微博", "12345热线"))
    assert [step.counts for step in found.steps] == [(1, 1), (0, 0), (0, 0), (1, 0)]
    assert found.peak is found.steps[0]
    assert spread([]).steps == ()


@pytest.mark.parametrize(
    ("hours", "step"), [(47, 1), (47.1, 2), (100, 3), (2000, 48), (24000, 528)]
)
def test_a_long_event_has_longer_steps_and_never_too_many(hours: float, step: int) -> None:
    found = spread([("微博", after(0)), ("微博", after(hours))])
    assert found.hours == step
    assert len(found.steps) <= MOST_STEPS + 1
    assert sum(one.total for one in found.steps) == 2
