"""我的待办: what waits, and whose it is."""

from __future__ import annotations

from datetime import date

from cases.life.todo import TODO_WORDS, Todo, todo_words
from cases.record import commands as do
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    REVIEWER,
    UNPLACED,
    Story,
    assigned_to,
    handling,
    item,
)

NOON = "2026-03-02T12:00"


def waits(story: Story) -> set[str]:
    return set(todo_words(story.case))


def own(*todos: str) -> set[str]:
    """Each alone and as the lead unit's."""
    return {word for todo in todos for word in (todo, f"{todo}:{HOUSING}")}


def test_from_receipt_to_closing_there_is_always_somebody_whose_turn_it_is() -> None:
    story = Story(to=UNPLACED)
    assert waits(story) == {"dispatch"}
    story.does(DESK, do.Assign(lead=HOUSING), NOON)
    assert waits(story) == own("acknowledge")
    story.does(LEAD, do.Acknowledge(), NOON)
    assert waits(story) == own("reply")
    story.does(LEAD, do.DraftReply(text="已修好。"), NOON)
    assert waits(story) == own("review", "review@0")
    story.does(REVIEWER, do.RejectReply(draft=1, reason="请写明日期"), NOON)
    assert waits(story) == own("redraft")
    story.does(LEAD, do.DraftReply(text="已于 3 月 2 日修好。"), NOON)
    story.does(REVIEWER, do.ApproveReply(draft=2), NOON)
    assert waits(story) == own("deliver")
    story.does(LEAD, do.Deliver(draft=2, via="电话"), NOON)
    assert waits(story) == {"call_back"}
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), NOON)
    assert waits(story) == {"close"}
    story.does(DESK, do.Close(), NOON)
    assert waits(story) == set()


def test_the_second_look_waits_for_its_own_people() -> None:
    story = Story(rules=handling(review={"approvals": 2}))
    story.does(LEAD, do.Acknowledge(), NOON)
    story.does(LEAD, do.DraftReply(text="已修好。"), NOON)
    story.does(REVIEWER, do.ApproveReply(draft=1), NOON)
    assert waits(story) == own("review", "review@1")


def test_an_assisting_unit_has_its_share() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    assert waits(story) == {*own("acknowledge"), f"acknowledge:{CITY}"}
    story.does(ASSISTANT, do.Acknowledge(), NOON)
    assert f"share:{CITY}" in waits(story)
    story.does(ASSISTANT, do.FinishShare(text="已查"), NOON)
    assert not any(word.startswith("share") for word in waits(story))


def test_what_a_unit_asks_for_is_the_desks_to_decide() -> None:
    story = Story()
    story.does(LEAD, do.AskReturn(reason="不属本局"), NOON)
    story.does(LEAD, do.Acknowledge(), NOON)
    story.does(LEAD, do.AskExtension(working_days=1, reason="待勘测"), NOON)
    assert {"decide_return", "decide_extension"} <= waits(story)


def test_nothing_is_asked_of_a_unit_while_the_citizen_is() -> None:
    story = Story()
    story.does(LEAD, do.Acknowledge(), NOON)
    story.does(DESK, do.PauseForSupplement(missing="楼栋"), NOON)
    assert waits(story) == set()


def test_a_leader_hears_of_what_is_far_too_late_until_he_has_spoken() -> None:
    story = Story(item())
    story.does(LEAD, do.Acknowledge(), NOON)
    story.ticks("2026-03-10T09:00")
    assert "instruct" not in waits(story)
    story.ticks("2026-03-20T09:00")
    assert "instruct" in waits(story)
    story.does(LEADER, do.Instruct(text="请抓紧"), "2026-03-20T10:00")
    assert "instruct" not in waits(story)
    assert own("report") <= waits(story)
    story.does(LEAD, do.ReportOnInstruction(number=1, text="已修"), "2026-03-20T11:00")
    assert not waits(story) & own("report")


def test_a_promise_waits_for_its_owner_even_when_the_case_is_closed() -> None:
    story = Story()
    promise = do.RecordPromise(text="换灯", due=date(2026, 5, 31), owner=CITY)
    story.does(DESK, promise, NOON)
    story.does(DESK, do.Close(exception="已当面说明"), NOON)
    assert waits(story) == {"promise", f"promise:{CITY}"}
    kept = do.VerifyPromise(number=1, kept=True, evidence="照片")
    story.does(DESK, kept, "2026-05-31T09:00")
    assert waits(story) == set()


def test_each_has_its_word() -> None:
    assert set(TODO_WORDS) == set(Todo)
