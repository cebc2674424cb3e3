"""The course of a matter: what happened on which day in its cases."""

from __future__ import annotations

from cases.record import commands as do
from cases.reporting.matter_course import course_of_matter
from tests.cases.helpers import DESK, LEAD, Story


def test_days_are_those_of_beijing_and_count_all_cases() -> None:
    first, second = Story(), Story()
    first.does(DESK, do.Press(rung=do.Rung.REMIND, text="请抓紧"), "2026-03-04T00:10")
    first.does(LEAD, do.DraftReply(text="已经安排检修。"), "2026-03-04T09:00")
    second.does(LEAD, do.DraftReply(text="已经检修。"), "2026-03-04T10:00")
    newest, *_, oldest = course_of_matter([first.case, second.case])
    assert newest.day.isoformat() == "2026-03-04"
    assert newest.deeds == (("催办督办", 1), ("拟稿", 2))
    assert dict(oldest.deeds)["受理"] == 2
    assert newest.day > oldest.day


def test_a_matter_without_cases_has_no_course() -> None:
    assert course_of_matter([]) == ()
