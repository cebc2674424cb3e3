"""并单一并答复: one text, one review, and a letter for each citizen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.case import State
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.delivery.outbox import ReplyOutbox
from desk.ground.doer import NotPermitted, NotThere
from desk.matters.carrying import Carrying
from desk.matters.service import Matters
from sinks.delivery.base import NotTaken, Unclear
from tests.desk.case_office import CaseOffice
from tests.desk.cases.test_reply_flow import Door
from tests.desk.matters.joint_office import (
    DESK,
    MATTER,
    REVIEWER,
    STRANGER,
    TEXT,
    UNIT,
    WRITER,
    act,
    begun,
    by,
    case_id,
    linked,
    matters,
    seen,
    settled,
    stages,
)

LEADER = Actor(id="leader", role=Role.LEADER, name="县领导")
ADMIN = Actor(id="admin", role=Role.ADMIN, name="管理员")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    yield made
    made.close()


def test_one_text_reaches_each_citizen_with_name_and_number_of_their_own(
    desk: CaseOffice,
) -> None:
    door = Door()
    desk.sends_through(door)
    linked(desk, 1, 2, 3)
    number = begun(desk, 1, 2, 3)
    assert stages(desk, number) == dict.fromkeys("123", ("待拟稿", ""))
    matters(desk).write(by(WRITER), number, TEXT)
    assert stages(desk, number) == dict.fromkeys("123", ("待审核", ""))
    matters(desk).approve(by(REVIEWER), number, ("个人隐私",), "属实")
    assert stages(desk, number) == dict.fromkeys("123", ("待发送", ""))
    matters(desk).send(by(WRITER), number)
    settled(desk)
    assert desk.office.get(ReplyOutbox).wait(20)
    assert stages(desk, number) == dict.fromkeys("123", ("已送达", ""))
    assert len(door.sent) == 3
    for sent in door.sent:
        own = sent.item.source_item_id
        assert f"尊敬的来件人{own}号：" in sent.text
        assert f"受理编号：{own}）" in sent.text
        assert sent.text.endswith(desk.office.register.name("housing"))
    for n in (1, 2, 3):
        case = desk.case(case_id(n))
        assert case.state is State.REPLIED
        (delivery,) = case.round.deliveries
        assert delivery.proof == "回执 77"
        assert case.round.reply_clock is not None, "each keeps its own clock"
    joint = seen(desk, number).joint
    assert joint.ended
    assert not joint.given_up


def test_what_cannot_be_answered_together_is_told_with_its_reason(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    linked(desk, 3, confidential=True)
    linked(desk, 4, unit="education")
    linked(desk, 5)
    act(desk, 5, do.MarkInvalid(reason="测试"))
    linked(desk, 6)
    act(desk, 6, do.DraftReply(text="您好，单独写的答复，已经核实处理。电话0999-2345678。"))
    ids = tuple(case_id(n) for n in range(1, 7))
    with pytest.raises(NotAllowed) as refused:
        matters(desk).begin(by(DESK), MATTER, ids)
    said = str(refused.value)
    for n, why in ((3, "保密件"), (4, "主办单位不同"), (5, "无效"), (6, "已有单独的答复稿")):
        assert f"{case_id(n)}（{why}" in said
    assert case_id(1) not in said
    assert matters(desk).joints(DESK) == []
    with pytest.raises(NotAllowed, match="实际选了 1 件"):
        matters(desk).begin(by(DESK), MATTER, (case_id(1),))
    number = begun(desk, 1, 2)
    with pytest.raises(NotAllowed, match=f"已在 {number} 中"):
        matters(desk).begin(by(DESK), MATTER, (case_id(1), case_id(2)))


def test_a_unit_knows_of_what_it_answers_itself_and_of_no_other(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    linked(desk, 3, 4, unit="education")
    number = begun(desk, 1, 2)
    assert matters(desk).joints(STRANGER) == []
    for press in (
        lambda m: m.view(by(STRANGER), number),
        lambda m: m.write(by(STRANGER), number, TEXT),
        lambda m: m.send(by(STRANGER), number),
        lambda m: m.split(by(STRANGER), number, case_id(1)),
        lambda m: m.give_up(by(STRANGER), number),
        lambda m: m.begin(by(STRANGER), MATTER, (case_id(1), case_id(2))),
    ):
        with pytest.raises(NotThere):
            press(matters(desk))
    with pytest.raises(NotPermitted):
        matters(desk).begin(by(REVIEWER), MATTER, (case_id(1), case_id(2)))
    with pytest.raises(NotPermitted):
        matters(desk).approve(by(WRITER), number)


def test_splitting_one_out_is_one_press_before_and_after_the_draft(desk: CaseOffice) -> None:
    desk.sends_through(Door())
    linked(desk, 1, 2, 3, 4)
    number = begun(desk, 1, 2, 3, 4)
    matters(desk).split(by(WRITER), number, case_id(4))
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    assert desk.case(case_id(4)).round.drafts == ()
    matters(desk).split(by(WRITER), number, case_id(3))
    matters(desk).approve(by(REVIEWER), number)
    assert stages(desk, number) == dict.fromkeys("12", ("待发送", ""))
    (alone,) = desk.case(case_id(3)).round.drafts
    assert not alone.approved, "it is reviewed by itself from now on"
    assert [one.case_id for one in seen(desk, number).split] == [case_id(4), case_id(3)]


def test_a_case_that_changed_meanwhile_is_left_out_with_the_reason(desk: CaseOffice) -> None:
    desk.sends_through(Door())
    linked(desk, 1, 2, 3, 4)
    number = begun(desk, 1, 2, 3, 4)
    act(desk, 4, do.Assign(lead="education", reason="改派"))
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    act(desk, 3, do.MarkConfidential(reason="涉及举报"))
    matters(desk).approve(by(REVIEWER), number)
    settled(desk)
    act(desk, 2, do.MarkInvalid(reason="重复"))
    matters(desk).send(by(WRITER), number)
    settled(desk)
    assert desk.office.get(ReplyOutbox).wait(20)
    assert stages(desk, number) == {
        "1": ("已送达", ""),
        "2": ("未并入", "无效"),
        "3": ("未并入", "保密件，单独答复"),
        "4": ("未并入", "主办单位不同"),
    }
    assert not desk.case(case_id(3)).round.drafts[-1].approved
    assert not desk.case(case_id(4)).round.drafts
    # The unit is shown nothing of the case that went to another.
    assert set(stages(desk, number, WRITER)) == {"1", "2", "3"}


def test_a_rejected_text_is_written_anew_for_all(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    matters(desk).reject(by(REVIEWER), number, "没有说明完成时间")
    assert stages(desk, number) == dict.fromkeys("12", ("已退改", "没有说明完成时间"))
    with pytest.raises(NotAllowed, match="已被退改"):
        matters(desk).approve(by(REVIEWER), number)
    matters(desk).write(by(WRITER), number, TEXT.replace("12月20日", "12月25日"))
    assert stages(desk, number) == dict.fromkeys("12", ("待审核", ""))
    assert ["12月25日" in one.text for one in desk.case(case_id(1)).round.drafts] == [False, True]


def test_who_wrote_the_text_does_not_review_it_and_nobody_sends_before_the_review(
    desk: CaseOffice,
) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(DESK), number, TEXT)
    settled(desk)
    with pytest.raises(NotAllowed, match="现在没有一件在等这一步"):
        matters(desk).send(by(WRITER), number)
    with pytest.raises(NotPermitted):
        matters(desk).approve(by(DESK), number)


def test_pressing_twice_and_carrying_on_again_changes_nothing(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    matters(desk).approve(by(REVIEWER), number)
    settled(desk)
    with pytest.raises(NotAllowed):
        matters(desk).approve(by(REVIEWER), number)
    matters(desk).send(by(WRITER), number)
    for _ in range(3):
        settled(desk)
        assert desk.office.get(ReplyOutbox).wait(20)
        desk.office.get(Carrying).press(number)
    settled(desk)
    assert len(door.sent) == 2
    assert [len(desk.case(case_id(n)).round.drafts) for n in (1, 2)] == [1, 1]
    with pytest.raises(NotAllowed, match="已经办完"):
        matters(desk).send(by(WRITER), number)


def test_who_got_none_stands_for_a_person_to_settle(desk: CaseOffice) -> None:
    desk.sends_through(
        Door(Unclear(detail="断线"), NotTaken(reason="no", detail="号码已停用", retry=False))
    )
    linked(desk, 1, 2, 3)
    number = begun(desk, 1, 2, 3)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    matters(desk).approve(by(REVIEWER), number)
    settled(desk)
    matters(desk).send(by(WRITER), number)
    settled(desk)
    assert desk.office.get(ReplyOutbox).wait(20)
    found = sorted(stage for stage, _ in stages(desk, number).values())
    assert found == sorted(["送达不明", "未送达", "已送达"])
    unclear = next(n for n, (stage, _) in stages(desk, number).items() if stage == "送达不明")
    with pytest.raises(NotAllowed, match="不能再拆出"):
        matters(desk).split(by(WRITER), number, case_id(int(unclear)))


def test_another_draft_written_meanwhile_is_not_approved_with_the_others(
    desk: CaseOffice,
) -> None:
    desk.sends_through(Door())
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    act(desk, 2, do.DraftReply(text="您好，这件另写：已经核实处理完毕。电话0999-2345678。"))
    matters(desk).approve(by(REVIEWER), number)
    assert stages(desk, number) == {
        "1": ("待发送", ""),
        "2": ("未并入", "另有新的答复稿，单独答复"),
    }
    assert not any(one.approved for one in desk.case(case_id(2)).round.drafts)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("您好，已处理。", "实际缺少【称呼】、【受理编号】"),
        ("【称呼】【受理编号】", "请填写答复内容"),
        (TEXT + "来件人2号也反映了。", "正文里有其中一件的姓名"),
        (TEXT + "请联系13900000002。", "正文里有其中一件的手机号"),
    ],
)
def test_a_text_that_would_tell_of_one_citizen_to_the_others_is_refused(
    desk: CaseOffice, text: str, said: str
) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    with pytest.raises(NotAllowed, match=said):
        matters(desk).write(by(WRITER), number, text)
    assert desk.case(case_id(1)).round.drafts == ()
    assert seen(desk, number).joint.editions == ()


def test_replies_that_are_posted_by_hand_may_still_be_rejected(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    matters(desk).approve(by(REVIEWER), number)
    assert stages(desk, number) == dict.fromkeys("12", ("待到来源平台答复", ""))
    with pytest.raises(NotAllowed, match="现在没有一件在等这一步"):
        matters(desk).send(by(WRITER), number)
    matters(desk).reject(by(REVIEWER), number, "日期不对")
    assert stages(desk, number) == dict.fromkeys("12", ("已退改", "日期不对"))


def test_the_unit_that_got_a_case_meanwhile_learns_nothing_of_the_joint_answer_of_another(
    desk: CaseOffice,
) -> None:
    linked(desk, 1, 2, 3, 4)
    number = begun(desk, 1, 2, 3)
    for n in (2, 3, 4):
        act(desk, n, do.Assign(lead="education", reason="改派"))
    case = desk.case(case_id(3))
    assert matters(desk).candidates([case], STRANGER) == {case_id(3): ""}
    assert matters(desk).joint_of(case, STRANGER) is None
    own = matters(desk).begin(by(STRANGER), MATTER, tuple(case_id(n) for n in (2, 3, 4)))
    assert own.joint.number != number
    assert own.joint.unit == "education"
    assert set(stages(desk, number, WRITER)) == {"1"}


def test_only_who_may_take_this_look_is_offered_the_review(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    offered = {one.id: "review" in seen(desk, number, one).may for one in (REVIEWER, WRITER, DESK)}
    assert offered == {REVIEWER.id: True, WRITER.id: False, DESK.id: False}
    matters(desk).approve(by(REVIEWER), number)
    assert "review" not in seen(desk, number, REVIEWER).may


def test_given_up_every_case_is_answered_by_itself(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).give_up(by(WRITER), number)
    with pytest.raises(NotAllowed, match="已撤销"):
        matters(desk).write(by(WRITER), number, TEXT)
    assert begun(desk, 1, 2) != number


def test_who_looked_at_an_earlier_state_is_told(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    before = seen(desk, number).joint.seen
    matters(desk).write(by(WRITER), number, TEXT, before)
    with pytest.raises(NotAllowed, match="别人办理过"):
        matters(desk).write(by(DESK), number, TEXT, before)
    assert desk.office.get(Matters).view(by(DESK), number).joint.editions[0].text == TEXT


def test_a_unit_that_was_accused_meanwhile_finds_no_name_by_what_a_draft_is_answered(
    desk: CaseOffice,
) -> None:
    linked(desk, 1, 2, 3)
    number = begun(desk, 1, 2, 3)
    act(desk, 3, do.MarkConfidential(reason="检举", accused=(UNIT,)))
    assert set(stages(desk, number, WRITER)) == {"1", "2"}
    matters(desk).write(by(WRITER), number, TEXT + "来件人3号")
    with pytest.raises(NotAllowed, match="正文里有其中一件的姓名"):
        matters(desk).write(by(DESK), number, TEXT + "来件人3号")
    with pytest.raises(NotAllowed, match="正文里有其中一件的姓名"):
        matters(desk).write(by(WRITER), number, TEXT + "来件人2号")


def test_what_a_reviewer_said_is_masked_for_who_reads_masked_texts(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    number = begun(desk, 1, 2)
    matters(desk).write(by(WRITER), number, TEXT)
    settled(desk)
    matters(desk).reject(by(REVIEWER), number, "来件人2号的电话13900000002不能写")
    for actor in (LEADER, ADMIN, WRITER, DESK):
        shown = seen(desk, number, actor)
        told = shown.rejected + "".join(one.standing.why for one in shown.cases)
        assert "13900000002" not in told, actor
        assert "不能写" in shown.rejected
    assert "13900000002" in seen(desk, number, REVIEWER).rejected
