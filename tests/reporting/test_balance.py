"""上期结转 + 新收 + 重新办理 − 办结 = 结存: each case once, an old week stays what it was."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.balance import Balance, Books, previous_check
from cases.reporting.history import End, as_of, waiting, waits_at
from cases.reporting.lines import Entry, Line, Verdict, days_late, judged, line_of
from cases.reporting.naming import UnitNames
from cases.reporting.period_lines import Only, lines
from cases.reporting.periods import Period, PeriodKind, days, read_period
from cases.words.actors import SYSTEM
from tests.cases.helpers import CITY, DESK, HOUSING, LEAD, REVIEWER, Story, at, item, reply
from tests.reporting.town import NOW, OLD_CITY, linked, office, town

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
BEFORE = read_period(PeriodKind.WEEK, "2026-W10")
AFTER = read_period(PeriodKind.WEEK, "2026-W12")


def counted(
    period: Period, cases: tuple[Case, ...] | None = None, only: Only | None = None
) -> tuple[Balance, list[Line]]:
    at_ = period.as_of(NOW)
    books = Books(at_, UnitNames(office().register, period.last))
    found = list(lines(town() if cases is None else cases, period, books, only))
    return books.balance(len(found)), found


def test_the_equation_of_the_week() -> None:
    balance, found = counted(WEEK)
    assert balance.equation == "上期结转 2 + 新收 7 + 重新办理 1 − 办结 4 = 结存 6"
    assert {line.case.case_id[-2:]: line.entry for line in found} == {
        "a1": Entry.CARRIED,
        "a2": Entry.CARRIED,
        "b1": Entry.NEW,
        "b2": Entry.NEW,
        "b3": Entry.REOPENED,
        "c1": Entry.NEW,
        "c2": Entry.NEW,
        "d1": Entry.NEW,
        "d2": Entry.NEW,
        "e1": Entry.NEW,
    }
    assert dict(balance.ways) == {End.ANSWERED: 3, End.REFUSED: 1}


def test_everything_balances_and_the_proof_says_how() -> None:
    balance, _ = counted(WEEK)
    assert balance.holds
    assert [check.holds for check in balance.checks] == [True] * 9
    assert "2 + 7 + 1 − 4 = 6" in {check.left for check in balance.checks}


@pytest.mark.parametrize("period", [BEFORE, WEEK])
def test_what_one_week_leaves_the_next_takes_over(period: Period) -> None:
    following = {BEFORE.key: WEEK, WEEK.key: AFTER}[period.key]
    left = {line.case.case_id for line in counted(period)[1] if line.ended is None}
    taken = {line.case.case_id for line in counted(following)[1] if line.entry is Entry.CARRIED}
    assert left == taken != set()
    assert previous_check(left, taken).holds


def test_a_case_across_two_periods_is_new_in_the_first_and_carried_in_the_second() -> None:
    first = {line.case.case_id: line for line in counted(BEFORE)[1]}["letters:a1"]
    second = {line.case.case_id: line for line in counted(WEEK)[1]}["letters:a1"]
    assert (first.entry, first.ended) == (Entry.NEW, None)
    assert (second.entry, second.ended) == (Entry.CARRIED, End.ANSWERED)


def test_an_old_week_stays_the_same_when_it_is_printed_later() -> None:
    """Answered, extended, reassigned after the week: as of its end nothing of it is there."""
    story = Story(item(received_at=at("2026-03-05T09:00")))
    then = line_of(story.case, BEFORE, BEFORE.end_at)
    story.does(LEAD, do.AskExtension(working_days=3, reason="采购"), "2026-03-10T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-10T10:00")
    story.does(DESK, do.Assign(lead=CITY, reason="属城管"), "2026-03-10T11:00")
    answered = item(
        received_at=at("2026-03-05T09:00"), replies=(reply(when=at("2026-03-11T09:00")),)
    )
    story.shows(answered, "2026-03-11T10:00")
    now = line_of(story.case, BEFORE, BEFORE.end_at)
    assert then is not None
    assert now is not None
    assert now == then
    assert (now.case.unit, now.case.returns) == (HOUSING, 0)


def test_a_reply_that_becomes_known_later_counts_on_its_own_day() -> None:
    line = {line.case.case_id: line for line in counted(WEEK)[1]}["letters:c2"]
    assert (line.ended_at, judged(line)) == (at("2026-03-13T10:00"), Verdict.ON_TIME)


def test_a_reply_without_a_time_counts_when_it_became_known_and_is_named() -> None:
    balance, found = counted(WEEK)
    line = next(line for line in found if line.case.case_id == "letters:b2")
    assert (line.ended_at, judged(line)) == (at("2026-03-12T12:00"), Verdict.NO_TIME)
    assert balance.untimed == ("letters:b2",)
    assert any("letters:b2" in note and "按得知答复之日计" in note for note in balance.notes())


def test_a_reply_dated_before_the_message_or_in_the_future_does_not_turn_time_around() -> None:
    early = Story(item(replies=(reply(when=at("2026-02-01T09:00")),))).case
    assert waiting(early)[0].end == early.received_at
    late = Story(item(replies=(reply(when=at("2026-09-01T09:00")),))).case
    assert waiting(late)[0].end == late.received_at
    assert not waits_at(waiting(late), WEEK.start_at)


def test_answered_and_reopened_within_the_week_is_one_case_and_explained() -> None:
    balance, found = counted(WEEK)
    line = next(line for line in found if line.case.case_id == "letters:b1")
    assert (line.entry, line.ended, line.again) == (Entry.NEW, None, 1)
    assert balance.again == ("letters:b1",)
    assert any("各按 1 件计" in note for note in balance.notes())


def test_two_rounds_in_one_week_each_answered() -> None:
    story = Story(
        item(replies=(reply(when=at("2026-03-10T09:00")),), received_at=at("2026-03-09T08:00"))
    )
    story.does(DESK, do.Close(), "2026-03-10T10:00")
    story.does(DESK, do.Reopen(reason="又坏了"), "2026-03-11T09:00")
    story.does(LEAD, do.DraftReply(text="再修"), "2026-03-12T09:00")
    story.does(
        REVIEWER, do.ApproveReply(draft=story.case.round.drafts[-1].number), "2026-03-12T09:10"
    )
    story.does(
        LEAD,
        do.Deliver(draft=story.case.round.drafts[-1].number, via="网站"),
        "2026-03-12T09:20",
    )
    balance, _ = counted(WEEK, (story.case,))
    assert balance.equation == "上期结转 0 + 新收 1 − 办结 1 = 结存 0"
    assert balance.holds
    assert [(s.round, s.how) for s in waiting(story.case)] == [
        (1, End.ANSWERED),
        (2, End.ANSWERED),
    ]


def test_linked_messages_count_one_each_and_it_is_said() -> None:
    balance, _ = counted(WEEK)
    assert (balance.linked, balance.matters) == (2, 1)
    assert any("2 件与其他来件反映同一事项（共 1 个事项）" in note for note in balance.notes())


def test_links_found_when_old_messages_were_taken_in_hold_since_their_receipt() -> None:
    def story(name: str, linked_on: str) -> Case:
        taken = Story(item(name, received_at=at("2026-03-09T08:00")), now=at("2026-06-01T09:00"))
        taken.does(SYSTEM, do.LinkMatter(matter="letters:m1"), linked_on)
        return taken.case

    same_day = (story("m1", "2026-06-01T09:05"), story("m2", "2026-06-01T09:05"))
    assert counted(WEEK, same_day)[0].linked == 2
    later = (story("m1", "2026-06-02T09:05"), story("m2", "2026-06-02T09:05"))
    assert counted(WEEK, later)[0].linked == 0


def test_a_child_work_order_is_a_case_of_its_own() -> None:
    child = Story(item("k1", received_at=at("2026-03-09T08:00"), parent_id="k0")).case
    assert counted(WEEK, (child,))[0].children == 1


def test_a_unit_that_was_merged_counts_for_its_successor_and_keeps_its_name() -> None:
    balance, found = counted(WEEK)
    names = UnitNames(office().register, WEEK.last)
    assert next(c.case.unit for c in found if c.case.case_id == "letters:c2") == OLD_CITY
    assert names.shown(OLD_CITY) == "县市容局（现县城市管理局）"
    assert names.predecessors(CITY) == ("县市容局",)
    groups = {group.key: group.sums.entered for group in balance.by_unit}
    assert OLD_CITY not in groups
    assert groups[CITY] == 4  # c1, c2, d1, d2
    assert sum(groups.values()) == balance.sums.entered


def test_before_the_merger_a_unit_counts_for_itself_under_its_name_of_then() -> None:
    names = UnitNames(office().register, date(2026, 3, 3))
    assert names.counted_at(OLD_CITY) == OLD_CITY
    assert names.shown(CITY) == "县城管办（现县城市管理局）"
    assert names.shown("abolished") == names.counted_at("abolished") == "abolished"


def test_whoever_asks_for_a_unit_gets_what_it_took_over() -> None:
    names = UnitNames(office().register, WEEK.last)
    balance, found = counted(WEEK, only=Only(units=names.family(CITY)))
    assert {line.case.case_id[-2:] for line in found} == {"c1", "c2", "d1", "d2"}
    assert balance.holds


def test_by_channel_and_by_any_level_of_the_topic() -> None:
    assert counted(WEEK, only=Only(channel="12345热线"))[0].sums.entered == 1
    assert counted(WEEK, only=Only(topic="环境保护/噪声污染"))[0].sums.entered == 1
    assert counted(WEEK, only=Only(topic="环境保护"))[0].sums.entered == 1
    assert counted(WEEK, only=Only(topic="环境"))[0].empty


def test_a_period_without_cases_is_a_report_of_zero() -> None:
    balance, found = counted(days(date(2020, 1, 1), date(2020, 1, 7)))
    assert (found, balance.empty, balance.holds) == ([], True, True)


def test_the_proof_names_the_case_that_is_there_twice() -> None:
    twice = linked("d9", "2026-03-09T09:00")
    balance, _ = counted(WEEK, (twice, twice))
    assert not balance.holds
    (check,) = [check for check in balance.checks if not check.holds]
    assert check.case_ids == ("letters:d9",)


def test_the_proof_names_the_case_whose_state_does_not_fit_its_history() -> None:
    case = linked("d9", "2026-03-09T09:00")
    books = Books(WEEK.end_at, UnitNames(office().register, WEEK.last))
    line = line_of(case, WEEK, WEEK.end_at)
    assert line is not None
    books.look(case, waiting(case))
    books.add(replace(line, ended=End.ANSWERED))
    balance = books.balance()
    assert not balance.holds
    assert ("letters:d9",) in {check.case_ids for check in balance.checks}


def test_the_proof_names_what_the_last_edition_left_and_this_one_did_not_take() -> None:
    check = previous_check(["a", "b"], ["b", "c"])
    assert (check.holds, check.case_ids) == (False, ("a", "c"))


def test_what_happened_just_now_is_on_the_books_and_what_lies_ahead_is_named() -> None:
    now = at("2026-03-12T09:00")
    fresh = Story(item("n1", received_at=now))
    fresh.does(DESK, do.Refuse(reason="属民事纠纷"), now)
    ahead = Story(item("n2", received_at=at("2026-03-14T09:00")), now=now).case
    books = Books(WEEK.as_of(now), UnitNames(office().register, WEEK.last))
    (line,) = lines([fresh.case, ahead], WEEK, books)
    assert (line.case, line.ended) == (fresh.case, End.REFUSED)
    balance = books.balance(1)
    assert balance.ahead == ("letters:n2",)
    assert any("受理时间在将来" in note for note in balance.notes())
    assert balance.holds


def test_folding_to_a_moment_gives_the_case_of_that_moment() -> None:
    story = Story()
    seen = [(at("2026-03-02T10:15:01"), story.case)]
    for when, act in (
        ("2026-03-03T09:00", do.Acknowledge()),
        ("2026-03-04T09:00", do.DraftReply(text="已安排")),
    ):
        story.does(LEAD, act, when)
        seen.append((at(f"{when}:01"), story.case))
    for moment, case in seen:
        assert as_of(story.case, moment) == case
    assert as_of(story.case, story.case.received_at) is None


@pytest.mark.parametrize(
    ("replied", "late"),
    [
        ("2026-03-09T23:59:59", None),
        ("2026-03-10T00:00:00", 1),
        ("2026-03-10T23:59:59", 1),
        ("2026-03-11T00:00:00", 2),
    ],
)
def test_days_late_are_natural_days_and_a_day_begun_counts(replied: str, late: int | None) -> None:
    story = Story()
    story.shows(item(replies=(reply(when=at(replied)),)), "2026-03-20T09:00")
    line = line_of(story.case, BEFORE, at("2026-03-20T10:00"))
    assert line is not None
    assert days_late(line.case.round, line.at, judged(line)) == late
