"""栏目监测 against a small site of our own on loopback."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import xlsxwriter
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.registers.rectification import HandedIn, Measure, Origin, Verified
from cases.registers.site_columns import ColumnTable, Freshness, Reader
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.rectification.register import Rectifications
from desk.site_columns.watch import SiteWatch
from huiyin.net.pacing import HostPacing
from streams.site_watch.crawl import Trouble, crawl
from streams.site_watch.newest import feed_dates, newest_date, page_dates
from streams.site_watch.report import read_bytes
from streams.sources.seam.base import SourceError
from streams.sources.seam.http import Answer, Ask, BadAnswer, PoliteClient
from streams.sources.seam.http_options import HttpOptions
from tests.desk.app.test_web import Desk
from tests.desk.clients import signed_in

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=BEIJING)
TODAY = NOW.date()
LIST = """<html><body><p>今天是2026年11月24日</p><ul class="list">
<li><a href="/a.html">便民服务中心延时服务</a><span class="date">2026-11-10</span></li>
<li><a href="/gone.html">旧文</a><span class="date">2026/9/1</span></li>
<li><a href="http://other.invalid/">外站</a><span>2026年12月31日活动预告</span></li>
</ul><img src="/logo.png"></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>要闻</title>
<item><title>甲</title><pubDate>Mon, 23 Nov 2026 20:00:00 GMT</pubDate></item>
<item><title>乙</title><pubDate>Sun, 01 Nov 2026 01:00:00 GMT</pubDate></item></channel></rss>"""


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {
            "/": ("text/html; charset=utf-8", LIST),
            "/a.html": ("text/html; charset=utf-8", "<p>2026-11-10</p><a href='/'>首页</a>"),
            "/feed.xml": ("application/rss+xml", FEED),
            "/logo.png": ("image/png", "x"),
            "/none.html": ("text/html", "<p>没有日期</p>"),
        }
        kind, body = pages.get(self.path, ("text/html", ""))
        self.send_response(200 if self.path in pages else 404)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def client(host: str) -> PoliteClient:
    options = HttpOptions(
        hosts=[host],
        allow_private_addresses=True,
        requests_per_minute=600,
        jitter=0,
        attempts=1,
        backoff_first=0.01,
    )
    return PoliteClient("columns", options, pacing=HostPacing(sleep=lambda _s: False))


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def table_of(host: str, desk: Desk, path: str = "/", **reader: object) -> ColumnTable:
    return ColumnTable.from_table(
        {
            "hosts": [host],
            "allow_private_addresses": True,
            "cycle": {"news": {"title": "每周至少更新 1 次", "days": 7}},
            "column": [
                {
                    "name": "yaowen",
                    "title": "要闻",
                    "url": f"http://{host}{path}",
                    "cycle": "news",
                    "unit": "housing",
                    "reader": reader,
                }
            ],
        },
        desk.office.register,
    )


# -- reading dates -----------------------------------------------------------


def test_the_newest_date_is_read_where_the_reader_looks(client: PoliteClient, host: str) -> None:
    url = f"http://{host}/"
    wanted = Reader(rows="ul.list li", dates="span.date")
    assert newest_date(client, url, wanted, TODAY) == date(2026, 11, 10)
    # Without a reader the date of today in the head of the page misleads.
    assert newest_date(client, url, Reader(), TODAY) == TODAY
    assert newest_date(client, f"http://{host}/feed.xml", Reader(feed=True), TODAY) == TODAY
    assert newest_date(client, f"http://{host}/none.html", Reader(), TODAY) is None
    with pytest.raises(SourceError):
        newest_date(client, f"http://{host}/gone.html", Reader(), TODAY)


def test_dates_in_all_their_forms() -> None:
    page = "<i>2026-1-5</i><i>2026.02.06</i><i>2026年3月7日</i><i>2026/13/40</i><i>120261-01-02</i>"
    found = list(page_dates(page, Reader(), TODAY))
    assert found == [date(2026, 1, 5), date(2026, 2, 6), date(2026, 3, 7)]
    short = "<li><b>11-20</b></li><li><b>12-25</b></li>"
    assert list(page_dates(short, Reader(dates="b"), TODAY)) == [
        date(2026, 11, 20),
        date(2025, 12, 25),
    ]
    attribute = '<li><time datetime="2026-11-21">昨天</time></li>'
    assert list(page_dates(attribute, Reader(dates="time@datetime"), TODAY)) == [date(2026, 11, 21)]


def test_a_feed_that_is_none_is_told() -> None:
    with pytest.raises(BadAnswer):
        list(feed_dates("<html>"))


def test_a_wrong_selector_is_told(client: PoliteClient, host: str) -> None:
    with pytest.raises(SourceError, match="选择器"):
        newest_date(client, f"http://{host}/", Reader(rows="li[["), TODAY)


# -- links -------------------------------------------------------------------


def test_broken_links_are_found_and_other_hosts_left_alone(client: PoliteClient, host: str) -> None:
    walked = crawl(client, [f"http://{host}/"], [host], 50)
    assert [(one.target, one.trouble) for one in walked.findings] == [
        (f"http://{host}/gone.html", Trouble.BROKEN)
    ]
    assert walked.pages == 4
    assert not walked.cut
    assert crawl(client, [f"http://{host}/"], [host], 1).cut


def test_unencrypted_parts_of_an_encrypted_page_are_mixed_content() -> None:
    page = '<script src="http://x.example/a.js"></script><script src="/b.js"></script>'

    class Encrypted:
        def ask(self, ask: Ask, read: Callable[[Answer], object]) -> object:
            headers = {"content-type": "text/html"}
            body = page.encode()
            return read(Answer(url=ask.url, status=200, headers=headers, body=body))

    walked = crawl(Encrypted(), ["https://x.example/"], [], 5)  # type: ignore[arg-type]
    (found,) = walked.findings
    assert (found.trouble, found.target) == (Trouble.MIXED, "http://x.example/a.js")


# -- what follows ------------------------------------------------------------


def test_a_column_that_stands_still_goes_to_its_unit_once(
    desk: Desk, client: PoliteClient, host: str
) -> None:
    table = table_of(host, desk, rows="ul.list li", dates="span.date")
    watch = SiteWatch(desk.office.file, table, desk.office.register)
    calendar = desk.office.rules.calendar
    (state,) = watch.check(client, NOW)
    assert (state.freshness, state.newest) == (Freshness.STALE, date(2026, 11, 10))
    assert [one.kind for one in watch.alerts(NOW)] == [AlertKind.COLUMN_STALE]
    (number,) = watch.hand_over(NOW, calendar)
    assert watch.hand_over(NOW, calendar) == []
    items = Rectifications(desk.office.file, {"housing"})
    (item,) = items.all()
    assert (item.origin, item.unit, item.due) == (
        Origin.STALE_COLUMN,
        "housing",
        date(2026, 12, 1),
    )
    unit, desk_actor = Actor("z", Role.RESPONDER, "周某", "housing"), Actor("l", Role.DESK)
    items.do(number, 1, Measure(text="更新"), NOW, unit)
    items.do(number, 2, HandedIn(evidence="网址"), NOW, unit)
    items.do(number, 3, Verified(passed=True, opinion="已更新"), NOW, desk_actor)
    # The same standstill is not handed over again.
    assert watch.hand_over(NOW, calendar) == []


def test_a_column_whose_name_goes_on_from_another_s_is_its_own(
    desk: Desk, client: PoliteClient, host: str
) -> None:
    table = table_of(host, desk, rows="ul.list li", dates="span.date")
    (one,) = table.column
    names = ("wu/hui", "wu", "wu:unknown")
    table = replace(table, column=tuple(replace(one, name=name) for name in names))
    watch = SiteWatch(desk.office.file, table, desk.office.register)
    watch.check(client, NOW)
    assert len({alert.alert_id for alert in watch.alerts(NOW)}) == 3
    made = watch.hand_over(NOW, desk.office.rules.calendar)
    assert len(made) == 3
    items = Rectifications(desk.office.file, {"housing"})
    assert {item.ref for item in items.all()} == {
        "栏目/wu/2026-11-10",
        "栏目/wu%2Fhui/2026-11-10",
        "栏目/wu:unknown/2026-11-10",
    }


def test_a_reminder_comes_before_and_an_alert_after(
    desk: Desk, client: PoliteClient, host: str
) -> None:
    table = table_of(host, desk, rows="ul.list li", dates="span.date")
    watch = SiteWatch(desk.office.file, table, desk.office.register)
    day_before = datetime(2026, 11, 16, 8, 0, tzinfo=BEIJING)
    watch.check(client, day_before)
    (reminder,) = watch.alerts(day_before)
    assert reminder.kind is AlertKind.COLUMN_DUE
    (again,) = watch.alerts(day_before + timedelta(days=1))
    assert again.alert_id == reminder.alert_id
    assert watch.hand_over(day_before, desk.office.rules.calendar) == []


def test_a_page_that_cannot_be_read_keeps_its_date_and_is_told_the_second_time(
    desk: Desk, client: PoliteClient, host: str
) -> None:
    good = SiteWatch(desk.office.file, table_of(host, desk, "/a.html"), desk.office.register)
    good.check(client, datetime(2026, 11, 11, 8, 0, tzinfo=BEIJING))
    bad = SiteWatch(desk.office.file, table_of(host, desk, "/gone.html"), desk.office.register)
    at = datetime(2026, 11, 12, 8, 0, tzinfo=BEIJING)
    (state,) = bad.check(client, at)
    assert (state.newest, state.failures) == (date(2026, 11, 10), 1)
    assert list(bad.alerts(at)) == []
    bad.check(client, at)
    assert "读不到" in next(bad.alerts(at)).text


def test_the_daily_check_is_due_once_a_day_and_made_up(desk: Desk, host: str) -> None:
    watch = SiteWatch(desk.office.file, table_of(host, desk), desk.office.register)
    seven = NOW.replace(hour=7, minute=0)
    assert watch.due(seven)
    watch.ran(seven)
    assert not watch.due(seven + timedelta(hours=20))
    assert watch.due(seven + timedelta(days=1))
    assert not watch.due(seven + timedelta(days=1, seconds=-1))
    # Three days off: one check makes up for them.
    later = seven + timedelta(days=3, hours=-1)
    assert watch.due(later)
    watch.ran(later)
    assert not watch.due(later + timedelta(minutes=30))
    assert watch.due(seven + timedelta(days=3))


# -- findings of other software ----------------------------------------------


def report() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["2026年11月监测结果"])
        sheet.write_row(1, 0, ["序号", "网站 名称", "所在页面", "问题类型", "整改建议"])
        sheet.write_row(
            2, 0, [1, "某县政府网", "http://www.example.gov.cn/1", "错别字", "改为“回应”"]
        )
        sheet.write_row(3, 0, [2, "某县政府网", "http://www.example.gov.cn/2", "", ""])
    return file.getvalue()


def test_a_report_is_read_wherever_its_heads_stand() -> None:
    (one,) = read_bytes(report(), "结果.xlsx")
    assert (one.problem, one.page, one.advice, one.row) == (
        "错别字",
        "http://www.example.gov.cn/1",
        "改为“回应”",
        3,
    )
    (two,) = read_bytes("网址,问题描述\nhttp://x/,死链\n".encode("gb18030"), "a.csv")
    assert two.problem == "死链"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"PK\x03\x04 broken", "a.xlsx", "不是能读的表格"),
        ("姓名,电话\n甲,1\n".encode(), "a.csv", "没有找到表头"),
        (b"", "a.csv", "没有找到表头"),
        (b"x", "a.pdf", "应为 xlsx"),
    ],
)
def test_what_is_no_report_is_told(data: bytes, name: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_bytes(data, name)


def test_findings_come_in_once_and_go_to_a_unit_on_the_page(desk: Desk) -> None:
    assert "还没有要监测的栏目" in desk.page("/site")
    for _ in range(2):
        answer = desk.client.post("/site/report", files={"file": ("结果.xlsx", report())})
        assert answer.status_code == 200, answer.text[:200]
    assert answer.text.count("错别字") == 1
    assert desk.client.post("/site/findings", data={"unit": "housing"}).status_code == 400
    done = desk.client.post("/site/findings", data={"unit": "housing", "id": "1"})
    assert "网站问题 1 处" in done.text
    assert "ZG2026-0001" in desk.page("/site")


def test_a_bad_upload_is_told_and_only_the_office_may(desk: Desk) -> None:
    assert desk.client.post("/site/report", files={"file": ("a.pdf", b"x")}).status_code == 400
    client = signed_in(desk.office, Role.RESPONDER, "housing")
    assert client.get("/site").status_code == 403
    assert client.post("/site/report", files={"file": ("a.csv", b"x")}).status_code == 403
    del desk.client.headers["x-csrf-token"]
    refused = desk.client.post("/site/report", files={"file": ("a.csv", b"x")})
    assert refused.status_code == 403
