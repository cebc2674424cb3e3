"""What the columns of an export that nobody described are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from cases.words.times import BEIJING
from streams.sources.seam.base import SourceError
from streams.sources.tables.guess import NOT_KEPT, guess_columns, known_names
from streams.sources.tables.header_map import ColumnMap
from streams.sources.tables.plain_rows import read_list

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
KNOWN = known_names(
    [
        ColumnMap(columns={"id": ("工单编号",), "received_at": ("受理时间",), "body": ("诉求内容",)}, required=("id", "received_at")),
        ColumnMap(columns={"id": ("工单编号", "留言编号"), "received_at": ("留言时间",)},
                  required=("id", "received_at")),
    ]
)  # fmt: skip


def guessed(path: Path, ignored: tuple[str, ...] = ()) -> dict[str, str]:
    found = guess_columns(path, KNOWN, ignored=ignored, now=NOW)
    return {column.name: column.field for column in found.columns}


def csv(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_names_that_a_source_knows_are_taken(tmp_path: Path) -> None:
    text = "工单编号,受理时间,诉求内容,身份证号\n1,2026-01-01 08:00,路灯不亮,1\n"
    assert guessed(csv(tmp_path / "a.csv", text), ("身份证号",)) == {
        "工单编号": "id", "受理时间": "received_at", "诉求内容": "body", "身份证号": NOT_KEPT
    }  # fmt: skip


def test_a_strangers_sheet_is_understood_by_words_and_by_what_stands_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("明细")
    page.write_row(0, 0, ["群众来信明细"])
    head = ["序号", "信件号码", "来信日期", "信件概述", "反映情况", "写信人", "写信人手机",
            "承办人电话", "转办部门", "办理答复", "答复日期"]  # fmt: skip
    page.write_row(1, 0, head)
    for n in range(1, 9):
        text = f"我住第{n}小区，门口的路灯坏了很久，晚上看不见路。"
        row = [n, f"XF{n:04}", f"2026-03-0{n}", "路灯不亮", text, "张某", "13900012345",
               "6832001", "住建局", "已修好" if n % 2 else "", "2026-03-20"]  # fmt: skip
        page.write_row(n + 1, 0, row)
    book.close()
    assert guessed(path) == {
        "序号": "", "信件号码": "id", "来信日期": "received_at", "信件概述": "title",
        "反映情况": "body", "写信人": "author", "写信人手机": "phone", "承办人电话": "",
        "转办部门": "named_unit", "办理答复": "reply", "答复日期": "replied_at",
    }  # fmt: skip
    guess = guess_columns(path, KNOWN, now=NOW)
    assert guess.sheet == "明细"
    assert guess.columns[1].samples == ("XF0001", "XF0002", "XF0003")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("承办单位联系电话", ""),
        ("受理人", ""),
        ("答复单位", ""),
        ("要求答复时间", ""),
        ("剩余办理期限", ""),
        ("办结时间", "closed_at"),
        ("要求办结期限", "due_at"),
        ("主办部门", "named_unit"),
        ("诉求人电话", "phone"),
        ("事发具体地点", "place"),
    ],
)
def test_a_name_is_not_taken_for_what_it_only_sounds_like(
    tmp_path: Path, name: str, field: str
) -> None:
    text = f"工单编号,受理时间,诉求内容,{name}\n1,2026-01-01 08:00,路灯不亮,x\n"
    assert guessed(csv(tmp_path / "a.csv", text))[name] == field


def test_a_number_that_repeats_is_none(tmp_path: Path) -> None:
    text = "批号,来信日期,内容\n1,2026-01-01,路灯坏了很久请尽快来修谢谢\n1,2026-01-02,同上，仍然没有人来修理路灯\n"
    assert "id" not in guessed(csv(tmp_path / "a.csv", text)).values()


def test_a_file_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="应有一行表头"):
        guessed(csv(tmp_path / "a.csv", "你好\n"))


def test_a_table_that_is_too_wide_for_a_page_is_told(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", f"编号,受理时间{',列' * 400}\nA1,2026-01-01{',x' * 400}\n")
    with pytest.raises(SourceError, match="最多 400 列，实际有 402 列"):
        guessed(path)


def test_where_no_source_knows_a_name_the_plainest_are_taken(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "编号,受理时间,内容\nA1,2026-01-01,路灯坏了很久请尽快来修谢谢\n")
    found = guess_columns(path, {}, now=NOW)
    assert [column.field for column in found.columns] == ["id", "received_at", "body"]


def test_a_heading_that_stands_there_again_is_no_row(tmp_path: Path) -> None:
    text = "单位名称,联系方式\n单位名称,电话\n住建局,1\n单位名称,联系方式\n教育局,2\n"
    rows = read_list(
        csv(tmp_path / "a.csv", text),
        {"name": ("单位名称",), "phone": ("联系方式",)},
        "name",
        most=9,
    )
    assert [row.cells["name"] for row in rows] == ["住建局", "教育局"]


def test_a_list_is_read_below_its_heading_with_the_place_of_each_row(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "通讯录,\n单位名称（必填）,电话\n住建局,1\n,\n教育局,2\n")
    rows = read_list(path, {"name": ("单位名称",), "phone": ("电话",)}, "name", most=9)
    assert [(row.where, dict(row.cells)) for row in rows] == [
        ("第 3 行", {"name": "住建局", "phone": "1"}), ("第 5 行", {"name": "教育局", "phone": "2"})
    ]  # fmt: skip
    with pytest.raises(SourceError, match="最多 1 行"):
        read_list(path, {"name": ("单位名称",)}, "name", most=1)
