"""What dispatching learns: which words led people elsewhere, with the cases for and against."""

from __future__ import annotations

from cases.figures.dispatch_lessons import LEAST, Lesson, lesson_of, proposals
from cases.record import commands as do
from tests.cases.helpers import CITY, DESK, HOUSING, LEAD, POLICE, UNPLACED, Story, item

ROADS = "东西南北中"


def charger(n: int, *, stayed_at: str = CITY, sent_to: str = HOUSING) -> Lesson:
    road = ROADS[n]
    return Lesson(
        case_id=f"letters:{n}",
        text=f"{road}门小区充电桩坏了\n{road}门小区停车场的充电桩坏了{n}天，请派人来修。",
        sent_to=sent_to,
        rule="topic",
        stayed_at=stayed_at,
    )


def lift(n: int) -> Lesson:
    return Lesson(
        case_id=f"lift:{n}",
        text=f"{ROADS[n]}门小区电梯坏了\n{ROADS[n]}门小区的电梯坏了，请派人来修，停车场也坏了。",
        sent_to=HOUSING,
        rule="topic",
        stayed_at=HOUSING,
    )


def test_the_words_that_led_people_elsewhere_are_proposed_with_their_cases() -> None:
    (one,) = proposals([*(charger(n) for n in range(5)), *(lift(n) for n in range(5))])
    assert (one.sent_to, one.unit, one.words) == (HOUSING, CITY, ("充电桩",))
    assert one.cases == tuple(f"letters:{n}" for n in range(5))
    assert (one.against, one.rules) == ((), ("topic",))


def test_too_few_reassignments_propose_nothing() -> None:
    assert proposals(charger(n) for n in range(LEAST - 1)) == ()


def test_letters_of_one_text_count_once() -> None:
    assert proposals([charger(0)] * 5) == ()


def test_words_that_stay_elsewhere_as_often_are_not_proposed_and_few_are_told() -> None:
    moved = [charger(n) for n in range(4)]
    stayed = [charger(n, stayed_at=HOUSING) for n in range(1)]
    other = Lesson(case_id="x", text="充电桩被偷了", sent_to=POLICE, rule="topic", stayed_at=POLICE)
    (one,) = proposals([*moved, *(lift(n) for n in range(4)), other])
    assert one.against == ("x",)
    many = [
        Lesson(case_id=f"y{n}", text=f"充电桩{ROADS[n]}", sent_to="", rule="", stayed_at=POLICE)
        for n in range(4)
    ]
    assert not [one for one in proposals([*moved, *stayed, *many]) if one.words == ("充电桩",)]


def test_what_no_rule_placed_and_a_person_did_teaches_as_well() -> None:
    (one,) = proposals(charger(n, sent_to="") for n in range(3))
    assert (one.sent_to, one.unit) == ("", CITY)


def test_a_case_is_a_lesson_once_it_is_settled() -> None:
    fresh = Story()
    assert lesson_of(fresh.case) is None, "nobody has taken it"
    fresh.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    taken = lesson_of(fresh.case)
    assert taken is not None
    assert (taken.sent_to, taken.stayed_at, taken.rule) == (HOUSING, HOUSING, "topic")
    moved = Story()
    moved.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:00")
    lesson = lesson_of(moved.case)
    assert lesson is not None
    assert (lesson.sent_to, lesson.stayed_at) == (HOUSING, CITY)
    asks = Story()
    asks.does(LEAD, do.AskReturn(reason="不归住建"), "2026-03-02T11:00")
    assert lesson_of(asks.case) is None, "it may go on"
    placed = Story(to=UNPLACED)
    placed.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:00")
    by_hand = lesson_of(placed.case)
    assert by_hand is not None
    assert (by_hand.sent_to, by_hand.stayed_at) == ("", CITY)


def test_cases_of_secrecy_teach_nothing() -> None:
    moved = Story()
    moved.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:00")
    moved.does(DESK, do.MarkConfidential(reason="要求保密"), "2026-03-02T12:00")
    assert lesson_of(moved.case) is None
    asked = Story(item(confidential=True))
    asked.does(DESK, do.Assign(lead=CITY, reason="归城管"), "2026-03-02T11:00")
    assert lesson_of(asked.case) is None


def test_words_of_titles_go_before_those_of_bodies_and_hold_no_marks() -> None:
    moved = [
        Lesson(
            case_id=f"t{n}",
            text=f"{ROADS[n]}门充电桩收费\n{ROADS[n]}门，物业说价钱是公司定的，物业说价钱不能改。",
            sent_to=HOUSING,
            rule="topic",
            stayed_at=CITY,
        )
        for n in range(4)
    ]
    (one,) = proposals(moved)
    assert one.words == ("充电桩收费",)
