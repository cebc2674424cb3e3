from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Text
from classifiers.reply.promises import find_promises
from classifiers.reply.quality import Problem, check_reply, repeated

ASKED = Text(
    "青禾花园路灯不亮",
    "青禾花园北门路灯坏了两个月。请问什么时候能修好路灯？物业费是否可以减免？",
)
REPLIED = date(2026, 11, 20)
GOOD = (
    "您好，您反映的青禾花园北门路灯不亮的问题已收悉。经现场核查，线路被施工挖断，"
    "我局将于12月底前修好全部路灯。关于物业费减免，请与物业公司协商，社区可以调解。"
    "联系人：张工，电话0731-2345678。"
)


def problems(reply: str) -> set[Problem]:
    return set(check_reply(ASKED, reply, REPLIED).problems)


def test_a_good_reply_has_no_problem() -> None:
    quality = check_reply(ASKED, GOOD, REPLIED)
    assert quality.problems == ()
    assert [question.answered for question in quality.questions] == [True, True]
    assert quality.contacts == ("0731-2345678",)
    assert [(p.due, p.due_text) for p in quality.promises] == [(date(2026, 12, 31), "12月底前")]


@pytest.mark.parametrize("reply", ["", "已收悉", "😀", "   \n"])
def test_empty(reply: str) -> None:
    assert Problem.EMPTY in problems(reply)
    assert Problem.UNANSWERED not in problems(reply)


def test_greeting_and_thanks_alone_are_a_template() -> None:
    reply = "尊敬的网友：您好！您的留言已收悉。感谢您对我们工作的关心和支持！祝您生活愉快！"
    assert Problem.TEMPLATE in problems(reply)


def test_handed_on_is_not_answered() -> None:
    reply = "网友您好！您的留言已收悉，已转交市住建局办理。感谢您的关注。"
    assert Problem.TRANSFER in problems(reply)
    assert Problem.TEMPLATE not in problems(reply)


def test_off_the_point() -> None:
    reply = (
        "近年来我县大力发展文化旅游产业，成功举办了三届油菜花节，接待外地客人二十万人次，"
        "带动周边群众增收，取得了良好的经济效益和社会效益。咨询电话12345。"
    )
    assert Problem.OFF_POINT in problems(reply)


def test_a_question_that_is_passed_over_is_named() -> None:
    reply = "您好，北门路灯线路被挖断，将于本周内修好路灯，给您带来不便敬请谅解。电话12345。"
    quality = check_reply(ASKED, reply, REPLIED)
    assert Problem.UNANSWERED in quality.problems
    (missed,) = [question for question in quality.questions if not question.answered]
    assert "物业费" in missed.text
    assert ASKED.body[missed.start : missed.end].strip() == missed.text


def test_rhetorical_questions_expect_no_answer() -> None:
    angry = Text("", "路灯坏了两个月，难道就没有人管吗？天理何在？")
    assert check_reply(angry, GOOD, REPLIED).questions == ()


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("详情请致电12345", ("12345",)),
        ("联系电话：13800001111、8765432", ("13800001111",)),
        ("补贴标准为每平方米2345678元", ()),
        ("文号〔2019〕12345号", ()),
    ],
)
def test_contacts_are_numbers_that_are_called_so(text: str, contacts: tuple[str, ...]) -> None:
    found = check_reply(ASKED, text, REPLIED).contacts
    assert found[: len(contacts)] == contacts
    assert bool(found) is bool(contacts)


@pytest.mark.parametrize(
    ("reply", "due"),
    [
        ("该路段将于12月底前修复。", date(2026, 12, 31)),
        ("计划于2027年6月30日前完成改造。", date(2027, 6, 30)),
        ("预计明年3月开工", date(2027, 3, 31)),
        ("预计3月底完工", date(2027, 3, 31)),
        ("力争年底前通车", date(2026, 12, 31)),
        ("计划今年第四季度启动施工", date(2026, 12, 31)),
        ("责令其15日内拆除", date(2026, 12, 5)),
        ("两周内整改到位", date(2026, 12, 4)),
        ("一个月内整改到位", date(2026, 12, 20)),
        ("开发商承诺十二月三十一日前交付使用", date(2026, 12, 31)),
        ("计划明年上半年移交", date(2027, 6, 30)),
        ("本月底前发放到位", date(2026, 11, 30)),
        ("下周内安排人员维修", date(2026, 11, 29)),
        ("力争在12月中旬前，完成清理工作", date(2026, 12, 20)),
        ("目前已完成招标，预计12月开工建设", date(2026, 12, 31)),
    ],
)
def test_a_promise_with_a_date(reply: str, due: date) -> None:
    (promise,) = find_promises(reply, REPLIED)
    assert promise.due == due
    assert reply[promise.start : promise.end] == promise.text
    assert promise.due_text in promise.text


def test_working_days_are_counted_not_dated() -> None:
    (promise,) = find_promises("我局将在3个工作日内答复您", REPLIED)
    assert (promise.due, promise.working_days) == (None, 3)


def test_soon_is_a_promise_without_a_date() -> None:
    (promise,) = find_promises("我们将尽快处理。", REPLIED)
    assert (promise.due, promise.due_text) == (None, "")


@pytest.mark.parametrize(
    "reply",
    [
        "已于3月完成整改。",
        "该项目于2019年3月开工，2020年完成。",
        "去年底我单位已上报资金计划并完成发放。",
        "2026年11月20日",
        "2月30日前完成",
        "感谢您的关注。",
    ],
)
def test_the_past_and_plain_dates_are_no_promise(reply: str) -> None:
    assert find_promises(reply, REPLIED) == ()


def test_one_text_under_many_messages_is_found() -> None:
    standard = "您好，您反映的问题我们高度重视，已安排工作人员核实，后续将加强监管，感谢支持。"
    other = "经查，梅溪路公交站牌昨日已重新立起，误点的班次从周一起恢复，请您放心乘坐。"
    assert repeated([standard, other, standard + "！"]) == [0, 1, 0]


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_is_checked(body: str, reply: str) -> None:
    quality = check_reply(Text("", body), reply, REPLIED)
    assert 0.0 <= quality.relevance <= 1.0
    for promise in quality.promises:
        assert promise.due is None or promise.due >= REPLIED


@pytest.mark.parametrize(
    ("asked", "reply", "missing"),
    [
        (
            "请问什么时候修路灯？",
            "您好，经现场核查，线路被挖断，工程队正在施工，预计12月底恢复照明，请耐心等待。",
            False,
        ),
        ("请问什么时候修好北门路灯？", "您好，您反映的问题已转交镇政府。", True),
        ("咨询救助金多少钱？怎么申请？", "您好，请关注后续通知，祝您生活愉快，工作顺利。", True),
        ("你们的良心在哪里？", "您好，您反映的问题已转交镇政府。", False),
    ],
)
def test_a_question_is_open_only_where_nothing_answers_it(
    asked: str, reply: str, *, missing: bool
) -> None:
    """What says nothing, or only who has it now, is named so, and its questions are open."""
    quality = check_reply(Text("咨询", asked), reply, REPLIED)
    told = {Problem.UNANSWERED, Problem.TRANSFER, Problem.TEMPLATE}
    assert any(not question.answered for question in quality.questions) is missing
    assert not missing or len(told & set(quality.problems)) == 1


@pytest.mark.parametrize(
    ("closing", "missing"),
    [
        ("", False),
        ("如有疑问，请与我局联系。", True),
        ("如有疑问，请与我局联系，电话0731-2345678。", False),
        ("如遇险情请拨打122。", False),
        ("有需要的可致电95158服务热线。", False),
    ],
)
def test_a_contact_is_missed_only_where_the_reply_sends_the_citizen_on(
    closing: str, *, missing: bool
) -> None:
    reply = GOOD.removesuffix("联系人：张工，电话0731-2345678。") + closing
    assert (Problem.NO_CONTACT in problems(reply)) is missing


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("网友您好，您反映的问题已转清水镇调查、核处。", Problem.TRANSFER),
        ("您的留言已收悉。关于您反映的问题，已转县公积金中心处理。", Problem.TRANSFER),
        ("我们已将您反映的问题交相关部门办理，请关注后续回复，谢谢！", Problem.TRANSFER),
        ("您好！您反映的问题正在交办中，感谢来信。", Problem.TRANSFER),
        ("您好，请您到县交警大队咨询相关事宜。", Problem.TRANSFER),
        (
            (
                "“BX0012345”您好！您所反映的问题已收悉。就此问题我办已转交给相关部门研究处理。"
                "在此，感谢您对我们工作的关心与支持。2026年3月1日"
            ),
            Problem.TRANSFER,
        ),
        ("清水县网信办 2026年3月2日", Problem.EMPTY),
        (
            "您好！感谢您提出的宝贵建议和意见，也感谢您对我县公交事业的关注和关心。",
            Problem.TEMPLATE,
        ),
    ],
)
def test_a_reply_that_answers_nothing_is_called_by_its_name(reply: str, problem: Problem) -> None:
    letter = Text("希望增加早班车", "早上六点以前没有车，工厂区的人只能走路上班，希望增加班次。")
    assert check_reply(letter, reply, REPLIED).problems == (problem,)


@pytest.mark.parametrize(
    "reply",
    [
        # Short, in the office's own terms, handed on and done: still answers.
        "您好，该路口已列入下一批电子警察的安装计划，中队将加强巡逻，严查各类违法行为。",
        "您好，经查，各社区都设有废旧电池的回收点，可以就近投放，也可以交给物业统一回收。",
        "已转县城管局办理：昨日已清理完毕，并安排专人每日巡查，欢迎继续监督。",
        "经核实，分数线尚未公布，请留意县政府门户网站的通知。",
        "小区管网不归本镇管，请您向县自来水公司反映，电话0731-2345678。",
    ],
)
def test_a_plain_answer_passes(reply: str) -> None:
    letter = Text("盼滨河路口设闯红灯拍照", "车子从不减速，带孩子过马路的人心惊胆战，盼设抓拍。")
    assert check_reply(letter, reply, REPLIED).problems == ()


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("多少次都是摔得满身是泥", False),
        ("我们也不知道要等到什么时候", False),
        ("不知如何是好", False),
        ("住房补贴的标准是多少？", True),
        ("请问转学手续如何办理", True),
    ],
)
def test_a_sigh_is_no_question(body: str, *, asked: bool) -> None:
    assert bool(check_reply(Text("一件事", body), GOOD, REPLIED).questions) is asked


def test_a_number_before_a_date_is_a_contact() -> None:
    reply = "低保由镇民政办受理，请向镇民政办咨询。 咨询电话：0731-2345678 2026.10.11"
    quality = check_reply(ASKED, reply, REPLIED)
    assert quality.contacts == ("0731-2345678",)
    assert Problem.NO_CONTACT not in quality.problems
