"""What a row becomes: every unusable value leaves a note, nothing is lost in silence."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.record.item import Attachment, Item
from cases.words.times import BEIJING
from streams.sources.seam.base import Rejected
from tests.streams.sources.tabular import (
    HEADER,
    NOW,
    codes,
    items,
    only_item,
    only_rejected,
    read,
    row,
    shipped,
    source,
    write_csv,
    write_xlsx,
)

REPLIED = datetime(2025, 9, 3, 10, tzinfo=BEIJING)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "来信.csv"


def test_a_whole_row(path: Path):
    write_csv(
        path,
        [
            row(
                " 007 ",
                姓名="王某",
                电话="13800000000",
                期限="2025-09-08",
                办结时间="2025-09-03 11:00:00",
                答复="已修好",
                答复时间="2025-09-03 10:00:00",
                赞="12",
                是否解决="已解决",
                保密="是",
                附件="C:\\图\\一.jpg；../../etc/二.png, https://x.cn/三.pdf",
                街道="桥头街道",
            )
        ],
    )
    item = only_item(read(source(), path))
    assert item.case_id == "plain:007"
    assert item.channel == "测试信箱"
    assert (item.author, item.phone, item.likes) == ("王某", "13800000000", 12)
    # A deadline named by its day runs to the end of that day.
    assert item.due_at == datetime(2025, 9, 8, 23, 59, 59, tzinfo=BEIJING)
    assert item.closed_at == datetime(2025, 9, 3, 11, tzinfo=BEIJING)
    (reply,) = item.replies
    assert (reply.text, reply.at) == ("已修好", REPLIED)
    assert (item.resolved, item.confidential) == (True, True)
    assert item.attachments == (
        Attachment(name="一.jpg"),
        Attachment(name="二.png"),
        Attachment(name="三.pdf", url="https://x.cn/三.pdf"),
    )
    assert item.extra == {"街道": "桥头街道"}
    assert item.notes == ()


@pytest.mark.parametrize(
    ("cells", "code", "kept"),
    [
        ({"期限": "尽快"}, "due_at_unreadable", {"期限": "尽快"}),
        ({"期限": "2025-08-01 10:00:00"}, "due_before_received", {}),
        ({"办结时间": "9/3/2025"}, "closed_at_unreadable", {"办结时间": "9/3/2025"}),
        ({"赞": "很多"}, "bad_number", {"赞": "很多"}),
        ({"是否解决": "一般"}, "unknown_word", {"是否解决": "一般"}),
        ({"标题": ""}, "title_missing", {}),
        ({"正文": "#NAME?"}, "error_cell", {}),
        ({"正文": " "}, "body_missing", {}),
        ({"时间": "2026-02-01 00:00:00"}, "received_in_future", {}),
        ({"保密": "看情况"}, "confidential_unclear", {}),
        ({"答复": "已修好"}, "reply_time_missing", {}),
        ({"答复": "已修好", "答复时间": "待定"}, "replied_at_unreadable", {"答复时间": "待定"}),
        ({"答复": "", "答复时间": "2025-09-03"}, "reply_text_missing", {}),
        ({"答复": "已修好", "答复时间": "2025-08-03"}, "reply_before_received", {}),
    ],
)
def test_every_unusable_value_leaves_a_note(
    path: Path, cells: dict[str, object], code: str, kept: dict[str, str]
):
    write_csv(path, [row(**cells)])
    item = only_item(read(source(), path))
    assert code in codes(item)
    assert all(note.text for note in item.notes)
    assert item.extra == kept


def test_an_unknown_wording_about_secrecy_counts_as_secret(path: Path):
    write_csv(path, [row("T1", 保密="看情况"), row("T2", 保密="否"), row("T3", 保密="")])
    assert [one.confidential for one in items(read(source(), path))] == [True, False, False]


@pytest.mark.parametrize("word", ["", "-", "无", "NULL", "nan", "/", "待回复"])
def test_words_for_nothing_are_nothing(path: Path, word: str):
    write_csv(path, [row(答复=word, 答复时间=word, 期限=word, 赞=word, 附件=word)])
    item = only_item(read(source(), path))
    assert (item.replies, item.due_at, item.likes, item.attachments) == ((), None, None, ())
    assert item.notes == ()


def test_a_text_may_be_a_word_for_nothing(path: Path):
    write_csv(path, [row(正文="无")])
    assert only_item(read(source(), path)).body == "无"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"编号": ""}, "missing_id"),
        ({"编号": "2.50912E+17"}, "rounded_id"),
        ({"编号": "#REF!"}, "error_cell"),
        ({"时间": ""}, "bad_time"),
        ({"时间": "-"}, "bad_time"),
        ({"时间": "昨天"}, "bad_time"),
        ({"时间": "2025-02-30 10:00:00"}, "bad_time"),
        ({"标题": "", "正文": ""}, "empty_text"),
    ],
)
def test_rows_without_number_time_or_text_are_dead_letters(
    path: Path, cells: dict[str, object], reason: str
):
    write_csv(path, [row("T0"), {**row("T1"), **cells}])
    rejected = only_rejected(read(source(), path))
    assert rejected.reason == reason
    assert rejected.origin == "文件 来信.csv 第 3 行"
    assert rejected.detail.startswith(rejected.origin)
    original = json.loads(rejected.original)
    assert original["row"] == {**row("T1"), **cells}
    # A person corrects the row; then it passes.
    original["row"].update(row("T1"))
    (repaired,) = source().replay(json.dumps(original).encode(), now=NOW)
    assert isinstance(repaired, Item)
    assert repaired == only_item(read(source(), write_csv(path, [row("T1")])))


@given(st.binary(max_size=80))
def test_no_bytes_break_the_replay(original: bytes):
    (again,) = source().replay(original, now=NOW)
    assert isinstance(again, Rejected)
    assert again.original == original


def test_a_replay_without_a_required_column(path: Path):
    original = json.dumps({"origin": "文件 x.csv 第 2 行", "row": {"编号": "T1"}}).encode()
    (again,) = source().replay(original, now=NOW)
    assert isinstance(again, Rejected)
    assert (again.reason, again.origin) == ("missing_column", "文件 x.csv 第 2 行")


def test_a_reply_of_the_same_day_is_not_older_than_the_message(path: Path):
    write_csv(path, [row(答复="已修好", 答复时间="2025-09-01")])
    item = only_item(read(source(), path))
    assert item.replies[0].at == item.received_at
    assert item.notes == ()


def test_two_columns_with_one_name_are_both_kept(tmp_path: Path):
    table = [[*HEADER, "备注", "备注"], ["T1", "2025-09-01", "标题", "正文", "甲", "乙"]]
    path = write_xlsx(tmp_path / "x.xlsx", {"表": table})
    assert only_item(read(source(), path)).extra == {"备注": "甲", "备注#2": "乙"}


def test_columns_to_ignore_are_not_kept(path: Path):
    write_csv(path, [row(序号="1", 身份证号="x", 网格="三")])
    assert only_item(read(source(ignore=["序号", "身份证号 "]), path)).extra == {"网格": "三"}


def test_a_second_reading_gives_the_same_items(path: Path):
    write_csv(path, [row("T1", 答复="已修好", 赞="x", 备注="y"), row("T2", 时间="2025-09-01")])
    assert read(source(), path) == read(source(), path)


# -- the maps that are shipped ------------------------------------------------------


def test_board_export(path: Path):
    common = {
        "留言用户": "UU01",
        "留言主题": "连通道路",
        "留言时间": "2018-03-19 10:05:04",
        "留言详情": "建议连通。",
    }
    write_csv(
        path,
        [
            {
                "留言编号": "1",
                **common,
                "答复意见": "已采纳",
                "答复时间": "2018-03-26 10:00:00",
                "点赞数": "5",
                "反对数": "1",
            },
            {
                "留言编号": "2",
                **common,
                "答复意见": "已采纳",
                "答复时间": "",
                "点赞数": "0",
                "反对数": "0",
            },
        ],
    )
    board = shipped("board-export")
    first, second = items(read(board, path))
    assert (first.case_id, first.author, first.likes, first.dislikes) == (
        "board-export:1",
        "UU01",
        5,
        1,
    )
    assert first.replies[0].at == datetime(2018, 3, 26, 10, tzinfo=BEIJING)
    assert (second.replies[0].text, second.replies[0].at) == ("已采纳", None)
    assert codes(second) == ["reply_time_missing"]


def test_board_export_as_a_workbook_without_replies(tmp_path: Path):
    header = ["留言编号", "留言主题", "留言时间", "留言详情"]
    moment = datetime(2019, 2, 28, 11, 25, 5)  # noqa: DTZ001 - a sheet has no zone
    path = write_xlsx(tmp_path / "热点.xlsx", {"热点": [header, [188006, "主题", moment, "详情"]]})
    item = only_item(read(shipped("board-export"), path))
    assert (item.source_item_id, item.replies) == ("188006", ())
    assert item.received_at == moment.replace(tzinfo=BEIJING)


def test_liuyan_export(path: Path):
    common = {
        "date": "2026-06-12",
        "forum": "某区委书记",
        "level": "district",
        "district": "某区",
        "title": "夜间施工",
        "domain": "环保",
        "type": "投诉/求助",
        "status": "待回复",
        "gManner": "0",
        "gSpeed": "0",
        "src": "recent",
    }
    write_csv(
        path,
        [
            {"tid": "1", **common, "content": "吵" * 100 + "..."},
            {"tid": "2", **common, "content": "吵..."},
        ],
    )
    now = datetime(2026, 7, 1, tzinfo=BEIJING)
    first, second = items(read(shipped("liuyan-export"), path, now))
    assert first.received_at == datetime(2026, 6, 12, tzinfo=BEIJING)
    assert (first.truncated, second.truncated) == (True, False)
    assert (first.named_unit, first.place, first.category) == ("某区委书记", "某区", "环保")
    assert (first.kind, first.state) == ("投诉/求助", "待回复")
    assert "src" not in first.extra
    assert first.extra["level"] == "district"
