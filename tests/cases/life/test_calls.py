"""上级催办和交办: what a unit is called upon for, and what answers it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.life.calls import Call, CallKind, calls
from cases.life.pressure import open_pressures
from cases.life.todo import todo_words
from cases.record import commands as do
from cases.record.commands import Rung
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    RECEIVED,
    REVIEWER,
    STRANGER,
    Story,
    assigned_to,
    at,
)

SOON = RECEIVED + timedelta(hours=1)
LATER = RECEIVED + timedelta(hours=3)


def called(story: Story, actor: object = LEAD, when: object = SOON) -> list[Call]:
    return list(calls(story.case, actor, story.rules, when))  # type: ignore[arg-type]


def kinds(story: Story, actor: object = LEAD, when: object = SOON) -> list[CallKind]:
    return [call.kind for call in called(story, actor, when)]


def supervised(rung: Rung = Rung.SUPERVISE) -> Story:
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    pressed = do.Press(rung=rung, text="请速办", skip_reason="紧急", due_at=at("2026-03-04T12:00"))
    story.does(DESK, pressed, SOON)
    return story


def test_a_new_assignment_calls_until_it_is_acknowledged() -> None:
    story = Story()
    (call,) = called(story)
    assert (call.kind, call.at, call.command) == (CallKind.ASSIGNED, RECEIVED, "acknowledge")
    assert call.by is not None
    assert call.by.role == "system"
    assert call.text == "", "what a rule says quotes the message"
    story.does(LEAD, do.Acknowledge(), SOON)
    assert kinds(story) == []


def test_while_the_unit_asks_to_give_it_back_nothing_answers_it() -> None:
    story = Story()
    story.does(LEAD, do.AskReturn(reason="不属本局职责"), SOON)
    (call,) = called(story)
    assert (call.kind, call.command) == (CallKind.ASSIGNED, "")


def test_who_assigned_it_and_why_is_told() -> None:
    story = Story()
    story.does(DESK, do.Assign(lead=CITY, reason="照明归城管"), SOON)
    (call,) = called(story, ASSISTANT)
    assert (call.by, call.text, call.at) == (DESK, "照明归城管", SOON)
    assert kinds(story, LEAD) == []


@pytest.mark.parametrize("rung", list(Rung))
def test_each_rung_calls_with_text_date_and_person(rung: Rung) -> None:
    story = supervised(rung)
    (call,) = called(story)
    assert (call.kind.value, call.text, call.by) == (rung.value, "请速办", DESK)
    assert (call.due_at, call.command) == (at("2026-03-04T12:00"), "report_on_pressure")
    assert f"pressed:{HOUSING}" in todo_words(story.case)
    story.does(LEAD, do.ReportOnPressure(text="已派人"), LATER)
    assert kinds(story) == []
    assert f"pressed:{HOUSING}" not in todo_words(story.case)
    (pressure,) = story.case.pressures
    assert (pressure.report, pressure.reported_at) == ("已派人", LATER)


def test_one_report_answers_all_that_was_pressed_for() -> None:
    story = supervised(Rung.REMIND)
    story.does(DESK, do.Press(rung=Rung.SUPERVISE, text="再次督促"), SOON)
    assert kinds(story) == [CallKind.SUPERVISE, CallKind.REMIND]
    story.does(LEAD, do.ReportOnPressure(text="已派人"), LATER)
    assert kinds(story) == []


@pytest.mark.parametrize("answer", [do.Acknowledge(), do.DraftReply(text="已修复。")])
def test_a_reminder_is_answered_by_what_it_asks_for(answer: do.AnyCommand) -> None:
    story = Story()
    if isinstance(answer, do.DraftReply):
        story.does(LEAD, do.Acknowledge(), SOON)
    story.does(DESK, do.Press(rung=Rung.REMIND, text="请抓紧"), SOON)
    assert CallKind.REMIND in kinds(story)
    story.does(LEAD, answer, LATER)
    assert CallKind.REMIND not in kinds(story)


def test_a_supervision_is_not_answered_by_a_draft() -> None:
    story = supervised()
    story.does(LEAD, do.DraftReply(text="已修复。"), LATER)
    assert kinds(story) == [CallKind.SUPERVISE]


def test_what_another_unit_was_pressed_for_does_not_call_the_next() -> None:
    story = supervised()
    story.does(DESK, do.Assign(lead=CITY, reason="改派"), LATER)
    assert open_pressures(story.case) == ()
    assert kinds(story, ASSISTANT) == [CallKind.ASSIGNED]
    assert kinds(story, LEAD) == []


def test_a_report_needs_something_to_report_on_and_the_lead_unit() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    report = do.ReportOnPressure(text="已派人")
    assert "没有等待反馈" in story.refuses(LEAD, report, SOON)
    story.does(DESK, do.Press(rung=Rung.REMIND, text="请抓紧"), SOON)
    assert "主办单位" in story.refuses(ASSISTANT, report, SOON)
    assert "不承办" in story.refuses(STRANGER, report, SOON)
    assert "办理情况" in story.refuses(LEAD, do.ReportOnPressure(text=" "), SOON)
    story.does(DESK, report, SOON)


def test_a_leaders_word_and_a_rejected_draft_call() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    story.does(LEADER, do.Instruct(text="请速办"), SOON)
    story.does(LEAD, do.DraftReply(text="不日修复。"), SOON)
    story.does(REVIEWER, do.RejectReply(draft=1, reason="请写明日期"), LATER)
    instruct, redraft = called(story)
    assert (instruct.kind, instruct.text, instruct.by) == (CallKind.INSTRUCT, "请速办", LEADER)
    assert instruct.command == "report_on_instruction"
    assert (redraft.kind, redraft.text, redraft.by) == (CallKind.REDRAFT, "请写明日期", REVIEWER)
    assert (redraft.at, redraft.command) == (LATER, "draft_reply")


@pytest.mark.parametrize(
    ("when", "calls_"),
    [("2026-03-05T09:00", False), ("2026-03-06T09:00", True), ("2026-03-10T09:00", True)],
)
def test_the_working_day_before_the_date_that_counts_it_calls(when: str, *, calls_: bool) -> None:
    """Due on Monday the 9th: from Friday on."""
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    assert (CallKind.DUE in kinds(story, when=at(when))) is calls_
    story.does(LEAD, do.DraftReply(text="已修复。"), LATER)
    assert CallKind.DUE not in kinds(story, when=at(when)), "the next move is the reviewer's"


def test_no_unit_hears_what_calls_another() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.does(LEADER, do.Instruct(text="请速办"), SOON)
    story.does(DESK, do.Press(rung=Rung.REMIND, text="请抓紧"), SOON)
    assert kinds(story, LEAD) == [CallKind.INSTRUCT, CallKind.REMIND, CallKind.ASSIGNED]
    assert kinds(story, ASSISTANT) == [CallKind.ASSIGNED]
    assert kinds(story, STRANGER) == kinds(story, DESK) == []


def test_a_case_that_is_due_and_new_is_called_for_once() -> None:
    assert kinds(Story(), when=at("2026-03-06T09:00")) == [CallKind.ASSIGNED]
