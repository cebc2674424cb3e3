"""The date that counts is the earlier of ours and the source's (docs/decisions/0013)."""

from __future__ import annotations

from datetime import datetime

import pytest

from cases.alert_rules import alerts_for
from cases.alerts import AlertKind
from cases.figures.case_facts import facts_of
from cases.record import commands as do
from cases.record.case import on_time
from cases.reporting.lines import Verdict, days_late, verdict_of
from sinks.ledger.case_index import index_of
from tests.cases.helpers import DESK, DUE, LEAD, Story, at, item, reply

WANTED = at("2026-03-05T17:00")
"""By the platform: a Thursday; ours ends on Monday the 9th."""


def order(due: datetime | None = WANTED, replied: datetime | None = None) -> Story:
    story = Story(item(due_at=due))
    if replied is not None:
        story.shows(item(due_at=due, replies=(reply(when=replied),)), replied)
    return story


@pytest.mark.parametrize(
    ("due", "replied", "verdict", "days", "own"),
    [
        ("2026-03-05T17:00", "2026-03-07T10:00", Verdict.LATE, 2, True),
        ("2026-03-05T17:00", "2026-03-05T16:59", Verdict.ON_TIME, None, True),
        ("2026-03-20T17:00", "2026-03-10T10:00", Verdict.LATE, 1, False),
        (None, "2026-03-09T10:00", Verdict.ON_TIME, None, True),
        # Set for something else: before the citizen wrote at all.
        ("2026-03-01T17:00", "2026-03-09T10:00", Verdict.ON_TIME, None, True),
    ],
)
def test_an_answer_is_judged_by_the_earlier_date(
    due: str | None,
    replied: str,
    verdict: Verdict,
    days: int | None,
    own: bool,
) -> None:
    story = order(at(due) if due else None, at(replied))
    now = at("2026-03-20T00:00")
    round_ = story.case.round
    assert verdict_of(round_, now) is verdict
    assert days_late(round_, now, verdict) == days
    assert on_time(round_)[0] is (verdict is Verdict.ON_TIME)
    assert index_of(story.case).on_time is facts_of(story.case).on_time
    (judged,) = facts_of(story.case).judged
    assert judged.own_due is not None
    assert judged.replied_at is not None
    assert (judged.replied_at <= judged.own_due) is own


def test_lists_counters_and_order_go_by_it() -> None:
    index = index_of(order().case)
    assert (index.due_at, index.due_by) == (WANTED, "source")
    later = index_of(order(at("2026-03-20T17:00")).case)
    assert (later.due_at, later.due_by) == (DUE, "reply")


def test_the_alert_comes_when_the_source_s_date_is_over() -> None:
    story = order()
    story.ticks("2026-03-05T18:00")
    handling = story.rules.handling
    raised = alerts_for(story.case, story.case.history, handling)
    overdue = [one for one in raised if one.kind is AlertKind.OVERDUE]
    assert [one.text.partition("：")[0] for one in overdue] == [
        "来源要求的办理已逾期，时限为 03-05 17:00"
    ]


def test_an_extension_that_the_platform_granted_moves_it_and_the_first_date_stays() -> None:
    story = order()
    moved = at("2026-03-08T17:00")
    story.shows(item(due_at=moved), "2026-03-04T09:00")
    clock = story.case.round.deciding_clock
    assert clock is not None
    assert (clock.due_at, clock.original_due_at) == (moved, WANTED)
    again = at("2026-03-30T17:00")
    story.shows(item(due_at=again), "2026-03-06T09:00")
    source = story.case.round.source_clock
    assert source is not None
    assert source.original_due_at == WANTED
    # Beyond ours: ours counts again.
    assert story.case.round.deciding_clock is story.case.round.reply_clock
    story.shows(
        item(due_at=again, replies=(reply(when=at("2026-03-08T09:00")),)), "2026-03-08T10:00"
    )
    assert on_time(story.case.round) == (True, False)


def test_while_ours_stands_still_only_the_source_s_date_runs() -> None:
    story = order()
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    story.does(DESK, do.PauseForSupplement(missing="门牌号"), "2026-03-03T09:00")
    assert index_of(story.case).due_at == WANTED
    assert verdict_of(story.case.round, at("2026-03-06T00:00")) is Verdict.OVERDUE
    alone = Story()
    alone.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    alone.does(DESK, do.PauseForSupplement(missing="门牌号"), "2026-03-03T09:00")
    assert index_of(alone.case).due_at is None
    assert verdict_of(alone.case.round, at("2026-03-30T00:00")) is Verdict.PAUSED


def test_our_own_extension_does_not_move_the_source_s_date() -> None:
    story = order()
    story.does(LEAD, do.AskExtension(working_days=2, reason="等配件"), "2026-03-03T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-03T10:00")
    clock = story.case.round.deciding_clock
    assert clock is not None
    assert clock.due_at == WANTED
