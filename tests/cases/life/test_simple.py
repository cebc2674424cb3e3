"""简单问题 follows from what a person corrects, by the explicit rule, unless he says so himself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cases.life.evolve import fold
from cases.life.simple import SimpleRule
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import decode_case, encode_case
from cases.words.actors import SYSTEM
from cases.words.labels import Kind, Sentiment
from tests.cases.helpers import (
    ADMIN,
    DESK,
    DUE,
    SIMPLE_DUE,
    Story,
    item,
    labels,
    usual,
)

SOON = "2026-03-02T14:00"
LATER = "2026-03-03T09:00"
SURE = {"topic": "城乡建设", "topic_confidence": 0.9, "kind_confidence": 0.9}
COMPLAINT = labels(**SURE)
SIMPLE_QUESTION = labels(**SURE, kind=Kind.INQUIRY, simple=True)
QUESTION = item(title="咨询路灯", body="请问清河苑三期的路灯什么时候修理？")


def corrected(story: Story) -> ev.Corrected:
    found = [event.body for event in story.case.history if isinstance(event.body, ev.Corrected)]
    return found[-1]


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"kind": Kind.COMPLAINT}, False),
        ({"kind_confidence": 0.3}, False),
        ({"topic": ""}, False),
        ({"topic": "纪检监察"}, False),
        ({"topic_confidence": 0.5}, False),
        ({"risk": ("安全生产",)}, False),
        ({"urgent": True}, False),
        ({"sentiment": Sentiment.NEGATIVE}, False),
        ({"kind": Kind.SUGGESTION}, False),
    ],
)
def test_every_condition_of_the_rule_counts(changes: dict[str, object], *, holds: bool) -> None:
    asked = replace(SIMPLE_QUESTION, simple=False, **changes)
    assert usual().simple.holds(asked, "咨询", "路灯什么时候修？") is holds


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ("转学到县城的小学有什么要求？", True),
        ("办健康证有年龄要求吗？", True),
        ("我应该到哪个窗口办理？", True),
        ("要求学校马上退费", False),
        ("转学有什么要求？要求尽早答复", False),
        ("应该有人管一管吧？", False),
    ],
)
def test_a_word_of_demand_that_only_asks_is_no_demand(body: str, *, holds: bool) -> None:
    asked = replace(SIMPLE_QUESTION, simple=False)
    assert usual().simple.holds(asked, "咨询", body) is holds


@pytest.mark.parametrize(
    ("characters", "holds"), [(0, False), (1, True), (220, True), (221, False)]
)
def test_blanks_do_not_make_a_message_longer(characters: int, *, holds: bool) -> None:
    body = "路 \n\u3000" * characters
    assert usual().simple.holds(SIMPLE_QUESTION, "", body) is holds


def test_another_kind_is_simple_or_not_by_the_rule() -> None:
    story = Story(QUESTION, read_as=COMPLAINT)
    story.does(DESK, do.Correct(kind=Kind.INQUIRY), SOON)
    assert (story.case.labels.simple, story.due()) == (True, SIMPLE_DUE)
    assert (corrected(story).fields, corrected(story).derived) == (("kind",), ("simple",))


def test_what_a_person_says_of_the_kind_is_certain() -> None:
    story = Story(QUESTION, read_as=replace(COMPLAINT, kind_confidence=0.2))
    story.does(DESK, do.Correct(kind=Kind.INQUIRY), SOON)
    assert (story.case.labels.kind_confidence, story.case.labels.simple) == (1.0, True)


def test_no_longer_simple_lengthens_and_needs_the_approval_of_the_desk() -> None:
    story = Story(read_as=SIMPLE_QUESTION)
    complaint = do.Correct(kind=Kind.COMPLAINT)
    assert "值班台同意" in story.refuses(DESK, complaint, SOON)
    assert "值班台同意" in story.refuses(ADMIN, replace(complaint, lengthen_approved=True), SOON)
    story.does(DESK, replace(complaint, lengthen_approved=True), SOON)
    assert (story.case.labels.simple, story.due()) == (False, DUE)


def test_a_long_or_risky_question_is_not_simple() -> None:
    for first, read_as in (
        (item(body="请问何时能修好路灯？" * 40), COMPLAINT),
        (item(), replace(COMPLAINT, risk=("安全生产",))),
    ):
        story = Story(first, read_as=read_as)
        story.does(DESK, do.Correct(kind=Kind.INQUIRY), SOON)
        assert (story.case.labels.simple, story.due()) == (False, DUE)
        assert corrected(story).derived == ()


def test_a_topic_that_was_in_doubt_may_make_a_question_simple() -> None:
    in_doubt = labels(kind=Kind.INQUIRY, kind_confidence=0.9, topic="", topic_path=())
    story = Story(QUESTION, read_as=in_doubt)
    story.does(DESK, do.Correct(topic_path=("交通运输",)), SOON)
    assert (story.case.labels.simple, story.due()) == (True, SIMPLE_DUE)


def test_who_says_himself_that_it_is_simple_is_right() -> None:
    story = Story(read_as=COMPLAINT)
    story.does(DESK, do.Correct(kind=Kind.INQUIRY, simple=False), SOON)
    assert (story.case.labels.simple, story.due()) == (False, DUE)
    story.does(DESK, do.Correct(kind=Kind.SUGGESTION), LATER)
    assert not story.case.labels.simple, "said at an earlier correction"

    same = Story(read_as=SIMPLE_QUESTION)
    same.does(DESK, do.Correct(kind=Kind.COMPLAINT, simple=True), SOON)
    assert (same.case.labels.simple, same.due()) == (True, SIMPLE_DUE)


@pytest.mark.parametrize(
    "command",
    [do.Correct(urgent=True), do.Correct(risk=("群体诉求",)), do.Correct(event_level="一般")],
)
def test_other_corrections_leave_it(command: do.Correct) -> None:
    story = Story(read_as=SIMPLE_QUESTION)
    story.does(SYSTEM if command.risk else DESK, command, SOON)
    assert story.case.labels.simple


def test_a_later_change_of_the_rule_changes_no_history() -> None:
    story = Story(QUESTION, read_as=COMPLAINT)
    story.does(DESK, do.Correct(kind=Kind.INQUIRY), SOON)
    before = encode_case(story.case)
    never = SimpleRule(kinds=(), max_characters=0)
    story.rules = replace(story.rules, simple=never)
    folded = fold(story.case.history)
    assert folded is not None
    assert encode_case(folded) == before
    story.does(DESK, do.Correct(urgent=True), LATER)
    assert (story.case.labels.simple, story.due()) == (True, SIMPLE_DUE)


def test_corrections_written_before_the_rule_reached_the_decider_stay_as_they_are() -> None:
    story = Story(read_as=COMPLAINT)
    story.does(DESK, do.Correct(kind=Kind.INQUIRY, simple=False), SOON)
    data = encode_case(story.case)
    assert b"derived" not in data, "an older history has other bytes otherwise"
    assert encode_case(decode_case(data)) == data


@pytest.mark.parametrize(
    ("title", "body", "holds"),
    [
        ("咨询护照办理", "请问护照在哪里办理？需要什么材料？", True),
        ("为什么不发补贴", "请问补贴什么时候发？", False),
        ("咨询退费", "培训费能退费吗？", False),
        ("咨询开工时间", "到底什么时候开工？", False),
        ("咨询开工时间", "一直没有动静，什么时候开工？", False),
        ("咨询通车", "请问何时通车？至今没通", False),
        ("咨询学区", "不给报名，请问怎么办？", False),
        ("对答复质疑", "请问依据是什么？", False),
        ("咨询路灯", "恳请尽快安装路灯，请问何时装？", False),
        ("咨询入学", "在哪报名？要什么材料？几号开始？能网上报吗？", False),
    ],
)
def test_a_grievance_a_demand_or_several_questions_are_not_simple(
    title: str, body: str, *, holds: bool
) -> None:
    asked = replace(SIMPLE_QUESTION, simple=False)
    assert usual().simple.holds(asked, title, body) is holds
