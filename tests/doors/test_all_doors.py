"""All doors of one office at once: `huiyin run` against a stand-in for each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.messages import write_board_csv
from tests.doors.office import (
    Office,
    as_body,
    bearer,
    signature,
    until,
    wechat_message,
    wechat_query,
)
from tests.servers import Dovecot
from tests.servers.fixtures import running
from tests.sessions import cookie_of
from tests.standins import server
from tests.standins.feed import Feed
from tests.standins.hotline_platform import order
from tests.standins.liuyan import APP_CODE, Liuyan, Thread
from tests.standins.mailbox import Letter, Mailbox

pytestmark = pytest.mark.integration  # Dovecot is one of the doors

SECRETS = {
    "HOTLINE_TOKEN": "hotline-token-7f3a",
    "WECHAT_TOKEN": "wechat-token-9b1c",
    "MEDIA_KEY": "media-key-5d2e",
    "QUIET_KEY": "quiet-key-0c4d",
    "LIUYAN_APP_CODE": APP_CODE,
    "SITE_KEY": "site-header-key-81aa",
    "MAILBOX": "letter-box",
}
LONG = "西河路路口的排水井盖缺失已有一个多月，夜间行人经过十分危险。" * 6
ORDER = "250305101108115409"


@dataclass
class Town:
    """The office and everybody who writes to it."""

    office: Office
    board: Liuyan
    letters: Mailbox
    paper: Feed
    post: Dovecot

    def media(self, number: int, text: str, *, key: str = "", source: str = "new-media") -> int:
        """A push of the signed webhook; the HTTP status."""
        body = as_body({"id": number, "content": text})
        key = key or SECRETS["QUIET_KEY" if source == "quiet" else "MEDIA_KEY"]
        return self.office.push(source, body, signature(key, body)).status

    def order(self, number: str, token: str = "", **changed: object) -> int:
        body = as_body(order(number, **changed))
        return self.office.push("hotline", body, bearer(token or SECRETS["HOTLINE_TOKEN"])).status

    def chat(self, number: int, text: str, token: str = "") -> int:
        query = wechat_query(token or SECRETS["WECHAT_TOKEN"])
        body = wechat_message(number, text)
        return self.office.push("wechat", body, {"content-type": "text/xml"}, query).status


def sources(town: Town) -> str:
    polite = (
        "allow_private_addresses = true, requests_per_minute = 600, jitter = 0.0, "
        "attempts = 1, backoff_first = 0.1, backoff_most = 0.2, read_timeout = 5.0"
    )

    def web(stand_in: server.StandIn, more: str = "") -> str:
        return f'http = {{ hosts = ["{stand_in.host}"], {polite}{more} }}'

    key = ', secret_headers = { X-Api-Key = "SITE_KEY" }'
    return f"""
[source.hotline]
adapter = "hotline-push"
channel = "12345热线"
[source.hotline.options]
auth = {{ kind = "bearer", secrets = ["HOTLINE_TOKEN"] }}

[source.wechat]
adapter = "wechat"
channel = "政务新媒体"
[source.wechat.options]
token = "WECHAT_TOKEN"
auto_answer = "已收到"

[source.new-media]
adapter = "webhook"
channel = "政务新媒体"
[source.new-media.options]
auth = {{ kind = "hmac", secrets = ["MEDIA_KEY"] }}
fields = {{ id = "id", body = "content" }}

[source.quiet]
adapter = "webhook"
channel = "网上留言"
[source.quiet.options]
auth = {{ kind = "hmac", secrets = ["QUIET_KEY"] }}
fields = {{ id = "id", body = "content" }}
[source.quiet.health]
silent_after_hours = 0.0001
working_days = false
unreachable_after_hours = 0

[source.leader-mailbox]
adapter = "imap"
channel = "领导信箱"
poll_minutes = 0.05
[source.leader-mailbox.options]
host = "127.0.0.1"
port = {town.post.port}
security = "none"
user = "{town.post.user}"
password = "MAILBOX"

[source.liuyan]
adapter = "liuyan"
channel = "领导留言板"
poll_minutes = 0.05
[source.liuyan.options]
base_url = "{town.board.url}"
{web(town.board)}
mode = "signed"
fids = ["1"]
app_code_secret = "LIUYAN_APP_CODE"

[source.liuyan-unsigned]
adapter = "liuyan"
channel = "领导留言板"
poll_minutes = 0.05
[source.liuyan-unsigned.options]
base_url = "{town.board.url}"
{web(town.board)}
mode = "unsigned"
fids = ["2"]

[source.site-letters]
adapter = "site-mailbox"
channel = "政府网站信箱"
poll_minutes = 0.05
[source.site-letters.options]
preset = "voice-board"
base_url = "{town.letters.url}"
{web(town.letters, key)}

[source.public-letters]
adapter = "site-mailbox"
channel = "网络问政"
poll_minutes = 0.05
[source.public-letters.options]
base_url = "{town.letters.url}"
{web(town.letters)}
[source.public-letters.options.list]
url = "/letters"
params = {{ page = "{{page}}" }}
format = "html"
rows = "table.list tr"
[source.public-letters.options.list.fields]
id = {{ at = "a@href", match = "id=([0-9]+)" }}
title = ["a@title", "a"]
received_at = "td:nth-child(2)"
state = "td:nth-child(3)"
url = "a@href"
[source.public-letters.options.detail]
format = "html"
root = "table.letter"

[source.news]
adapter = "feed"
channel = "新闻媒体"
poll_minutes = 0.05
[source.news.options]
urls = ["{town.paper.url}/rss.xml"]
{web(town.paper)}
"""


def thread(tid: int, fid: str, text: str, **more: object) -> Thread:
    return Thread(tid, int(time.time()) - 3600 + tid % 1000, f"留言 {tid}", text, fid, **more)  # type: ignore[arg-type]


def letter(key: int, text: str) -> Letter:
    return Letter(str(key), int(time.time()) - 7200 + key % 1000, f"来信 {key}", text)


def story(number: int) -> str:
    return (
        f"<title>青禾县道路报道 {number}</title><link>https://news.example/{number}</link>"
        f"<guid>n{number}</guid><description>青禾县一处道路塌陷 {number}</description>"
    )


def mail(number: int) -> bytes:
    return (
        f"From: w{number}@m.example\r\nMessage-ID: <n{number}@m.example>\r\n"
        f"Subject: letter {number}\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
    ).encode() + f"停水 第 {number} 封\r\n".encode("gbk")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Town]:
    with ExitStack() as opened:
        town = Town(
            Office(tmp_path_factory.mktemp("office"), root, SECRETS),
            opened.enter_context(Liuyan(time.time)),
            opened.enter_context(Mailbox(time.time)),
            opened.enter_context(Feed(time.time)),
            opened.enter_context(running(Dovecot())),
        )
        town.office.configure(sources(town))
        town.board.add(
            thread(101, "1", LONG), thread(102, "1", "公交车太少"), thread(201, "2", LONG)
        )
        town.letters.letters += [letter(301, "路灯不亮"), letter(302, "噪声扰民")]
        town.paper.rss(story(1), story(2))
        for number in (1, 2):
            town.post.deliver(mail(number))
        drop = town.office.home / "drop" / "board"
        drop.mkdir(parents=True)
        write_board_csv(drop / "letters.csv", 3)
        opened.callback(town.office.kill)
        town.office.start()
        assert town.order(ORDER) == 200
        assert town.chat(700001, "护栏断了") == 200
        assert town.media(800001, "站牌倒了") == 200
        yield town


def test_the_ledger_holds_every_item_of_every_door(town: Town) -> None:
    office = town.office
    named = {
        f"hotline:{ORDER}", "wechat:700001", "new-media:800001",
        "liuyan:101", "liuyan:102", "liuyan-unsigned:201",
        "site-letters:301", "site-letters:302", "public-letters:301", "public-letters:302",
    }  # fmt: skip
    by_number = {"leader-mailbox": 2, "news": 2, "board-export": 3}

    def all_there() -> bool:
        return named <= office.ids() and all(
            len(office.ids(source)) == number for source, number in by_number.items()
        )

    until(all_there, "every item of every door is in the ledger")
    assert len(office.ids()) == len(named) + sum(by_number.values())
    assert office.item("liuyan:101").body == LONG
    assert office.item("public-letters:301").body == "路灯不亮"
    cut = office.item("liuyan-unsigned:201")
    assert (cut.body[:100], cut.truncated) == (LONG[:100], True)
    assert len(cut.body) < len(LONG)
    assert {office.item(case_id).body for case_id in office.ids("leader-mailbox")} == {
        "停水 第 1 封",
        "停水 第 2 封",
    }
    assert "核对一致" in office.huiyin("audit")


def test_what_is_known_changes_nothing_however_often_it_is_told(town: Town) -> None:
    office = town.office
    assert office.versions("new-media:800001") == 1
    before = office.counts("new-media")
    # It carries no time: ours, a second later, is no other version.
    assert town.media(800001, "站牌倒了") == 200
    assert town.order(ORDER) == 200
    assert office.counts("new-media").unchanged == before.unchanged + 1
    assert office.counts("hotline").later == 0
    assert (office.versions("new-media:800001"), office.versions(f"hotline:{ORDER}")) == (1, 1)


def test_the_wrong_token_is_refused_and_leaves_no_trace(town: Town) -> None:
    office = town.office
    names = ("hotline", "wechat", "new-media")
    before = [(office.counts(name), office.health(name)) for name in names]
    secret_text = "陌生人的留言9f2"
    assert town.order("250305101108119999", "not-the-token", 市民诉求=secret_text) == 401
    assert town.chat(700999, secret_text, "not-the-token") == 401
    assert town.media(800999, secret_text, key="not-the-key") == 401
    stale = as_body({"id": 800998, "content": secret_text})
    old = signature(SECRETS["MEDIA_KEY"], stale, time.time() - 3600)
    assert office.push("new-media", stale, old).status == 401
    assert office.push("no-such-door", stale, old).status == 404
    assert [(office.counts(name), office.health(name)) for name in names] == before
    assert [path for path, data in office.files().items() if secret_text.encode() in data] == []


def test_edits_withdrawals_and_answers_long_after_arrive_as_later_versions(town: Town) -> None:
    office = town.office
    town.board.threads[102].text = "公交车太少，末班车太早"
    town.letters.letter("302").text = "噪声扰民，夜里施工"
    answered = {"dateline": int(time.time()), "content": "已修复井盖", "organization": "住建局"}
    town.board.threads[101].replies.append(answered)
    town.letters.letter("301").replies.append(("已派员维修", int(time.time()), "城管局"))
    until(lambda: office.item("liuyan:102").body.endswith("太早"), "the edited thread")
    until(lambda: office.item("public-letters:302").body.endswith("施工"), "the edited letter")
    until(lambda: office.item("liuyan:101").replies, "the answer to the thread")
    until(lambda: office.item("site-letters:301").replies, "the answer, in the list")
    until(lambda: office.item("public-letters:301").replies, "the answer, on its page")
    case = office.case("liuyan:101")
    assert case is not None
    assert [(one.text, one.unit) for one in case.item.replies] == [("已修复井盖", "住建局")]
    assert case.round.first_delivery is not None
    town.board.threads[102].gone = True
    until(lambda: office.item("liuyan:102").withdrawn, "the deleted thread counts as withdrawn")
    assert office.item("liuyan:102").body.endswith("太早")
    assert "核对一致" in office.huiyin("audit")


def test_a_cut_text_never_takes_the_place_of_a_full_one(town: Town) -> None:
    office = town.office
    town.board.add(thread(103, "1", LONG))
    until(lambda: "liuyan:103" in office.ids(), "a long message")
    assert office.item("liuyan:103").body == LONG
    # The full text can't be had any more, and the list shows another state and a cut text.
    town.board.fault(server.status(404), path="/v1/threads/content", times=10_000)
    town.board.threads[103].fields["stateInfo"] = "办理中"
    try:
        until(lambda: office.item("liuyan:103").state == "办理中", "the new state")
    finally:
        town.board.faults.clear()
    item = office.item("liuyan:103")
    assert (item.body, item.truncated) == (LONG, False)


def test_the_list_of_sources_says_in_plain_words_what_is_wrong(town: Town) -> None:
    office = town.office
    town.paper.fault(server.status(403), times=10_000)
    until(lambda: (found := office.health("news")) and found.failures >= 2, "two failed polls")
    listed = {
        line.partition("（")[0]: line for line in office.huiyin("source", "list").splitlines()
    }
    town.paper.faults.clear()
    assert "403" in listed["news"]
    assert "拒绝" in listed["news"]
    assert "平台推送" in listed["hotline"]
    assert "在用" in listed["liuyan"]
    assert "最近错误" not in listed["liuyan"]
    until(lambda: (found := office.health("news")) and not found.last_error, "the feed recovers")
    lines = json.loads(office.huiyin("source", "list", "--json"))
    news = next(line for line in lines if line["name"] == "news")
    assert (news["last_error"], news["problems"], news["read"]) == ("", [], 2)


def test_pause_resume_and_run_from_the_command_line_while_it_runs(town: Town) -> None:
    office = town.office
    office.huiyin("source", "pause", "site-letters", "--by", "值班长")
    asked = len([hit for hit in town.letters.log if hit.path == "/front/msg/list"])
    town.letters.letters.append(letter(303, "下水道堵塞"))
    # The other source of the same site goes on, and time passes for both.
    until(lambda: "public-letters:303" in office.ids(), "the source that was not paused")
    assert "已暂停" in office.huiyin("source", "run", "site-letters", status=1)
    assert "已暂停" in office.huiyin("source", "list")
    assert "site-letters:303" not in office.ids()
    # One poll may have been under way when the pause came.
    assert len([hit for hit in town.letters.log if hit.path == "/front/msg/list"]) <= asked + 2
    office.huiyin("source", "resume", "site-letters")
    assert "新事项" in office.huiyin("source", "run", "site-letters")
    until(lambda: "site-letters:303" in office.ids(), "the letter after the pause")
    health = office.health("site-letters")
    assert health is not None
    assert not health.paused


def test_rewinding_while_it_runs_reads_again_and_changes_nothing(town: Town) -> None:
    office = town.office
    names = ("liuyan", "site-letters", "leader-mailbox", "news")

    def rewound() -> None:
        before = {name: office.counts(name) for name in names}
        for name in names:
            office.huiyin("source", "rewind", name, "2026-01-01")
        until(
            lambda: all(office.counts(name).unchanged > before[name].unchanged for name in names),
            "all four are read again",
        )

    def known() -> dict[str, tuple[object, ...]]:
        cases = [office.case(case_id) for name in names for case_id in office.ids(name)]
        return {
            case.case_id: (case.received_at, case.item.title, case.item.body, case.item.replies,
                           case.item.withdrawn, case.item.truncated, case.round.deliveries)
            for case in cases if case
        }  # fmt: skip

    before, new = known(), {name: office.counts(name).new for name in names}
    rewound()
    # What was last seen by a look at one letter is now seen in the list, which says more.
    once = {name: office.counts(name).later for name in names}
    rewound()
    assert {name: office.counts(name).later for name in names} == once
    assert {name: office.counts(name).new for name in names} == new
    assert known() == before
    assert "不是定时读取的" in office.huiyin("source", "rewind", "hotline", "2026-01-01", status=1)
    assert "核对一致" in office.huiyin("audit")


def test_a_restart_goes_on_where_it_was_and_a_silent_source_is_told_once(town: Town) -> None:
    office = town.office
    known, versions = office.ids(), office.versions("liuyan:101")
    assert office.stop() == 0
    assert "回音已停止" in office.log.read_text()
    town.board.add(thread(104, "1", "停车难"))
    town.post.deliver(mail(3))
    office.start()  # the first look at the silence of `quiet` since the first start
    until(lambda: "liuyan:104" in office.ids(), "a message that came while it was down")
    until(lambda: len(office.ids("leader-mailbox")) == 3, "a mail that came while it was down")
    until(lambda: office.alerts("quiet"), "the silent source")
    assert office.stop() == 0
    office.start()
    until(lambda: (found := office.health("news")) and found.last_success, "another look")
    (alert,) = office.alerts("quiet")
    assert "网上留言" in alert.text
    assert "没有新来件" in alert.text
    assert known < office.ids()
    assert office.versions("liuyan:101") == versions
    assert town.media(1, "终于有留言", source="quiet") == 200
    until(lambda: "quiet:1" in office.ids(), "the first message of the silent source")


def test_secrets_appear_nowhere(town: Town) -> None:
    office = town.office
    cookie = {"Cookie": cookie_of(office.home)}
    for path in (
        "/",
        "/ledger",
        "/dead-letters",
        "/healthz",
        "/cases/liuyan:101",
        "/admin/sources",
    ):
        assert office.ask(path, headers=cookie).status == 200, path
    office.huiyin("doctor")
    said = "\n".join(office.said).encode()
    for name, value in SECRETS.items():
        assert value.encode() not in said, name
        assert [path for path, data in office.files().items() if value.encode() in data] == [], name
    # They were needed, and used.
    assert all(hit.headers.get("x-api-key") for hit in town.letters.log if "front" in hit.path)
