"""Three months without an answer: said once, whatever the clocks say."""

from __future__ import annotations

from cases.alert_rules import alerts_for
from cases.alerts import AlertKind
from cases.record import commands as do
from sinks.ledger.case_index import index_of
from streams.sweep import due_ticks
from tests.cases.helpers import DESK, LEAD, Story, at, item, reply
from tests.reporting.town import ledger_of

LAST = "2026-06-02T23:59:59"
"""Three months after the second of March."""
AFTER = "2026-06-03T00:00:00"


def said(story: Story) -> list[str]:
    found = alerts_for(story.case, story.case.history, story.rules.handling)
    return [one.text for one in found if one.kind is AlertKind.UNANSWERED_LONG]


def test_it_is_said_the_second_after_and_once() -> None:
    story = Story()
    story.ticks(LAST)
    assert said(story) == []
    story.ticks(AFTER)
    story.ticks("2026-09-01T09:00")
    assert said(story) == ["收到满 3 个月没有答复，已过国家检查的底线：小区路灯不亮"]


def test_an_extension_does_not_move_it() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), "2026-03-03T09:00")
    story.does(LEAD, do.AskExtension(working_days=5, reason="需要采购路灯"), "2026-03-04T09:00")
    granted = do.DecideExtension(grant=True, citizen_told=True)
    story.does(DESK, granted, "2026-03-04T10:00")
    story.ticks(AFTER)
    assert len(said(story)) == 1


def test_what_was_answered_once_is_not_that_old_also_in_a_new_round() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    story.does(DESK, do.CallBack(resolved=True, satisfied=False), "2026-03-04T09:00")
    story.ticks(AFTER)
    assert said(story) == []


def test_a_message_of_the_last_day_of_a_long_month() -> None:
    story = Story(item(received_at=at("2026-11-30T10:00")))
    story.ticks("2027-02-28T23:59:59")
    assert said(story) == []
    story.ticks("2027-03-01T00:00:00")
    assert len(said(story)) == 1


def test_the_sweep_finds_it_after_its_clocks_have_said_all() -> None:
    """No clock asks for a look any more: the case is looked for by its age."""
    story = Story()
    for day in ("03-06", "03-09", "03-10", "03-20"):
        story.ticks(f"2026-{day}T09:00")
    answered = Story(item("2", replies=(reply(when=at("2026-03-03T09:00")),)))
    with ledger_of((story.case, answered.case)) as ledger:
        assert index_of(story.case).look_by is None
        assert due_ticks(ledger, story.rules, at(LAST)) == []
        (tick,) = due_ticks(ledger, story.rules, at(AFTER))
    assert tick.case_id == story.case.case_id
    story.ticks(AFTER)
    with ledger_of((story.case,)) as ledger:
        assert due_ticks(ledger, story.rules, at("2026-06-04T09:00")) == []
