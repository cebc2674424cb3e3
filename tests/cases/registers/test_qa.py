"""政策咨询问答库: what may be entered, by whom, and when an answer is public."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from msgspec.structs import replace

from cases.registers.qa import (
    LONGEST_QUESTION,
    Approved,
    Document,
    Happened,
    QaEntry,
    QaStanding,
    Rejected,
    Step,
    Submitted,
    Withdrew,
    Written,
    check,
    check_document,
    check_owner,
    check_written,
    fold,
)
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING

DAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 9, tzinfo=BEIJING)
DESK = Actor(id="desk", role=Role.DESK)
OTHER = Actor(id="other", role=Role.DESK)
REVIEWER = Actor(id="reviewer", role=Role.REVIEWER)
UNIT = Actor(id="clerk", role=Role.RESPONDER, unit="water")
LEADER = Actor(id="leader", role=Role.LEADER)
RULES = Document(title="供水管理办法", reference="县府〔2026〕1号", valid_from=date(2026, 1, 1))
TEXT = Written(
    question="水费怎么算？", answer="按用水量分档。", document="1", clause="第三条", unit="water"
)


def entry(*steps: tuple[Actor, Step]) -> QaEntry:
    return fold("1", (Happened(NOW, by, step) for by, step in ((UNIT, TEXT), *steps)))


PUBLISHED = ((UNIT, Submitted()), (DESK, Approved()))


@pytest.mark.parametrize(
    ("document", "days"),
    [
        (RULES, {date(2025, 12, 31): False, date(2026, 1, 1): True, date(2036, 1, 1): True}),
        (replace(RULES, valid_to=DAY), {DAY: True, date(2026, 3, 4): False}),
        (replace(RULES, repealed_on=DAY), {date(2026, 3, 2): True, DAY: False}),
    ],
)
def test_a_document_is_in_force_from_its_first_to_its_last_day(
    document: Document, days: dict[date, bool]
) -> None:
    assert {day: document.in_force(day) for day in days} == days
    for day, expected in days.items():
        assert entry(*PUBLISHED).public({"1": document}, day) is expected


@pytest.mark.parametrize(
    ("document", "actor", "reason"),
    [
        (RULES, LEADER, "由值班台、承办单位或管理员登记"),
        (replace(RULES, title=" "), DESK, "请填写文件名称和文号"),
        (replace(RULES, reference=""), DESK, "请填写文件名称和文号"),
        (replace(RULES, valid_to=date(2025, 12, 31)), DESK, "有效期止（2025-12-31）应不早于起"),
        (replace(RULES, url="javascript:alert(1)"), DESK, "网址应以 http:// 或 https:// 开头"),
    ],
)
def test_a_document_that_may_not_be_entered(document: Document, actor: Actor, reason: str) -> None:
    with pytest.raises(NotAllowed, match=reason):
        check_document(document, actor)


def test_a_document_is_changed_by_the_unit_that_registered_it_or_the_desk() -> None:
    check_document(replace(RULES, url="https://example.gov.cn/1"), UNIT)
    check_owner("water", UNIT)
    check_owner("water", DESK)
    for owner in ("", "roads"):
        with pytest.raises(NotAllowed, match="只能由登记它的单位或值班台"):
            check_owner(owner, UNIT)


@pytest.mark.parametrize(
    ("content", "actor", "reason"),
    [
        (TEXT, LEADER, "问答由值班台、承办单位或管理员编写"),
        (replace(TEXT, unit="roads"), UNIT, "只能编写本单位的问答"),
        (replace(TEXT, question=""), UNIT, "请填写问题"),
        (replace(TEXT, answer=" "), UNIT, "请填写答案"),
        (replace(TEXT, question="问" * (LONGEST_QUESTION + 1)), UNIT, "实际是 201 字和 7 字"),
        (replace(TEXT, document="2"), UNIT, "请选择所依据的政策文件"),
        (replace(TEXT, document="old"), UNIT, "已经失效，不能再用来解答"),
        (replace(TEXT, clause=""), UNIT, "请写明依据的条款"),
    ],
)
def test_a_text_that_may_not_be_written(content: Written, actor: Actor, reason: str) -> None:
    documents = {"1": RULES, "old": replace(RULES, repealed_on=DAY)}
    with pytest.raises(NotAllowed, match=reason):
        check_written(content, actor, documents, DAY)
    with pytest.raises(NotAllowed):
        check(entry(), content, actor, documents, DAY)


@pytest.mark.parametrize(
    ("before", "step", "actor", "reason"),
    [
        (PUBLISHED, Submitted(), UNIT, "此问答已发布，不能提交"),
        ((), Submitted(), Actor(id="x", role=Role.RESPONDER, unit="roads"), "只能编写本单位的问答"),
        ((), Submitted(), LEADER, "由值班台、承办单位或管理员编写"),
        ((), Approved(), DESK, "此问答草稿，不在待审"),
        (PUBLISHED[:1], Approved(), UNIT, "由值班台、审核或管理员审定"),
        (((DESK, TEXT), (DESK, Submitted())), Approved(), DESK, "应由编写人以外的人审定"),
        (PUBLISHED[:1], Rejected(" "), DESK, "请填写退回的理由"),
        (PUBLISHED, Withdrew(" "), DESK, "请填写撤回的理由"),
        (PUBLISHED, Withdrew("旧"), UNIT, "由值班台、审核或管理员撤回"),
        ((*PUBLISHED, (DESK, Withdrew("旧"))), Withdrew("旧"), DESK, "此问答已经撤回"),
    ],
)
def test_a_step_that_may_not_be_taken(
    before: tuple[tuple[Actor, Step], ...], step: Step, actor: Actor, reason: str
) -> None:
    with pytest.raises(NotAllowed, match=reason):
        check(entry(*before), step, actor, {"1": RULES}, DAY)


def test_an_answer_is_not_approved_on_a_document_that_ended_meanwhile() -> None:
    waiting = entry((UNIT, Submitted()))
    check(waiting, Approved(), OTHER, {"1": RULES}, DAY)
    with pytest.raises(NotAllowed, match="已经失效"):
        check(waiting, Approved(), OTHER, {"1": replace(RULES, valid_to=date(2026, 3, 2))}, DAY)


def test_an_edit_replaces_what_is_public_when_it_is_approved() -> None:
    edited = replace(TEXT, answer="按人口分档。")
    check(entry(*PUBLISHED), edited, UNIT, {"1": RULES}, DAY)
    before = entry(*PUBLISHED, (UNIT, edited))
    assert (before.standing, before.published) == (QaStanding.DRAFT, TEXT)
    assert before.public({"1": RULES}, DAY)
    rejected = entry(*PUBLISHED, (UNIT, edited), (UNIT, Submitted()), (DESK, Rejected("不准确")))
    assert (rejected.standing, rejected.rejected) == (QaStanding.DRAFT, "不准确")
    assert rejected.published == TEXT
    after = entry(*PUBLISHED, (UNIT, edited), (UNIT, Submitted()), (REVIEWER, Approved()))
    assert (after.published, after.approved_by, after.published_at) == (edited, "reviewer", NOW)


def test_what_is_withdrawn_or_has_ended_is_not_public() -> None:
    documents = {"1": RULES}
    assert not entry().public(documents, DAY), "never approved"
    withdrawn = entry(*PUBLISHED, (DESK, Withdrew("政策已变")))
    assert (withdrawn.standing, withdrawn.withdrawn) == (QaStanding.WITHDRAWN, "政策已变")
    assert not withdrawn.public(documents, DAY)
    assert not entry(*PUBLISHED).public({}, DAY), "its document is not there"
    ends = replace(TEXT, valid_to=DAY)
    own_end = entry((UNIT, ends), *PUBLISHED)
    assert own_end.public(documents, DAY)
    assert not own_end.public(documents, date(2026, 3, 4))


def test_a_history_begins_with_a_text() -> None:
    with pytest.raises(TypeError, match="does not begin with a text"):
        fold("9", [Happened(NOW, DESK, Submitted())])
