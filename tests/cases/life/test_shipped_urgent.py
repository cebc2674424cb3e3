"""The urgent lane: what is done first about a case in which a life may be in danger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.alert_rules import alerts_for
from cases.alerts import AlertKind, Level
from cases.life.ticks import ESCALATED, OVERDUE, danger_clock, stage_changes, unreached_clocks
from cases.life.todo import Todo, todos
from cases.life.urgent import waits_for_measure
from cases.record import commands as do
from cases.record import events as ev
from cases.words.labels import Evidence
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG, DESK, LEAD, RECEIVED, Story, at, labels, rules_of

SOON = "2026-03-02T10:20"
LATER = "2026-03-02T10:40"
TOLD = Evidence(label="loud:燃气泄漏和中毒", text="煤气味", end=3)


@pytest.fixture(scope="module")
def rules():
    return rules_of(Configuration(CONFIG))


def danger(rules, **changes) -> Story:
    said = {"urgent": True, "loud": True, "evidence": (TOLD,)} | changes
    return Story(read_as=labels(**said), rules=rules)


def kinds(story: Story) -> dict[AlertKind, Level]:
    found = alerts_for(story.case, story.case.history, story.rules.handling)
    return {alert.kind: alert.level for alert in found}


def test_a_danger_to_life_wakes_a_person_and_says_what_it_is(rules) -> None:
    story = danger(rules)
    (alert,) = [
        one
        for one in alerts_for(story.case, story.case.history, rules.handling)
        if one.kind is AlertKind.URGENT
    ]
    assert (alert.level, alert.text.partition("：")[0]) == (
        Level.HIGH,
        "危急来件（燃气泄漏和中毒）",
    )
    assert AlertKind.HIGH_RISK not in kinds(story)


def test_what_is_only_marked_is_seen_first_and_wakes_nobody(rules) -> None:
    story = danger(rules, loud=False, evidence=())
    assert kinds(story)[AlertKind.HIGH_RISK] is Level.MEDIUM
    assert AlertKind.URGENT not in kinds(story)
    assert not {"first_contact", "first_measure"} & {c.name for c in story.case.round.clocks}
    assert not waits_for_measure(story.case)


def test_it_stays_on_top_until_a_person_has_done_something(rules) -> None:
    story = danger(rules)
    assert next(iter(todos(story.case))) == (Todo.URGENT, "")
    story.does(DESK, do.LogContact(text="已打通电话"), SOON)
    assert waits_for_measure(story.case)
    story.does(DESK, do.TakeMeasure(text="燃气公司已到场关阀，人已撤离"), LATER)
    assert not waits_for_measure(story.case)
    assert Todo.URGENT not in {todo for todo, _ in todos(story.case)}
    assert "等待先期处置" in story.refuses(DESK, do.TakeMeasure(text="再登记"), LATER)


def test_its_clocks_run_in_natural_hours_and_end_with_the_deed(rules) -> None:
    story = danger(rules)
    night = RECEIVED + timedelta(hours=3)

    def late() -> set[str]:
        found = stage_changes(story.case, night, rules)
        return {clock.name for clock, stage in found if stage in (OVERDUE, ESCALATED)}

    assert late() == {"first_contact", "first_measure"}
    # No warning on the way: it was alarmed when it began.
    assert {clock.name for clock, _ in stage_changes(story.case, RECEIVED, rules)}.isdisjoint(
        {"first_contact", "first_measure"}
    )
    story.does(LEAD, do.LogContact(text="已打通电话"), SOON)
    assert late() == {"first_measure"}
    story.does(LEAD, do.HandOver(service=do.Service.FIRE, person="接警员 3 号"), LATER)
    assert late() == set()


def test_it_is_handed_over_with_time_and_person(rules) -> None:
    story = danger(rules)
    when = at("2026-03-02T10:16")
    told = do.HandOver(service=do.Service.AMBULANCE, person="王某", at=when, note="已派车")
    story.does(DESK, told, SOON)
    (one,) = story.case.handovers
    assert (one.service, one.person, one.at, one.by) == ("120", "王某", when, DESK.id)
    assert story.case.measured
    future = do.HandOver(service=do.Service.POLICE, person="王某", at=at(LATER))
    assert "不应在将来" in story.refuses(DESK, future, SOON)
    before = do.HandOver(service=do.Service.POLICE, person="王某", at=RECEIVED - timedelta(days=1))
    assert "收到来件之后" in story.refuses(DESK, before, SOON)
    nobody = do.HandOver(service=do.Service.POLICE, person=" ")
    assert "接警人" in story.refuses(DESK, nobody, SOON)


def test_a_wrong_alarm_is_one_action_that_is_kept_as_a_correction(rules) -> None:
    story = danger(rules)
    story.does(DESK, do.NotUrgent(reason="比喻或夸张"), SOON)
    assert (story.case.labels.urgent, story.case.labels.loud) == (False, False)
    bodies = [event.body for event in story.case.history]
    assert ev.FoundNotUrgent(reason="比喻或夸张", loud=True) in bodies
    (corrected,) = [body for body in bodies if isinstance(body, ev.Corrected)]
    assert (corrected.fields, corrected.reason) == (("urgent",), "比喻或夸张")
    assert {clock.name for clock in story.case.round.clocks}.isdisjoint(
        {"first_contact", "first_measure"}
    )
    assert "没有标为紧急" in story.refuses(DESK, do.NotUrgent(reason="比喻或夸张"), LATER)


def test_another_version_of_a_danger_wakes_nobody_again(rules) -> None:
    story = danger(rules)
    opened = story.case.history[0]
    assert isinstance(opened.body, ev.CaseOpened)
    again = alerts_for(story.case, story.case.history, rules.handling)
    assert sum(one.kind is AlertKind.URGENT for one in again) == 1


def test_the_clock_that_counts_is_the_one_that_ends_first_until_its_purpose_is_reached(
    rules,
) -> None:
    story = danger(rules)

    def counting() -> str:
        clock = danger_clock(story.case)
        return clock.name if clock else ""

    assert counting() == "first_contact"
    story.does(LEAD, do.LogContact(text="已打通电话"), SOON)
    assert counting() == "first_measure"
    story.does(LEAD, do.HandOver(service=do.Service.FIRE, person="接警员 3 号"), LATER)
    assert counting() == ""
    reached = {clock.name for clock in story.case.round.clocks} - {
        clock.name for clock in unreached_clocks(story.case)
    }
    assert reached >= {"first_contact", "first_measure"}


def test_a_case_without_danger_has_no_such_clock(rules) -> None:
    assert danger_clock(danger(rules, loud=False, evidence=()).case) is None
