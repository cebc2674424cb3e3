"""What follows from what a source shows: a new case, later versions, replies there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cases.figures.case_facts import facts_of
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State, on_time
from cases.record.item import Attachment, Note
from tests.cases.helpers import (
    CITY,
    DESK,
    DUE,
    HOUSING,
    LEAD,
    OFFICE,
    RECEIVED,
    REVIEWER,
    SIMPLE_DUE,
    UNPLACED,
    Story,
    assigned_to,
    at,
    item,
    labels,
    reply,
)


def test_a_new_item_is_a_case_with_a_unit_a_task_and_a_due_time_that_is_explained() -> None:
    case = Story(to=assigned_to(HOUSING, CITY)).case
    assert case.state is State.ASSIGNED
    assert (case.unit, case.dispatched, case.unit_reason) == (HOUSING, True, "城乡建设主管")
    assert [(task.unit, task.lead) for task in case.tasks] == [(HOUSING, True), (CITY, False)]
    clock = case.round.reply_clock
    assert clock is not None
    assert clock.due_at == DUE
    counted = [(line.day.day, line.counted) for line in clock.trace]
    assert counted == [(2, 0), (3, 1), (4, 2), (5, 3), (6, 4), (7, 0), (8, 0), (9, 5)]


def test_the_clock_runs_from_receipt_not_from_the_first_sight() -> None:
    late = Story(now=at("2026-03-20T09:00"))
    assert late.due() == DUE
    assert late.case.received_at == RECEIVED


def test_a_source_whose_clock_runs_ahead_does_not_give_the_office_more_time() -> None:
    story = Story(item(received_at=at("2062-01-01T09:00")), now=RECEIVED)
    assert story.due() == DUE


def test_a_simple_item_gets_three_working_days() -> None:
    assert Story(read_as=labels(simple=True)).due() == SIMPLE_DUE


def test_an_item_without_a_rule_waits_for_the_desk_to_dispatch_it() -> None:
    story = Story(to=UNPLACED)
    assert (story.case.state, story.case.dispatched) == (State.RECEIVED, False)
    assert story.case.unit == OFFICE
    story.does(DESK, do.Assign(lead=HOUSING), "2026-03-02T11:00")
    assert (story.case.state, story.case.dispatched) == (State.ASSIGNED, True)


def test_the_date_that_the_source_set_is_a_clock_beside_the_reply_clock() -> None:
    theirs = at("2026-03-04T17:00")
    story = Story(item(due_at=theirs))
    assert (story.due("source"), story.due("reply")) == (theirs, DUE)


def test_a_date_that_the_source_moves_moves_its_clock_and_no_other() -> None:
    story = Story(item(due_at=at("2026-03-04T17:00")))
    story.shows(item(due_at=at("2026-03-06T17:00")), "2026-03-03T09:00")
    assert story.due("source") == at("2026-03-06T17:00")
    assert story.due("reply") == DUE
    story.shows(item(due_at=None, likes=3), "2026-03-03T10:00")
    assert story.due("source") == at("2026-03-06T17:00"), "not said is not taken back"


def test_an_item_edited_to_and_fro_is_as_many_versions() -> None:
    first, second = item(), item(body="已经修好了，谢谢。")
    story = Story(first)
    for number, shown in enumerate((second, first, second), 1):
        story.shows(shown, RECEIVED + timedelta(hours=number))
    assert story.case.versions == 4
    assert story.case.item.body == "已经修好了，谢谢。"


def test_the_same_version_again_is_a_duplicate_without_a_trace() -> None:
    story = Story()
    before = story.case
    assert story.shows(item(), "2026-03-02T12:00") == ()
    assert story.case == before


def test_a_cut_text_never_replaces_the_whole_one() -> None:
    story = Story()
    story.shows(item(body="清河苑三期的路灯…", truncated=True, likes=4), "2026-03-02T12:00")
    assert story.case.item.body == item().body
    assert not story.case.item.truncated
    assert story.case.item.likes == 4


def test_the_whole_text_replaces_a_cut_one() -> None:
    story = Story(item(body="清河苑三期的路灯…", truncated=True))
    story.shows(item(), "2026-03-02T12:00")
    assert story.case.item.body == item().body


def test_an_export_without_a_column_takes_nothing_back() -> None:
    full = item(phone="13912345678", replies=(reply(when=at("2026-03-03T09:00")),), likes=9)
    story = Story(full)
    story.shows(
        item(phone="", author="", replies=(), likes=None, url="https://x.example/1"),
        "2026-03-04T09:00",
    )
    known = story.case.item
    assert (known.phone, known.author, known.likes) == ("13912345678", "周晓岚", 9)
    assert [each.text for each in known.replies] == ["路灯已于今日修复。"]


def test_a_file_that_is_shown_again_by_name_only_keeps_its_bytes() -> None:
    photo, sound = Attachment(name="a.jpg", size=5, sha="f" * 64), Attachment(name="b.mp3", size=9)
    story = Story(item(attachments=(photo,)))
    named = replace(photo, sha="")
    story.shows(item(attachments=(named, sound), likes=1), "2026-03-02T12:00")
    assert list(story.case.item.attachments) == [photo, sound]
    other = replace(named, size=6)
    story.shows(item(attachments=(other,)), "2026-03-02T13:00")
    assert list(story.case.item.attachments) == [other], "another file of the same name"
    story.shows(item(likes=2), "2026-03-02T14:00")
    assert list(story.case.item.attachments) == [other], "not said is not taken back"


def test_a_source_that_redates_a_message_does_not_move_its_receipt() -> None:
    story = Story()
    story.shows(item(received_at=RECEIVED + timedelta(days=3), likes=1), "2026-03-06T09:00")
    assert story.case.received_at == story.case.item.received_at == RECEIVED
    assert story.due() == DUE


def test_likes_may_fall_to_none() -> None:
    story = Story(item(likes=2))
    story.shows(item(likes=0), "2026-03-02T12:00")
    assert story.case.item.likes == 0


def test_a_request_for_information_stays_one() -> None:
    """Its clock must not turn into a shorter one because an export lacks the column."""
    story = Story(item(disclosure=True))
    due = story.due("disclosure")
    story.shows(item(disclosure=False, likes=1), "2026-03-02T12:00")
    story.does(DESK, do.Correct(urgent=True), "2026-03-02T13:00")
    assert story.due("disclosure") == due
    assert story.case.round.clock("reply") is None


def test_what_a_person_corrected_is_not_overruled_by_a_new_reading() -> None:
    story = Story()
    story.does(DESK, do.Correct(topic_path=("交通运输",)), "2026-03-02T11:00")
    story.shows(item(body="改了一个字。"), "2026-03-02T12:00", read_as=labels(topic="教育文体"))
    assert story.case.labels.topic == "交通运输"


def test_a_changed_text_is_read_again() -> None:
    story = Story()
    story.shows(item(body="其实是学校的事。"), "2026-03-02T12:00", read_as=labels(topic="教育文体"))
    assert story.case.labels.topic == "教育文体"


def test_a_warning_of_a_later_version_is_kept_on_the_case_once() -> None:
    note = Note("reply_time_missing", "来源没有给出这次答复的时间")
    story = Story()
    story.shows(item(notes=(note,), likes=1), "2026-03-03T09:00")
    story.shows(item(notes=(note,), likes=2), "2026-03-04T09:00")
    assert story.case.notes == (note,)


# -- replies at the source ---------------------------------------------------


def test_a_reply_seen_at_the_source_counts_as_delivered_at_its_own_time() -> None:
    story = Story()
    story.shows(item(replies=(reply(when=at("2026-03-09T17:00")),)), "2026-03-12T09:00")
    assert story.case.state is State.REPLIED
    assert on_time(story.case.round) == (True, True)


def test_a_reply_after_the_due_time_is_late() -> None:
    story = Story()
    story.shows(item(replies=(reply(when=DUE + timedelta(seconds=1)),)), "2026-03-12T09:00")
    assert on_time(story.case.round) == (False, False)


def test_a_reply_without_a_time_is_a_reply_of_which_nobody_knows_whether_it_was_on_time() -> None:
    story = Story()
    story.shows(item(replies=(reply(),)), "2026-03-12T09:00")
    assert story.case.state is State.REPLIED
    assert on_time(story.case.round) == (None, None)


def test_a_time_that_the_source_learns_later_belongs_to_the_reply_it_showed() -> None:
    story = Story()
    story.shows(item(replies=(reply(),)), "2026-03-05T09:00")
    story.shows(item(replies=(reply(when=at("2026-03-04T16:00")),)), "2026-03-06T09:00")
    assert [d.at for d in story.case.round.deliveries] == [at("2026-03-04T16:00")]
    assert on_time(story.case.round) == (True, True)


def test_a_time_that_the_source_forgets_is_not_forgotten_here() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-04T16:00")),)))
    story.shows(item(replies=(reply(),), likes=2), "2026-03-06T09:00")
    assert [d.at for d in story.case.round.deliveries] == [at("2026-03-04T16:00")]
    assert story.case.item.replies[0].at == at("2026-03-04T16:00")


def test_a_reply_that_vanishes_and_comes_back_is_one_delivery() -> None:
    answered = item(replies=(reply(when=at("2026-03-04T16:00")),))
    story = Story(answered)
    story.shows(item(), "2026-03-05T09:00")
    story.shows(answered, "2026-03-06T09:00")
    assert len(story.case.round.deliveries) == 1


def test_the_same_words_twice_in_one_version_are_one_reply() -> None:
    when = at("2026-03-04T16:00")
    twice = item(replies=(reply("已修复。", when), reply("已 修复。", when), reply("已修复。")))
    assert len(Story(twice).case.round.deliveries) == 1


def test_a_second_reply_is_a_second_delivery_and_the_first_decides() -> None:
    first, second = at("2026-03-04T16:00"), at("2026-03-11T16:00")
    story = Story(item(replies=(reply("已转办。", first),)))
    story.shows(
        item(replies=(reply("已转办。", first), reply("已修复。", second))), "2026-03-12T09:00"
    )
    assert [d.at for d in story.case.round.deliveries] == [first, second]
    assert on_time(story.case.round) == (True, True)


@pytest.mark.parametrize("shown_at", ["2026-03-05T10:05", None])
def test_what_the_desk_delivered_comes_back_in_the_poll_and_is_no_second_delivery(
    shown_at: str | None,
) -> None:
    story = Story()
    story.does(LEAD, do.DraftReply(text="路灯已于今日修复。"), "2026-03-05T09:00")
    story.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-05T09:30")
    story.does(LEAD, do.Deliver(draft=1, via="领导信箱"), "2026-03-05T10:00")
    when = at(shown_at) if shown_at else None
    story.shows(item(replies=(reply("路灯已于今日修复。\n", when),)), "2026-03-05T11:00")
    assert len(story.case.round.deliveries) == 1


def test_a_reply_dated_before_the_message_is_kept_with_a_warning() -> None:
    story = Story()
    story.shows(item(replies=(reply(when=at("2026-03-01T09:00")),)), "2026-03-05T09:00")
    assert [note.code for note in story.case.notes] == ["reply_before_receipt"]
    assert story.case.state is State.REPLIED


def test_a_reply_ends_a_pause_at_the_time_of_the_reply() -> None:
    story = Story()
    story.does(DESK, do.PauseForSupplement(missing="楼栋"), "2026-03-03T08:30")
    story.shows(item(replies=(reply(when=at("2026-03-03T17:30")),)), "2026-03-20T09:00")
    assert story.due() == at("2026-03-10T23:59:59"), "one day paused is one day more"
    assert story.case.state is State.REPLIED


# -- the end at the source ---------------------------------------------------


def test_a_case_closed_at_the_source_is_closed_with_its_call_back() -> None:
    story = Story()
    story.shows(
        item(
            replies=(reply(when=at("2026-03-04T09:00")),),
            closed_at=at("2026-03-05T09:00"),
            resolved=True,
            satisfied=False,
        ),
        "2026-03-06T09:00",
    )
    case = story.case
    assert (case.state, case.round.closed_at) == (State.CLOSED, at("2026-03-05T09:00"))
    assert case.round.callback is not None
    assert (case.round.callback.resolved, case.round.callback.satisfied) == (True, False)


def test_a_closing_without_a_reply_says_so() -> None:
    story = Story(item(closed_at=at("2026-03-03T09:00")), now=at("2026-03-04T09:00"))
    assert story.case.round.exception
    assert on_time(story.case.round) == (None, None)


def test_the_closing_of_an_earlier_round_does_not_close_the_new_one() -> None:
    closed = item(
        replies=(reply(when=at("2026-03-04T09:00")),), closed_at=at("2026-03-05T09:00"), likes=1
    )
    story = Story(closed, now=at("2026-03-06T09:00"))
    story.does(DESK, do.Reopen(reason="路灯又坏了"), "2026-03-09T09:00")
    story.shows(
        item(replies=closed.replies, closed_at=closed.closed_at, likes=2), "2026-03-09T12:00"
    )
    assert story.case.state is State.ASSIGNED
    assert story.case.round.deliveries == ()


def test_a_closing_that_is_known_is_no_news_on_the_day_of_the_reopening() -> None:
    """The source gives the date only, so its time of day says nothing."""
    closed = item(closed_at=at("2026-03-05T00:00"))
    story = Story(closed, now=at("2026-03-05T09:00"))
    story.does(DESK, do.Reopen(reason="没有答复"), "2026-03-05T10:00")
    story.shows(item(closed_at=at("2026-03-05T00:00"), likes=2), "2026-03-05T12:00")
    assert story.case.state is State.ASSIGNED


def test_a_refused_case_stays_refused_when_the_source_closes_it() -> None:
    story = Story(to=UNPLACED)
    story.does(DESK, do.Refuse(reason="属市级职权"), "2026-03-02T14:00")
    story.shows(item(closed_at=at("2026-03-03T09:00")), "2026-03-04T09:00")
    assert (story.case.state, story.case.ended) == (State.REFUSED, "属市级职权")


def test_a_message_that_the_source_withdraws_is_marked_and_goes_on() -> None:
    story = Story()
    bodies = story.shows(item(withdrawn=True), "2026-03-03T09:00")
    assert any(isinstance(body, ev.WithdrawnAtSource) for body in bodies)
    assert story.case.item.withdrawn
    assert story.case.open


@pytest.mark.parametrize("closed_here", [False, True])
def test_a_call_back_of_the_platform_counts_whenever_it_comes(*, closed_here: bool) -> None:
    """Shown after the reply, without an end, or after the desk closed the case itself."""
    answered = item(replies=(reply(when=at("2026-03-05T10:00")),))
    story = Story(answered, now=at("2026-03-05T11:00"))
    if closed_here:
        story.does(DESK, do.Close(), "2026-03-05T12:00")
    story.shows(replace(answered, resolved=True, satisfied=False), "2026-03-09T09:00")
    called = story.case.round.callback
    assert called is not None
    assert (called.resolved, called.satisfied, called.note) == (True, False, "来源平台回访")
    (judged,) = facts_of(story.case).judged
    assert (judged.resolved, judged.satisfied) == (True, False)
    before = story.case.seq
    story.shows(replace(answered, resolved=True, satisfied=False, likes=3), "2026-03-10T09:00")
    assert not any(
        isinstance(event.body, ev.CalledBack) for event in story.case.history[before:]
    ), "said once"


def test_a_call_back_that_comes_with_the_reply_counts() -> None:
    shown = item(replies=(reply(when=at("2026-03-05T10:00")),), satisfied=True)
    called = Story(shown, now=at("2026-03-05T11:00")).case.round.callback
    assert called is not None
    assert called.satisfied is True
