"""派单异议: dispute, ruling, second dispatch, and the shares by rule and unit."""

from __future__ import annotations

from datetime import timedelta

from cases.figures.case_facts import facts_of
from cases.figures.disputes import BY_DESK, dispatch_shares, disputes
from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.periods import PeriodKind, read_period
from cases.words.times import micros
from desk.reports.service import count_period
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    POLICE,
    RECEIVED,
    Story,
    item,
)
from tests.reporting.town import NOW, ledger_of, office

SOON = RECEIVED + timedelta(hours=1)
LATER = RECEIVED + timedelta(hours=2)


def story_of(number: str = "1") -> Story:
    return Story(item(number))


def returned(number: str = "1") -> Story:
    story = story_of(number)
    asked = do.AskReturn(reason="照明归城管", suggested_unit=CITY)
    story.does(LEAD, asked, SOON)
    agreed = do.DecideReturn(unit=HOUSING, approve=True, to=CITY, reason="情况属实")
    story.does(DESK, agreed, LATER)
    return story


def test_a_dispute_has_the_rule_the_ruling_and_the_next_dispatch() -> None:
    (one,) = disputes(returned().case)
    assert (one.unit, one.rule, one.time) == (HOUSING, "topic", 1)
    assert (one.reason, one.suggested, one.asked_at) == ("照明归城管", CITY, SOON)
    assert (one.agreed, one.ruling, one.ruled_at) == (True, "情况属实", LATER)
    assert one.ruled_by == DESK
    assert (one.next_unit, one.next_at) == (CITY, LATER)


def test_what_waits_has_no_ruling_and_what_was_refused_may_be_asked_again() -> None:
    story = story_of()
    story.does(LEAD, do.AskReturn(reason="归城管"), SOON)
    assert [one.agreed for one in disputes(story.case)] == [None]
    refused = do.DecideReturn(unit=HOUSING, approve=False, reason="在你局")
    story.does(DESK, refused, LATER)
    story.does(LEAD, do.AskReturn(reason="另有依据"), LATER)
    assert [(one.agreed, one.ruling) for one in disputes(story.case)] == [
        (False, "在你局"),
        (None, ""),
    ]


def test_the_second_dispatch_may_be_disputed_too() -> None:
    story = returned()
    story.does(ASSISTANT, do.AskReturn(reason="归公安"), LATER)
    story.does(DESK, do.DecideReturn(unit=CITY, approve=True), LATER)
    story.does(DESK, do.Assign(lead=POLICE), LATER)
    first, second = disputes(story.case)
    assert (second.unit, second.rule, second.time) == (CITY, BY_DESK, 2)
    assert (first.next_unit, second.next_unit) == (CITY, POLICE)


def test_a_helper_added_later_is_no_further_dispatch() -> None:
    story = returned()
    story.does(DESK, do.Assign(lead=CITY, assisting=(POLICE,), reason="请协助"), LATER)
    asked = LATER + timedelta(minutes=1)
    story.does(ASSISTANT, do.AskReturn(reason="归公安"), asked)
    second = disputes(story.case)[1]
    assert (second.unit, second.time, second.dispatched_at) == (CITY, 2, LATER)


def cases() -> list[Case]:
    reassigned = story_of("2")
    reassigned.does(DESK, do.Assign(lead=CITY, reason="改派"), SOON)
    return [returned("1").case, reassigned.case, story_of("3").case, story_of("4").case]


def test_the_shares_by_rule_and_unit_are_those_of_the_table_of_measures() -> None:
    """One figure of one name: a paper of the same time counts the same."""
    week = read_period(PeriodKind.WEEK, "2026-W10")
    by_rule, by_unit = dispatch_shares(map(facts_of, cases()), week.start_at, min(week.end_at, NOW))
    ((rule,), (unit,)) = by_rule, by_unit
    assert (rule.name, unit.name) == ("topic", HOUSING)
    assert (rule.right.part, rule.right.whole) == (2, 4)
    assert (rule.returned.part, rule.returned.whole) == (1, 4)
    assert (unit.right, unit.returned) == (rule.right, rule.returned)
    with ledger_of(tuple(cases())) as ledger:
        figures = count_period(ledger, office(), week, NOW).figures
    assert figures.figure("right_first").value == rule.right
    assert figures.figure("returned_share").value == rule.returned


def test_what_was_first_dispatched_at_another_time_is_not_in_it() -> None:
    assert dispatch_shares(map(facts_of, cases()), LATER, NOW) == ((), ())


def test_the_facts_tell_the_first_dispatch_and_when_it_was_to_be_given_back() -> None:
    """So that nobody reads the cases of a month for them."""
    facts = facts_of(returned().case)
    assert (facts.sent_to, facts.sent_by, facts.sent_right) == (HOUSING, "topic", False)
    assert facts.asked == (micros(SOON),)
    facts = facts_of(story_of().case)
    assert (facts.sent_to, facts.sent_by, facts.sent_right) == (HOUSING, "topic", True)
    assert facts.asked == ()
