"""The three group robots on the wire: signatures, sizes, limits, and the code inside a 200."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.words.times import BEIJING
from sinks.alerts import dingtalk, feishu, wecom, wording
from sinks.alerts.base import RATE_LIMITED, Channel, Outcome, Sent, Unclear, Unsent
from sinks.alerts.building import HttpOptions
from streams.guarded_post import open_post
from tests.alerts.helpers import TELLING, alert, message, secret_message
from tests.standins.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot, answer
from tests.standins.server import HTML, Reply, body, redirect, status

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=BEIJING)
LOCAL = HttpOptions(allow_private_addresses=True, timeout_seconds=5)
SECRET = "SEC-of-the-group"


def clock() -> float:
    return NOW.timestamp()


@pytest.fixture
def ding() -> Iterator[DingTalkRobot]:
    with DingTalkRobot(clock, secret=SECRET, keyword="回音") as robot:
        yield robot


@pytest.fixture
def work() -> Iterator[WeComRobot]:
    with WeComRobot(clock) as robot:
        yield robot


@pytest.fixture
def book() -> Iterator[FeishuRobot]:
    with FeishuRobot(clock, secret=SECRET, keyword="回音") as robot:
        yield robot


def dingtalk_channel(robot: Robot, secret: str = SECRET) -> Channel:
    return dingtalk.DingTalk(
        "群", robot.address, open_post(LOCAL), secret=secret, limits=dingtalk.LIMITS
    )


def wecom_channel(robot: Robot, options: HttpOptions = LOCAL) -> Channel:
    return wecom.WeCom("群", robot.address, open_post(options), limits=wecom.LIMITS)


def feishu_channel(robot: Robot, secret: str = SECRET) -> Channel:
    return feishu.Feishu("群", robot.address, open_post(LOCAL), secret=secret, limits=feishu.LIMITS)


def refused(outcome: Outcome) -> Unsent:
    assert isinstance(outcome, Unsent), outcome
    return outcome


# -- signatures ---------------------------------------------------------------


def test_signatures_are_what_the_robots_expect() -> None:
    """Computed by hand from the published rule, with openssl."""
    assert unquote(dingtalk.sign("SECabc", 1700000000000)) == (
        "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM="
    )
    assert feishu.sign("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


@pytest.mark.parametrize("size", [1, 40])
def test_a_message_arrives(
    ding: DingTalkRobot, work: WeComRobot, book: FeishuRobot, size: int
) -> None:
    alerts = [alert(number) for number in range(1, size + 1)]
    for channel, robot in (
        (dingtalk_channel(ding), ding),
        (wecom_channel(work), work),
        (feishu_channel(book), book),
    ):
        sent = message(*alerts)
        count = channel.fits(sent.lines)
        assert isinstance(channel.send(message(*alerts[:count]), now=NOW), Sent)
        (shown,) = robot.shown
        assert "第 1 封信" in shown
        assert f"第 {count} 封信" in shown, "nothing of what fits is cut off"
        assert "县住建局" in shown


@pytest.mark.parametrize("size", [1, 2])
def test_a_confidential_case_is_told_without_a_word_about_it(
    ding: DingTalkRobot, work: WeComRobot, book: FeishuRobot, size: int
) -> None:
    sent = secret_message(*[alert(number) for number in range(1, size + 1)])
    for channel, robot in (
        (dingtalk_channel(ding), ding),
        (wecom_channel(work), work),
        (feishu_channel(book), book),
    ):
        assert isinstance(channel.send(sent, now=NOW), Sent)
        (hit,) = robot.log
        told = json.dumps(json.loads(hit.body), ensure_ascii=False)
        assert "有来件需要马上处理" in told
        assert [word for word in TELLING if word in told] == []


@pytest.mark.parametrize("wrong", ["", "another"])
def test_a_wrong_signature_is_told_with_what_to_do(
    ding: DingTalkRobot, book: FeishuRobot, wrong: str
) -> None:
    outcome = refused(dingtalk_channel(ding, wrong).send(message(), now=NOW))
    assert not outcome.retry
    assert "310000" in outcome.detail
    assert "密钥" in outcome.detail
    outcome = refused(feishu_channel(book, wrong).send(message(), now=NOW))
    assert "19021" in outcome.detail
    assert "校准" in outcome.detail
    assert ding.shown == book.shown == []


def test_a_robot_that_checks_a_keyword_or_nothing_needs_no_signature() -> None:
    with DingTalkRobot(clock, keyword="回音") as robot:
        assert isinstance(dingtalk_channel(robot, "").send(message(), now=NOW), Sent)
        assert "sign" not in robot.log[0].query
    with FeishuRobot(clock, keyword="值班") as robot:
        outcome = refused(feishu_channel(robot, "").send(message(), now=NOW))
        assert "关键词" in outcome.detail


# -- the code inside a 200 ---------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "code", "retry", "words"),
    [
        (dingtalk_channel, 130101, True, "限流"),
        (dingtalk_channel, 310000, False, "安全设置"),
        (dingtalk_channel, 999999, False, "999999"),
        (wecom_channel, 45009, True, "限流"),
        (wecom_channel, 93000, False, "重新添加"),
        (wecom_channel, 40008, False, "升级程序"),
        (wecom_channel, -1, True, "系统忙"),
    ],
)
def test_a_refusal_is_never_taken_for_a_receipt(
    work: WeComRobot, make: Callable[[Robot], Channel], code: int, retry: bool, words: str
) -> None:
    work.fault(lambda hit, reply: answer(code, "no"))
    outcome = refused(make(work).send(message(), now=NOW))
    assert outcome.retry is retry
    assert words in outcome.detail


@pytest.mark.parametrize(
    ("code", "retry"),
    [(11232, True), (19021, False), (19022, False), (19024, False), (9499, False)],
)
def test_nor_one_of_feishu(book: FeishuRobot, code: int, retry: bool) -> None:
    book.fault(lambda hit, reply: answer(code, "no", ("code", "msg")))
    outcome = refused(feishu_channel(book).send(message(), now=NOW))
    assert outcome.retry is retry
    assert str(code) in outcome.detail


def test_an_older_feishu_robot_answers_with_another_name(book: FeishuRobot) -> None:
    book.fault(body(b'{"StatusCode":0,"StatusMessage":"success"}'))
    assert isinstance(feishu_channel(book).send(message(), now=NOW), Sent)


def test_who_is_too_fast_waits_as_long_as_he_is_kept_out(
    ding: DingTalkRobot, work: WeComRobot
) -> None:
    channel = dingtalk_channel(ding)
    outcomes = [channel.send(message(), now=NOW) for _ in range(21)]
    assert all(isinstance(each, Sent) for each in outcomes[:20])
    last = refused(outcomes[20])
    assert (last.reason, last.wait_seconds) == (RATE_LIMITED, 600)
    work.fault(status(429, retry_after="17"))
    outcome = refused(wecom_channel(work).send(message(), now=NOW))
    assert (outcome.reason, outcome.wait_seconds, outcome.retry) == (RATE_LIMITED, 17, True)


@pytest.mark.parametrize(
    "change",
    [
        HTML,
        body(b""),
        body(b'{"ok":true}'),
        body(b"[0]"),
        body(b'{"errcode":"0"}'),
        body(b'{"errcode":false}'),
        status(500),
        status(502),
        lambda hit, reply: Reply(status=500, body=b'{"errcode":0}'),
    ],
)
def test_what_cannot_be_understood_is_unclear(work: WeComRobot, change: object) -> None:
    work.fault(change)  # type: ignore[arg-type]
    assert isinstance(wecom_channel(work).send(message(), now=NOW), Unclear)


def test_a_server_that_hangs_is_unclear_and_one_that_is_not_there_is_not(
    work: WeComRobot,
) -> None:
    def hang(hit: object, reply: Reply) -> Reply:
        work.released.wait(10)
        return reply

    work.fault(hang)
    short = HttpOptions(allow_private_addresses=True, timeout_seconds=1)
    outcome = wecom_channel(work, short).send(message(), now=NOW)
    assert isinstance(outcome, Unclear)
    assert "没有回应" in outcome.detail
    work.released.set()
    nobody = wecom.WeCom("群", "http://127.0.0.1:9/x?key=K3Y", open_post(LOCAL), limits=())
    outcome = refused(nobody.send(message(), now=NOW))
    assert outcome.retry
    assert "K3Y" not in outcome.detail, "the address is a secret"


# -- where it may not go -----------------------------------------------------------


def test_redirects_are_not_followed(work: WeComRobot, ding: DingTalkRobot) -> None:
    work.fault(redirect(ding.address, 307))
    outcome = refused(wecom_channel(work).send(message(), now=NOW))
    assert (outcome.reason, outcome.retry) == ("redirected", False)
    assert ding.log == []


def test_an_inner_address_needs_permission(work: WeComRobot) -> None:
    outcome = refused(wecom_channel(work, HttpOptions()).send(message(), now=NOW))
    assert not outcome.retry
    assert "allow_private_addresses" in outcome.detail
    assert work.log == []


def test_a_name_that_leads_to_the_metadata_of_a_cloud_host_never_has_it(work: WeComRobot) -> None:
    post = open_post(LOCAL, resolve=lambda host, port: ["169.254.169.254"])
    channel = wecom.WeCom("群", "http://robot.example/", post, limits=())
    assert "内部网络" in refused(channel.send(message(), now=NOW)).detail


# -- what is said --------------------------------------------------------------------


HOSTILE = (
    '[点此领奖](http://bad.example) @所有人 <at user_id="all"> `x` **粗** www.bad.example\n# 标题'
)


def test_a_citizens_title_is_text_and_nothing_else(
    ding: DingTalkRobot, work: WeComRobot, book: FeishuRobot
) -> None:
    for channel, robot in (
        (dingtalk_channel(ding), ding),
        (wecom_channel(work), work),
        (feishu_channel(book), book),
    ):
        channel.send(message(alert(text=f"高风险来件（紧急）：{HOSTILE}")), now=NOW)
        shown = robot.shown[0].partition("紧急")[2]
        assert not set("[]<>@`*#") & set(shown)
        assert "://" not in shown
        assert "www." not in shown
        assert "点此领奖" in shown


def test_people_on_duty_are_called_by_their_number(
    ding: DingTalkRobot, work: WeComRobot, book: FeishuRobot
) -> None:
    sent = message(names=("赵某",), mobiles=("13800000001",))
    dingtalk_channel(ding).send(sent, now=NOW)
    assert ding.payloads[0]["at"] == {"atMobiles": ["13800000001"], "isAtAll": False}
    assert "@13800000001" in ding.shown[0]
    wecom_channel(work).send(sent, now=NOW)
    assert work.payloads[0]["text"]["mentioned_mobile_list"] == ["13800000001"]
    feishu_channel(book).send(sent, now=NOW)
    assert "赵某" in book.shown[0]


def test_the_link_to_the_case_works(ding: DingTalkRobot) -> None:
    address = "https://desk.example.gov.cn/cases/letters%3A1"
    sent = message()
    sent = message(lines=(type(sent.lines[0])(alert=alert(), link=address),))
    dingtalk_channel(ding).send(sent, now=NOW)
    assert f"[打开事项]({address})" in ding.shown[0]


def test_the_whole_body_is_utf8_and_not_escaped(work: WeComRobot) -> None:
    """Escaped, a message would need twice the room."""
    wecom_channel(work).send(message(), now=NOW)
    assert "高风险" in work.log[0].body.decode()
    assert json.loads(work.log[0].body)["msgtype"] == "markdown"


@settings(max_examples=60)
@given(st.text(max_size=60), st.integers(0, 100))
def test_a_cut_is_within_the_bytes_and_between_two_characters(text: str, most: int) -> None:
    cut = wording.cut(text, most)
    clean = text.encode("utf-8", "replace").decode()
    assert len(cut.encode()) <= most
    assert cut == clean or clean.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize("extra", [0, 1])
def test_the_limit_is_exact_to_the_byte(extra: int) -> None:
    text = "信" * 10 + "a" * extra  # 30 bytes and more
    assert (wording.cut(text, 30) == text) is (extra == 0)


@settings(max_examples=25)
@given(st.lists(st.text(max_size=400), min_size=1, max_size=40))
def test_no_list_is_longer_than_the_robot_takes(texts: list[str]) -> None:
    def no_post(*_: object) -> object:
        raise AssertionError

    channel = wecom.WeCom("群", "", no_post, limits=())  # type: ignore[arg-type]
    lines = message(*[alert(n, text=text) for n, text in enumerate(texts)]).lines
    count = channel.fits(lines)
    assert 1 <= count <= len(lines)
    part = message(lines=lines[:count], mobiles=("13800000001",))
    shown = "\n".join([wording.heading(part), *wording.body(part)])
    assert len(shown.encode()) <= wecom.TEXT_BYTES
