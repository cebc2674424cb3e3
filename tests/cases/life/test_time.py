"""延期、暂停、挂账、更正 and what the sweep says: everything that has to do with time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.clocks.policy import ClockPolicy
from cases.clocks.published_days import Overlay, OverlayDay
from cases.clocks.workdays import Calendar
from cases.life.ticks import running_clocks
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State, on_time
from cases.record.item import Item
from cases.record.messages import Action
from cases.words.labels import Kind
from tests.cases.helpers import (
    ADMIN,
    DESK,
    DUE,
    LEAD,
    LEADER,
    RECEIVED,
    REVIEWER,
    SIMPLE_DUE,
    Story,
    at,
    handling,
    item,
    labels,
    reply,
    table_with_every_row,
    usual,
)

SOON = RECEIVED + timedelta(hours=1)


def answered(story: Story, when: str) -> Story:
    number = sum(len(each.drafts) for each in story.case.rounds) + 1
    story.does(LEAD, do.DraftReply(text="已修复。"), when)
    story.does(REVIEWER, do.ApproveReply(draft=number), when)
    story.does(LEAD, do.Deliver(draft=number, via="电话"), when)
    return story


# -- 信访: natural days, off until an office switches it on ------------------


def petition() -> Story:
    table = table_with_every_row("deadlines.toml")
    rules = replace(usual(), policy=ClockPolicy.from_table(table))
    return Story(item(channel="信访"), rules=rules)


def reply_due(story: Story) -> datetime:
    clock = story.case.round.reply_clock
    assert clock is not None
    return clock.due_at


def test_a_petition_is_extended_by_natural_days_and_told_so() -> None:
    story = petition()
    # Received on 2 March 2026: the 60th day is Friday 1 May, a holiday until the 5th.
    assert reply_due(story) == at("2026-05-06T23:59:59")
    story.does(LEAD, do.AskExtension(working_days=30, reason="案情复杂"), SOON)
    asked = story.case.history[-1].body
    assert asked == ev.ExtensionAsked(
        unit=LEAD.unit, working_days=30, reason="案情复杂", natural_days=True
    )
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), SOON)
    # 90 days: Sunday 31 May, so Monday.
    assert reply_due(story) == at("2026-06-01T23:59:59")
    command = do.AskExtension(working_days=31, reason="案情复杂")
    refused = petition().refuses(LEAD, command, SOON)
    assert refused == "延期应为 1 至 30 日，申请的是 31 日。"


def test_a_correction_keeps_what_was_granted_to_a_petition() -> None:
    story = petition()
    story.does(LEAD, do.AskExtension(working_days=30, reason="案情复杂"), SOON)
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), SOON)
    story.does(DESK, do.Correct(topic_path=("交通运输",)), SOON)
    assert reply_due(story) == at("2026-06-01T23:59:59")
    clock = story.case.round.reply_clock
    assert clock is not None
    assert clock.extensions == (30,)


def test_the_acceptance_clock_of_a_petition_ends_when_the_citizen_was_told() -> None:
    story = petition()
    names = [clock.name for clock in running_clocks(story.case)]
    assert "petition_acceptance" in names
    story.does(LEAD, do.LogContact(text="电话告知已受理"), SOON)
    assert "petition_acceptance" not in [clock.name for clock in running_clocks(story.case)]


# -- extension ---------------------------------------------------------------


def extended(days: int = 3) -> Story:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=days, reason="需采购灯具"), "2026-03-03T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-03T10:00")
    return story


def test_a_granted_extension_moves_the_clock_and_keeps_the_first_date() -> None:
    story = extended(3)
    clock = story.case.round.reply_clock
    assert clock is not None
    assert (clock.due_at, clock.original_due_at) == (at("2026-03-12T23:59:59"), DUE)
    assert story.case.extension_request is None


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("2026-03-09T23:59:59", (True, True)),
        ("2026-03-10T09:00", (True, False)),
        ("2026-03-13T00:00", (False, False)),
    ],
)
def test_on_time_is_judged_against_both_dates(delivered: str, expected: tuple[bool, bool]) -> None:
    assert on_time(answered(extended(3), delivered).case.round) == expected


def test_the_desk_may_grant_fewer_days_than_were_asked_for() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=5, reason="需采购"), SOON)
    story.does(DESK, do.DecideExtension(grant=True, working_days=1, citizen_told=True), SOON)
    assert story.due() == at("2026-03-10T23:59:59")


def test_a_refused_extension_needs_a_reason_and_moves_nothing() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    story.refuses(DESK, do.DecideExtension(grant=False), SOON)
    story.does(DESK, do.DecideExtension(grant=False, reason="时间足够"), SOON)
    assert story.due() == DUE
    assert "没有待处理" in story.refuses(DESK, do.DecideExtension(grant=True), SOON)


def test_the_citizen_has_to_be_told() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    assert "告知群众" in story.refuses(DESK, do.DecideExtension(grant=True), SOON)


@pytest.mark.parametrize("days", [-1, 0, 6])
def test_an_extension_has_the_limit_of_the_policy_table(days: int) -> None:
    command = do.AskExtension(working_days=days, reason="需采购")
    assert "1 至 5" in Story().refuses(LEAD, command, SOON)


def test_a_request_for_information_has_a_limit_of_its_own() -> None:
    story = Story(item(disclosure=True))
    before = story.due("disclosure")
    story.does(LEAD, do.AskExtension(working_days=20, reason="需征求第三方意见"), SOON)
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True, approved_by="钟主任"), SOON)
    clock = story.case.round.reply_clock
    assert clock is not None
    assert (clock.name, clock.original_due_at, clock.extensions) == ("disclosure", before, (20,))
    internal = story.case.round.clock("disclosure_internal")
    assert internal is not None
    assert internal.extensions == (14,), "no more than its own row allows"


def test_an_extension_comes_once_a_round_and_before_the_time_is_up() -> None:
    again = do.AskExtension(working_days=1, reason="还需")
    assert "已延期 1 次" in extended(2).refuses(LEAD, again, "2026-03-05T09:00")
    assert "已过" in Story().refuses(LEAD, again, "2026-03-10T09:00")


def test_an_extension_asked_in_time_may_be_granted_late() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-10T09:00")
    assert story.due() == at("2026-03-11T23:59:59")


def test_a_second_extension_leaves_out_the_clock_whose_limit_is_used_up() -> None:
    story = Story(item(disclosure=True), rules=handling(extensions={"most_times": 2}))
    for days in (14, 6):
        story.does(LEAD, do.AskExtension(working_days=days, reason="征求意见"), SOON)
        agreed = do.DecideExtension(grant=True, citizen_told=True, approved_by="钟主任")
        story.does(DESK, agreed, SOON)
    granted = {clock.name: clock.extensions for clock in story.case.round.clocks}
    assert granted["disclosure"] == (14, 6)
    assert granted["disclosure_internal"] == (14,)


# -- pause -------------------------------------------------------------------


def test_paused_office_minutes_move_the_due_time_by_as_many() -> None:
    story = Story()
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), "2026-03-03T09:00")
    story.does(DESK, do.Resume(note="已补充"), "2026-03-03T11:00")
    clock = story.case.round.reply_clock
    assert clock is not None
    assert clock.paused_minutes == 120
    assert clock.due_at == at("2026-03-10T10:30")
    assert story.case.state is State.ASSIGNED


def test_a_pause_over_the_weekend_costs_only_office_hours() -> None:
    story = Story()
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), "2026-03-06T17:00")
    story.does(DESK, do.Resume(), "2026-03-09T09:00")
    clock = story.case.round.reply_clock
    assert clock is not None
    assert clock.paused_minutes == 60


def test_a_pause_says_what_is_missing_and_comes_once_at_a_time() -> None:
    story = Story()
    story.refuses(DESK, do.PauseForSupplement(missing=""), SOON)
    story.refuses(DESK, do.Resume(), SOON)
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), SOON)
    story.refuses(DESK, do.PauseForSupplement(missing="楼栋号"), SOON)


def test_an_extension_may_be_decided_while_the_clock_stands_still() -> None:
    """The date on the paper has passed, the period has not."""
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=2, reason="需采购"), SOON)
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), "2026-03-03T08:30")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-11T09:00")
    story.does(DESK, do.Resume(), "2026-03-11T17:30")
    assert story.due() == at("2026-03-20T23:59:59"), "seven days paused, two more granted"


def test_the_date_of_the_source_and_natural_hours_run_on() -> None:
    story = Story(item(due_at=at("2026-03-04T17:00")))
    story.does(DESK, do.Correct(event_level="一般"), SOON)
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), SOON)
    paused = {c.name for c in story.case.round.clocks if c.paused_since is not None}
    assert paused == {"reply", "acknowledge", "internal"}


# -- suspension --------------------------------------------------------------


def test_a_suspension_has_measures_and_a_date_to_come() -> None:
    story = Story()
    day = date(2026, 6, 30)
    story.refuses(DESK, do.Suspend(measures="", until=day), SOON)
    story.refuses(DESK, do.Suspend(measures="列入计划", until=SOON.date()), SOON)
    story.does(DESK, do.Suspend(measures="列入计划", until=day), SOON)
    suspension = story.case.suspension
    assert suspension is not None
    assert (story.case.state, suspension.measures, suspension.until) == (
        State.SUSPENDED,
        "列入计划",
        day,
    )
    story.does(DESK, do.EndSuspension(), "2026-04-01T09:00")
    assert (story.case.state, story.case.suspension) == (State.ASSIGNED, None)


def test_an_answer_ends_a_suspension() -> None:
    story = Story()
    story.does(DESK, do.Suspend(measures="列入计划", until=date(2026, 6, 30)), SOON)
    answered(story, "2026-03-05T09:00")
    assert (story.case.state, story.case.suspension) == (State.REPLIED, None)


# -- corrections -------------------------------------------------------------


def test_a_correction_reckons_the_clock_again_from_receipt() -> None:
    story = Story()
    story.does(DESK, do.Correct(simple=True, reason="一般问路"), "2026-03-03T09:00")
    assert story.due() == SIMPLE_DUE


def test_a_correction_that_lengthens_the_citizens_time_needs_the_approval_of_the_desk() -> None:
    def simple() -> Story:
        return Story(read_as=labels(simple=True))

    def correct(*, approved: bool) -> do.Correct:
        return do.Correct(simple=False, lengthen_approved=approved)

    assert "值班台同意" in simple().refuses(DESK, correct(approved=False), SOON)
    assert "值班台同意" in simple().refuses(ADMIN, correct(approved=True), SOON)
    story = simple()
    story.does(DESK, correct(approved=True), SOON)
    assert story.due() == DUE


def test_a_correction_keeps_extensions_and_pauses() -> None:
    story = extended(2)
    story.does(DESK, do.PauseForSupplement(missing="楼栋号"), "2026-03-04T08:30")
    story.does(DESK, do.Resume(), "2026-03-04T17:30")
    story.does(DESK, do.Correct(simple=True), "2026-03-05T09:00")
    assert story.due() == at("2026-03-10T23:59:59"), "three days, two granted, one paused"


def test_a_correction_changes_the_future_and_never_the_history() -> None:
    story = Story()
    before = story.case.history
    story.does(DESK, do.Correct(kind=Kind.INQUIRY, topic_path=("交通运输",)), SOON)
    case = story.case
    assert case.history[: len(before)] == before
    assert (case.labels.kind, case.labels.topic, case.labels.abstained) == (
        Kind.INQUIRY,
        "交通运输",
        False,
    )
    opened = case.history[0].body
    assert isinstance(opened, ev.CaseOpened)
    assert opened.labels.kind is Kind.COMPLAINT


def test_a_correction_says_something_and_something_that_exists() -> None:
    assert "没有要更正" in Story().refuses(DESK, do.Correct(kind=Kind.COMPLAINT), SOON)
    assert "特别重大" in Story().refuses(DESK, do.Correct(event_level="很大"), SOON)


def test_a_grade_starts_the_clocks_of_a_public_event_from_its_detection() -> None:
    story = Story(now=at("2026-03-02T20:00"))
    story.does(DESK, do.Correct(event_level="重大"), "2026-03-02T20:30")
    assert story.due("event_first_info") == at("2026-03-03T01:00")
    assert story.due("event_press") == at("2026-03-03T20:00")
    story.does(DESK, do.Correct(event_level=""), "2026-03-02T21:00")
    assert story.case.round.clock("event_press") is None


def test_a_correction_in_a_later_round_does_not_bring_back_the_earlier_dates() -> None:
    story = Story(item(due_at=at("2026-03-04T17:00")))
    answered(story, "2026-03-03T09:00")
    story.does(DESK, do.Reopen(reason="又坏了"), "2026-03-16T09:00")
    story.does(DESK, do.Correct(event_level="一般"), "2026-03-16T10:00")
    assert story.case.round.clock("source") is None
    assert story.due("event_response") == at("2026-03-18T09:00")


# -- the sweep ---------------------------------------------------------------


def warned(bodies: tuple[object, ...]) -> list[tuple[str, str]]:
    return [(b.clock, b.stage) for b in bodies if isinstance(b, ev.ClockWarned)]


def test_each_stage_of_a_clock_is_said_once() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    story.ticks("2026-03-06T08:00")
    assert warned(story.ticks("2026-03-09T00:01")) == [
        ("reply", "due_today"),
        ("internal", "overdue"),
    ]
    assert warned(story.ticks("2026-03-09T18:00")) == []
    assert warned(story.ticks("2026-03-10T00:00")) == [("reply", "overdue")]


def test_over_the_weekend_one_working_day_is_left() -> None:
    for day in ("2026-03-06T08:00", "2026-03-08T08:00"):
        assert ("reply", "one_day_left") in warned(Story().ticks(day))


def test_a_clock_that_was_moved_may_warn_again() -> None:
    story = Story()
    story.ticks("2026-03-09T08:00")
    story.does(LEAD, do.AskExtension(working_days=1, reason="需采购"), "2026-03-09T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-09T10:00")
    assert ("reply", "due_today") in warned(story.ticks("2026-03-10T08:00"))


def test_nobody_is_warned_of_a_clock_that_stands_still_or_has_done_its_work() -> None:
    paused = Story()
    paused.does(DESK, do.PauseForSupplement(missing="楼栋号"), SOON)
    assert warned(paused.ticks("2026-03-20T08:00")) == []
    done = answered(Story(), "2026-03-03T09:00")
    assert warned(done.ticks("2026-03-20T08:00")) == []


def test_a_tick_that_finds_nothing_is_in_the_history_all_the_same() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), SOON)
    (body,) = story.ticks("2026-03-02T12:00")
    assert isinstance(body, ev.ActionRefused)


class TestDatesThatPeopleSet:
    @staticmethod
    def said(story: Story, when: str) -> list[tuple[str, int, str]]:
        bodies = story.ticks(when)
        return [(b.what, b.number, b.stage) for b in bodies if isinstance(b, ev.DateWarned)]

    def test_an_instruction_that_waits_for_its_report(self) -> None:
        story = Story()
        story.does(LEADER, do.Instruct(text="速办", due_at=at("2026-03-05T12:00")), SOON)
        assert self.said(story, "2026-03-03T09:00") == []
        assert self.said(story, "2026-03-04T09:00") == [("instruction", 1, "one_day_left")]
        assert self.said(story, "2026-03-05T08:00") == [("instruction", 1, "due_today")]
        assert self.said(story, "2026-03-05T12:01") == [("instruction", 1, "overdue")]
        assert self.said(story, "2026-03-06T12:01") == []

    def test_a_reported_instruction_is_done_with(self) -> None:
        story = Story()
        story.does(LEADER, do.Instruct(text="速办", due_at=at("2026-03-05T12:00")), SOON)
        story.does(LEAD, do.ReportOnInstruction(number=1, text="已办"), "2026-03-03T09:00")
        assert self.said(story, "2026-03-06T12:01") == []

    def test_an_instruction_outlives_the_closing_of_the_case(self) -> None:
        story = answered(Story(), "2026-03-03T09:00")
        story.does(
            LEADER, do.Instruct(text="举一反三", due_at=at("2026-03-12T12:00")), "2026-03-03T10:00"
        )
        story.does(DESK, do.Close(), "2026-03-04T09:00")
        assert self.said(story, "2026-03-13T08:00") == [("instruction", 1, "overdue")]

    def test_a_promise_that_nobody_has_verified(self) -> None:
        story = answered(Story(), "2026-03-03T09:00")
        promise = do.RecordPromise(text="月底前换灯", due=date(2026, 3, 31))
        story.does(LEAD, promise, "2026-03-03T10:00")
        story.does(DESK, do.Close(), "2026-03-04T09:00")
        assert self.said(story, "2026-03-31T08:00") == [("promise", 1, "due_today")]
        story.does(DESK, do.Reopen(reason="仍不亮"), "2026-03-31T09:00")
        assert self.said(story, "2026-03-31T10:00") == [], "said once, whatever the round"
        story.does(
            DESK, do.VerifyPromise(number=1, kept=False, evidence="未换"), "2026-03-31T11:00"
        )
        assert self.said(story, "2026-04-02T08:00") == []

    def test_the_end_of_a_suspension(self) -> None:
        story = Story()
        story.does(DESK, do.Suspend(measures="列入计划", until=date(2026, 6, 30)), SOON)
        assert self.said(story, "2026-06-03T08:00") == [("unanswered", 1, "overdue")], (
            "three months without an answer, suspended or not"
        )
        assert self.said(story, "2026-07-01T08:00") == [("suspension", 1, "overdue")]

    def test_a_press_with_a_date(self) -> None:
        story = Story()
        press = do.Press(rung=do.Rung.REMIND, text="请抓紧", due_at=at("2026-03-04T18:00"))
        story.does(DESK, press, SOON)
        assert self.said(story, "2026-03-04T08:00") == [("press", 1, "due_today")]

    def test_they_raise_alerts_like_clocks_do(self) -> None:
        story = Story()
        story.does(LEADER, do.Instruct(text="速办", due_at=at("2026-03-04T12:00")), SOON)
        known = story.case.seq
        story.ticks("2026-03-04T13:00")
        alerts = list(alerts_for(story.case, story.case.history[known:], story.rules.handling))
        assert any("批示反馈已逾期" in alert.text for alert in alerts)


# -- a new calendar ----------------------------------------------------------


def far(received: str) -> Item:
    """An item whose clock runs into days that nobody has published."""
    return item(received_at=at(received))


def with_a_day_off(day: date) -> Calendar:
    off = OverlayDay(
        first=day, last=day, workday=False, name="临时放假", notice="县府办〔2027〕1号"
    )
    return Calendar(Overlay(days=(off,)))


def test_a_notice_that_arrives_moves_the_clock_by_an_event() -> None:
    story = Story(far("2027-03-01T09:00"))
    clock = story.case.round.reply_clock
    assert clock is not None
    assert clock.provisional
    story.rules = replace(usual(), calendar=with_a_day_off(date(2027, 3, 3)))
    bodies = story.ticks("2027-03-02T09:00")
    moved = next(body for body in bodies if isinstance(body, ev.ClocksSet))
    assert {c.name for c in moved.clocks} >= {"reply", "internal"}
    assert story.due() == at("2027-03-09T23:59:59")


def test_a_calendar_that_leaves_the_clock_provisional_is_looked_at_once() -> None:
    story = Story(far("2027-03-01T09:00"))
    story.rules = replace(usual(), calendar=with_a_day_off(date(2027, 9, 1)))
    story.ticks("2027-03-01T10:00")
    story.ticks("2027-03-01T10:30")
    assert all(c.calendar == story.rules.calendar.version for c in story.case.round.clocks)
    (nothing,) = story.ticks("2027-03-01T11:00")
    assert isinstance(nothing, ev.ActionRefused)


def test_times_in_another_zone_are_beijing_days() -> None:
    """16:30 in UTC is half past midnight of the next day here."""
    story = Story()
    night = datetime(2026, 3, 8, 16, 30, tzinfo=UTC)
    assert ("reply", "due_today") in warned(story.ticks(night))
    story.does(LEAD, do.Acknowledge(), night)
    assert story.case.round.acknowledged_at == night


def test_a_desk_whose_clock_runs_ahead_does_not_act_in_the_future() -> None:
    story = Story()
    story.shows(item(replies=(reply(when=at("2026-03-04T09:00")),)), "2026-03-04T10:00")
    action = Action(
        message_id="a-ahead",
        case_id=story.case.case_id,
        actor=DESK,
        command=do.Close(),
        at=at("2027-01-01T00:00"),
    )
    story.take(action, at("2026-03-04T11:00"))
    assert story.case.round.closed_at == at("2026-03-04T11:00")
