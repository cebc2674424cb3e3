"""答复: written, stopped, reviewed, sent by the citizen's own door, closed, called back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.life.handling import HandlingRules
from cases.record.case import State
from cases.record.events import ReplyDrafted
from cases.words.actors import Role
from desk.delivery.outbox import ReplyOutbox
from desk.ground import wiring
from desk.ground.settings import read_settings
from sinks.delivery.base import NotTaken, Outcome, Outgoing, Receipt, Unclear
from tests.desk.case_office import (
    CASE,
    GOOD,
    NOW,
    CaseOffice,
    Person,
    forms_of,
    item,
    next_of,
    primary_of,
    seen_of,
    text_of,
)

UNIT = "housing"
WITH_NUMBER = GOOD.replace("0999-2345678", "13800001111")


class Door:
    """A door that answers as it is told, and remembers what went through it."""

    name = "问政平台接口"

    def __init__(self, *answers: Outcome) -> None:
        self.payload = {"note": "{field:办理情况}", "text": "{text}"}
        self.answers = list(answers)
        self.sent: list[Outgoing] = []

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        self.sent.append(outgoing)
        if self.answers:
            return self.answers.pop(0)
        return Receipt(at=now, via=self.name, reference="回执 77")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


def unit_of(desk: CaseOffice, name: str = "") -> Person:
    return desk.person(Role.RESPONDER, UNIT, name)


def written(desk: CaseOffice) -> Person:
    unit = unit_of(desk)
    unit.does("acknowledge")
    unit.does("draft_reply", text=GOOD)
    return unit


def approved(desk: CaseOffice) -> Person:
    unit = written(desk)
    desk.person(Role.REVIEWER).does("approve_reply", draft=1)
    return unit


def send(desk: CaseOffice, who: Person, **values: object) -> str:
    answer = who.posts("send", {"draft": 1, **values})
    assert answer.status_code == 303, text_of(answer.text)
    assert desk.office.get(ReplyOutbox).wait(10)
    return text_of(who.sees())


# -- writing -----------------------------------------------------------------


def test_a_citizens_number_stops_the_reply_and_the_text_stays(desk: CaseOffice) -> None:
    unit = unit_of(desk)
    unit.does("acknowledge")
    answer = unit.posts("act/draft_reply", {"text": WITH_NUMBER, "seen": 4, "advised": "1"})
    assert answer.status_code == 422
    page = text_of(answer.text)
    assert "手机号：13800001111" in page
    assert "请删去后再提交" in page
    assert "擅自提高停车费" in page
    assert desk.case().round.drafts == ()
    unit.does("draft_reply", text=GOOD)
    assert [draft.text for draft in desk.case().round.drafts] == [GOOD]


def test_the_desk_may_let_it_stand_for_a_reason_on_record(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    officer.does("draft_reply", text=WITH_NUMBER, personal_data_reason="经办人公开的工作手机")
    body = desk.case().history[-1].body
    assert isinstance(body, ReplyDrafted)
    assert body.personal_data_reason == "经办人公开的工作手机"
    assert "保留个人信息的理由：经办人公开的工作手机" in officer.sees()
    assert 'name="personal_data_reason"' not in unit_of(desk).sees()


def test_a_template_is_questioned_once_and_not_forbidden(desk: CaseOffice) -> None:
    unit = unit_of(desk)
    unit.does("acknowledge")
    empty = "您好，您反映的问题已收悉，我们将认真处理。感谢您的支持。"
    answer = unit.posts("act/draft_reply", {"text": empty, "seen": 4})
    assert answer.status_code == 422
    page = text_of(answer.text)
    assert "模板答复" in page
    assert "无联系方式" not in page  # it sends the citizen to nobody
    assert "仍然提交" in page
    assert empty in page
    assert (
        unit.posts("act/draft_reply", {"text": empty, "seen": 4, "advised": "1"}).status_code == 303
    )


def test_the_text_is_looked_over_while_it_is_typed(desk: CaseOffice) -> None:
    desk.put(
        item("2", body="请问住建局，锦绣花园停车费涨价有依据吗？多收的停车费什么时候退还业主？")
    )
    unit = unit_of(desk)
    found = unit.posts("look", {"text": WITH_NUMBER}).json()
    assert found["stops"] == [{"kind": "手机号", "text": "13800001111"}]
    assert found["promises"] == [{"text": "多收的部分将于12月20日前退还", "due": "2026-12-20"}]
    off = unit.posts(
        "look",
        {"text": "河道清淤工程已经完工，施工单位正在恢复绿化，水质明显改善。" * 2},
        "board-export:2",
    ).json()
    assert {"答非所问", "有问题未回应"} <= {one["problem"] for one in off["advice"]}
    assert any("退还业主" in quote for one in off["advice"] for quote in one["quotes"])


def test_a_lost_browser_loses_no_text(desk: CaseOffice) -> None:
    unit = unit_of(desk)
    unit.does("acknowledge")
    seen = seen_of(unit.sees())
    kept = unit.posts("typed", {"text": "写了一半的答复", "seen": seen})
    assert kept.json() == {"kept": f"{NOW:%H:%M:%S}", "others": []}
    assert "写了一半的答复" in unit_of(desk).sees()
    assert "已恢复您 11-24 10:40" in text_of(unit.sees())
    assert "写了一半的答复" not in unit_of(desk, "another").sees()
    desk.person(Role.DESK).does("draft_reply", text=GOOD)
    assert "又有人提交了新的答复稿" in unit.sees()
    unit.does("draft_reply", text=GOOD + "（补充）")
    assert "写了一半的答复" not in unit.sees()
    assert desk.person(Role.LEADER).posts("typed", {"text": "x"}).status_code == 403


def test_a_promise_is_recorded_with_one_press(desk: CaseOffice) -> None:
    unit = written(desk)
    page = unit.sees()
    assert "登记为承诺，2026-12-20 前" in page
    unit.does("record_promise", text="多收的部分将于12月20日前退还", due="2026-12-20")
    (promise,) = desk.case().promises
    assert (promise.owner, promise.due.isoformat()) == (UNIT, "2026-12-20")
    assert "登记为承诺，" not in unit.sees()


# -- review ------------------------------------------------------------------


def test_the_reviewer_reads_the_findings_and_ticks_the_points(desk: CaseOffice) -> None:
    unit = unit_of(desk)
    unit.does("acknowledge")
    secret = GOOD + "（内部资料，不得公开。王某32岁，务农；李某45岁，低保；张某60岁，残疾。）"
    unit.does("draft_reply", text=secret)
    reviewer = desk.person(Role.REVIEWER)
    page = reviewer.sees()
    assert '<mark class="risk" title="工作秘密：出现“内部资料”">内部资料</mark>' in page
    for words in ("汇聚风险", "像是一份名单", "不涉及国家秘密", "李**"):
        assert words in page, words
    assert "李建国" not in page
    assert primary_of(page) == ["通过"]
    reviewer.does("reject_reply", draft=1, reason="删去内部资料")
    page = unit.sees()
    assert "上一稿被退改：删去内部资料" in text_of(page)
    assert page.count("内部资料，不得公开") == 2  # the old draft, and in the editor
    assert next_of(page) == "起草答复"
    assert next_of(reviewer.sees()) == ""


def test_three_levels_by_three_people(tmp_path: Path, root: Path) -> None:
    table = tomllib.loads((root / "config" / "handling.toml").read_text("utf-8"))
    table["review"]["levels"] = [
        {"name": "本单位审签", "roles": ["responder"]},
        {"name": "保密审查", "roles": ["reviewer"], "checklist": ["国家秘密", "个人隐私"]},
        {"name": "值班台审定", "roles": ["desk"]},
    ]
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    rules = replace(wiring.build_rules(settings), handling=HandlingRules.from_table(table))
    desk = CaseOffice(tmp_path, root / "config", rules)
    try:
        desk.put(item())
        writer = written(desk)
        reviewer, officer = desk.person(Role.REVIEWER), desk.person(Role.DESK)
        assert next_of(writer.sees()) == next_of(reviewer.sees()) == ""
        chief = unit_of(desk, "chief")
        assert next_of(chief.sees()) == "本单位审签"
        chief.does("approve_reply", draft=1)
        assert "待保密审查（2/3）" in writer.sees()
        half = {"draft": 1, "checklist": ["国家秘密"], "seen": seen_of(reviewer.sees())}
        refused = reviewer.posts("act/approve_reply", half)
        assert "个人隐私" in refused.text
        reviewer.does("approve_reply", draft=1, checklist=["国家秘密", "个人隐私"])
        assert next_of(officer.sees()) == "值班台审定"
        officer.does("approve_reply", draft=1)
        assert next_of(writer.sees()) == "发送答复"
        assert "保密审查通过" in writer.sees()
    finally:
        desk.close()


# -- sending -----------------------------------------------------------------


def test_one_press_sends_once_through_the_citizens_own_door(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    unit = approved(desk)
    assert primary_of(unit.sees()) == ["发送答复"]
    assert "办理情况" in unit.sees()
    send(desk, unit, **{"field-办理情况": "已办结"})
    assert [(one.text, one.fields) for one in door.sent] == [(GOOD, {"办理情况": "已办结"})]
    (delivery,) = desk.case().round.deliveries
    assert (delivery.via, delivery.proof) == ("问政平台接口", "回执 77")
    assert desk.case().state is State.REPLIED
    again = unit.posts("send", {"draft": 1})
    assert again.status_code == 422
    assert "已经答复群众" in again.text
    assert len(door.sent) == 1


def test_what_was_not_approved_is_not_sent(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    unit = written(desk)
    answer = unit.posts("send", {"draft": 1})
    assert "先审后发" in answer.text
    assert door.sent == []


def test_a_platform_that_is_away_is_tried_again_by_itself(desk: CaseOffice) -> None:
    away = NotTaken(reason="unreachable", detail="连不上平台，答复未发出", retry=True)
    door = Door(away)
    desk.sends_through(door)
    unit = approved(desk)
    page = send(desk, unit)
    assert "会自动重试" in page
    assert "连不上平台" in page
    assert "下次重试： 11-24 10:41" in page
    desk.now = NOW + timedelta(minutes=2)
    # A restart goes on where the last run was.
    desk.sends_through(door)
    desk.office.get(ReplyOutbox).start()
    assert desk.office.get(ReplyOutbox).wait(10)
    assert len(door.sent) == 2
    assert desk.case().state is State.REPLIED


def test_a_receipt_that_the_case_never_heard_of_is_told_later(desk: CaseOffice) -> None:
    early = Receipt(at=NOW + timedelta(hours=1), via="问政平台接口", reference="回执 9")
    door = Door(early)
    desk.sends_through(door)
    unit = approved(desk)
    assert "已送达" in send(desk, unit)
    assert desk.case().round.deliveries == ()
    desk.now = NOW + timedelta(hours=2)
    assert "登记到办理过程" in unit.sees()
    send(desk, unit)
    assert [one.proof for one in desk.case().round.deliveries] == ["回执 9"]
    assert len(door.sent) == 1


def test_what_is_refused_for_good_waits_for_a_person(desk: CaseOffice) -> None:
    door = Door(NotTaken(reason="rejected", detail="平台拒收：工单已关闭", retry=False))
    desk.sends_through(door)
    unit = approved(desk)
    page = send(desk, unit)
    assert "没有送达" in page
    assert "平台拒收：工单已关闭" in page
    assert desk.case().round.deliveries == ()


@pytest.mark.parametrize("delivered", ["1", "0"])
def test_an_unclear_delivery_is_settled_by_a_person(desk: CaseOffice, delivered: str) -> None:
    door = Door(Unclear(detail="平台没有完整的回答"))
    desk.sends_through(door)
    unit = approved(desk)
    assert "是否送达不明" in send(desk, unit)
    assert "请选择" in unit.posts("settle", {"draft": 1, "proof": "x"}).text
    values = {"draft": 1, "delivered": delivered, "proof": "平台截图 12"}
    reviewer = desk.person(Role.REVIEWER)
    assert reviewer.posts("settle", values).status_code == 403
    assert unit.posts("settle", values).status_code == 303
    if delivered == "1":
        assert desk.case().round.deliveries[0].proof == "平台截图 12"
    else:
        assert "再次发送" in unit.sees()
        send(desk, unit)
        assert desk.case().state is State.REPLIED
    assert len(door.sent) == (1 if delivered == "1" else 2)


def test_where_no_program_may_answer_a_person_posts_and_proves_it(desk: CaseOffice) -> None:
    desk.sends_through(None)
    unit = approved(desk)
    page = unit.sees()
    assert "没有供程序使用的接口" in page
    assert 'data-copy="to-post"' in page
    assert "凭证" in unit.posts("posted", {"draft": 1, "proof": " "}).text
    assert unit.posts("send", {"draft": 1}).status_code == 422
    wrong = unit.posts("posted", {"draft": 1, "proof": "截图 3", "at": "2027-01-01T09:00"})
    assert "不能在将来" in wrong.text
    done = unit.posts("posted", {"draft": 1, "proof": "截图 3", "at": "2026-11-24T09:30"})
    assert done.status_code == 303
    (delivery,) = desk.case().round.deliveries
    assert delivery.at == NOW.replace(hour=9, minute=30)
    assert delivery.proof == "截图 3（林某登记）"


# -- the end -----------------------------------------------------------------


def test_from_message_to_closed_and_back_again(desk: CaseOffice) -> None:
    desk.sends_through(Door())
    unit = approved(desk)
    officer = desk.person(Role.DESK)
    send(desk, unit)
    assert next_of(officer.sees()) == "回访"
    officer.does("call_back", resolved="1", satisfied="", note="已退款")
    callback = desk.case().round.callback
    assert callback is not None
    assert (callback.resolved, callback.satisfied) == (True, None)
    officer.does("close", note="群众无异议")
    assert desk.case().state is State.CLOSED
    assert next_of(officer.sees()) == "公开答复"
    officer.does("decline_publication", reason="涉及个人事项")
    officer.does("call_back", resolved="0", satisfied="0", note="又涨价了")
    case = desk.case()
    assert (case.state, case.round.number) == (State.ASSIGNED, 2)
    assert case.round.started_at == NOW
    assert "第 2 轮，从 11-24 重新起算" in text_of(officer.sees())


def test_without_a_delivered_reply_closing_needs_its_exception(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    refused = officer.posts("act/close", {"note": "办完了", "exception": ""})
    assert refused.status_code == 422
    assert "还没有答复群众" in refused.text
    officer.does("close", exception="重复件，已在另一件中答复")
    assert desk.case(CASE).round.exception == "重复件，已在另一件中答复"
    assert "reopen" in forms_of(officer.sees())
