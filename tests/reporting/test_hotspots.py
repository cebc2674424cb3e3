"""热点: one function for every surface."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from cases.figures.case_facts import CaseFacts, facts_of, without_labels
from cases.reporting.hotspots import explained, hotspots, recent_days
from cases.reporting.periods import days
from tests.cases.helpers import Story, item
from tests.reporting.test_board import PERIOD, on


def case(number: int, day: int, person: str, **changes: object) -> CaseFacts:
    plain = on(day, case_id=f"c{number}", person=person, matter="m")
    return replace(plain, **changes)


def test_one_person_however_often_is_no_hotspot() -> None:
    assert hotspots([case(n, 10 + n, "a") for n in range(6)], PERIOD) == ()
    two = hotspots([case(1, 10, "a"), case(2, 11, "a"), case(3, 12, "b")], PERIOD)
    assert [(one.cases, one.people) for one in two] == [(3, 2)]


def test_who_is_unknown_counts_for_one() -> None:
    (one,) = hotspots([case(1, 10, ""), case(2, 11, ""), case(3, 12, "a")], PERIOD)
    assert one.people == 3


def test_heat_is_people_and_those_of_late_once_more() -> None:
    """Two weeks: the last two days count twice."""
    rows = [case(1, 10, "a"), case(2, 20, "b"), case(3, 21, "c"), case(4, 22, "c")]
    (one,) = hotspots(rows, PERIOD)
    assert recent_days(PERIOD) == 2
    assert (one.people, one.lately, one.before, one.heat) == (3, 2, 1, 3 + 1)
    assert "最近 2 天" in explained(PERIOD)


def test_the_hottest_stands_first_and_a_cold_one_with_more_cases_behind() -> None:
    old = [on(9 + n, case_id=f"o{n}", person=f"p{n}", matter="old") for n in range(3)]
    new = [on(22, case_id=f"n{n}", person=f"p{n}", matter="new") for n in range(2)]
    assert [one.matter for one in hotspots(old + new, PERIOD)] == ["new", "old"]
    assert [one.matter for one in hotspots(old + new, PERIOD, most=1)] == ["new"]
    assert [one.matter for one in hotspots(old + new, PERIOD, least=3)] == ["old"]


def test_what_a_hotspot_tells() -> None:
    rows = [
        case(2, 12, "b", unit="city", has_reply=True, open=False),
        case(1, 10, "a", promises=(("housing", "2026-11-30", None), ("housing", "2026-11-20", True))),
        case(3, 12, "c", promises=(("city", "2026-11-13", False),)),
        case(4, 12, "d", unit=""),
    ]  # fmt: skip
    (one,) = hotspots(rows, PERIOD, counted_at=lambda unit: unit.upper())
    assert one.units == ("HOUSING", "CITY")
    assert (one.answered, one.open) == (1, 3)
    assert (one.promises, one.kept, one.broken) == (3, 1, 1)
    assert one.case_ids == ("c1", "c2", "c3", "c4")
    assert (one.first_at.day, one.last_at.day) == (10, 12)
    assert one.spread[:5] == (0, 1, 0, 3, 0)
    assert sum(one.spread) == one.cases


def test_only_the_period_counts_and_only_what_has_a_matter() -> None:
    rows = [case(1, 8, "a"), case(2, 9, "b"), on(10, matter="", person="c")]
    assert hotspots(rows, PERIOD) == ()
    assert hotspots(rows, days(date(2026, 11, 8), date(2026, 11, 9)))[0].cases == 2


def test_who_may_not_know_the_labels_knows_no_matter_and_no_person() -> None:
    facts = facts_of(Story(item()).case)
    assert facts.person
    hidden = without_labels(replace(facts, matter="m"))
    assert (hidden.matter, hidden.person) == ("", "")
