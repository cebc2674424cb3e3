"""事项: what each role sees and may do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cases.record.item import QUOTED, Attachment, SourceReply
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.cases.similar_answers import SimilarAnswers
from desk.ground.audit_log import AuditAction
from streams.sources.site_mailbox.item import to_item
from streams.sources.site_mailbox.letters import Letter
from tests.desk.case_office import (
    CASE,
    NOW,
    PHONE,
    CaseOffice,
    forms_of,
    item,
    next_of,
    primary_of,
    seen_of,
    text_of,
)

UNIT = "housing"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


# -- what is shown -----------------------------------------------------------


def test_personal_data_stays_hidden_until_a_reason_is_given(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    assert PHONE not in officer.sees()
    assert "李建国" not in officer.sees()
    refused = officer.posts("unmask", {"reason": " "})
    assert refused.status_code == 422
    assert PHONE not in refused.text
    shown = officer.posts("unmask", {"reason": "联系群众核实"})
    assert PHONE in shown.text
    assert "李建国" in shown.text
    _, steps = desk.office.trail.search(deed=AuditAction.UNMASK.value)
    assert [(s.who, s.about, s.detail) for s in steps] == [("desk", CASE, "联系群众核实")]
    assert PHONE not in officer.sees()


def test_what_decided_a_risk_in_the_quoted_text_is_shown_with_its_place(
    desk: CaseOffice,
) -> None:
    extra = {QUOTED: f"-----原始邮件-----\n没人管，我打算跳\n楼，电话{PHONE}。"}
    desk.put(item("2", body="请看下面。", extra=extra))
    shown = desk.person(Role.DESK).sees("board-export:2")
    assert "（在引用内容中）" in shown
    assert "原始邮件" in shown
    assert PHONE not in shown


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEADER, Role.ADMIN])
def test_who_need_not_know_the_reporter_cannot_ask(desk: CaseOffice, role: Role) -> None:
    other = desk.person(role)
    assert "显示个人信息" not in other.sees()
    assert other.posts("unmask", {"reason": "看看"}).status_code == 403
    assert desk.office.trail.search(deed=AuditAction.UNMASK.value)[0] == 0
    assert PHONE not in other.sees()


def test_a_unit_sees_its_own_cases_only(desk: CaseOffice) -> None:
    stranger = desk.person(Role.RESPONDER, "police")
    assert stranger.opens().status_code == 404
    for path, values in (
        ("act/acknowledge", {}),
        ("unmask", {"reason": "看看"}),
        ("typed", {"text": "x"}),
        ("look", {"text": "x"}),
        ("send", {"draft": 1}),
        ("posted", {"draft": 1, "proof": "x"}),
        ("settle", {"draft": 1, "delivered": "1", "proof": "x"}),
    ):
        assert stranger.posts(path, values).status_code == 404, path
    assert len(desk.case().history) == 2
    assert "签收" in desk.person(Role.RESPONDER, UNIT).sees()


def test_a_confidential_case_is_shown_for_a_reason_only(desk: CaseOffice) -> None:
    desk.put(item("2", title="举报村主任", body="私分鱼塘租金", confidential=True))
    officer = desk.person(Role.DESK)
    page = officer.sees("board-export:2")
    assert "鱼塘" not in page
    assert "显示内容和个人信息" in page
    assert "鱼塘" in officer.posts("unmask", {"reason": "派单"}, "board-export:2").text
    assert "鱼塘" not in desk.person(Role.ADMIN).sees("board-export:2")


def test_attachments_are_listed_with_their_sort(desk: CaseOffice) -> None:
    files = (Attachment(name="现场.jpg"), Attachment(name="通话.mp3"), Attachment(name="合同.pdf"))
    desk.put(item("2", attachments=files))
    text = text_of(desk.person(Role.DESK).sees("board-export:2"))
    for part in ("照片 现场.jpg", "录音 通话.mp3", "文件 合同.pdf"):
        assert part in text
    assert "/cases/board-export%3A2/attachments/0" in desk.person(Role.DESK).sees("board-export:2")


def test_what_a_page_of_the_source_says_and_no_rule_understands_is_shown(
    desk: CaseOffice,
) -> None:
    said = {"递交渠道": "手机客户端", "QQ": "1000123", "网页其他文字": "已列入三月计划。"}
    letter = Letter(
        values={"received_at": "2026-11-22 09:15", "title": "路灯", "body": "路灯不亮。"},
        extra={},
        replies=(),
        unread=said,
    )
    desk.put(
        to_item(
            "board-export", "信箱", "7", letter, url="", truncated=False, first_seen=NOW, now=NOW
        )
    )
    officer = desk.person(Role.DESK)
    shown = text_of(officer.sees("board-export:7"))
    assert "程序不认得的内容" in shown
    assert "递交渠道：手机客户端" in shown
    assert "已列入三月计划。" in shown
    assert "1000123" not in shown, "the citizen's number waits for a reason"
    whole = officer.posts("unmask", {"reason": "联系群众核实"}, "board-export:7").text
    assert "1000123" in whole


def test_similar_cases_with_an_answer_are_beside(desk: CaseOffice) -> None:
    text = "已责令物业公司退还停车费，住建局十一月十八日到小区复查，收费标准已经公示。"
    answered = (SourceReply(text=text, at=NOW.replace(day=20)),)
    early = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    desk.put(item("7", title="锦绣花园物业乱收停车费", received_at=early, replies=answered))
    secret = item("8", received_at=early, replies=answered, confidential=True)
    desk.put(secret)
    officer = desk.person(Role.DESK)
    # The answers are put in order beside the page, and that may be done by now.
    first = officer.sees()
    assert "正在整理" in first or "已责令物业公司退还停车费" in first
    assert desk.office.get(SimilarAnswers).ready(10)
    page = officer.sees()
    assert "已责令物业公司退还停车费" in page
    assert "/cases/board-export%3A7" in page
    assert "board-export%3A8" not in page
    # A unit without the case sees what a person released for everyone, and cannot open it.
    desk.put(item("9", named_unit="县公安局", title="锦绣花园门口乱停车", body="交警管一管乱停车"))
    other = desk.person(Role.RESPONDER, desk.case("board-export:9").unit)
    assert "已责令物业公司" not in other.sees("board-export:9")
    officer.does("publish", "board-export:7", where="门户网站")
    assert "已责令物业公司" not in other.sees("board-export:9")
    words = {"text": "物业乱收停车费", "reply": text}
    officer.does("publish", "board-export:7", where="门户网站", **words)
    page = other.sees("board-export:9")
    assert "已责令物业公司" in page
    assert "/cases/board-export%3A7" not in page


def test_what_only_hands_on_is_no_similar_answer_and_a_street_is_no_likeness(
    desk: CaseOffice,
) -> None:
    """Word for word the same letter, and the reply only says whom it went to; the same street,
    and a dog; another town, and an answer about the property fee."""
    early = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)

    def answered(number: str, title: str, body: str, reply: str) -> None:
        replies = (SourceReply(text=reply, at=NOW.replace(day=20)),)
        desk.put(item(number, title=title, body=body, received_at=early, replies=replies))

    asked = item()
    answered("7", asked.title, asked.body, "“晨光”网友您好！您反映的问题已收悉，已转相关部门处理。")
    dog = "锦绣花园东门外有野狗，孩子上学害怕，锦绣花园的居民请公安局来捉。"
    caught = "公安局已派人把锦绣花园东门外的野狗捕走，以后发现请打值班电话0797-6812345。"
    answered("8", "锦绣花园门口有野狗", dog, caught)
    fee = "物业公司乱收停车费，物业费又涨价，请管一管。"
    paid = "经查，物业公司没有公示就涨物业费，已责令按备案的标准收取，多收的停车费已全部退还。"
    answered("9", "北门小区物业费涨价", fee, paid)
    assert desk.office.get(SimilarAnswers).ready(10)
    page = desk.person(Role.DESK).sees()
    beside = page[page.index("<h2>相似答复</h2>") :]
    assert "已责令按备案的标准收取" in beside
    assert "已转相关部门" not in beside
    assert "野狗" not in beside


def test_a_similar_answer_goes_to_the_end_of_what_is_being_written(desk: CaseOffice) -> None:
    early = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    text = f"已责令物业公司按备案的标准收物业费，停车费已退。联系人电话{PHONE}。"
    replies = (SourceReply(text=text, at=NOW.replace(day=20)),)
    desk.put(item("7", title="锦绣花园物业费涨价", received_at=early, replies=replies))
    desk.put(item("8", received_at=early, replies=replies, confidential=True))
    assert desk.office.get(SimilarAnswers).ready(10)
    unit = desk.person(Role.RESPONDER, UNIT)
    assert "引用到答复" in unit.sees()
    unit.posts("typed", {"text": "您好，来信收悉。", "seen": "1"})
    assert unit.posts("use", {"from": "board-export:7"}).status_code == 303
    page = unit.sees()
    assert "您好，来信收悉。\n已责令物业公司按备案的标准收物业费" in page
    assert PHONE not in page, "what the office wrote to another is masked"
    for nothing in ("board-export:8", "board-export:99"):
        refused = unit.posts("use", {"from": nothing})
        assert (refused.status_code, "不能引用" in refused.text) == (404, True)
    leader = desk.person(Role.LEADER)
    assert "引用到答复" not in leader.sees()
    assert leader.posts("use", {"from": "board-export:7"}).status_code == 403


def test_the_same_matter_of_other_channels_with_its_own_clock(desk: CaseOffice) -> None:
    desk.put(item("2", channel="县长信箱", title="物业费又涨了"))
    officer = desk.person(Role.DESK)
    officer.does("link_matter", matter=CASE)
    officer.does("link_matter", "board-export:2", matter=CASE)
    text = text_of(officer.sees())
    assert "同一事项 物业费又涨了 县长信箱， 11-23 09:00 受理，待签收" in text
    officer.does("assign", "board-export:2", lead="police", reason="改派")
    unit = desk.person(Role.RESPONDER, UNIT)
    assert "另有 1 件由其他单位办理" in text_of(unit.sees())
    assert "物业费又涨了" not in unit.sees()


# -- the next step, and the menu ---------------------------------------------


def test_each_role_has_one_blue_button_and_its_own_menu(desk: CaseOffice) -> None:
    unit = desk.person(Role.RESPONDER, UNIT)
    page = unit.sees()
    assert next_of(page) == "签收"
    assert primary_of(page) == ["签收"]
    assert "ask_return" in forms_of(page)
    assert forms_of(page).isdisjoint({"assign", "close", "approve_reply", "instruct", "correct"})
    unit.does("acknowledge")
    page = unit.sees()
    assert next_of(page) == "起草答复"
    assert primary_of(page) == ["提交审核"]
    assert "acknowledge" not in forms_of(page)
    leader = desk.person(Role.LEADER).sees()
    assert (next_of(leader), forms_of(leader)) == ("批示", {"instruct"})
    reviewer = desk.person(Role.REVIEWER).sees()
    assert (next_of(reviewer), primary_of(reviewer)) == ("", [])
    assert forms_of(desk.person(Role.ADMIN).sees()) >= {"correct", "link_matter"}


def test_what_may_not_be_done_now_says_why(desk: CaseOffice) -> None:
    page = text_of(desk.person(Role.DESK).sees())
    assert "回访 答复群众之后才能回访" in page


def test_irreversible_steps_say_what_will_happen(desk: CaseOffice) -> None:
    page = text_of(desk.person(Role.DESK).sees())
    for words in ("不能撤销", "事项即告结束", "还没有答复群众"):
        assert words in page


def test_a_role_cannot_act_beyond_the_page(desk: CaseOffice) -> None:
    answer = desk.person(Role.LEADER).posts("act/assign", {"lead": "police", "reason": "x"})
    assert answer.status_code == 403
    assert "您的角色不能办理“派单”" in answer.text
    assert desk.person(Role.DESK).posts("act/note_alert", {}).status_code == 404
    assert desk.person(Role.DESK).posts("act/nothing", {}).status_code == 404
    assert desk.case().unit == UNIT


def test_the_unit_hands_on_logs_asks_and_shares(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    officer.does("assign", lead=UNIT, assisting=["police"], reason="需公安协办")
    unit = desk.person(Role.RESPONDER, UNIT)
    unit.does("acknowledge")
    unit.does("hand_on", section="房管科", note="请核实")
    unit.does("log_contact", text="已与来件人电话联系")
    assert "最多可延 " in text_of(unit.sees())
    unit.does("ask_extension", working_days="2", reason="需要鉴定")
    unit.does("ask_return", reason="不属于本单位", suggested_unit="police")
    helper = desk.person(Role.RESPONDER, "police")
    helper.does("acknowledge")
    assert next_of(helper.sees()) == "提交协办意见"
    helper.does("finish_share", text="现场秩序正常")
    page = text_of(officer.sees())
    assert next_of(officer.sees()) == "审批退回"
    for part in ("（房管科）", "已与来件人电话联系", "建议转县公安局", "协办意见： 现场秩序正常"):
        assert part in page.replace("协办意见：现", "协办意见： 现"), part
    officer.does("decide_return", unit=UNIT, approve="0", reason="按职责分工应由本单位办理")
    assert next_of(officer.sees()) == "审批延期"
    officer.does("decide_extension", grant="1", working_days="2", citizen_told="1")
    page = text_of(officer.sees())
    assert "批准延期 2 个工作日" in page
    assert "原定" in page


def test_a_correction_that_lengthens_needs_the_desks_word(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    labels = desk.case().labels
    given = {"kind": labels.kind.value, "sentiment": labels.sentiment.value, "urgent": "0"}
    officer.does("correct", **given, simple="1")
    due = desk.case().round.reply_clock
    assert due is not None
    back = {**given, "simple": "0", "seen": seen_of(officer.sees())}
    answer = officer.posts("act/correct", back)
    assert answer.status_code == 422
    assert "由 11-26 23:59 变为 11-30 23:59" in text_of(answer.text)
    assert 'name="lengthen_approved"' in answer.text
    assert desk.case().round.reply_clock == due
    officer.does("correct", **back | {"lengthen_approved": "1"})
    after = desk.case().round.reply_clock
    assert after is not None
    assert after.due_at > due.due_at


def test_simple_follows_the_kind_unless_somebody_chooses(desk: CaseOffice) -> None:
    case_id = "board-export:2"
    desk.put(item("2", title="锦绣花园的村镇建设图纸", body="锦绣花园的图纸存放地点。"))
    officer = desk.person(Role.DESK)
    page = officer.sees(case_id)
    assert "按规则（现在：否）" in page
    assert 'name="simple" value="" checked' in page
    asked = {"kind": "咨询", "topic_path": "城乡建设/村镇建设", "simple": "", "risk.given": "1"}
    officer.does("correct", case_id, **asked, urgent="0")
    assert desk.case(case_id).labels.simple
    assert "更正：诉求类型、事项分类" in text_of(officer.sees(case_id))
    assert "按规则定为简单问题" in text_of(officer.sees(case_id))

    back = {"kind": "投诉", "simple": "", "seen": seen_of(officer.sees(case_id))}
    answer = officer.posts("act/correct", back, case_id)
    assert "由 11-26 23:59 变为 11-30 23:59" in text_of(answer.text), "the desk is asked first"
    assert desk.case(case_id).labels.simple

    officer.does("correct", case_id, kind="投诉", simple="1")
    assert desk.case(case_id).labels.simple, "chosen, though it was so before"
    assert "按规则（" not in officer.sees(case_id)


def test_the_correction_takes_topic_and_risk_and_leaves_the_rest(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    before = desk.case().labels
    officer.does(
        "correct",
        **{"topic_path": "城乡建设/村镇建设", "risk": ["工资拖欠"], "risk.given": "1"},
        kind=before.kind.value,
    )
    labels = desk.case().labels
    assert labels.topic_path == ("城乡建设", "村镇建设")
    assert labels.risk == ("工资拖欠",)
    assert labels.sentiment is before.sentiment
    officer.does("correct", **{"risk.given": "1"})
    assert desk.case().labels.risk == ()


def test_another_topic_that_was_thought_of_is_one_press_away(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    before = desk.case().labels
    others = [name for name, _ in before.topic_candidates if name != before.topic]
    page = officer.sees()
    assert others
    for topic in others:
        assert f"<button>分类改为{topic}</button>" in page
    officer.does("correct", topic_path=others[0])
    after = desk.case().labels
    assert (after.topic, after.kind, after.risk) == (others[0], before.kind, before.risk)


# -- two people, twice the same, and mistakes --------------------------------


def test_sending_a_form_twice_acts_once(desk: CaseOffice) -> None:
    unit = desk.person(Role.RESPONDER, UNIT)
    form = {"seen": seen_of(unit.sees()), "action_id": "once", "text": "电话联系"}
    assert unit.posts("act/log_contact", form).status_code == 303
    length = len(desk.case().history)
    assert unit.posts("act/log_contact", form).status_code == 303
    assert len(desk.case().history) == length


def test_the_second_of_two_people_sees_what_changed_and_loses_no_text(desk: CaseOffice) -> None:
    first, second = desk.person(Role.DESK, name="jia"), desk.person(Role.DESK, name="yi")
    seen = seen_of(second.sees())
    first.does("press", rung="催办", text="请抓紧")
    answer = second.posts("act/press", {"seen": seen, "rung": "催办", "text": "我写的催办内容"})
    assert answer.status_code == 409
    page = text_of(answer.text)
    assert "别人办理过这件事项" in page
    assert "值班台 林某：催办" in page
    assert "我写的催办内容" in page
    assert len(desk.case().pressures) == 1
    again = {"seen": seen_of(answer.text), "rung": "督办", "text": "我写的催办内容"}
    assert second.posts("act/press", again).status_code == 303
    assert [p.rung.value for p in desk.case().pressures] == ["催办", "督办"]


def test_what_is_refused_or_badly_filled_in_keeps_the_text(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    refused = officer.posts("act/press", {"rung": "约谈", "text": "请来谈谈"})
    assert refused.status_code == 422
    assert "越级约谈请写明理由" in refused.text
    assert "请来谈谈" in refused.text
    bad = officer.posts("act/suspend", {"measures": "列入计划", "until": "明年"})
    assert bad.status_code == 422
    assert "“解决日期”没有填对" in bad.text
    assert "列入计划" in bad.text


def test_a_form_without_the_pages_token_is_refused(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    answer = officer.posts("act/log_contact", {"text": "x", "csrf": "wrong"})
    assert answer.status_code == 403
    assert len(desk.case().history) == 2


def test_what_people_type_is_never_markup(desk: CaseOffice) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    unit = desk.person(Role.RESPONDER, UNIT)
    unit.does("acknowledge")
    unit.does("hand_on", section=hostile, note=hostile)
    unit.posts("typed", {"text": hostile})
    answer = unit.posts("act/ask_extension", {"working_days": hostile, "reason": hostile})
    for page in (answer.text, unit.sees(), desk.person(Role.DESK).sees()):
        assert "<script>alert" not in page
        assert "<img" not in page


def test_the_words_for_the_public_are_shown_masked_and_released_by_a_person(
    desk: CaseOffice,
) -> None:
    answered = (SourceReply(text="王先生您好，已修好。", at=NOW.replace(day=20)),)
    body = "请打13812345678，3栋2单元"
    desk.put(item("20", title="路灯不亮", body=body, replies=answered))
    officer = desk.person(Role.DESK)
    page = officer.sees("board-export:20")
    for words in ("审定并公开", "请打***********，*栋*单元", "*先生您好，已修好。", "手机号 1 处"):
        assert words in page
    officer.does(
        "publish", "board-export:20", where="门户网站", text="路灯不亮。", reply="已修好。"
    )
    publication = desk.case("board-export:20").publication
    assert publication is not None
    assert (publication.text, publication.reply) == ("路灯不亮。", "已修好。")
    assert "撤回公开" in officer.sees("board-export:20")
    officer.does("withdraw_publication", "board-export:20")
    publication = desk.case("board-export:20").publication
    assert publication is not None
    assert publication.text == ""


def test_the_evidence_of_a_wrong_alarm_no_longer_stands_on_the_page(desk: CaseOffice) -> None:
    desk.put(item("9", title="燃气泄漏", body="楼道里燃气泄漏，有人被困，随时可能爆炸。"))
    officer = desk.person(Role.DESK)
    assert "危急：燃气" in officer.sees("board-export:9")
    officer.does("not_urgent", "board-export:9", reason="已经过去或已解决")
    page = officer.sees("board-export:9")
    assert "危急：燃气" not in page
    assert "紧急：燃气" not in page
