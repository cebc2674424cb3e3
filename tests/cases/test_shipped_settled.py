"""What an alert complained of is over: with the deed, with another date, with the case."""

from __future__ import annotations

import pytest

from cases.alert_rules import alerts_for
from cases.alerts import Alert, AlertKind, Level
from cases.life.todo import Todo, todos
from cases.record import commands as do
from cases.routing.reasons import Rule
from cases.settled import is_settled
from cases.words.actors import SYSTEM
from cases.words.labels import Evidence
from desk.ground.configuration import Configuration
from tests.cases.helpers import (
    CONFIG,
    DESK,
    LEAD,
    LEADER,
    OFFICE,
    REVIEWER,
    Story,
    assigned_to,
    at,
    item,
    labels,
    rules_of,
)

GAS = Evidence(label="loud:燃气泄漏和中毒", text="煤气味", end=3)


def raised(story: Story) -> list[Alert]:
    return list(alerts_for(story.case, story.case.history, story.rules.handling))


def open_alerts(story: Story, before: list[Alert]) -> set[str]:
    """What stands before the colon of those that still call."""
    return {one.text.partition("：")[0] for one in before if not is_settled(one, story.case)}


def named(found: set[str], *words: str) -> set[str]:
    return {word for word in words if any(one.startswith(word) for one in found)}


@pytest.fixture(scope="module")
def danger_rules():
    return rules_of(Configuration(CONFIG))


def danger(danger_rules) -> Story:
    said = labels(urgent=True, loud=True, evidence=(GAS,))
    return Story(read_as=said, rules=danger_rules)


def test_the_alerts_of_a_danger_end_with_the_deed(danger_rules) -> None:
    story = danger(danger_rules)
    story.ticks("2026-03-02T13:20")
    alerts = raised(story)
    both = ("首次联系", "先期处置")
    assert named(open_alerts(story, alerts), *both) == set(both)
    story.does(LEAD, do.LogContact(text="已打通电话"), "2026-03-02T13:30")
    assert named(open_alerts(story, alerts), *both) == {"先期处置"}
    story.does(LEAD, do.TakeMeasure(text="已关阀"), "2026-03-02T13:40")
    assert named(open_alerts(story, alerts), *both) == set()
    assert any(one.startswith("危急来件") for one in open_alerts(story, alerts))


def test_a_false_alarm_ends_its_alert(danger_rules) -> None:
    story = danger(danger_rules)
    (alert,) = [one for one in raised(story) if one.kind is AlertKind.URGENT]
    assert not is_settled(alert, story.case)
    story.does(DESK, do.NotUrgent(reason="比喻或夸张"), "2026-03-02T10:05")
    assert is_settled(alert, story.case)


def test_a_mute_ends_the_alert_of_what_begins_until_it_is_taken_back(danger_rules) -> None:
    story = Story(rules=danger_rules)
    warning = do.WarnEmerging(
        words=("水",),
        places=(),
        cases=(story.case.case_id,),
        people=6,
        hours=2,
        usual=0.1,
        years=9.0,
    )
    story.does(SYSTEM, warning, "2026-03-02T10:00")
    (alert,) = [one for one in raised(story) if one.kind is AlertKind.EMERGING]
    assert not is_settled(alert, story.case)
    mute = do.MuteEmerging(until=at("2026-03-04T10:00"), reason="已公告")
    story.does(DESK, mute, "2026-03-02T10:05")
    assert is_settled(alert, story.case)
    story.does(DESK, do.UnmuteEmerging(), "2026-03-02T10:06")
    assert not is_settled(alert, story.case)


def test_what_begins_again_after_its_mute_calls_again(danger_rules) -> None:
    story = Story(rules=danger_rules)
    warning = do.WarnEmerging(
        words=("水",), places=(), cases=(story.case.case_id,), people=6, hours=2, usual=0.1,
        years=9.0,
    )  # fmt: skip
    story.does(SYSTEM, warning, "2026-03-02T10:00")
    mute = do.MuteEmerging(until=at("2026-03-04T10:00"), reason="已公告")
    story.does(DESK, mute, "2026-03-02T10:05")
    story.does(SYSTEM, warning, "2026-03-05T10:00")
    told = [one for one in raised(story) if one.kind is AlertKind.EMERGING]
    assert [is_settled(one, story.case) for one in told] == [True, False]


def test_clocks_in_hours_are_told_and_escalated_in_hours(danger_rules) -> None:
    story = danger(danger_rules)
    for moment in ("2026-03-02T12:16", "2026-03-02T13:16"):
        story.ticks(moment)
    found = [one for one in raised(story) if one.kind is AlertKind.ESCALATED]
    assert [one.text.partition("：")[0] for one in found] == [
        "首次联系已逾期 1 小时以上，时限为 03-02 11:15，请领导督促",
        "先期处置已逾期 1 小时以上，时限为 03-02 12:15，请领导督促",
    ]


def test_a_clock_of_two_days_in_hours_says_the_hour_of_its_day(danger_rules) -> None:
    story = Story(
        item(channel="新闻媒体"),
        read_as=labels(urgent=True),
        rules=danger_rules,
    )
    story.ticks("2026-03-04T08:00")
    assert any("舆情回应时限今日 10:15 到期" in one.text for one in raised(story))
    story.ticks("2026-03-04T11:16")
    assert any("舆情回应已逾期 1 小时以上" in one.text for one in raised(story))


def test_a_late_reply_ends_its_alerts() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), "2026-03-02T10:30")
    story.ticks("2026-03-10T09:00")
    alerts = raised(story)
    assert named(open_alerts(story, alerts), "答复已逾期") == {"答复已逾期"}
    story.does(LEAD, do.DraftReply(text="您好，已修复。"), "2026-03-10T09:10")
    story.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-10T09:20")
    story.does(DESK, do.Deliver(draft=1, via="领导信箱"), "2026-03-10T09:30")
    assert named(open_alerts(story, alerts), "答复", "内部办理") == set()


def test_a_leader_has_nothing_to_instruct_where_the_deed_is_done(danger_rules) -> None:
    story = danger(danger_rules)
    story.ticks("2026-03-02T13:20")
    assert Todo.INSTRUCT in {todo for todo, _ in todos(story.case)}
    story.does(LEAD, do.LogContact(text="已打通电话"), "2026-03-02T13:30")
    story.does(LEAD, do.TakeMeasure(text="已关阀"), "2026-03-02T13:40")
    assert Todo.INSTRUCT not in {todo for todo, _ in todos(story.case)}


def test_a_unit_that_was_chosen_ends_the_wait_for_one() -> None:
    story = Story(to=assigned_to(OFFICE, rule=Rule.DEFAULT))
    story.ticks("2026-03-02T15:00")
    alerts = raised(story)
    waiting = ("需要值班台派单", "超过")
    assert named(open_alerts(story, alerts), *waiting) == set(waiting)
    story.does(DESK, do.Assign(lead="housing"), "2026-03-02T15:10")
    assert named(open_alerts(story, alerts), *waiting) == set()


def test_an_instruction_that_was_reported_on_ends_its_alert() -> None:
    story = Story()
    due = at("2026-03-03T12:00")
    story.does(LEADER, do.Instruct(text="请速办", due_at=due), "2026-03-02T11:00")
    story.ticks("2026-03-03T13:00")
    alerts = raised(story)
    assert named(open_alerts(story, alerts), "批示反馈已逾期") == {"批示反馈已逾期"}
    report = do.ReportOnInstruction(number=1, text="已办")
    story.does(LEAD, report, "2026-03-03T14:00")
    assert named(open_alerts(story, alerts), "批示反馈已逾期") == set()


@pytest.mark.parametrize("alert_id", ["letters:1001#999:overdue", "letters:1001#0:overdue", "x"])
def test_what_is_no_event_of_the_case_is_never_settled(alert_id: str) -> None:
    moment = at("2026-03-02T10:00")
    alert = Alert(
        alert_id=alert_id, kind=AlertKind.OVERDUE, level=Level.HIGH, at=moment, text="已逾期"
    )
    assert not is_settled(alert, Story().case)
