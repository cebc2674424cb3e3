"""满意度 in five grades."""

from __future__ import annotations

import pytest

from cases.figures.case_facts import facts_of
from cases.record import commands as do
from cases.words.grades import Grade
from tests.cases.helpers import DESK, Story, at, item, reply


def answered() -> Story:
    return Story(item(replies=(reply(when=at("2026-03-05T10:00")),)), now=at("2026-03-05T11:00"))


@pytest.mark.parametrize(
    ("grade", "satisfied"),
    [
        ("非常满意", True),
        ("满意", True),
        ("基本满意", True),
        ("不满意", False),
        ("非常不满意", False),
    ],
)
def test_the_upper_three_are_satisfied(grade: str, satisfied: bool) -> None:
    story = answered()
    story.does(
        DESK, do.CallBack(resolved=True, satisfied=None, grade=Grade(grade)), "2026-03-06T09:00"
    )
    called = story.case.rounds[0].callback
    assert called is not None
    assert (called.grade, called.satisfied) == (grade, satisfied)
    assert facts_of(story.case).judged[0].satisfied is satisfied
    # Who is not content has a new round, whichever of the two words it was.
    assert len(story.case.rounds) == (1 if satisfied else 2)


def test_a_grade_that_contradicts_is_refused() -> None:
    wrong = do.CallBack(resolved=True, satisfied=True, grade=Grade.BAD)
    assert "不一致" in answered().refuses(DESK, wrong, "2026-03-06T09:00")
