"""What comes in as history keeps its words and dates, and asks nothing of anybody."""

from __future__ import annotations

from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.life.ticks import running_clocks
from cases.life.todo import todo_words
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.record.item import content_hash
from tests.cases.helpers import DESK, HOUSING, Story, at, item, labels, reply

NOW = at("2026-11-02T09:00")
OLD = item(received_at=at("2019-03-01T10:00"), archived=True)
ANSWERED = replace(OLD, replies=(reply(when=at("2019-03-09T16:00")),))


def alerts(story: Story) -> list[str]:
    case = story.case
    return [one.kind.value for one in alerts_for(case, case.history, story.rules.handling)]


def test_history_has_no_clock_no_alarm_and_nothing_to_do() -> None:
    story = Story(OLD, now=NOW, read_as=labels(urgent=True, risk=("群体性",)))
    case = story.case
    assert (case.state, case.open, case.unit) == (State.ARCHIVED, False, HOUSING)
    assert (case.round.clocks, running_clocks(case), todo_words(case)) == ((), (), ())
    assert alerts(story) == []
    (nothing,) = story.ticks(at("2026-12-30T09:00"))
    assert isinstance(nothing, ev.ActionRefused)


def test_it_ended_when_the_source_last_said_something_of_it() -> None:
    assert Story(OLD, now=NOW).case.round.closed_at == OLD.received_at
    assert Story(ANSWERED, now=NOW).case.round.closed_at == at("2019-03-09T16:00")
    ended = replace(ANSWERED, closed_at=at("2019-04-01T08:00"), satisfied=False)
    story = Story(ended, now=NOW)
    assert story.case.round.closed_at == at("2019-04-01T08:00")
    assert story.case.round.callback is not None
    assert (story.case.state, alerts(story)) == (State.ARCHIVED, [])


def test_a_report_about_an_office_is_given_to_no_unit_in_history_either() -> None:
    told = replace(OLD, body="我要举报住建局物业科科长收受开发商贿赂，请保密。", confidential=True)
    story = Story(told, now=NOW)
    assert (story.case.state, story.case.tasks, alerts(story)) == (State.ARCHIVED, (), [])


def test_what_the_source_adds_later_wakes_nobody() -> None:
    story = Story(OLD, now=NOW)
    story.shows(replace(ANSWERED, archived=False, satisfied=False), "2026-11-03T09:00")
    assert story.case.state is State.ARCHIVED
    assert len(story.case.round.deliveries) == 1
    assert alerts(story) == []


def test_an_old_export_makes_no_history_of_a_case_that_is_worked_on() -> None:
    story = Story(replace(OLD, archived=False), now=NOW)
    assert story.case.open
    assert content_hash(OLD) == content_hash(story.case.item)
    assert story.shows(replace(OLD, title="路灯不亮，三天了"), "2026-11-03T09:00")
    assert story.case.open
    assert not story.case.item.archived


def test_a_person_takes_it_up_again_with_clocks_from_that_day() -> None:
    story = Story(OLD, now=NOW)
    assert "历史" in story.refuses(DESK, do.Assign(lead=HOUSING), NOW)
    story.does(DESK, do.Reopen(reason="来信人再次反映"), NOW)
    assert story.case.open
    assert story.due() > NOW
    assert any(isinstance(event.body, ev.Archived) for event in story.case.history)
