"""Every alert that time or numbers raise, one second or one step before its limit and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from cases.alert_rules import alerts_for
from cases.alerts import Alert, AlertKind, Level, without_title
from cases.record import commands as do
from cases.record import events as ev
from cases.words.actors import SYSTEM, Role
from cases.words.labels import Labels
from classifiers.base import Text
from classifiers.matter.linker import BurstRule, Matters, Sighting, decode, encode
from classifiers.rules.tables import CrowdTable
from tests.cases.helpers import (
    CITY,
    DESK,
    DUE,
    HOUSING,
    LEAD,
    POLICE,
    RECEIVED,
    STRANGER,
    UNPLACED,
    Story,
    at,
    handling,
    item,
    labels,
    reply,
)

SECOND = timedelta(seconds=1)


def after(story: Story, known: int) -> list[Alert]:
    return list(alerts_for(story.case, story.case.history[known:], story.rules.handling))


def tick(story: Story, when: datetime | str) -> list[Alert]:
    """The alerts of a look at this moment."""
    known = story.case.seq
    story.ticks(when)
    return after(story, known)


def kinds(alerts: Sequence[Alert]) -> list[AlertKind]:
    return [alert.kind for alert in alerts]


def acknowledged() -> Story:
    """Only the citizen's clock is left: a simple clock says nothing about the others."""
    story = Story()
    story.does(LEAD, do.Acknowledge(), RECEIVED)
    return story


# -- a citizen's clock ---------------------------------------------------------


def reply_kinds(story: Story, when: datetime) -> list[AlertKind]:
    return [each.kind for each in tick(story, when) if each.text.startswith("答复")]


def test_one_working_day_left_begins_with_the_day_before() -> None:
    # Due on Monday the 9th: Friday is the last working day before.
    assert reply_kinds(acknowledged(), at("2026-03-05T23:59:59")) == []
    assert reply_kinds(acknowledged(), at("2026-03-06T00:00:00")) == [AlertKind.ONE_DAY_LEFT]
    assert reply_kinds(acknowledged(), at("2026-03-08T23:59:59")) == [AlertKind.ONE_DAY_LEFT]


def test_due_today_begins_with_the_day_and_overdue_a_moment_after_it() -> None:
    assert reply_kinds(acknowledged(), at("2026-03-09T00:00:00")) == [AlertKind.DUE_TODAY]
    assert reply_kinds(acknowledged(), DUE) == [AlertKind.DUE_TODAY]
    assert reply_kinds(acknowledged(), DUE + SECOND) == [AlertKind.OVERDUE]


def test_a_leader_hears_of_it_after_two_working_days() -> None:
    edge = at("2026-03-11T23:59:59")
    assert reply_kinds(acknowledged(), edge) == [AlertKind.OVERDUE]
    found = [each for each in tick(acknowledged(), edge + SECOND) if "领导" in each.text]
    (alert,) = found
    assert (alert.kind, alert.level, alert.role) == (AlertKind.ESCALATED, Level.HIGH, Role.LEADER)


def test_a_weekend_does_not_bring_the_leader_nearer() -> None:
    story = Story(item(received_at=at("2026-03-05T09:00")))  # due on Thursday the 12th
    story.does(LEAD, do.Acknowledge(), at("2026-03-05T10:00"))
    assert reply_kinds(story, at("2026-03-16T23:59:59")) == [AlertKind.OVERDUE]
    assert reply_kinds(story, at("2026-03-17T00:00:00")) == [AlertKind.ESCALATED]


def test_how_long_until_a_leader_hears_is_the_offices_affair() -> None:
    story = Story(rules=handling(warnings={"escalate_working_days": 1}))
    story.does(LEAD, do.Acknowledge(), RECEIVED)
    assert reply_kinds(story, at("2026-03-10T23:59:59")) == [AlertKind.OVERDUE]
    assert reply_kinds(story, at("2026-03-11T00:00:00")) == [AlertKind.ESCALATED]


def test_each_stage_calls_once() -> None:
    story = acknowledged()
    for day in ("2026-03-06", "2026-03-09", "2026-03-10", "2026-03-12"):
        assert len(reply_kinds(story, at(f"{day}T08:00"))) == 1
        assert reply_kinds(story, at(f"{day}T08:01")) == []
    assert reply_kinds(story, at("2026-04-12T08:00")) == []


def test_no_leader_is_called_for_the_offices_own_steps() -> None:
    late = tick(Story(), at("2026-03-20T08:00"))
    assert {each.text.partition("已")[0] for each in late if each.role} == {"答复"}


def test_a_date_from_before_the_calendar_stops_nothing() -> None:
    story = Story(item(due_at=at("1970-01-05T17:00")))
    assert AlertKind.ESCALATED in kinds(tick(story, at("2026-03-03T09:00")))
    far = Story(item(due_at=at("2999-01-05T17:00")))
    assert kinds(tick(far, DUE))


# -- dispatch and acknowledgement ------------------------------------------------


def waiting(**warnings: object) -> Story:
    return Story(to=UNPLACED, rules=handling(warnings=warnings))


def long_waits(story: Story, when: str) -> list[AlertKind]:
    return [each for each in kinds(tick(story, when)) if each is AlertKind.UNASSIGNED_LONG]


def test_half_an_hour_of_office_time_without_a_unit() -> None:
    # Received on Monday at 10:15.
    assert long_waits(waiting(), "2026-03-02T10:45:00") == []
    assert long_waits(waiting(), "2026-03-02T10:45:01") == [AlertKind.UNASSIGNED_LONG]


def test_office_minutes_stop_at_noon_and_at_night() -> None:
    assert long_waits(waiting(unassigned_minutes=120), "2026-03-02T14:15:00") == []
    assert len(long_waits(waiting(unassigned_minutes=120), "2026-03-02T14:15:01")) == 1
    night = Story(item(received_at=at("2026-03-06T20:00")), to=UNPLACED)  # a Friday
    assert long_waits(night, "2026-03-09T09:00:00") == []
    assert len(long_waits(night, "2026-03-09T09:00:01")) == 1


def test_a_wait_is_complained_of_once_and_a_new_one_again() -> None:
    story = waiting()
    assert len(long_waits(story, "2026-03-02T11:00")) == 1
    assert long_waits(story, "2026-03-02T11:30") == []
    story.rules = handling(warnings={"unassigned_minutes": 60})
    assert long_waits(story, "2026-03-02T16:00") == [], "another limit, the same wait"
    story.does(DESK, do.Assign(lead=HOUSING), "2026-03-02T16:10")
    story.does(LEAD, do.AskReturn(reason="不是我们的"), "2026-03-02T16:15")
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), "2026-03-02T16:20")
    assert long_waits(story, "2026-03-02T17:20:00") == []
    assert len(long_waits(story, "2026-03-02T17:20:01")) == 1


def test_what_is_assigned_or_over_waits_for_nobody() -> None:
    assert long_waits(Story(), "2026-03-02T16:00") == []
    refused = waiting()
    refused.does(DESK, do.Refuse(reason="不属于本级职权"), "2026-03-02T10:30")
    assert long_waits(refused, "2026-03-02T16:00") == []


def test_a_unit_that_does_not_acknowledge_in_time() -> None:
    edge = at("2026-03-03T23:59:59")

    def found(story: Story, when: datetime) -> list[AlertKind]:
        return [each for each in kinds(tick(story, when)) if each is AlertKind.NOT_ACKNOWLEDGED]

    assert found(Story(), edge) == []
    assert found(Story(), edge + SECOND) == [AlertKind.NOT_ACKNOWLEDGED]
    assert found(acknowledged(), edge + SECOND) == []


# -- promises, returns, callbacks --------------------------------------------------


def promised() -> Story:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    promise = do.RecordPromise(text="换灯", due=date(2026, 3, 31))
    story.does(LEAD, promise, "2026-03-03T10:00")
    return story


@pytest.mark.parametrize(
    ("when", "kind", "level"),
    [
        ("2026-03-29T23:59:59", None, None),
        ("2026-03-30T00:00:00", AlertKind.PROMISE_DUE, Level.LOW),
        ("2026-03-31T00:00:00", AlertKind.PROMISE_DUE, Level.MEDIUM),
        ("2026-03-31T23:59:59", AlertKind.PROMISE_DUE, Level.MEDIUM),
        ("2026-04-01T00:00:00", AlertKind.PROMISE_OVERDUE, Level.HIGH),
        ("2026-04-02T23:59:59", AlertKind.PROMISE_OVERDUE, Level.HIGH),
        ("2026-04-03T00:00:00", AlertKind.ESCALATED, Level.HIGH),
    ],
)
def test_a_promise_is_due_and_then_overdue(
    when: str, kind: AlertKind | None, level: Level | None
) -> None:
    found = [(each.kind, each.level) for each in tick(promised(), when)]
    assert found == ([(kind, level)] if kind else [])


def test_the_second_return_calls_and_the_office_may_say_the_first() -> None:
    def returned(times: int, limit: int) -> list[AlertKind]:
        story = Story(rules=handling(warnings={"returned_times": limit}))
        known = story.case.seq
        for actor, unit, to in ((LEAD, HOUSING, POLICE), (STRANGER, POLICE, CITY))[:times]:
            story.does(actor, do.AskReturn(reason="不是我们的"), "2026-03-02T11:00")
            story.does(DESK, do.DecideReturn(unit=unit, approve=True), "2026-03-02T11:10")
            story.does(DESK, do.Assign(lead=to), "2026-03-02T11:20")
        return kinds(after(story, known))

    assert returned(1, 2) == []
    assert returned(2, 2) == [AlertKind.RETURNED_AGAIN]
    assert returned(1, 1) == [AlertKind.RETURNED_AGAIN]


# -- bursts -----------------------------------------------------------------------


class Burst:
    """Letters about one thing, told one by one."""

    def __init__(self, cases: int = 3, hours: int = 24) -> None:
        self.matters = Matters(
            CrowdTable(window_hours=72, distinct_people=50), BurstRule(cases=cases, hours=hours)
        )
        self.number = 0

    def comes(self, when: str) -> int:
        self.number += 1
        text = Text("枫林苑电梯停运", "枫林苑小区二号楼电梯停运一周，老人上下楼困难，物业不修")
        return self.matters.add(Sighting(f"letters:{self.number}", text, at(when))).burst


def test_the_third_case_within_a_day_is_a_burst() -> None:
    burst = Burst()
    assert [burst.comes(f"2026-03-02T1{hour}:00") for hour in range(2)] == [0, 0]
    assert burst.comes("2026-03-03T10:00:00") == 3, "exactly a day after the first"
    assert burst.comes("2026-03-03T10:01") == 0, "said once"
    late = Burst()
    found = [late.comes("2026-03-02T10:00"), late.comes("2026-03-02T11:00")]
    assert [*found, late.comes("2026-03-03T10:00:01")] == [0, 0, 0], "a second too late"


def test_a_burst_that_was_over_may_begin_again_also_after_a_restart() -> None:
    burst = Burst()
    for hour in (10, 11, 12):
        burst.comes(f"2026-03-02T{hour}:00")
    other = Burst()
    other.matters.restore(decode(encode(burst.matters.state())))
    other.number = burst.number
    assert other.comes("2026-03-02T13:00") == 0, "the same burst"
    found = [other.comes(f"2026-03-20T{hour}:00") for hour in (10, 11, 12)]
    assert found == [0, 0, 3]


def test_the_case_that_makes_a_burst_calls() -> None:
    story = Story()
    known = story.case.seq
    story.does(SYSTEM, do.LinkMatter(matter="letters:1", burst=10), "2026-03-02T11:00")
    (alert,) = after(story, known)
    assert (alert.kind, alert.level) == (AlertKind.BURST, Level.HIGH)
    assert alert.text.startswith("同一事项 24 小时内来件 10 件")
    quiet = Story()
    quiet.does(SYSTEM, do.LinkMatter(matter="letters:1"), "2026-03-02T11:00")
    assert after(quiet, known) == []


def test_a_crowd_calls_as_a_grave_message() -> None:
    story = Story()
    known = story.case.seq
    grave: Labels = labels(risk=("群体诉求",))
    story.does(SYSTEM, do.Correct(risk=grave.risk), "2026-03-02T11:00")
    assert kinds(after(story, known)) == [AlertKind.HIGH_RISK]


# -- receipts ----------------------------------------------------------------------


def receipt() -> do.NoteAlert:
    return do.NoteAlert(
        alert_id="letters:1001#1:high_risk",
        kind="high_risk",
        channel="duty-robot",
        outcome="sent",
        at=at("2026-03-02T10:16"),
        receipt="ok",
    )


def test_a_receipt_stands_in_the_history_and_calls_nobody() -> None:
    story = Story()
    before, known = story.case, story.case.seq
    story.does(SYSTEM, receipt(), "2026-03-02T10:16")
    (event,) = story.case.history[known:]
    assert isinstance(event.body, ev.AlertNoted)
    assert event.body.receipt == "ok"
    assert after(story, known) == []
    assert story.case.round == before.round
    assert (story.case.state, story.case.tasks) == (before.state, before.tasks)


def test_no_person_writes_a_receipt_whatever_the_table_says() -> None:
    rules = handling(may={"desk": ["note_alert"]})
    assert "程序登记" in Story(rules=rules).refuses(DESK, receipt(), "2026-03-02T10:16")
    assert "不能做这个动作" in Story().refuses(LEAD, receipt(), "2026-03-02T10:16")


def test_what_became_confidential_is_told_without_its_title() -> None:
    (alert,) = [each for each in after(Story(read_as=labels(urgent=True)), 0) if each.case_id]
    assert "路灯" in alert.text
    told = without_title(alert)
    assert told.text == "高风险来件（紧急）：（保密件）"
