"""What the people of a unit are told of, and what may wait until morning."""

from __future__ import annotations

from cases.alert_rules import alerts_for
from cases.alerts import Alert, AlertKind, Level, encode_alert
from cases.life.held import HELD
from cases.notices import MARK, TOLD_UNITS, UNIT_ONLY, notices_for
from cases.quiet import NEVER_WAITS, OF_THE_CALENDAR, may_wait
from cases.record import commands as do
from cases.record.commands import Rung
from tests.cases.helpers import (
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    POLICE,
    REVIEWER,
    UNPLACED,
    Story,
    at,
    item,
    labels,
    reply,
)


def notices(story: Story) -> list[tuple[AlertKind, str]]:
    return [(one.kind, one.unit) for one in found(story)]


def found(story: Story) -> list[Alert]:
    return list(notices_for(story.case, story.case.history, story.rules.handling))


def test_each_unit_is_told_of_its_own_part_once() -> None:
    story = Story()
    assert notices(story) == [(AlertKind.UNIT_ASSIGNED, HOUSING)]
    story.does(
        DESK, do.Assign(lead=HOUSING, assisting=(POLICE,), reason="请公安协办"), "2026-03-02T11:00"
    )
    known = len(story.case.history)
    (told,) = notices_for(story.case, story.case.history[known - 1 :], story.rules.handling)
    assert (told.kind, told.unit) == (AlertKind.UNIT_ASSIGNED, POLICE), "the lead had it before"
    assert told.alert_id.endswith(":unit_assigned@police")


def test_a_new_round_is_told_to_its_unit_as_a_new_assignment() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)), now=at("2026-03-02T10:15"))
    story.does(DESK, do.CallBack(resolved=True, satisfied=False), "2026-03-04T09:00")
    assert notices(story)[-1:] == [(AlertKind.UNIT_ASSIGNED, HOUSING)]


def test_what_waits_at_the_desk_is_told_to_no_unit() -> None:
    assert notices(Story(to=UNPLACED)) == []


def test_what_was_over_before_we_saw_it_is_told_to_no_unit() -> None:
    assert notices(Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))) == []


def test_every_rung_and_a_rejected_draft_and_an_instruction_are_told() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    for hour, rung in enumerate(Rung, 12):
        press = do.Press(rung=rung, text="请抓紧", skip_reason="情况紧急")
        story.does(DESK, press, f"2026-03-02T{hour}:00")
    story.does(LEADER, do.Instruct(text="请住建局尽快办理"), "2026-03-02T17:00")
    story.does(LEAD, do.DraftReply(text="已经安排检修。"), "2026-03-03T09:00")
    story.does(REVIEWER, do.RejectReply(draft=1, reason="没有写明日期"), "2026-03-03T10:00")
    assert {kind for kind, _ in notices(story)} == UNIT_ONLY - {
        AlertKind.UNIT_ASSIGNED,
        AlertKind.UNIT_EVENT,
    }, "acknowledged: the assignment is no news"
    assert {unit for _, unit in notices(story)} == {HOUSING}
    assert set(TOLD_UNITS) >= UNIT_ONLY


def test_a_confidential_case_tells_its_unit_no_title() -> None:
    story = Story(item(confidential=True))
    assert found(story) == [], "no machine gives it to a unit"
    story.does(DESK, do.Assign(lead=HOUSING, reason="保密件"), "2026-03-02T11:00")
    told = found(story)[-1]
    assert "（保密件）" in told.text
    assert "路灯" not in told.text


def test_notices_are_told_from_all_others_by_their_mark() -> None:
    for kind in AlertKind:
        one = Alert(
            alert_id='x:"kind":"unit_"#1',
            kind=kind,
            level=Level.LOW,
            at=at("2026-03-02T11:00"),
            text='标题写着"kind":"unit_assigned"',
        )
        assert (MARK in encode_alert(one)) is (kind in UNIT_ONLY)


# -- what may wait ----------------------------------------------------------------

_NEVER = {
    "urgent": "危急",
    "high_risk": "高风险",
    "emerging": "苗头预警",
    "burst": "集中反映",
    "stream_delayed": "处理延迟",
    "event_due": "事件将到时限",
    "event_overdue": "事件逾期",
    "unit_instructed": "批示",
}
_OF_AN_URGENT_CASE = {
    "unassigned", "unassigned_long", "held", "held_long", "not_acknowledged", "overdue", "escalated",
    "promise_overdue", "unanswered_long", "returned_again", "not_satisfied", "source_silent", "source_failing",
    "dead_letters", "disk_full", "channel_failing", "column_stale", "unit_assigned",
    "watched", "upward_failed", "unit_reminded", "unit_supervised", "unit_listed", "unit_summoned", "unit_redraft",
    "unit_event",
}  # fmt: skip
"""These wait, but never where the case is urgent, 特急 or of high risk."""
_ALWAYS_MAY = {"one_day_left", "due_today", "promise_due", "column_due"}


def test_every_kind_is_named_as_what_may_wait_and_what_never() -> None:
    named = set(_NEVER) | _OF_AN_URGENT_CASE | _ALWAYS_MAY
    assert named == {kind.value for kind in AlertKind}
    assert set(_NEVER) == {kind.value for kind in NEVER_WAITS}
    assert {kind.value for kind in OF_THE_CALENDAR} == _ALWAYS_MAY
    for kind in AlertKind:
        waits = {
            urgent: may_wait(
                Alert(
                    alert_id="a#1",
                    kind=kind,
                    level=Level.LOW,
                    at=at("2026-03-02T11:00"),
                    text="",
                    urgent=urgent,
                )
            )
            for urgent in (False, True)
        }
        assert waits[False] is (kind.value not in _NEVER)
        assert waits[True] is (kind.value in _ALWAYS_MAY)


def test_an_urgent_case_that_is_held_back_calls_in_the_night() -> None:
    """保密 and about life: held for a person, and never held until morning."""
    grave = labels(risk=("自伤极端",))
    story = Story(item(confidential=True, received_at=at("2026-03-02T23:00")), read_as=grave)
    story.ticks("2026-03-03T05:00")
    told = list(alerts_for(story.case, story.case.history, story.rules.handling))
    kinds = [one.kind for one in told]
    assert AlertKind.HELD in kinds
    assert AlertKind.HELD_LONG in kinds, HELD
    assert not any(may_wait(one) for one in told)


def test_an_order_that_its_platform_calls_urgent_never_waits() -> None:
    """特急 makes a case urgent (`streams.process`); its assignment goes out at once."""
    (told,) = found(Story(read_as=labels(urgent=True)))
    assert told.urgent
    assert not may_wait(told)
