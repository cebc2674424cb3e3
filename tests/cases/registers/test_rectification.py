"""整改事项: who may do what when, and what becomes of the item."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from cases.registers.rectification import (
    AppealDecided,
    Appealed,
    Extended,
    Found,
    HandedIn,
    Happened,
    Measure,
    Origin,
    Rectification,
    Stage,
    Step,
    Verified,
    Withdrawn,
    check,
    check_found,
    fold,
)
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING

AT = datetime(2026, 11, 20, 9, 0, tzinfo=BEIJING)
DESK = Actor("lin", Role.DESK, "林某")
UNIT = Actor("zhou", Role.RESPONDER, "周某", "housing")
OTHER = Actor("wu", Role.RESPONDER, "吴某", "education")
REVIEWER = Actor("he", Role.REVIEWER, "何某")
LEADER = Actor("qin", Role.LEADER, "秦某")
FOUND = Found(
    title="物业投诉答复逾期",
    problem="本周 3 件逾期。",
    origin=Origin.LATE_REPLY,
    unit="housing",
    found_on=date(2026, 11, 20),
    due=date(2026, 11, 27),
    ref="letters:1 letters:2",
)
MEASURE = Measure(text="指定专人每日查看待办。")
EVIDENCE = HandedIn(evidence="值班表截图，编号 2026-11-24-1。")


def item(*steps: tuple[Actor, Step], at: datetime = AT) -> Rectification:
    """After these steps, each of which was allowed."""
    history = [Happened(AT, DESK, FOUND)]
    for actor, step in steps:
        check(fold("Z1", history), step, actor)
        history.append(Happened(at, actor, step))
    return fold("Z1", history)


HANDED_IN = ((UNIT, MEASURE), (UNIT, EVIDENCE))


def test_the_whole_way_from_finding_to_verification() -> None:
    done = item(*HANDED_IN, (DESK, Verified(passed=True, opinion="属实")))
    assert done.stage is Stage.DONE
    assert (done.measure, done.verified_by) == (MEASURE.text, "林某")
    assert done.case_ids == ("letters:1", "letters:2")
    assert len(done.history) == 4


@pytest.mark.parametrize(
    ("actor", "changes", "said"),
    [
        (UNIT, {}, "由值班台或领导交办"),
        (DESK, {"title": " "}, "名称"),
        (DESK, {"problem": ""}, "问题"),
        (DESK, {"unit": "nobody"}, "单位表里没有"),
        (DESK, {"due": date(2026, 11, 19)}, "不早于发现日期"),
    ],
)
def test_what_cannot_be_put_on_the_register(
    actor: Actor, changes: dict[str, object], said: str
) -> None:
    known = {name: getattr(FOUND, name) for name in FOUND.__struct_fields__}
    with pytest.raises(NotAllowed, match=said):
        check_found(Found(**{**known, **changes}), actor, {"housing"})
    check_found(FOUND, LEADER, {"housing"})


@pytest.mark.parametrize(
    ("before", "actor", "step", "said"),
    [
        ((), OTHER, MEASURE, "责任单位填写"),
        ((), UNIT, EVIDENCE, "先填写整改措施"),
        (HANDED_IN, UNIT, EVIDENCE, "等待核验"),
        ((), DESK, Verified(passed=True, opinion="好"), "还没有提交"),
        (HANDED_IN, UNIT, Verified(passed=True, opinion="好"), "由值班台、审核或领导"),
        (HANDED_IN, REVIEWER, Verified(passed=True, opinion=" "), "核验意见"),
        ((), UNIT, Extended(due=date(2026, 12, 1), reason="忙"), "由值班台批准"),
        ((), DESK, Extended(due=FOUND.due, reason="忙"), "晚于现在的期限"),
        ((), DESK, Appealed(reason="不是我们"), "由责任单位提出"),
        ((), DESK, AppealDecided(upheld=True, reason="属实"), "没有等待裁定的申诉"),
        ((), UNIT, Withdrawn(reason="重复"), "由值班台撤销"),
    ],
)
def test_what_is_not_allowed_is_told(
    before: tuple[tuple[Actor, Step], ...], actor: Actor, step: Step, said: str
) -> None:
    with pytest.raises(NotAllowed, match=said):
        check(item(*before), step, actor)


def test_who_handed_it_in_never_verifies_it() -> None:
    by_desk = item((DESK, MEASURE), (DESK, EVIDENCE))
    with pytest.raises(NotAllowed, match="提交人以外"):
        check(by_desk, Verified(passed=True, opinion="好"), DESK)
    check(by_desk, Verified(passed=True, opinion="好"), REVIEWER)


def test_the_unit_itself_never_verifies_whatever_its_people_are() -> None:
    reviewer = Actor("he2", Role.REVIEWER, "何某", "housing")
    with pytest.raises(NotAllowed, match="责任单位以外"):
        check(item(*HANDED_IN), Verified(passed=True, opinion="好"), reviewer)


def test_sent_back_it_is_open_again_and_keeps_its_due_date() -> None:
    back = item(*HANDED_IN, (REVIEWER, Verified(passed=False, opinion="证据不足")))
    assert back.stage is Stage.OPEN
    assert back.times_back == 1
    assert back.due == FOUND.due
    check(back, EVIDENCE, UNIT)


def test_overdue_is_judged_by_when_it_was_handed_in() -> None:
    today = FOUND.due + timedelta(days=1)
    assert item().overdue(today)
    assert not item().overdue(FOUND.due)
    in_time = item(*HANDED_IN)
    assert not in_time.overdue(today)
    late = item(*HANDED_IN, at=datetime(2026, 11, 28, 0, 0, tzinfo=BEIJING))
    assert late.overdue(today)


def test_an_extension_remembers_the_first_date() -> None:
    twice = item(
        (DESK, Extended(due=date(2026, 12, 1), reason="等材料")),
        (DESK, Extended(due=date(2026, 12, 4), reason="等材料")),
    )
    assert (twice.due, twice.original_due) == (date(2026, 12, 4), FOUND.due)


def test_an_appeal_that_holds_takes_the_item_off() -> None:
    appealed = item((UNIT, Appealed(reason="职责不在本单位")))
    assert appealed.appeal
    upheld = item(
        (UNIT, Appealed(reason="职责不在本单位")),
        (LEADER, AppealDecided(upheld=True, reason="属实")),
    )
    assert upheld.stage is Stage.WITHDRAWN
    assert upheld.appeal_upheld is True
    assert not upheld.overdue(date(2027, 1, 1))
    dismissed = item(
        (UNIT, Appealed(reason="职责不在本单位")),
        (DESK, AppealDecided(upheld=False, reason="三定方案写明")),
    )
    assert dismissed.stage is Stage.OPEN
    with pytest.raises(NotAllowed, match="已经裁定过"):
        check(dismissed, Appealed(reason="再次"), UNIT)


@pytest.mark.parametrize("end", [Verified(passed=True, opinion="好"), Withdrawn(reason="重复")])
def test_what_is_over_stays_over(end: Step) -> None:
    over = item(*HANDED_IN, (DESK, end))
    for actor, step in ((UNIT, MEASURE), (DESK, Withdrawn(reason="x"))):
        with pytest.raises(NotAllowed, match="不能再做"):
            check(over, step, actor)
