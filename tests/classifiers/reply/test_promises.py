"""Which sentences of a reply promise something, and by which day."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.reply.due_dates import named_days
from classifiers.reply.promises import find_promises

REPLIED = date(2026, 12, 20)
"""A Sunday eleven days before the end of the year."""


def dates(reply: str, replied_on: date = REPLIED) -> list[date | None]:
    return [promise.due for promise in find_promises(reply, replied_on)]


@pytest.mark.parametrize(
    "reply",
    [
        "我局将彻底整改该问题",
        "社区已开展摸底，将落实责任",
        "由物业公司兜底解决，将加强管理",
        "将到底部检查并修复",
        "周末我局将安排人员巡查",
    ],
)
def test_words_with_bottom_in_them_are_no_end_of_a_year(reply: str) -> None:
    assert [due for due in dates(reply) if due] == []


@pytest.mark.parametrize(
    "reply",
    [
        "路灯已于12月27日修复",
        "于12月27日上午10时将故障排除，恢复供水",
        "该站于2025年11月初开始建设，11月底完成设备安装",
        "直到12月底配套工程才完成",
        "已于去年12月底前完成设计",
        "因12月底天气原因暂未动工",
        "原计划12月底开通，因故取消",
        "我局于11月16日下达通知书，责令其于11月23日前改正",
        "责令三家企业在3个工作日内付清工资，三家企业未履行",
    ],
)
def test_what_is_done_or_gone_by_is_no_promise(reply: str) -> None:
    assert dates(reply, date(2026, 12, 29)) == []


@pytest.mark.parametrize(
    ("reply", "days"),
    [
        (
            "计划今年年底动工，2027年上半年竣工交付，秋季开园招生",
            [date(2026, 12, 31), date(2027, 6, 30), date(2027, 11, 30)],
        ),
        (
            "预计路灯1月15日前修复，护栏1月底前更换到位",
            [date(2027, 1, 15), date(2027, 1, 31)],
        ),
        ("争取2027年3月开工，7—9月验收", [date(2027, 3, 31), date(2027, 9, 30)]),
        ("预计12月底或1月初开始发放", [date(2027, 1, 10)]),
        ("由原计划2026年底开通推迟至2027年底通车", [date(2027, 12, 31)]),
    ],
)
def test_several_promises_in_a_sentence_are_several(reply: str, days: list[date]) -> None:
    promises = find_promises(reply, REPLIED)
    assert [promise.due for promise in promises] == days
    texts = [(promise.start, promise.end) for promise in promises]
    assert all(
        reply[start:end] == promise.text
        for (start, end), promise in zip(texts, promises, strict=True)
    )
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(texts))


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("本周内", date(2026, 12, 20)),
        ("下周内", date(2026, 12, 27)),
        ("下周三前", date(2026, 12, 23)),
        ("月底前", date(2026, 12, 31)),
        ("本月内", date(2026, 12, 31)),
        ("下月初", date(2027, 1, 10)),
        ("次月底前", date(2027, 1, 31)),
        ("年内", date(2026, 12, 31)),
        ("年底前", date(2026, 12, 31)),
        ("元旦前", date(2026, 12, 31)),
        ("春节前", date(2027, 2, 5)),
        ("2028年春节前", date(2028, 1, 25)),
        ("过年前", date(2027, 2, 5)),
        ("五一前", date(2027, 4, 30)),
        ("端午节前", date(2027, 6, 8)),
        ("国庆节前", date(2027, 9, 30)),
        ("两个月内", date(2027, 2, 20)),
        ("半个月内", date(2027, 1, 4)),
        ("半年内", date(2027, 6, 20)),
        ("三年内", date(2029, 12, 20)),
        ("近两日内", date(2026, 12, 22)),
        ("5天内", date(2026, 12, 25)),
        ("一季度", date(2027, 3, 31)),
        ("本季度末前", date(2026, 12, 31)),
        ("下季度", date(2027, 3, 31)),
        ("明年上半年", date(2027, 6, 30)),
        ("明年秋季", date(2027, 11, 30)),
        ("明年初", date(2027, 1, 31)),
        ("2027年元月10日前", date(2027, 1, 10)),
        ("２月底前", date(2027, 2, 28)),
        ("农历2027年9月底前", date(2027, 10, 28)),
        ("2027.3.1前", date(2027, 3, 1)),
    ],
)
def test_days_are_counted_from_the_day_of_the_reply(said: str, due: date) -> None:
    reply = f"我局将在{said}完成整改"
    (promise,) = find_promises(reply, REPLIED)
    assert (promise.due, promise.due_text) == (due, said)
    assert find_promises(f"目前正在招标，预计{said}可以开工", REPLIED)[0].due == due


@pytest.mark.parametrize(
    "reply",
    [
        "请您于12月30日前向中心提交贷款申请",
        "登记机构应当自受理之日起30个工作日内办结",
        "买受人应当在签订之日起30日内到房产局办理",
        "您可在本月底前补缴后办理",
        "每年12月底发放补贴",
        "开发商没有承诺三年内完成",
        "如果不购买，开发商承诺15日之内退还款项",
        "已纳入2027年农村公路硬化计划",
        "请关注2027年招生方案",
        "关于您反映的“年底前完成安装”的问题",
        "预计2027年不会启动该项目的拆迁",
        "自8月底开学以来已完成收费公示",
    ],
)
def test_rules_plans_and_what_citizens_are_to_do_are_no_promise(reply: str) -> None:
    assert dates(reply) == []


def test_orders_to_others_are_promises() -> None:
    assert dates("我局已责令该公司在12月底前完成清退") == [date(2026, 12, 31)]


@given(st.text(alphabet="12月底前内年三个日周节春将完成已，。本下半季", max_size=40), st.dates())
def test_any_text_at_any_date(text: str, day: date) -> None:
    for named in named_days(text, day):
        assert text[named.start : named.end] == named.text
        assert named.day is None or named.day >= day
    for promise in find_promises(text, day):
        assert text[promise.start : promise.end] == promise.text


@pytest.mark.parametrize("unit", ["年底前完成", "12月", "，", "两", "将于"])
def test_a_text_without_an_end_is_read_in_time(unit: str) -> None:
    find_promises(unit * 50_000 + "将于12月底完成", REPLIED)
