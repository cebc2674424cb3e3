"""Site mailboxes against stand-ins: JSON, HTML with label tables, rows in a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.seam.base import OpenItem, PullSource, SourceError
from streams.sources.seam.config import load_sources, read_options
from streams.sources.seam.http import TryLater
from streams.sources.seam.secrets import Secrets
from streams.sources.site_mailbox.options import MailboxOptions, load_presets
from streams.sources.site_mailbox.source import SiteMailbox
from tests.standins import server
from tests.standins.clock import FakeClock
from tests.standins.mailbox import Letter, Mailbox, as_json
from tests.standins.server import Hit, Reply, StandIn
from tests.streams.sources.pulled import NOW, Office, http

DAY = 86_400
T0 = int(NOW.timestamp()) - 20 * DAY
Box = Callable[..., SiteMailbox]

HTML: dict[str, object] = {
    "list": {
        "url": "/letters",
        "params": {"page": "{page}"},
        "format": "html",
        "rows": "table.list tr",
        "page_size": 0,
        "fields": {
            "id": {"at": "a@href", "match": r"id=(\w+)"},
            "title": ["a@title", "a"],
            "received_at": "td:nth-child(2)",
            "state": "td:nth-child(3)",
            "url": "a@href",
        },
    },
    "detail": {"format": "html", "root": "table.letter"},
}
VOICE: dict[str, object] = {"preset": "voice-board"}
TRS: dict[str, object] = {"preset": "trs-igi"}
JACT: dict[str, object] = {"preset": "hanweb-jact"}
SHAPES = {"html": HTML, "voice-board": VOICE, "trs-igi": TRS, "hanweb-jact": JACT}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def site(clock: FakeClock) -> Iterator[Mailbox]:
    with Mailbox(clock.time) as stand_in:
        yield stand_in


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Box]:
    opened: list[SiteMailbox] = []

    def make(site: StandIn, shape: dict[str, object], **more: object) -> SiteMailbox:
        web = {key: more.pop(key) for key in ("attempts", "patience") if key in more}
        settings = {"base_url": site.url, "http": http(site, **web), **shape, **more}
        source = SiteMailbox.from_options(
            "mailbox",
            "网上信箱",
            MailboxOptions.model_validate(settings),
            secrets=Secrets({}),
            pacing=clock.pacing(),
        )
        opened.append(source)
        return source

    yield make
    for source in opened:
        source.close()


def letter(number: int, *, day: float = 0.0, **more: object) -> Letter:
    return Letter(
        key=str(number),
        at=T0 + int(day * DAY),
        title=f"关于南园小区停水的来信{number}",
        text=str(more.pop("text", "南园小区三天没有自来水。\n请问何时恢复？")),
        **more,  # type: ignore[arg-type]
    )


def answered(number: int, day: float) -> Letter:
    replies = [
        ("已联系供水公司抢修。", T0 + int((day + 1) * DAY), "县城管局"),
        ("今晨已恢复供水。", T0 + int((day + 2) * DAY), "县水务局"),
    ]
    return letter(number, day=day, replies=replies)


def test_implements_the_seam(site: Mailbox, box: Box) -> None:
    assert isinstance(box(site, HTML), PullSource)


@pytest.mark.parametrize("shape", list(SHAPES))
def test_reads_all_pages(site: Mailbox, box: Box, shape: str) -> None:
    site.letters = [letter(100 + n, day=n / 2) for n in range(33)]
    office = Office()
    assert office.poll(box(site, SHAPES[shape])) is None
    assert sorted(office.ids) == [str(100 + n) for n in range(33)]
    item = office.latest("101")
    assert item.title == "关于南园小区停水的来信101"
    assert item.body.replace("\n", "") == "南园小区三天没有自来水。请问何时恢复？"
    assert item.received_at.date() == datetime.fromtimestamp(T0 + DAY // 2, BEIJING).date()
    site.letters.append(letter(200, day=19.5))
    office.poll(box(site, SHAPES[shape]), NOW + timedelta(hours=1))
    assert office.ids[33:] == ["200"]
    assert office.duplicates == 0


@pytest.mark.parametrize("shape", list(SHAPES))
def test_replies_with_time_and_unit(site: Mailbox, box: Box, shape: str) -> None:
    site.letters = [answered(100, 10)]
    office = Office()
    office.poll(box(site, SHAPES[shape]))
    item = office.latest("100")
    assert [reply.text for reply in item.replies] == ["已联系供水公司抢修。", "今晨已恢复供水。"]
    if shape != "trs-igi":
        assert item.replies[1].unit == "县水务局"
        assert item.replies[1].at is not None
        assert item.replies[1].at.timestamp() == T0 + 12 * DAY


def test_html_keeps_paragraphs_and_drops_scripts(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=15)]
    office = Office()
    office.poll(box(site, HTML))
    item = office.latest("100")
    assert item.body == "南园小区三天没有自来水。\n请问何时恢复？"
    assert item.author == "陈**"
    assert item.state == "待回复"
    assert item.url == f"{site.url}/letter?id=100"


@pytest.mark.parametrize(
    ("charset", "header", "meta"),
    [
        ("gbk", "utf-8", "utf-8"),
        ("gbk", "utf-8", "gbk"),
        ("gbk", "", "gb2312"),
        ("gbk", "ISO-8859-1", "gbk"),
        ("utf-8", "gbk", "utf-8"),
        ("utf-8", "gb2312", "gbk"),
        ("utf-8", "", "utf-8"),
        ("gb18030", "x-nonsense", "x-nonsense"),
    ],
)
def test_wrong_charset(site: Mailbox, box: Box, charset: str, header: str, meta: str) -> None:
    site.charset, site.header_charset, site.meta_charset = charset, header, meta
    site.letters = [letter(100, day=15, text="天气冷，水管冻裂了，请派人来看。")]
    office = Office()
    office.poll(box(site, HTML))
    assert office.latest("100").body == "天气冷，水管冻裂了，请派人来看。"


def test_a_list_without_times(site: Mailbox, box: Box) -> None:
    site.no_times = True
    site.letters = [letter(100 + n, day=n / 2) for n in range(25)]
    office = Office()
    assert office.poll(box(site, HTML)) is None
    assert len(office.ids) == 25
    item = office.latest("110")
    assert item.received_at == NOW
    assert [note.code for note in item.notes] == ["received_time_missing"]
    before = len(site.log)
    site.letters.append(letter(200, day=19))
    office.poll(box(site, HTML), NOW + timedelta(days=30))
    assert office.ids[25:] == ["200"]
    assert len(site.log) - before == 3, "it stops at the first page that holds nothing new"
    site.letter("110").text = "水已经恢复，谢谢。"
    site.letter("110").title += "（补充）"
    office.poll(box(site, HTML, max_pages=9), NOW + timedelta(days=31))
    office.poll(box(site, HTML), NOW + timedelta(days=32))


def test_a_list_without_times_ends_at_the_page_limit(site: Mailbox, box: Box) -> None:
    site.no_times = True
    site.letters = [letter(100 + n, day=n / 9) for n in range(60)]
    office = Office()
    for hour in range(3):
        office.poll(box(site, HTML, max_pages=2), NOW + timedelta(hours=hour))
    assert len(office.ids) == 20, "the archive is not read to its end"


def test_a_day_without_time_is_noted(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=15)]
    office = Office()
    without_page = {key: value for key, value in HTML.items() if key != "detail"}
    office.poll(box(site, without_page))
    item = office.latest("100")
    assert (item.received_at.hour, item.received_at.minute) == (0, 0)
    assert [note.code for note in item.notes] == ["received_date_only"]


def test_a_last_page_that_repeats(site: Mailbox, box: Box) -> None:
    site.repeat_last = True
    site.letters = [letter(100 + n, day=n / 2) for n in range(20)]
    office = Office()
    error = office.poll(box(site, HTML))
    assert "repeat_is_end" in str(error)
    assert len(office.ids) == 20
    assert office.poll(box(site, HTML, repeat_is_end=True), NOW + timedelta(hours=1)) is None
    assert len(office.ids) == 20


def test_pages_that_shift_while_read(site: Mailbox, box: Box) -> None:
    """A letter deleted between two polls moves the others up one place."""
    site.letters = [letter(100 + n, day=n / 2) for n in range(38)]
    office = Office()
    office.poll(box(site, HTML), stop_after=2)
    site.letter("137").gone = True
    office.poll(box(site, HTML), NOW + timedelta(minutes=5))
    assert len(office.ids) == len(set(office.ids)) == 38


def test_detail_that_fails_is_marked_and_fetched_later(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=18), letter(101, day=19)]
    site.fault(server.HTML, path="/letter", skip=1)
    office = Office()
    office.poll(box(site, HTML, attempts=1))
    assert [item.truncated for item in office.versions] == [True, False]
    office.poll(box(site, HTML), NOW + timedelta(hours=1))
    assert office.ids == ["101", "100", "101"]
    assert not office.latest("101").truncated


@pytest.mark.parametrize("shape", ["html", "voice-board", "hanweb-jact"])
def test_answered_long_after_and_deleted(site: Mailbox, box: Box, shape: str) -> None:
    site.letters = [letter(100), letter(101), letter(102), letter(200, day=19)]
    office = Office()
    office.poll(box(site, SHAPES[shape]))
    site.letter("100").replies = [("今晨已恢复供水。", T0 + 18 * DAY, "县水务局")]
    site.letter("101").gone = True
    recheck = [
        OpenItem(source_item_id=key, url=office.latest(key).url, truncated=False)
        for key in ("100", "101", "102")
    ]
    for hour in (1, 2):
        office.poll(box(site, SHAPES[shape]), NOW + timedelta(hours=hour), recheck)
    assert office.ids[4:] == ["100", "101"]
    assert office.latest("100").replies[0].text == "今晨已恢复供水。"
    assert office.latest("101").withdrawn


def test_late_replies_in_a_list_alone(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=2), letter(101, day=3), letter(200, day=19)]
    site.order = lambda one: -int(one.key)
    office = Office()
    office.poll(box(site, TRS, overlap_days=2, deep_days=30))
    site.letter("100").replies = [("今晨已恢复供水。", T0 + 18 * DAY, "县水务局")]
    for hour in (1, 25):
        office.poll(box(site, TRS, overlap_days=2, deep_days=30), NOW + timedelta(hours=hour))
    assert office.latest("100").replies
    assert len(office.versions) == 4
    assert office.duplicates == 0


def test_a_clock_in_the_future(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=15), letter(101, day=300)]
    office = Office()
    office.poll(box(site, VOICE))
    assert [note.code for note in office.latest("101").notes] == ["time_in_future"]
    site.letters.append(letter(102, day=21))
    office.poll(box(site, VOICE), NOW + timedelta(days=2))
    assert office.ids[2:] == ["102"]


def test_rows_without_an_id_are_rejected(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=18), letter(101, day=19)]
    site.fault(
        lambda hit, reply: Reply(body=reply.body.replace(b"letter?id=100", b"javascript:;")),
        path="/letters",
        times=9,
    )
    office = Office()
    assert office.poll(box(site, HTML)) is None
    assert office.ids == ["101"]
    assert [one.reason for one in office.rejected] == ["missing_id"]
    assert "list.fields.id" in office.rejected[0].detail
    office.poll(box(site, HTML), NOW + timedelta(hours=1))
    assert len(office.rejected) == 1


@pytest.mark.parametrize(
    ("shape", "fault", "said"),
    [
        ("voice-board", server.HTML, "实际返回了网页"),
        ("voice-board", server.truncated, "可能没有传完"),
        ("voice-board", server.EMPTY, "正文是空的"),
        ("voice-board", server.body(b'{"status":"1","data":{}}'), "在 'data.rows' 处没有列表"),
        ("html", server.HTML, "没有符合"),
        ("html", server.status(403), "403"),
        ("html", server.status(429), "429"),
    ],
)
def test_what_is_no_list_is_said(
    site: Mailbox, box: Box, shape: str, fault: server.Change, said: str
) -> None:
    site.letters = [letter(100, day=18)]
    site.fault(fault, times=2)
    office = Office()
    error = office.poll(box(site, SHAPES[shape], attempts=2))
    assert isinstance(error, TryLater)
    assert said in str(error)
    assert office.poll(box(site, SHAPES[shape]), NOW + timedelta(hours=1)) is None
    assert office.ids == ["100"]


@pytest.mark.parametrize("many", [12, pytest.param(54, marks=pytest.mark.slow)])
def test_kill_and_restart_at_every_batch(site: Mailbox, box: Box, many: int) -> None:
    shape: dict[str, object] = {**TRS, "list": {"page_size": 1}, "max_pages": 99}
    site.letters = [letter(100 + n, day=n / 4) for n in range(many)]
    whole = Office(keep=True)
    assert whole.poll(box(site, shape)) is None
    assert len(whole.stages) >= many
    for office in whole.stages:
        assert office.poll(box(site, shape), NOW + timedelta(minutes=1)) is None
        assert office.current == whole.current
        assert len(office.versions) == many
        assert office.duplicates == 0


class Canned(StandIn):
    """Answers each path with what it was given."""

    def __init__(self, answers: dict[str, Reply]) -> None:
        super().__init__()
        self.answers = answers

    def answer(self, hit: Hit) -> Reply:
        reply = self.answers.get(hit.path, Reply(status=404))
        later = hit.query.get("pageIndex") or hit.query.get("page.pageNo") or "1"
        form = hit.form if b"=" in hit.body else {}
        pages = (later, form.get("pageNo", "1"), form.get("currPage", "1"))
        offset = form.get("PageCond/begin", "0")
        return self.answers["end"] if offset != "0" or any(p != "1" for p in pages) else reply


def canned(site: Canned, box: Box, preset: str) -> Item:
    office = Office()
    with site:
        source = box(site, {"preset": preset})
        assert office.poll(source) is None
        source.close()
    assert len(office.versions) == 1
    return office.versions[0]


def test_preset_biz_ext_2019(box: Box) -> None:
    row = {
        "originalId": "AH26030100077",
        "letterType": "2",
        "letterTitle": "增设座椅",
        "letterContent": "河堤步道缺座椅",
        "fomateWriteDate": "2026-03-01",
        "writeUser": "刘先生",
    }
    page = (
        "<div><p>来信人：刘先生</p><p>来信时间：2026-03-01</p><p>来信内容：河堤步道缺座椅，"
        "老人散步无处歇脚。</p><div><span>回复内容：</span><div>已列入计划。</div></div></div>"
    )
    base = "/default/com.web.complain.complain"
    site = Canned(
        {
            f"{base}.moreNewComplain.biz.ext": as_json({"newComplainnList": [row]}),
            "/default/com.web.complain.complainDetail.flow": Reply(body=page.encode()),
            "end": as_json({"newComplainnList": []}),
        }
    )
    item = canned(site, box, "biz-ext-2019")
    assert (item.source_item_id, item.kind, item.author) == ("AH26030100077", "建议", "刘先生")
    assert item.body == "河堤步道缺座椅，老人散步无处歇脚。"
    assert item.replies[0].text == "已列入计划。"


def test_preset_biz_ext_2021(box: Box) -> None:
    row = {
        "original_id": "AH1",
        "letter_title": "增设座椅",
        "create_date": "2026-03-01",
        "letter_type": "1",
    }
    path = "/hudong/hdjl/com.web.search.mailList.mailList.biz.ext"
    site = Canned({path: as_json({"mailList": [row]}), "end": as_json({"mailList": []})})
    item = canned(site, box, "biz-ext-2021")
    assert (item.title, item.kind) == ("增设座椅", "咨询")


def test_preset_sindex_is_not_strict_json(box: Box) -> None:
    text = (
        "{page:{pageNo:'1',totalCount:'1'},result:[{originalId:'AH2',letterTypeName:'咨询',"
        "letterTitle:'公交\\'夜班\\'线路',writeDate:'2026-03-02',orgNames:'县交通局',},]}"
    )
    path = "/hudong/hdjl/sindex/bjah-index-hdjl!letterListJson.action"
    site = Canned({path: Reply(body=text.encode()), "end": Reply(body=b"{result:[]}")})
    item = canned(site, box, "sindex")
    assert (item.title, item.named_unit) == ("公交'夜班'线路", "县交通局")


def test_preset_linked_list(box: Box) -> None:
    row = {
        "id": "7",
        "code": "20260302001",
        "title": "路灯",
        "createTime": "1772420400000",
        "content": "<p>路灯不亮</p><p>三天了</p>",
        "dealWithDescription": "<div>已修复</div>",
        "department": "县城管局",
        "completeDate": "2026-03-04 10:00",
        "region": "城关镇",
    }
    site = Canned(
        {
            "/user/linked/list.do": as_json({"data": {"dataList": [row]}}),
            "end": as_json({"data": {"dataList": []}}),
        }
    )
    item = canned(site, box, "linked-list")
    assert item.source_item_id == "20260302001"
    assert item.received_at == datetime(2026, 3, 2, 11, 0, tzinfo=BEIJING)
    assert item.body == "路灯不亮\n三天了"
    assert item.replies[0].unit == "县城管局"
    assert item.place == "城关镇"


class Refers(Canned):
    def answer(self, hit: Hit) -> Reply:
        return self.answers["detail"] if "id" in hit.form else super().answer(hit)


def test_preset_refers_servlet_with_lenient_pages(box: Box) -> None:
    detail = (
        "{zhuti:'垃圾清运',leixing:'投诉',who:'王女士',time:'2026-03-03 08:30:00',"
        "neirong:'楼下垃圾\n两天没清',zhuangtai:'已回复',jieguo:'<p>已清运</p>'}"
    )
    rows = {
        "mails": [
            {"id": "55", "theme": "垃圾清运", "dealTime": "2026-03-04", "deptName": "县城管局"}
        ]
    }
    site = Refers(
        {
            "/wcm/RefersServlet": as_json(rows),
            "detail": Reply(body=detail.encode()),
            "end": as_json({"mails": []}),
        }
    )
    item = canned(site, box, "refers-servlet")
    assert item.body == "楼下垃圾\n两天没清"
    assert item.received_at == datetime(2026, 3, 3, 8, 30, tzinfo=BEIJING)
    assert item.replies[0].text == "已清运"
    assert item.named_unit == "县城管局"


def test_preset_gjjly(box: Box) -> None:
    row = {
        "zj": "a1",
        "lybt": "食品标签",
        "lyr": "赵*",
        "fzsjCn": "县市场监管局",
        "pubtime": "2026-03-05",
    }
    site = Canned({"/gjjly/message/getMessageList": as_json({"data": {"data": [row]}})})
    item = canned(site, box, "gjjly")
    assert (item.title, item.named_unit, item.author) == ("食品标签", "县市场监管局", "赵*")


def test_preset_message_board_is_jsonp(box: Box) -> None:
    row = {
        "id": 9,
        "infoMess": "想问<em>行李</em>规定",
        "gname": "孙*",
        "createDate": "2026-03-06 09:00:00",
    }
    text = f"cb({json.dumps({'returnData': {'root': [row]}}, ensure_ascii=False)});"
    site = Canned(
        {
            "/jsonp/messageBoard/visit/getList": Reply(body=text.encode()),
            "end": Reply(body=b'cb({"returnData":{"root":[]}})'),
        }
    )
    item = canned(site, box, "message-board")
    assert (item.source_item_id, item.body) == ("9", "想问行李规定")


def test_every_preset_is_complete() -> None:
    web = {"hosts": ["mailbox.example.gov.cn"]}
    for name in load_presets():
        options = MailboxOptions.model_validate(
            {"preset": name, "base_url": "https://mailbox.example.gov.cn", "http": web}
        )
        assert "id" in options.list.fields


def test_own_settings_win_over_the_preset(site: Mailbox, box: Box) -> None:
    site.letters = [letter(100, day=15)]
    office = Office()
    office.poll(box(site, {"preset": "voice-board", "list": {"fields": {"category": "type_name"}}}))
    assert office.latest("100").category == "投诉"
    assert office.latest("100").kind == "投诉"


def test_a_wrong_selector_is_said_at_the_start(site: Mailbox, box: Box) -> None:
    shape = json.loads(json.dumps(HTML))
    shape["list"]["fields"]["title"] = "a[["
    with pytest.raises(SourceError, match="不是有效的 CSS 选择器"):
        box(site, shape)


def test_settings_from_toml_and_their_errors(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    head = '[source.xf]\nadapter = "site-mailbox"\nchannel = "网上信箱"\n[source.xf.options]\n'
    web = 'base_url = "https://mailbox.example.gov.cn"\nhttp = { hosts = ["mailbox.example.gov.cn"] }\n'
    path.write_text(f'{head}preset = "no-such"\n{web}', "utf-8")
    with pytest.raises(SourceError, match="没有预置的平台 'no-such'，可用的有"):
        read_options(load_sources(path)["xf"], MailboxOptions)
    path.write_text(f'{head}{web}[source.xf.options.list]\nurl = "/a"\nrows = "x"\n', "utf-8")
    with pytest.raises(SourceError, match="应有 id"):
        read_options(load_sources(path)["xf"], MailboxOptions)
    path.write_text(f'{head}preset = "trs-igi"\n{web}', "utf-8")
    assert read_options(load_sources(path)["xf"], MailboxOptions).list.page_size == 15
