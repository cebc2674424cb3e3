"""领导留言板 against its stand-in: both interfaces, every trap of the samples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from cases.words.times import BEIJING
from streams.sources.liuyan import wire
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.source import LiuyanSource
from streams.sources.seam.base import PullSource, SourceError
from streams.sources.seam.http import TryLater
from streams.sources.seam.secrets import Secrets
from tests.standins import server
from tests.standins.clock import FakeClock
from tests.standins.liuyan import APP_CODE, Liuyan, Thread
from tests.streams.sources.pulled import NOW, Office, http, open_items

DAY = 86_400
T0 = int(NOW.timestamp()) - 20 * DAY
LONG = "河西路南段的路灯自上月起有七盏不亮，傍晚放学的孩子只能摸黑走路，" * 8
Board = Callable[..., LiuyanSource]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def site(clock: FakeClock) -> Iterator[Liuyan]:
    with Liuyan(clock.time) as stand_in:
        yield stand_in


@pytest.fixture
def board(site: Liuyan, clock: FakeClock) -> Iterator[Board]:
    """Makes sources on `site` and closes them before it stops."""
    opened: list[LiuyanSource] = []

    def make(**more: object) -> LiuyanSource:
        web = {key: more.pop(key) for key in ("attempts", "patience", "max_bytes") if key in more}
        settings: dict[str, object] = {
            "base_url": site.url,
            "http": http(site, **web),
            "mode": "signed",
            "fids": ["9001"],
            "app_code_secret": "LIUYAN_APP",
            **more,
        }
        if settings["mode"] == "unsigned" and "app_code_secret" not in more:
            del settings["app_code_secret"]
        source = LiuyanSource.from_options(
            "liuyan",
            "领导留言板",
            LiuyanOptions.model_validate(settings),
            secrets=Secrets({"LIUYAN_APP": APP_CODE}),
            pacing=clock.pacing(),
        )
        opened.append(source)
        return source

    yield make
    for source in opened:
        source.close()


def thread(tid: int, *, day: float = 0.0, **more: object) -> Thread:
    text = more.pop("text", f"第{tid}号来信：小区东门的路面坑洼，雨天积水，盼修。")
    return Thread(
        tid=tid,
        at=T0 + int(day * DAY),
        subject=f"路面坑洼（{tid}）",
        text=str(text),
        **more,  # type: ignore[arg-type]
    )


def reply(text: str, day: float | None) -> dict[str, object]:
    at = None if day is None else T0 + int(day * DAY)
    return {"content": text, "dateline": at, "organization": "青禾县住建局"}


MODES = ["signed", "signed-bw", "unsigned"]


def test_implements_the_seam(board: Board) -> None:
    assert isinstance(board(), PullSource)


@pytest.mark.parametrize(
    ("path", "param", "want"),
    [
        (
            "/v1/threads/list/df",
            '{"fid":"593","showUnAnswer":1,"typeId":5,"lastItem":"","position":"0","rows":10,"orderType":2}',
            "a7db9282e68f7ccceff0785b444c2194",
        ),
        (
            "/v1/threads/list/df",
            '{"fid":"559","showUnAnswer":1,"typeId":5,"lastItem":"","position":0,"rows":10,"orderType":2}',
            "9f41eaf88787382c14da461be7079546",
        ),
        (
            "/v1/threads/list/bw",
            '{"fid":5050,"showUnAnswer":1,"typeId":5,"lastItem":"","position":1,"rows":10,"orderType":2}',
            "22e8ff231248d4e2774c9d1b523afdf9",
        ),
        (
            "/v2/threads/search?sortType=0",
            '{"position":0,"keywords":"天然气","fid":null,"domainId":null,"typeId":null,"timeRange":null,"ansChecked":false,"stTime":null,"sortType":"0","page":1,"rows":10}',
            "bec2facf4f2a6ea58ced5215c60e6c1c",
        ),
        ("/v1/forum/getTopBwForums", "{}", "3be29e33cb708b79a3802f663cf8f16e"),
    ],
)
def test_signature_vectors(path: str, param: str, want: str) -> None:
    assert wire.signature(path, param, "PC42ce3bfa4980a9") == want


def test_what_is_signed_is_what_is_sent() -> None:
    body = json.loads(wire.signed_body("/v1/x", {"b": 1, "a": "天然气", "n": None}, "CODE", "tok"))
    assert body["param"] == '{"b":1,"a":"天然气","n":null}'
    assert body["signature"] == wire.signature("/v1/x", body["param"], "CODE", "tok")


@pytest.mark.parametrize("mode", MODES)
def test_reads_all_pages(site: Liuyan, board: Board, mode: str) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(35)))
    office = Office()
    assert office.poll(board(mode=mode)) is None
    assert sorted(office.ids) == [str(100 + n) for n in range(35)]
    item = office.latest("101")
    assert item.title == "路面坑洼（101）"
    assert item.received_at == datetime.fromtimestamp(T0 + DAY // 2, BEIJING)
    assert (item.kind, item.category, item.state) == ("投诉/求助", "城建", "待回复")
    assert item.extra["留言对象"] == "青禾县委书记"
    assert item.url == f"{site.url}/threads/content?tid=101"


@pytest.mark.parametrize("mode", MODES)
def test_a_second_poll_hands_on_only_news(site: Liuyan, board: Board, mode: str) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(20)))
    office = Office()
    office.poll(board(mode=mode))
    requests = len(site.log)
    site.add(thread(200, day=19.9))
    office.poll(board(mode=mode), NOW + timedelta(minutes=10))
    assert office.ids[20:] == ["200"]
    assert office.duplicates == 0
    assert len(site.log) - requests <= 4


def test_search_finds_by_word(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 3, fid=str(n)) for n in range(25)))
    site.add(thread(300, day=15, text="路灯不亮"))
    site.threads[300].subject = "路灯"
    office = Office()
    source = board(mode="search", keywords=["坑洼"], fids=[])
    assert office.poll(source) is None
    assert sorted(office.ids) == [str(100 + n) for n in range(25)]


def test_several_boards_have_a_place_each(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n, fid=str(9001 + n % 2)) for n in range(12)))
    office = Office()
    office.poll(board(fids=["9001", "9002"]))
    assert len(set(office.ids)) == 12
    site.add(thread(200, day=19.5, fid="9002"))
    office.poll(board(fids=["9001", "9002"]), NOW + timedelta(hours=1))
    assert office.ids[12:] == ["200"]


def test_the_full_text_comes_from_the_content(site: Liuyan, board: Board) -> None:
    site.add(thread(100, text=LONG))
    office = Office()
    office.poll(board())
    assert office.latest("100").body == LONG
    assert not office.latest("100").truncated


def test_a_cut_text_is_marked_and_fetched_next_time(site: Liuyan, board: Board) -> None:
    site.add(thread(101, text=LONG, day=1), thread(100, text=LONG))
    office = Office()
    site.fault(server.status(500), path="/content", times=1)
    office.poll(board(attempts=1))
    assert office.latest("101").truncated
    assert office.latest("101").body == LONG[:100] + "..."
    assert office.latest("100").body == LONG, "one broken page does not keep the next from its text"
    office.poll(board(), NOW + timedelta(minutes=10))
    assert office.latest("101").body == LONG
    assert not office.latest("101").truncated
    assert len(office.versions) == 3


def test_a_site_that_refuses_texts_still_gives_the_list(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, text=LONG, day=n / 2) for n in range(30)))
    office = Office()
    site.fault(server.status(403), path="/content", times=99)
    error = office.poll(board(attempts=1, patience=10_000), recheck=open_items(["5"]))
    assert isinstance(error, TryLater)
    assert len(office.ids) == 30
    assert all(item.truncated for item in office.versions)
    asked = [hit for hit in site.log if hit.path.endswith("/content")]
    assert len(asked) == 3, "after three refusals in a row the site is left alone"
    site.faults.clear()
    assert office.poll(board(), NOW + timedelta(hours=2)) is None
    full = {item.source_item_id for item in office.versions if not item.truncated}
    mark = NOW - timedelta(days=20) + timedelta(days=14.5)
    fresh = {str(t.tid) for t in site.threads.values() if t.at >= mark.timestamp() - 7 * DAY}
    assert full == fresh


def test_unsigned_without_app_code_says_that_it_is_cut(site: Liuyan, board: Board) -> None:
    site.add(thread(100, text=LONG), thread(101, text="短"))
    office = Office()
    office.poll(board(mode="unsigned"))
    assert office.latest("100").truncated
    assert not office.latest("101").truncated


def test_unsigned_list_with_signed_text(site: Liuyan, board: Board) -> None:
    site.add(thread(100, text=LONG), thread(101, text="短"))
    office = Office()
    office.poll(board(mode="unsigned", app_code_secret="LIUYAN_APP"))
    assert office.latest("100").body == LONG
    assert sum(hit.path.endswith("/content") for hit in site.log) == 1


@pytest.mark.parametrize("mode", MODES)
def test_milliseconds_are_told_from_seconds(site: Liuyan, board: Board, mode: str) -> None:
    site.milliseconds = True
    site.add(thread(100, replies=[reply("已修复。", 2)]))
    office = Office()
    office.poll(board(mode=mode))
    item = office.latest("100")
    assert item.received_at.timestamp() == T0
    assert item.replies[0].at is not None
    assert item.replies[0].at.timestamp() == T0 + 2 * DAY


def test_several_replies_in_order(site: Liuyan, board: Board) -> None:
    site.add(thread(100, replies=[reply("已派人查看。", 1), reply("已修复。", 3)]))
    office = Office()
    office.poll(board())
    item = office.latest("100")
    assert [one.text for one in item.replies] == ["已派人查看。", "已修复。"]
    assert item.replies[0].unit == "青禾县住建局"
    assert item.closed_at == item.replies[1].at


@pytest.mark.parametrize("mode", MODES)
def test_null_and_empty_replies_are_none(site: Liuyan, board: Board, mode: str) -> None:
    empty = {"content": None, "dateline": None, "organization": None}
    site.add(thread(100), thread(101, replies=[empty], fields={"stateInfo": "办理中"}))
    office = Office()
    office.poll(board(mode=mode))
    assert office.latest("100").replies == ()
    assert office.latest("101").replies == ()
    assert office.latest("101").notes == ()


@pytest.mark.parametrize("mode", MODES)
def test_a_reply_without_time_is_kept_and_noted(site: Liuyan, board: Board, mode: str) -> None:
    site.add(thread(100, replies=[reply("已修复。", None)]))
    office = Office()
    office.poll(board(mode=mode))
    item = office.latest("100")
    assert item.replies[0].at is None
    assert [note.code for note in item.notes] == ["reply_time_missing"]


@pytest.mark.parametrize(
    ("stars", "want"),
    [((5, 5, 4), True), ((5, 1, 5), False), ((5, 3, 5), None), ((0, None, 0), None)],
)
def test_satisfaction(
    site: Liuyan, board: Board, stars: tuple[int | None, ...], want: bool | None
) -> None:
    fields = dict(zip(("gradeManner", "gradeSpeed", "gradeLevel"), stars, strict=True))
    site.add(thread(100, fields=fields))
    office = Office()
    office.poll(board())
    assert office.latest("100").satisfied is want
    if stars[0]:
        assert office.latest("100").extra["办理态度评分"] == "5"


def test_scripts_go_and_lines_stay(site: Liuyan, board: Board) -> None:
    site.add(thread(100, text="路灯坏了 <script>alert(1)</script>\n已有三天，温度低于5<6度"))
    office = Office()
    office.poll(board())
    assert office.latest("100").body == "路灯坏了\n已有三天，温度低于5<6度"


def test_ids_out_of_order(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(30)))
    site.order = lambda one: (one.tid * 37) % 31
    office = Office()
    assert office.poll(board()) is None
    assert sorted(office.ids) == [str(100 + n) for n in range(30)]
    assert office.duplicates == 0


def test_published_days_after_it_was_written(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(39)))
    site.threads[125].gone = True  # not checked yet
    office = Office()
    office.poll(board())
    assert "125" not in office.ids
    site.threads[125].gone = False
    office.poll(board(), NOW + timedelta(minutes=10))
    assert office.ids[-1] == "125"


def test_a_page_that_repeats_ends_the_poll(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(30)))
    first: list[bytes] = []

    def same(hit: server.Hit, answer: server.Reply) -> server.Reply:
        first.append(answer.body)
        return server.Reply(body=first[0])

    site.fault(same, path="/list", times=9)
    office = Office()
    error = office.poll(board())
    assert error is not None
    assert "翻页无效" in str(error)
    assert sum("/list" in hit.path for hit in site.log) == 3
    assert len(office.ids) == 10, "what the first page held is kept"
    site.faults.clear()
    assert office.poll(board(), NOW + timedelta(minutes=10)) is None
    assert len(set(office.ids)) == len(office.ids) == 30, "and the rest comes with the next poll"


def test_an_empty_page_is_asked_for_twice(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(25)))
    none = server.body(b'{"code":0,"resultData":{"data":[]}}')
    site.fault(none, path="/list", skip=1)
    office = Office()
    assert office.poll(board()) is None
    assert len(office.ids) == 25


def test_an_edited_message_is_a_new_version(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=10 + n) for n in range(9)))
    office = Office()
    office.poll(board())
    site.threads[105].text = "补充：东门外也有两处。"
    office.poll(board(), NOW + timedelta(minutes=10))
    assert office.ids[9:] == ["105"]
    assert office.latest("105").body == "补充：东门外也有两处。"


def test_likes_alone_are_no_reason_to_fetch(site: Liuyan, board: Board) -> None:
    site.add(thread(100, day=15))
    office = Office()
    office.poll(board())
    site.threads[100].fields["favNum"] = 77
    office.poll(board(), NOW + timedelta(minutes=10))
    assert len(office.versions) == 1


@pytest.mark.parametrize("bare", [True, False])
def test_answered_long_after_is_found_by_recheck(site: Liuyan, board: Board, bare: bool) -> None:
    site.bare_content = bare
    site.add(thread(100, text=LONG), *(thread(101 + n, day=15 + n / 9) for n in range(9)))
    office = Office()
    office.poll(board())
    site.threads[100].replies = [reply("经现场核查，已全部修复。", 18)]
    office.poll(board(), NOW + timedelta(minutes=10))
    assert office.latest("100").replies == (), "it lies below what a poll reads again"
    office.poll(board(), NOW + timedelta(minutes=20), open_items(["100"]))
    item = office.latest("100")
    assert item.replies[0].text == "经现场核查，已全部修复。"
    assert item.body == LONG
    assert item.received_at.timestamp() == T0
    assert not item.truncated


def test_answered_long_after_in_the_unsigned_list(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(38)))
    office = Office()
    office.poll(board(mode="unsigned"))
    site.threads[103].replies = [reply("已修复。", 19)]
    office.poll(board(mode="unsigned"), NOW + timedelta(hours=1), open_items(["103"]))
    item = office.latest("103")
    assert item.replies[0].text == "已修复。"
    assert item.title == "路面坑洼（103）"


def test_deleted_is_withdrawn(site: Liuyan, board: Board) -> None:
    site.add(thread(100), thread(101))
    office = Office()
    office.poll(board())
    site.threads[100].gone = True
    for hour in (1, 2):
        error = office.poll(board(), NOW + timedelta(hours=hour), open_items(["100", "101"]))
        assert error is None
    assert office.latest("100").withdrawn
    assert not office.latest("101").withdrawn
    assert sum(item.withdrawn for item in office.versions) == 1


def test_a_missing_page_is_withdrawn(site: Liuyan, board: Board) -> None:
    site.add(thread(100))
    office = Office()
    office.poll(board())
    site.fault(server.status(404), path="/content", times=9)
    office.poll(board(), NOW + timedelta(hours=1), open_items(["100"]))
    assert office.latest("100").withdrawn


def test_recheck_goes_round(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n) for n in range(10)))
    office = Office()
    office.poll(board())
    looked: list[list[str]] = []
    for hour in range(1, 4):
        before = len(site.log)
        now = NOW + timedelta(hours=hour)
        office.poll(board(recheck_limit=4), now, open_items(str(100 + n) for n in range(10)))
        asked = [hit for hit in site.log[before:] if hit.path.endswith("/content")]
        looked.append([json.loads(json.loads(hit.body)["param"])["tid"] for hit in asked])
    assert [tid for tids in looked for tid in tids] == [
        *(str(100 + n) for n in range(10)),
        "100",
        "101",
    ]


def test_recheck_passes_a_broken_one(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n) for n in range(3)), thread(200, day=19))
    office = Office()
    office.poll(board())
    for n in range(3):
        site.threads[100 + n].replies = [reply("已修复。", 3)]
    site.fault(server.HTML, path="/content", times=1)
    error = office.poll(
        board(attempts=1), NOW + timedelta(hours=1), open_items(["100", "101", "102"])
    )
    assert error is not None
    assert office.latest("100").replies == ()
    assert office.latest("101").replies
    assert office.latest("102").replies


def test_a_clock_in_the_future_does_not_move_the_cursor_ahead(site: Liuyan, board: Board) -> None:
    site.add(thread(100, day=15), thread(101, day=400))
    office = Office()
    office.poll(board())
    assert [note.code for note in office.latest("101").notes] == ["time_in_future"]
    for n in range(5):
        site.add(thread(200 + n, day=20 + n))
    office.poll(board(), NOW + timedelta(days=4))
    assert {"200", "201", "202", "203", "204"} <= set(office.ids)
    assert office.duplicates == 0


def test_our_own_clock_was_in_the_future(site: Liuyan, board: Board) -> None:
    site.add(thread(100, day=15))
    office = Office()
    office.poll(board(), NOW + timedelta(days=9))
    site.add(thread(101, day=19))
    office.poll(board(), NOW)
    assert "101" in office.ids


def test_an_empty_cursor_looks_back_as_far_as_configured(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(39)))
    office = Office()
    office.poll(board(lookback_days=5))
    assert sorted(office.ids) == [str(100 + n) for n in range(30, 39)]
    assert sum("/list" in hit.path for hit in site.log) == 2


def test_a_long_list_is_read_over_several_polls(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 4) for n in range(60)))
    office = Office()
    for minute in range(5):
        site.add(thread(300 + minute, day=19 + minute / 100))
        office.poll(board(max_pages=2), NOW + timedelta(minutes=minute))
    office.poll(board(), NOW + timedelta(hours=1))
    assert len(office.ids) == len(set(office.ids)) == 65


def test_bad_rows_are_rejected_and_the_others_go_on(site: Liuyan, board: Board) -> None:
    site.add(thread(100, day=16), thread(101, day=17, fields={"tid": None}), thread(102, day=18))
    site.threads[103] = thread(103, day=19, fields={"tid": 1.5})
    office = Office()
    assert office.poll(board()) is None
    assert sorted(office.ids) == ["100", "102"]
    assert [one.reason for one in office.rejected] == ["bad_id", "bad_id"]
    assert "留言编号 tid 应为整数" in office.rejected[0].detail
    assert b"subject" in office.rejected[0].original
    office.poll(board(), NOW + timedelta(minutes=10))
    assert len(office.rejected) == 2, "a bad row is reported once, not with every poll"


def test_a_message_without_time_is_not_lost(site: Liuyan, board: Board) -> None:
    site.add(thread(100, day=18))
    for path in ("/list", "/content"):
        site.fault(_without_times, path=path, times=99)
    office = Office()
    office.poll(board())
    assert office.latest("100").received_at == NOW
    assert [note.code for note in office.latest("100").notes] == ["received_time_missing"]
    office.poll(board(), NOW + timedelta(hours=1))
    assert len(office.versions) == 1


def _without_times(hit: server.Hit, answer: server.Reply) -> server.Reply:
    text = answer.body.decode()
    for key in ("dateline", "createDateline", "threadsCheckTime"):
        text = text.replace(f'"{key}"', f'"no{key}"')
    return server.Reply(body=text.encode())


def test_lone_surrogates_and_controls_are_cleaned(site: Liuyan, board: Board) -> None:
    site.add(thread(100))
    site.fault(
        lambda hit, answer: server.Reply(
            body=answer.body.replace("雨天".encode(), b"\\ud83d\\u0000x\\ud83d\\ude00")
        ),
        path="/content",
    )
    office = Office()
    assert office.poll(board()) is None
    assert "\ufffd␀x😀" in office.latest("100").body


def test_a_whole_poll_keeps_the_pace(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, text=LONG, day=n / 4) for n in range(60)))
    for skip in (5, 17, 40):
        site.fault(server.status(429), skip=skip)
    office = Office()
    assert office.poll(board(attempts=4), recheck=open_items(["1", "2"])) is None
    times = [hit.at for hit in site.log]
    assert len(times) > 65
    for start in times:
        assert sum(start <= at < start + 60 for at in times) <= 20


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (server.HTML, "实际返回了网页"),
        (server.EMPTY, "正文是空的"),
        (server.truncated, "可能没有传完"),
        (server.status(403), "403"),
        (server.status(429), "429"),
        (server.status(502), "502"),
        (server.body(b"[" * 100_000), "嵌套过深"),
        (server.body(b'{"code":0}'), "缺少列表"),
    ],
)
def test_what_is_no_list_is_said_and_tried_again(
    site: Liuyan, board: Board, fault: server.Change, said: str
) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(15)))
    office = Office()
    site.fault(fault, path="/list", times=2, skip=1)
    error = office.poll(board(attempts=2))
    assert isinstance(error, TryLater)
    assert said in str(error)
    assert len(office.ids) == 10
    assert office.poll(board(), NOW + timedelta(hours=1)) is None
    assert len(office.ids) == len(set(office.ids)) == 15


def test_one_bad_answer_passes_unnoticed(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(25)))
    for skip, fault in enumerate((server.HTML, server.EMPTY, server.truncated)):
        site.fault(fault, path="/list", skip=skip)
    office = Office()
    assert office.poll(board(attempts=5)) is None
    assert len(office.ids) == 25


def test_gbk_under_a_utf8_label(site: Liuyan, board: Board) -> None:
    site.add(thread(100))
    site.fault(
        lambda hit, answer: server.Reply(
            body=answer.body.decode().encode("gbk"),
            headers={"Content-Type": "application/json;charset=UTF-8"},
        ),
        times=9,
    )
    office = Office()
    assert office.poll(board()) is None
    assert office.latest("100").title == "路面坑洼（100）"


def test_a_refused_signature_is_said_at_once(site: Liuyan, clock: FakeClock) -> None:
    options = LiuyanOptions(
        base_url=site.url, http=http(site), fids=["9001"], app_code_secret="LIUYAN_APP"
    )
    source = LiuyanSource.from_options(
        "liuyan",
        "领导留言板",
        options,
        secrets=Secrets({"LIUYAN_APP": "WRONG"}),
        pacing=clock.pacing(),
    )
    with pytest.raises(SourceError, match="SN0006"):
        list(source.poll(None, now=NOW, recheck=()))
    source.close()
    assert len(site.log) == 1


def test_a_missing_app_code_is_named(site: Liuyan, clock: FakeClock) -> None:
    options = LiuyanOptions(
        base_url=site.url, http=http(site), fids=["9001"], app_code_secret="LIUYAN_APP"
    )
    source = LiuyanSource.from_options(
        "liuyan", "领导留言板", options, secrets=Secrets({}), pacing=clock.pacing()
    )
    with pytest.raises(SourceError, match="LIUYAN_APP"):
        list(source.poll(None, now=NOW, recheck=()))


def test_a_huge_list_is_cut_off(site: Liuyan, board: Board) -> None:
    site.fault(server.huge)
    office = Office()
    error = office.poll(board(max_bytes=1 << 20))
    assert error is not None
    assert "已在此处切断" in str(error)


def test_a_foreign_cursor_is_said(board: Board) -> None:
    with pytest.raises(SourceError, match="读取位置无法辨认"):
        list(board().poll("12345", now=NOW, recheck=()))


def test_rewound_reads_again_from_a_date(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 2) for n in range(39)))
    office = Office()
    office.poll(board())
    office.cursor = board().rewound(NOW - timedelta(days=10))
    office.poll(board(), NOW + timedelta(minutes=10))
    assert len(office.versions) == 39
    assert office.duplicates >= 18


@pytest.mark.parametrize("fids", [["9001", "9002"], ["9002", "9001"]])
def test_a_look_at_a_message_of_the_second_board(
    site: Liuyan, board: Board, fids: list[str]
) -> None:
    site.add(
        thread(100), thread(101, fid="9002"), thread(200, day=19), thread(201, fid="9002", day=19)
    )
    office = Office()
    office.poll(board(fids=fids))
    site.threads[101].replies = [reply("已修复。", 3)]
    office.poll(board(fids=fids), NOW + timedelta(hours=1), open_items(["100", "101"]))
    assert office.ids[4:] == ["101"]


def test_a_first_page_full_of_pinned_messages(site: Liuyan, board: Board) -> None:
    site.add(*(thread(100 + n, day=n / 9) for n in range(10)))
    site.add(*(thread(200 + n, day=18 + n / 9) for n in range(5)))
    site.order = lambda one: (one.tid >= 200, -one.tid)
    office = Office()
    office.poll(board(lookback_days=5))
    assert sorted(office.ids) == ["200", "201", "202", "203", "204"]


def test_one_old_message_among_new_ones_decides_nothing(site: Liuyan, board: Board) -> None:
    site.add(thread(100), *(thread(200 + n, day=17 + n / 12) for n in range(25)))
    site.order = lambda one: -one.tid if one.tid > 100 else -211.5
    office = Office()
    office.poll(board(lookback_days=5))
    assert len(office.ids) == 25


@pytest.mark.slow
def test_the_cursor_stays_small(site: Liuyan, board: Board) -> None:
    office = Office()
    sizes: list[int] = []
    for day in range(60):
        site.add(*(thread(1000 + day * 5 + n, day=20 + day + n / 9) for n in range(5)))
        office.poll(board(), NOW + timedelta(days=day + 1))
        sizes.append(len(office.cursor or ""))
    assert len(office.ids) == len(set(office.ids)) == 300
    assert max(sizes) < 20_000
    # What a look would say is remembered for each of up to 2,000 items; the rest is level.
    assert sizes[59] - sizes[30] < 29 * 5 * 40


def test_an_unchanged_look_is_nothing_to_hand_on(site: Liuyan, board: Board) -> None:
    site.add(thread(100, text=LONG), thread(200, day=19))
    office = Office()
    office.poll(board())
    for hour in (1, 2):
        office.poll(board(), NOW + timedelta(hours=hour), open_items(["100"]))
    assert len(office.versions) == 2
    assert office.duplicates == 0


@pytest.mark.parametrize("many", [12, pytest.param(52, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", ["signed", "unsigned"])
def test_kill_and_restart_at_every_batch(site: Liuyan, board: Board, mode: str, many: int) -> None:
    site.rows = 1
    site.add(*(thread(100 + n, day=n / 4, text=LONG) for n in range(many)))
    recheck = open_items(["100", "101", "102"])
    whole = Office(keep=True)
    assert whole.poll(board(mode=mode, rows=1, max_pages=99), recheck=recheck) is None
    assert len(whole.stages) >= many
    for office in whole.stages:
        # A new process, a little later, knows what was stored up to there.
        after = NOW + timedelta(minutes=1)
        assert office.poll(board(mode=mode, rows=1, max_pages=99), after, recheck) is None
        assert office.current == whole.current
        assert len(office.versions) == len(whole.versions)
        assert office.duplicates == 0


@pytest.mark.parametrize("stop", [0, 1, 2, 7, 20, 51])
def test_killed_before_the_batch_is_stored(site: Liuyan, board: Board, stop: int) -> None:
    site.add(*(thread(100 + n, day=n / 4) for n in range(52)))
    office = Office()
    office.poll(board(rows=1, max_pages=99), stop_after=stop)
    assert len(office.ids) == stop
    office.poll(board(rows=1, max_pages=99), NOW + timedelta(minutes=1))
    assert len(office.ids) == len(set(office.ids)) == 52


@pytest.mark.slow
def test_kill_and_restart_while_the_list_changes(site: Liuyan, board: Board) -> None:
    site.rows = 1
    site.add(*(thread(100 + n, day=n / 4) for n in range(52)))
    whole = Office(keep=True)
    whole.poll(board(mode="unsigned", max_pages=99))
    site.add(thread(400, day=19))
    for stop, office in list(enumerate(whole.stages))[::3]:
        gone = site.threads[max(151 - stop, 100)]  # where it stopped
        gone.gone = True
        office.poll(board(mode="unsigned", max_pages=99), NOW + timedelta(minutes=1))
        gone.gone = False
        rest = set(office.ids) - {str(gone.tid)}
        assert rest == {str(100 + n) for n in range(52)} - {str(gone.tid)} | {"400"}
        assert len(office.ids) == len(set(office.ids))
        assert office.duplicates == 0
