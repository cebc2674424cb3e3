"""A text that reads differently has other clocks; no machine gives a longer one."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.labels import Labels
from tests.cases.helpers import DESK, DUE, LEAD, SIMPLE_DUE, Story, item, labels

PLAIN, SIMPLE = labels(), labels(simple=True)
LATER = "2026-03-03T09:00"


def changed_text(first: Labels, then: Labels, story: Story | None = None) -> Story:
    story = story or Story(read_as=first)
    story.shows(item(body="路灯坏了，什么时候修？", likes=3), LATER, read_as=then)
    return story


def test_a_simple_question_after_all_is_due_earlier() -> None:
    story = Story(read_as=PLAIN)
    assert story.due() == DUE
    changed_text(PLAIN, SIMPLE, story)
    assert story.due() == SIMPLE_DUE
    body = story.case.history[-1].body
    assert isinstance(body, ev.ClocksSet)
    assert "来源改了内容" in body.why


def test_the_citizen_never_waits_longer_for_a_later_version() -> None:
    story = changed_text(SIMPLE, PLAIN)
    assert story.due() == SIMPLE_DUE
    assert not story.case.labels.simple
    assert not any(isinstance(event.body, ev.ClocksSet) for event in story.case.history)


def test_extensions_are_carried_over_and_a_later_acknowledgement_stays() -> None:
    story = Story(read_as=PLAIN)
    story.does(DESK, do.Assign(lead="police", reason="归公安"), LATER)
    acknowledge = story.due("acknowledge")
    changed_text(PLAIN, SIMPLE, story)
    assert story.due("acknowledge") == acknowledge


def test_labels_that_a_person_set_move_nothing() -> None:
    story = Story(read_as=PLAIN)
    story.does(DESK, do.Correct(urgent=True), LATER)
    changed_text(PLAIN, SIMPLE, story)
    assert (story.due(), story.case.labels.simple) == (DUE, False)


def test_a_case_that_is_answered_keeps_its_clocks() -> None:
    story = Story(read_as=PLAIN)
    story.does(DESK, do.Close(exception="重复件"), LATER)
    changed_text(PLAIN, SIMPLE, story)
    assert story.due() == DUE


def test_the_desk_sees_the_clock_of_a_correction_before_it_agrees() -> None:
    story = Story(read_as=SIMPLE)
    longer = do.Correct(simple=False)
    assert "值班台同意" in story.refuses(DESK, longer, LATER)
    story.does(DESK, do.Correct(simple=False, lengthen_approved=True), LATER)
    assert story.due() == DUE
    story.refuses(LEAD, do.Correct(simple=True), LATER)
