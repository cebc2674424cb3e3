"""RSS and Atom against a stand-in newsroom."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.feeds.source import FeedOptions, FeedSource
from streams.sources.seam.base import PullSource, RemembersNames, SourceError
from streams.sources.seam.http import TryLater
from streams.sources.seam.secrets import Secrets
from tests.standins import server
from tests.standins.clock import FakeClock
from tests.standins.feed import Feed
from tests.streams.sources.pulled import NOW, Office, http

Paper = Callable[..., FeedSource]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def site(clock: FakeClock) -> Iterator[Feed]:
    with Feed(clock.time) as stand_in:
        yield stand_in


@pytest.fixture
def paper(site: Feed, clock: FakeClock) -> Iterator[Paper]:
    opened: list[FeedSource] = []

    def make(**more: object) -> FeedSource:
        web = {key: more.pop(key) for key in ("attempts", "max_bytes") if key in more}
        settings = {"urls": [f"{site.url}/rss"], "http": http(site, **web), **more}
        source = FeedSource.from_options(
            "paper",
            "新闻媒体",
            FeedOptions.model_validate(settings),
            secrets=Secrets({}),
            pacing=clock.pacing(),
        )
        opened.append(source)
        return source

    yield make
    for source in opened:
        source.close()


def item(number: int, *, date: str = "Mon, 09 Mar 2026 10:00:00 +0800", text: str = "正文") -> str:
    return (
        f"<title>报道{number}</title><link>http://paper.example.cn/{number}.html</link>"
        f"<guid>n-{number}</guid><pubDate>{date}</pubDate><description>{text}</description>"
    )


def test_implements_the_seam(paper: Paper) -> None:
    assert isinstance(paper(), PullSource)


def test_reads_rss(site: Feed, paper: Paper) -> None:
    site.rss(
        item(
            1,
            text="&lt;p&gt;第一段&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;第二段&lt;/p&gt;",
        )
    )
    office = Office()
    assert office.poll(paper()) is None
    one = office.latest("n-1")
    assert one.title == "报道1"
    assert one.body == "第一段\n第二段"
    assert one.url == "http://paper.example.cn/1.html"
    assert one.received_at == datetime(2026, 3, 9, 10, 0, tzinfo=BEIJING)
    assert one.channel == "新闻媒体"


def test_reads_atom(site: Feed, paper: Paper) -> None:
    site.xml = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>报</title><entry><id>urn:x:1</id>'
        '<title type="html">修路&amp;lt;进展&amp;gt;</title><link href="/a/1"/><author><name>记者</name></author>'
        "<updated>2026-03-09T02:00:00Z</updated><summary>简讯</summary>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>全文</p><p>二</p></div></content>'
        "</entry></feed>"
    )
    office = Office()
    office.poll(paper())
    one = office.latest("urn:x:1")
    assert one.body == "全文\n二"
    assert one.author == "记者"
    assert one.url == f"{site.url}/a/1"
    assert one.received_at == datetime(2026, 3, 9, 10, 0, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("date", "want"),
    [
        ("Mon, 09 Mar 2026 10:00:00 +0800", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("Mon, 09 Mar 2026 02:00:00 GMT", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("Mon, 09 Mar 2026 10:00:00", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("Mon, 09 Mar 2026 10:00:00 CST", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("Mon Mar 09 10:00:00 CST 2026", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("2026年3月9号 上午10点", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("2026-03-09 10:00:00", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("2026-03-09T10:00:00+08:00", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("2026年3月9日 10:00", datetime(2026, 3, 9, 10, tzinfo=BEIJING)),
        ("Mon, 09 Mar 2026 02:00:00 UT", datetime(2026, 3, 9, 2, tzinfo=UTC)),
    ],
)
def test_dates_with_and_without_zone(site: Feed, paper: Paper, date: str, want: datetime) -> None:
    site.rss(item(1, date=date))
    office = Office()
    office.poll(paper())
    assert office.latest("n-1").received_at == want
    assert office.latest("n-1").notes == ()


@pytest.mark.parametrize("date", ["", "昨天", "Mon, 99 Foo 2026"])
def test_a_missing_date_is_noted_and_stays(site: Feed, paper: Paper, date: str) -> None:
    site.rss(item(1, date=date))
    office = Office()
    office.poll(paper())
    assert office.latest("n-1").received_at == NOW
    assert [note.code for note in office.latest("n-1").notes] == ["received_time_missing"]
    site.rss(item(1, date=date, text="正文（更正）"))
    office.poll(paper(), NOW + timedelta(hours=5))
    assert office.latest("n-1").received_at == NOW, "a correction does not make it newer"


def test_a_clock_in_the_future_is_noted(site: Feed, paper: Paper) -> None:
    site.rss(item(1, date="2026-12-01 10:00:00"))
    office = Office()
    office.poll(paper())
    assert [note.code for note in office.latest("n-1").notes] == ["time_in_future"]


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_an_unchanged_feed_is_not_sent_again(site: Feed, paper: Paper, validator: str) -> None:
    site.validators = {validator}
    site.rss(item(1), item(2))
    office = Office()
    office.poll(paper())
    assert office.poll(paper(), NOW + timedelta(hours=1)) is None
    header = "if-none-match" if validator == "ETag" else "if-modified-since"
    assert header in site.log[1].headers
    assert office.ids == ["n-1", "n-2"]


def test_news_and_corrections_only(site: Feed, paper: Paper) -> None:
    site.rss(*(item(n) for n in range(20)))
    office = Office()
    office.poll(paper())
    site.rss(*(item(n) for n in range(8, 22)), item(7, text="更正"))
    office.poll(paper(), NOW + timedelta(hours=1))
    assert office.ids[20:] == ["n-20", "n-21", "n-7"]
    assert office.duplicates == 0


def test_the_first_poll_leaves_old_entries_out(site: Feed, paper: Paper) -> None:
    site.rss(item(1, date="2020-01-01 00:00:00"), item(2))
    office = Office()
    for hour in range(2):
        office.poll(paper(lookback_days=30), NOW + timedelta(hours=hour))
    assert office.ids == ["n-2"]


def test_links_stand_in_for_ids(site: Feed, paper: Paper) -> None:
    site.rss("<title>甲</title><link>/a</link>", "<title>乙</title>")
    office = Office()
    office.poll(paper())
    assert office.ids == [f"{site.url}/a"]
    assert [one.reason for one in office.rejected] == ["missing_id"]


def test_only_what_speaks_of_us(site: Feed, paper: Paper) -> None:
    site.rss(item(1, text="青禾县新建学校"), item(2, text="外地天气"))
    office = Office()
    office.poll(paper(words=["青禾县"]))
    assert office.ids == ["n-1"]


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [
        ("gbk", "application/xml; charset=utf-8"),
        ("gbk", "application/xml"),
        ("utf-8", "text/xml; charset=gb2312"),
        ("utf-16", "application/xml"),
    ],
)
def test_wrong_charset(site: Feed, paper: Paper, charset: str, content_type: str) -> None:
    site.charset, site.content_type = charset, content_type
    site.rss(item(1, text="供暖季延长十天"))
    office = Office()
    assert office.poll(paper()) is None
    assert office.latest("n-1").body == "供暖季延长十天"


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_entity_bombs_are_harmless(site: Feed, paper: Paper, charset: str) -> None:
    layers = "".join(f'<!ENTITY {chr(98 + n)} "{(f"&{chr(97 + n)};") * 10}">' for n in range(9))
    site.charset = charset
    site.xml = (
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 1000}">{layers}]><rss version="2.0"><channel>'
        f"<item><guid>1</guid><title>&j;</title></item></channel></rss>"
    )
    tracemalloc.start()
    started = time.monotonic()
    try:
        error = Office().poll(paper(attempts=1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "<!ENTITY" in str(error)
    assert peak < 8 << 20
    assert time.monotonic() - started < 5


def test_outside_entities_are_not_fetched(site: Feed, paper: Paper) -> None:
    site.xml = (
        f'<!DOCTYPE rss SYSTEM "{site.url}/evil.dtd"><rss version="2.0"><channel><item>'
        "<guid>1</guid><title>标题</title></item></channel></rss>"
    )
    office = Office()
    office.poll(paper())
    assert office.latest("1").title == "标题"
    assert len(site.log) == 1


def test_the_parser_never_goes_to_the_network(
    site: Feed, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("feedparser tried to fetch something")

    monkeypatch.setattr(feedparser.http, "get", refuse)
    site.xml = "http://127.0.0.1/other.rss"
    error = Office().poll(paper(attempts=1))
    assert "应为 RSS 或 Atom" in str(error)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (server.HTML, "应为 RSS 或 Atom"),
        (server.EMPTY, "正文是空的"),
        (server.status(429), "429"),
    ],
)
def test_what_is_no_feed_is_said(site: Feed, paper: Paper, fault: server.Change, said: str) -> None:
    site.rss(item(1))
    site.fault(fault, times=2)
    office = Office()
    error = office.poll(paper(attempts=2))
    assert isinstance(error, TryLater)
    assert said in str(error)
    assert office.poll(paper(), NOW + timedelta(hours=1)) is None
    assert office.ids == ["n-1"]


def test_one_feed_that_fails_does_not_stop_the_others(site: Feed, paper: Paper) -> None:
    site.rss(item(1))
    site.fault(server.status(404), path="/gone", times=9)
    office = Office()
    error = office.poll(paper(urls=[f"{site.url}/gone", f"{site.url}/rss"]))
    assert "404" in str(error)
    assert office.ids == ["n-1"]


def test_a_huge_feed_is_cut_off(site: Feed, paper: Paper) -> None:
    site.fault(server.huge)
    assert "已在此处切断" in str(Office().poll(paper(max_bytes=1 << 20)))


def test_a_foreign_cursor_is_said(paper: Paper) -> None:
    with pytest.raises(SourceError, match="读取位置无法辨认"):
        list(paper().poll("[]", now=NOW, recheck=()))


def test_kill_and_restart_at_every_batch(
    site: Feed, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.sources.feeds.source._BATCH", 1)
    site.rss(*(item(n) for n in range(26)))
    urls = [f"{site.url}/a", f"{site.url}/b"]
    whole = Office(keep=True)
    assert whole.poll(paper(urls=urls)) is None
    assert len(whole.stages) > 50
    for office in whole.stages:
        assert office.poll(paper(urls=urls), NOW + timedelta(minutes=1)) is None
        assert office.current == whole.current
        assert len(office.versions) == 26


def shared(guid: str, page: int, text: str = "正文") -> str:
    return (
        f"<title>通报{page}</title><link>http://paper.example.cn/{page}.html</link>"
        f"<guid>{guid}</guid><description>{text}</description>"
    )


def test_articles_that_share_a_guid_all_arrive_and_stay_apart(site: Feed, paper: Paper) -> None:
    site.rss(shared("g", 1, "东门"), shared("g", 2, "西门"), shared("g", 3, "南门"))
    office = Office()
    office.poll(paper())
    assert [one.body for one in office.versions] == ["东门", "西门", "南门"]
    assert len(set(office.ids)) == 3
    site.rss(shared("g", 3, "南门"), shared("g", 1, "东门"), shared("g", 2, "西门（更正）"))
    office.poll(paper(), NOW + timedelta(hours=1))
    assert [one.body for one in office.versions[3:]] == ["西门（更正）"]
    assert office.ids[3] == office.ids[1]


def test_a_rewound_feed_keeps_what_shares_a_guid_apart(site: Feed, paper: Paper) -> None:
    site.rss(shared("g", 2, "西门"), shared("g", 1, "东门"))
    office = Office()
    office.poll(paper())
    site.rss(shared("g", 1, "东门"), shared("g", 2, "西门"))
    source = paper()
    assert isinstance(source, RemembersNames)
    office.cursor = source.rewound_from(office.cursor, NOW)
    office.poll(source, NOW + timedelta(hours=1))
    assert len(office.versions) == 2
    assert office.duplicates == 2, "all is given again, and known"
    assert office.poll(source, NOW + timedelta(hours=2)) is None
    assert office.duplicates == 2


def test_dates_of_the_field_all_arrive_and_are_silent_the_second_time(
    site: Feed, paper: Paper
) -> None:
    dates = ["2026/3/2 15:20:30", "Mon, 02 Mar 2026 15:20:30", "Mo, 02 Mrz 2026 15:20:30"]
    dates += ["周一, 02 三月 2026 15:20:30 +0800", "1772436030", "Thu, 05 Mar 2027 15:20:30 +0800"]
    dates += ["2026-3-2", "Mon, 2 Mar 2026 下午 3:20:30 +0800", "Mon, 02 Mar 2026 24:00:00 +0800"]
    site.rss(*(item(100 + n, date=date) for n, date in enumerate(dates)))
    site.validators = set()
    office = Office()
    for hour in range(3):
        assert office.poll(paper(), NOW + timedelta(hours=hour)) is None
    assert office.ids == [f"n-{100 + n}" for n in range(len(dates))]
    assert office.duplicates == 0


def test_a_dead_letter_of_an_article_that_shares_its_guid_keeps_its_number(
    site: Feed, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FeedSource._made

    def surprised(self: FeedSource, entry: Any, first_seen: datetime, now: datetime) -> Item:
        if entry.text == "西门":
            raise ValueError("unforeseen")
        return made(self, entry, first_seen, now)

    monkeypatch.setattr(FeedSource, "_made", surprised)
    site.rss(shared("g", 1, "东门"), shared("g", 2, "西门"))
    office = Office()
    office.poll(paper())
    assert office.ids == ["g"]
    (letter,) = office.rejected
    monkeypatch.setattr(FeedSource, "_made", made)
    (again,) = paper().replay(letter.original, now=NOW)
    assert isinstance(again, Item)
    assert again.source_item_id.startswith("g@")
