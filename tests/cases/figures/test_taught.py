"""Corrections as labelled rows: what, before, after, by, when, by which model."""

from __future__ import annotations

from datetime import date

from cases.figures.taught import Confirmed, Heads, What, confirmed, taught, taught_heads
from cases.life.evolve import fold
from cases.record import commands as do
from cases.words.actors import SYSTEM
from cases.words.labels import Kind, Sentiment
from tests.cases.helpers import (
    CITY,
    DESK,
    HOUSING,
    LEAD,
    REVIEWER,
    UNPLACED,
    Story,
    at,
    item,
    labels,
)


def test_every_label_that_a_person_changes_is_a_row_with_before_and_after() -> None:
    story = Story(item(), read_as=labels(risk=("工资拖欠",), model="linear-1"))
    story.does(
        DESK,
        do.Correct(
            topic_path=("交通运输", "公交"),
            kind=Kind.HELP,
            sentiment=Sentiment.NEGATIVE,
            risk=(),
            simple=True,
            reason="看错了",
            lengthen_approved=True,
        ),
        "2026-03-02T11:00",
    )
    rows = {row.what: row for row in taught(story.case)}
    assert {what: (row.before, row.after) for what, row in rows.items()} == {
        What.TOPIC: ("城乡建设/市政管理", "交通运输/公交"),
        What.KIND: ("投诉", "求助"),
        What.SENTIMENT: ("neutral", "negative"),
        What.RISK: ("工资拖欠", ""),
        What.SIMPLE: ("0", "1"),
    }
    topic = rows[What.TOPIC]
    assert (topic.case_id, topic.by, topic.at) == ("letters:1001", "zhang", at("2026-03-02T11:00"))
    assert (topic.model, topic.reason) == ("linear-1", "看错了")


def test_a_false_alarm_is_one_row_and_says_how_loud_it_was() -> None:
    story = Story(item(), read_as=labels(urgent=True, loud=True))
    story.does(DESK, do.NotUrgent(reason="游戏里的话"), "2026-03-02T11:00")
    (row,) = taught(story.case)
    assert (row.what, row.before, row.after, row.reason) == (
        What.URGENT,
        "危急",
        "",
        "游戏里的话",
    )


def test_another_unit_is_a_row_whether_reassigned_given_back_or_never_dispatched() -> None:
    moved = Story()
    moved.does(DESK, do.Assign(lead=CITY, reason="路灯归城管"), "2026-03-02T11:00")
    back = Story()
    back.does(LEAD, do.AskReturn(reason="不归住建", suggested_unit=CITY), "2026-03-02T11:00")
    back.does(DESK, do.DecideReturn(unit=HOUSING, approve=True, to=CITY), "2026-03-02T12:00")
    waited = Story(to=UNPLACED)
    waited.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:00")
    kept = Story()
    kept.does(DESK, do.Assign(lead=HOUSING, assisting=(CITY,), reason="会同"), "2026-03-02T11:00")
    found = [
        [(row.what, row.before, row.after) for row in taught(story.case)]
        for story in (moved, back, waited, kept)
    ]
    assert found == [
        [(What.UNIT, HOUSING, CITY)],
        [(What.UNIT, HOUSING, CITY)],
        [(What.UNIT, "", CITY)],
        [],
    ]


def test_links_and_promises_by_people_are_rows_those_of_the_program_none() -> None:
    story = Story()
    story.does(SYSTEM, do.LinkMatter(matter="letters:1"), "2026-03-02T10:30")
    assert taught(story.case) == ()
    story.does(DESK, do.UnlinkMatter(matter="letters:1", reason="两个小区"), "2026-03-02T11:00")
    story.does(DESK, do.LinkMatter(matter="letters:2"), "2026-03-02T11:05")
    promise = do.RecordPromise(text="月底前修好", due=date(2026, 3, 31), owner=HOUSING)
    story.does(DESK, promise, "2026-03-02T11:10")
    assert [(row.what, row.before, row.after) for row in taught(story.case)] == [
        (What.MATTER, "letters:1", ""),
        (What.MATTER, "", "letters:2"),
        (What.PROMISE, "", "2026-03-31 housing"),
    ]


def test_what_the_system_corrects_is_no_lesson_and_the_next_row_begins_from_it() -> None:
    story = Story()
    story.does(SYSTEM, do.Correct(sentiment=Sentiment.POSITIVE), "2026-03-02T10:30")
    story.does(DESK, do.Correct(sentiment=Sentiment.NEGATIVE), "2026-03-02T11:00")
    (row,) = taught(story.case)
    assert (row.before, row.after) == ("positive", "negative")
    assert taught_heads(story.case) == Heads(sentiment="negative")


def test_a_confidential_case_teaches_nothing() -> None:
    story = Story()
    story.does(DESK, do.Correct(topic_path=("交通运输",)), "2026-03-02T11:00")
    story.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:30")
    assert taught(story.case)
    story.does(DESK, do.MarkConfidential(reason="要求保密"), "2026-03-02T12:00")
    assert taught(story.case) == ()
    assert taught_heads(story.case) == Heads()
    assert confirmed(story.case) == Confirmed()


def answered(story: Story) -> Story:
    story.does(LEAD, do.Acknowledge(), "2026-03-03T09:00")
    story.does(LEAD, do.DraftReply(text="路灯已修复。"), "2026-03-03T10:00")
    story.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-03T11:00")
    story.does(DESK, do.Deliver(draft=1, via="领导信箱"), "2026-03-03T12:00")
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), "2026-03-04T09:00")
    story.does(DESK, do.Close(note="已修"), "2026-03-04T10:00")
    return story


def test_a_label_is_confirmed_by_people_who_answered_and_closed_without_changing_it() -> None:
    assert confirmed(Story().case) == Confirmed()
    assert confirmed(answered(Story()).case) == Confirmed(topic="城乡建设", kind="投诉")
    corrected = Story()
    corrected.does(DESK, do.Correct(topic_path=("交通运输",)), "2026-03-02T11:00")
    assert confirmed(answered(corrected).case) == Confirmed(kind="投诉")


def test_folding_the_journal_again_gives_the_same_rows() -> None:
    story = Story()
    story.does(DESK, do.Correct(topic_path=("交通运输",)), "2026-03-02T11:00")
    folded = fold(story.case.history)
    assert folded is not None
    assert taught(folded) == taught(story.case)
