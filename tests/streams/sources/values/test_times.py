"""Times: every way they are written, through one reader, for every door."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases.record.item import Item, content_hash
from cases.words.times import BEIJING
from huiyin.net.json_values import Json
from streams.sources.push.payload import read_payload
from streams.sources.push.payload_map import PayloadMap
from streams.sources.site_mailbox.item import to_item
from streams.sources.site_mailbox.letters import Letter
from streams.sources.tables.header_map import lay_out
from streams.sources.tables.row_rules import RowRules
from streams.sources.tables.rows import RowForm, RowReader
from streams.sources.values.cells import BadCell, Cell, CellError
from streams.sources.values.moments import at, mail_date, moment
from streams.sources.values.times import YEAR_ASSUMED, When, find_time, read_time

MORNING = datetime(2025, 9, 1, 9, 5, tzinfo=BEIJING)
DAY = datetime(2025, 9, 1, tzinfo=BEIJING)
MARCH = datetime(2026, 3, 2, tzinfo=BEIJING)
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-09-01 09:05:00",
        "2025-09-01 09:05:00.000",
        "2025-09-01T09:05",
        "2025/9/1 9:05",
        "2025/9/1  9:05:00",
        "2025.9.1 9:05",
        "2025年9月1日 9时5分",
        "2025年09月01日09时05分00秒",
        "2025年9月1日 上午9:05",
        "2025-09-01 星期一 09:05",
        "２０２５－０９－０１　０９：０５",
        " 2025-09-01 09:05:00\t",
        "'2025-09-01 09:05:00",
        "202509010905",
        "20250901090500",
        "20250901 09:05:00",
        "2025-09-01T01:05:00Z",
        "2025-09-01T01:05:00+00:00",
        "2025-09-01T09:05:00+0800",
        "1756688700",
        "1756688700000",
        1756688700,
        1756688700000,
        20250901090500,
        "45901.37847222222",
        45901.37847222222,
        datetime(2025, 9, 1, 9, 5),  # noqa: DTZ001 - a sheet has no zone
        datetime(2025, 9, 1, 1, 5, tzinfo=UTC),
    ],
)
def test_a_moment_in_all_its_spellings(cell: Cell):
    assert read_time(cell) == When(MORNING, day_only=False)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-09-01",
        "2025/9/1",
        "2025年9月1日",
        "20250901",
        20250901,
        45901,
        "45901",
        date(2025, 9, 1),
    ],
)
def test_a_day_without_a_time_says_so(cell: Cell):
    assert read_time(cell) == When(DAY, day_only=True)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("下午3:05", 15), ("晚上11:05", 23), ("中午12:05", 12), ("凌晨12:05", 0), ("9:05 PM", 21)],
)
def test_half_days(text: str, hour: int):
    found = read_time(f"2025-09-01 {text}")
    assert found is not None
    assert found.at == DAY + timedelta(hours=hour, minutes=5)


def test_midnight_written_as_24_is_the_next_day():
    want = When(DAY, day_only=False, midnight_meant=True)
    assert read_time("2025-08-31 24:00:00") == want


OF_A_WORKBOOK = datetime(2026, 3, 9)  # noqa: DTZ001  cells have no zone


@pytest.mark.parametrize("cell", [OF_A_WORKBOOK, OF_A_WORKBOOK.date(), 46090, 46090.0])
def test_a_deadline_in_a_cell_of_a_workbook_ends_with_its_day(cell):
    assert _row("2026-03-02 09:15:00", cell).due_at == march(23, 59, 59, day=9)


def test_1904_workbooks_count_from_another_day():
    assert read_time(45901 - 1462, epoch1904=True) == When(DAY, day_only=True)


@pytest.mark.parametrize(
    "cell",
    [
        "9/1/2025",
        "01-09-2025",
        "2025-02-30",
        "2025-09-01 25:00",
        "2025-13-01 00:00:00",
        "昨天",
        "25-09-01",
        "1899-12-30 00:00:00",
        "9999-12-31 23:59:59",
        "2025-09-01 至 2025-09-05",
        -1,
        5,
        float("nan"),
        float("inf"),
        1e30,
        True,
        CellError("#N/A"),
    ],
)
def test_what_has_no_one_reading_is_refused(cell: Cell):
    with pytest.raises(BadCell) as caught:
        read_time(cell)
    assert caught.value.code == "bad_time"


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000"])
def test_an_empty_cell_is_no_time(cell: Cell):
    assert read_time(cell) is None


MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=BEIJING)
)


@given(MOMENTS)
def test_whatever_is_written_out_reads_back(moment: datetime):
    written: list[Cell] = [
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        moment.isoformat(),
        moment.astimezone(UTC).isoformat(),
        f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment.minute:02}:{moment.second:02}",
        f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute}分{moment.second}秒",
        moment.strftime("%Y%m%d%H%M%S"),
        moment.replace(tzinfo=None),
    ]
    assert {read_time(cell) for cell in written} == {When(moment, day_only=False)}


@given(MOMENTS)
def test_excel_serials_read_back_to_the_second(moment: datetime):
    serial = (moment - datetime(1899, 12, 30, tzinfo=BEIJING)) / timedelta(days=1)
    found = read_time(serial)
    assert found is not None
    assert found.at == moment


def march(hour: int, minute: int = 0, second: int = 0, *, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("text", "want", "noted"),
    [
        # The night of a day ends after midnight; what the date then is stands in a note.
        ("2026-03-02 晚上12:00", march(0, day=3), True),
        ("2026年3月2日 晚上12点", march(0, day=3), True),
        ("2026-03-02 晚上12:30", march(0, 30, day=3), True),
        ("2026-03-02 晚上0:30", march(0, 30, day=3), True),
        ("2026-03-02 晚上1:30", march(1, 30, day=3), True),
        ("2026-03-02 夜里两点", march(2, day=3), True),
        ("2026-03-02 半夜1点半", march(1, 30, day=3), True),
        ("2026-03-02 午夜12点", march(0, day=3), True),
        ("2026-03-02 晚上24:00", march(0, day=3), False),
        ("2026-03-02 晚上8:15", march(20, 15), False),
        ("2026-03-02 晚上5点", march(17), False),
        ("2026-03-02 晚上20:15", march(20, 15), False),
        ("2026-03-02 晚 9点", march(21), False),
        # Before and after noon.
        ("2026-03-02 早上12:30", march(0, 30), True),
        ("2026-03-02 上午12:05", march(0, 5), True),
        ("2026-03-02 凌晨12:05", march(0, 5), False),
        ("2026-03-02 12:05 AM", march(0, 5), False),
        ("2026-03-02 12:05 a.m.", march(0, 5), False),
        ("2026-03-02 早上8点", march(8), False),
        ("2026-03-02 早晨7:20", march(7, 20), False),
        ("2026-03-02 上午15:20", march(15, 20), True),
        ("2026-03-02 下午12:30", march(12, 30), False),
        ("2026-03-02 下午0:30", march(12, 30), False),
        ("2026-03-02 下午15:20", march(15, 20), False),
        ("2026-03-02 傍晚6点", march(18), False),
        ("2026-03-02 中午12:30", march(12, 30), False),
        ("2026-03-02 中午1:30", march(13, 30), False),
        ("2026-03-02 中午11:30", march(11, 30), False),
        ("2026-03-02 中午8:00", march(8), True),
        ("2026-03-02 12 PM", march(12), False),
        ("2026-03-02 9 pm", march(21), False),
    ],
)
def test_parts_of_the_day(text: str, want: datetime, noted: bool) -> None:
    found = read_time(text)
    assert found is not None
    assert (found.at, bool(found.notes)) == (want, noted)
    for note in found.notes:
        assert text in note.text
        assert "请核对" in note.text


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2026年3月2号 下午3点半", march(15, 30)),
        ("2026年3月2号下午3点半", march(15, 30)),
        ("2026年3月2號 15點30分", march(15, 30)),
        ("2026年3月2日 15时30分钟", march(15, 30)),
        ("2026年3月2日 三点一刻", march(3, 15)),
        ("2026年3月2日 下午3点3刻", march(15, 45)),
        ("2026年3月2日 9点整", march(9)),
        ("二〇二六年三月二日 上午九点半", march(9, 30)),
        ("二○二六年三月二日 下午十二点", march(12)),
        ("2026年3月2日 下午十一点二十分", march(23, 20)),
        # The weekday behind, between and before.
        ("2026-03-02 09:15:00 星期一", march(9, 15)),
        ("2026-03-02 09:15 (周一)", march(9, 15)),
        ("2026-03-02（一） 09:15", march(9, 15)),
        ("星期一 2026-03-02 09:15", march(9, 15)),
        ("2026/3/2 周一 上午 9:15", march(9, 15)),
        ("09:15 2026-03-02", march(9, 15)),
        ("2026-03-02, 09:15", march(9, 15)),
        # Oracle, in both languages.
        ("02-3月 -26 03.20.30 下午", march(15, 20, 30)),
        ("02-3月 -26 03.20.30.000000 下午", march(15, 20, 30)),
        ("02-3月-26 03.20.30 上午", march(3, 20, 30)),
        ("02-3月 -2026 12.00.05 上午", march(0, 0, 5)),
        ("02-3月 -26 03.20.30.123456 下午 +08:00", march(15, 20, 30).replace(microsecond=123456)),
        ("02-MAR-26 03.20.30 PM", march(15, 20, 30)),
        ("02-Mar-2026 15:20:30", march(15, 20, 30)),
        # RFC 2822 and what else mail, feeds and programs print. CST is China's.
        ("Mon, 02 Mar 2026 09:15:00 +0800", march(9, 15)),
        ("Mon, 2 Mar 2026 09:15:00 +0800 (CST)", march(9, 15)),
        ("Mon, 02 Mar 2026 09:15:00 CST", march(9, 15)),
        ("Mon, 02 Mar 2026 01:15:00 GMT", march(9, 15)),
        ("Mon, 02 Mar 2026 01:15:00 -0000", march(9, 15)),
        ("Sun, 01 Mar 2026 20:15:00 -0500", march(9, 15)),
        ("Sun, 01 Mar 2026 20:15:00 EST", march(9, 15)),
        ("02 Mar 26 09:15 +0800", march(9, 15)),
        ("Mon Mar 02 09:15:00 CST 2026", march(9, 15)),
        ("Mon Mar  2 09:15:00 2026", march(9, 15)),
        ("Mon Mar 02 2026 09:15:00 GMT+0800 (中国标准时间)", march(9, 15)),
        ("Mon Mar 02 2026 09:15:00 GMT+0800 (China Standard Time)", march(9, 15)),
        ("Mar 2, 2026 9:15:00 AM", march(9, 15)),
        ("2026-03-02 09:15:00 CST", march(9, 15)),
        ("2026-03-02T09:15:00.000+08:00[Asia/Shanghai]", march(9, 15)),
        ("2026-03-02 09:15:00+08", march(9, 15)),
        ("2026-03-02 01:15:00 UTC", march(9, 15)),
        ("2026-03-02 09:15 GMT+8", march(9, 15)),
        ("2026-03-02 09:15 UTC+08:00", march(9, 15)),
        ("北京时间 2026-03-02 09:15", march(9, 15)),
        ("2026 / 3 / 2 / 9 / 15", march(9, 15)),
        ("2026 / 3 / 2 / 9 / 15 / 30", march(9, 15, 30)),
        ("/Date(1772414100000+0800)/", march(9, 15)),
    ],
)
def test_one_moment_as_people_and_programs_write_it(text: str, want: datetime) -> None:
    assert read_time(text) == When(want, day_only=False)


@pytest.mark.parametrize(
    "text", ["2026年3月2号", "2026-03-02 星期一", "二〇二六年三月二日", "02-3月 -26", "2 Mar 2026"]
)
def test_one_day_as_people_and_programs_write_it(text: str) -> None:
    found = read_time(text)
    assert found == When(MARCH, day_only=True)
    assert found.deadline == march(23, 59, 59)


@pytest.mark.parametrize(
    "text",
    [
        "3月2号",  # without a year, unless it is known which is meant
        "2026-03-02 09:15 10:15",
        "2026-03-02 2026-03-03",
        "2026-03-02 上午 下午 3:00",
        "2026-03-02 09:00-11:00",
        "2026-03-02 09:00-17:00",
        "2026-03-02-09",
        "2026-03-02 9点99分",
        "2026-02-29 12:00",
        "02-13月 -26 03.20.30 下午",
        "Mon, 02 Foo 2026 09:15:00",
        "下午3点半",
        "星期一",
        "9999-12-31 24:00",
        "0001-01-01 00:00:00+08:00",
    ],
)
def test_what_has_no_one_reading_raises(text: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_time(text)
    assert caught.value.code == "bad_time"
    assert text.strip()[:40] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "latest", "want"),
    [
        ("3月2号", NOW, march(0)),
        ("3月2日 下午3点半", NOW, march(15, 30)),
        ("12月30日 09:15", NOW, datetime(2025, 12, 30, 9, 15, tzinfo=BEIJING)),
        ("2月29日", NOW, datetime(2024, 2, 29, tzinfo=BEIJING)),
        ("三月十五日", NOW + timedelta(days=364), datetime(2026, 3, 15, tzinfo=BEIJING)),
    ],
)
def test_a_day_without_a_year_is_the_last_such_day_and_noted(
    text: str, latest: datetime, want: datetime
) -> None:
    found = read_time(text, latest=latest)
    assert found is not None
    assert (found.at, [note.code for note in found.notes]) == (want, [YEAR_ASSUMED])


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("来信时间：2026年3月2号下午3点半", march(15, 30)),
        ("（2026-03-02 晚上8:15 城管局）", march(20, 15)),
        ("已于2026-03-02 09:15:00 星期一办结", march(9, 15)),
        ("2026-03-02T01:15:00Z.", march(9, 15)),
    ],
)
def test_a_time_among_other_words(text: str, want: datetime) -> None:
    found = find_time(text)
    assert found is not None
    assert found.at == want
    assert moment(text) == found


_TOKENS = st.sampled_from(
    [
        *("2026", "26", "3", "02", "12", "24", "年", "月", "日", "号", "-", "/", ".", ":", "点"),
        *("半", "一刻", "晚上", "早上", "下午", "PM", "星期一", "Mon,", "Mar", "CST", "+0800"),
        *("-0500", "T", "Z", "(", ")", "十", "二〇二六", "9999", "0001", "\u200b", "٣", "\x00"),
        *("分", "秒", " ", " "),
    ]
)


@given(st.one_of(st.text(max_size=40), st.lists(_TOKENS, max_size=14).map("".join)), st.booleans())
@example("9999-12-31 24:00", False)
@example("0001-01-01T00:00:00+08:00", True)
def test_reading_is_total(text: str, near: bool) -> None:
    with contextlib.suppress(BadCell):
        found = read_time(text, latest=NOW if near else None)
        assert found is None or found.at.tzinfo is BEIJING
    for reader in (moment, find_time, at, mail_date):
        reader(text)


@pytest.mark.parametrize(
    "part",
    ["2", "2026-", "(", "星期一", "十", "一", "9:05 ", " ", "2026 ", "晚上", "+0800", "Mar "],
)
def test_a_text_of_any_length_is_looked_at_no_further_than_a_time_is_long(part: str) -> None:
    text = "来信时间：2026年3月2日 9:05 " + part * 100_000
    with pytest.raises(BadCell):
        read_time(text)
    found = find_time(text)
    assert found is not None
    assert found.at.date() == MARCH.date()


@given(MOMENTS)
def test_whatever_programs_print_reads_back(when: datetime) -> None:
    half = "上午" if when.hour < 12 else "下午"
    weekday = "一二三四五六日"[when.weekday()]
    written = [
        format_datetime(when),
        f"{when:%a %b %d %H:%M:%S} CST {when.year}",
        f"{when.day:02}-{when.month}月 -{when.year} {when:%I.%M.%S %p}",
        f"{when.year}年{when.month}月{when.day}号 {when:%H:%M:%S} 星期{weekday}",
        f"{when:%Y-%m-%d} {half} {when.hour % 12:02}:{when:%M:%S}",
    ]
    assert {read_time(text) for text in written} == {When(when, day_only=False)}


# -- the same through every door ---------------------------------------------------


def _row(received: str, due: str) -> Item:
    rules = RowRules(
        columns={
            "id": ("编号",),
            "received_at": ("时间",),
            "title": ("标题",),
            "body": ("内容",),
            "due_at": ("期限",),
        }
    )
    layout = lay_out(["编号", "时间", "标题", "内容", "期限"], rules)
    reader = RowReader("board-export", "留言板", rules)
    cells = ["1", received, "路灯", "路灯不亮。", due]
    made = reader.read(layout, cells, RowForm(), now=NOW, origin="第 1 行")
    assert isinstance(made, Item)
    return made


def _pushed(received: str, due: str) -> Item:
    record: Json = {"id": "1", "t": received, "title": "路灯", "body": "路灯不亮。", "due": due}
    fields = {"id": "id", "received_at": "t", "title": "title", "body": "body", "due_at": "due"}
    made = read_payload(
        PayloadMap(fields=fields),
        record,
        source="hook",
        channel="平台",
        now=NOW,
        origin="推送第 1 件",
        original=json.dumps(record).encode(),
    )
    assert isinstance(made, Item)
    return made


def _mailbox(received: str, due: str) -> Item:
    values = {"received_at": received, "title": "路灯", "body": "路灯不亮。", "due_at": due}
    letter = Letter(values=values, extra={}, replies=())
    return to_item("box", "信箱", "1", letter, url="", truncated=False, first_seen=NOW, now=NOW)


DOORS = pytest.mark.parametrize("door", [_row, _pushed, _mailbox])


@DOORS
@pytest.mark.parametrize(
    ("due", "want"),
    [
        ("2026-03-09", march(23, 59, 59, day=9)),
        ("2026年3月9号", march(23, 59, 59, day=9)),
        ("3月9日", march(23, 59, 59, day=9)),
        ("20260309", march(23, 59, 59, day=9)),
        ("2026-03-09 17:30", march(17, 30, day=9)),
        ("2026-03-09 下午5点半", march(17, 30, day=9)),
        ("2026-03-09 晚上12:00", march(0, day=10)),
        ("2026-03-09 00:00:00", march(23, 59, 59, day=9)),
        ("2026-03-09 00:00", march(23, 59, 59, day=9)),
        ("2026/3/9 0:00:00", march(23, 59, 59, day=9)),
        ("2026-03-09T00:00:00.000+08:00", march(23, 59, 59, day=9)),
        ("2026-03-08T16:00:00Z", march(23, 59, 59, day=9)),
        ("2026年3月9日 0时0分", march(23, 59, 59, day=9)),
        ("20260309000000", march(23, 59, 59, day=9)),
        ("1772985600000", march(23, 59, 59, day=9)),
        ("2026-03-09 00:00:01", march(0, 0, 1, day=9)),
        ("2026-03-08 24:00", march(0, day=9)),
        ("2026-03-08 24:00:00", march(0, day=9)),
        ("2026年3月9日凌晨0点", march(0, day=9)),
        ("2026-03-09 晚上12:00:00", march(0, day=10)),
        ("2026-03-09 12:00:00 AM", march(23, 59, 59, day=9)),
        ("09-3月 -26 12.00.00 上午", march(23, 59, 59, day=9)),
    ],
)
def test_a_deadline_of_a_day_ends_with_it_through_every_door(door, due, want) -> None:
    assert door("2026-03-02 09:15:00", due).due_at == want


@DOORS
def test_a_deadline_nobody_can_read_is_noted_through_every_door(door) -> None:
    item = door("2026-03-02 09:15:00", "尽快办理")
    assert item.due_at is None
    assert any("尽快办理" in note.text for note in item.notes)


@DOORS
def test_a_night_after_midnight_is_noted_through_every_door(door) -> None:
    item = door("2026-03-02 晚上1:30", "")
    assert item.received_at == march(1, 30, day=3)
    assert any("次日" in note.text for note in item.notes)


@DOORS
def test_a_message_without_a_year_is_the_same_version_when_read_again(door, monkeypatch) -> None:
    first = door("3月2号 09:15", "")
    assert first.received_at == march(9, 15)
    monkeypatch.setitem(globals(), "NOW", NOW + timedelta(days=500))
    again = door("3月2号 09:15", "")
    assert again.received_at.year == 2027
    assert content_hash(again) == content_hash(first)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026年5月6日早8点", datetime(2026, 5, 6, 8, 0, tzinfo=BEIJING)),
        ("2026年5月6日 早7:15", datetime(2026, 5, 6, 7, 15, tzinfo=BEIJING)),
        ("2026年5月6日下午3点二十", datetime(2026, 5, 6, 15, 20, tzinfo=BEIJING)),
        ("二〇二六年五月六日上午九点十五", datetime(2026, 5, 6, 9, 15, tzinfo=BEIJING)),
        ("2026-05-06-15.20.30.000000", datetime(2026, 5, 6, 15, 20, 30, tzinfo=BEIJING)),
    ],
)
def test_further_ways_to_write_a_clock(written: str, at: datetime) -> None:
    found = read_time(written)
    assert found is not None
    assert (found.at, found.day_only, found.notes) == (at, False, ())
