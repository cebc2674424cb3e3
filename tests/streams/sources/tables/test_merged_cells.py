"""Merged cells, headings of two rows with groups, and notes in headings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.tables.header_map import lay_out
from tests.streams.sources.tabular import (
    COLUMNS,
    codes,
    items,
    only_item,
    only_rejected,
    read,
    shipped,
    source,
    write_csv,
    write_xlsx,
)

Merge = tuple[int, int, int, int]
"""Top, left, bottom, right, from 0."""
ORDER = ["工单编号", "受理时间", "诉求标题", "诉求内容", "来电人", "联系电话"]
SHARE = ["承办单位", "答复内容", "答复时间"]
FIRST = ["M1", "2025-09-01 09:00:00", "桥头塌方", "南桥桥头塌方，请抢修。", "林某", "13900000001"]
NEXT = ["M2", "2025-09-01 10:00:00", "路灯不亮", "东门路灯不亮。", "何某", "13900000002"]
SHARES = [
    ["交通运输局", "已设警示牌。", "2025-09-02 10:00:00"],
    ["水利局", "已排险。", "2025-09-03 11:00:00"],
    ["应急管理局", "", ""],
]


def write(path: Path, rows: Sequence[Sequence[object]], merges: Sequence[Merge]) -> Path:
    """A workbook with merged cells, .xlsx or .xls."""
    starts = {(top, left): (bottom, right) for top, left, bottom, right in merges}
    if path.suffix == ".xls":
        old = xlwt.Workbook()
        sheet = old.add_sheet("表")
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if (line, column) in starts:
                    bottom, right = starts[line, column]
                    sheet.write_merge(line, bottom, column, right, cell)
                elif cell is not None:
                    sheet.write(line, column, cell)
        old.save(str(path))
        return path
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if (line, column) in starts:
                page.merge_range(line, column, *starts[line, column], cell)
            elif cell is not None:
                page.write(line, column, cell)
    book.close()
    return path


@pytest.fixture(params=["工单.xlsx", "工单.xls"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / str(request.param)


def order_rows() -> tuple[list[list[object]], list[Merge]]:
    blank: list[object] = [None] * len(ORDER)
    rows: list[list[object]] = [
        [*ORDER, *SHARE],
        [*FIRST, *SHARES[0]],
        [*blank, *SHARES[1]],
        [*blank, *SHARES[2]],
        [*NEXT, "城管局", "", ""],
    ]
    return rows, [(1, column, 3, column) for column in range(len(ORDER))]


def check_one_order(found: Sequence[Item]) -> None:
    first, second = found
    assert (first.source_item_id, first.author, first.phone) == ("M1", "林某", "13900000001")
    assert first.named_unit == "交通运输局、水利局、应急管理局"
    assert [(reply.unit, reply.text) for reply in first.replies] == [
        ("交通运输局", "已设警示牌。"),
        ("水利局", "已排险。"),
    ]
    assert codes(first) == ["rows_joined"]
    assert (second.source_item_id, second.named_unit, second.replies) == ("M2", "城管局", ())


def test_merged_down_over_the_units_of_one_order(path: Path):
    rows, merges = order_rows()
    check_one_order(items(read(shipped("hotline-export"), write(path, rows, merges))))


def test_the_same_sheet_saved_as_text(tmp_path: Path):
    rows, _ = order_rows()
    names, *lines = rows
    cells = [dict(zip(map(str, names), line, strict=True)) for line in lines]
    path = write_csv(tmp_path / "工单.csv", cells)
    check_one_order(items(read(shipped("hotline-export"), path)))


def test_the_number_in_every_row_and_the_rest_in_the_first(tmp_path: Path):
    rows, _ = order_rows()
    for line in rows[2:4]:
        line[0] = "M1"
    path = write_xlsx(tmp_path / "工单.xlsx", {"表": rows})
    check_one_order(items(read(shipped("hotline-export"), path)))


@pytest.mark.parametrize("unit", ["合计", " 总计：3 件"])
def test_a_sum_below_is_no_unit_of_the_last_order(tmp_path: Path, unit: str):
    rows: list[list[object]] = [[*ORDER, *SHARE], [*FIRST, *SHARES[0]]]
    rows.append([*[None] * len(ORDER), unit])
    found = read(shipped("hotline-export"), write_xlsx(tmp_path / "工单.xlsx", {"表": rows}))
    assert only_rejected(found).reason == "missing_id"
    assert isinstance(found[0], Item)
    assert found[0].named_unit == "交通运输局"


def test_a_day_merged_over_several_orders(path: Path):
    rows: list[list[object]] = [
        ["受理日期", "工单编号", "诉求内容", "来电人"],
        ["2025-09-01", "F1", "东门路灯不亮。", "林某"],
        [None, "F2", "南街井盖缺失。", None],
        [None, "F3", "西门停水。", "何某"],
    ]
    found = items(read(shipped("hotline-export"), write(path, rows, [(1, 0, 3, 0), (1, 3, 2, 3)])))
    assert {one.received_at for one in found} == {datetime(2025, 9, 1, tzinfo=BEIJING)}
    assert [one.author for one in found] == ["林某", "林某", "何某"]


def test_merged_across_in_data_gives_no_second_field(path: Path):
    rows: list[list[object]] = [[*ORDER], [*FIRST[:4], "林某", None]]
    item = only_item(read(shipped("hotline-export"), write(path, rows, [(1, 4, 1, 5)])))
    assert (item.author, item.phone) == ("林某", "")


def test_a_title_merged_across_above_the_heading(path: Path):
    rows: list[list[object]] = [["某县工单汇总", *[None] * 5], [*ORDER], [*FIRST]]
    item = only_item(read(shipped("hotline-export"), write(path, rows, [(0, 0, 0, 5)])))
    assert (item.source_item_id, item.extra) == ("M1", {})


CLERK = "受理人员"


@pytest.mark.parametrize(
    "group", [CLERK, "承办单位", "经办人", "被投诉人", "话务员", "回访人员", "网格员", "包保干部"]
)
@pytest.mark.parametrize("clerk_first", [True, False])
@pytest.mark.parametrize("merged", [True, False])
def test_a_clerk_never_becomes_the_citizen(
    tmp_path: Path, group: str, clerk_first: bool, merged: bool
):
    groups = [(group, "话务员7号", "12345"), ("诉求人", "林某", "13900000001")]
    groups = groups if clerk_first else groups[::-1]
    rows: list[list[object]] = [
        ["工单编号", "受理时间", groups[0][0], None, groups[1][0], None, "诉求内容"],
        [None, None, "姓名", "联系电话", "姓名", "联系电话", None],
        ["C1", "2025-09-01", *groups[0][1:], *groups[1][1:], "东门路灯不亮。"],
    ]
    merges = [(0, 2, 0, 3), (0, 4, 0, 5), (0, 0, 1, 0), (0, 1, 1, 1), (0, 6, 1, 6)]
    path = write(tmp_path / "工单.xlsx", rows, merges if merged else [])
    item = only_item(read(shipped("hotline-export"), path))
    assert (item.author, item.phone) == ("林某", "13900000001")
    assert item.extra == {f"{group} / 姓名": "话务员7号", f"{group} / 联系电话": "12345"}


def test_a_clerk_alone_leaves_the_citizen_empty(tmp_path: Path):
    rows: list[list[object]] = [
        ["工单编号", "受理时间", CLERK, None, "诉求内容"],
        [None, None, "姓名", "联系电话", None],
        ["C1", "2025-09-01", "话务员7号", "12345", "东门路灯不亮。"],
    ]
    path = write(tmp_path / "工单.xlsx", rows, [(0, 2, 0, 3)])
    item = only_item(read(shipped("hotline-export"), path))
    assert (item.author, item.phone) == ("", "")


def test_groups_that_say_the_field_with_their_columns(path: Path):
    rows: list[list[object]] = [
        ["工单信息", None, None, None, "答复", None, "证件", "来电人", None],
        [
            "工单编号",
            "受理时间",
            "诉求内容",
            "联系电话",
            "内容",
            "时间",
            "身份证号",
            "姓名",
            "地址",
        ],
        ["G1", "2025-09-01", "灯不亮", "139", "已修好", "2025-09-02", "110101", "林某", "东门"],
    ]
    merges = [(0, 0, 0, 3), (0, 4, 0, 5), (0, 7, 0, 8)]
    item = only_item(read(shipped("hotline-export"), write(path, rows, merges)))
    assert (item.source_item_id, item.phone, item.author) == ("G1", "139", "林某")
    assert [(r.text, r.at) for r in item.replies] == [
        ("已修好", datetime(2025, 9, 2, tzinfo=BEIJING))
    ]
    assert "110101" not in str(item), "what is ignored is ignored in a group as well"


@pytest.mark.parametrize(
    "note",
    [
        "{}（必填）",
        "{}\n(yyyy-MM-dd HH:mm:ss)",
        "*{}",
        "{}*",
        "{}【不超过2000字】",
        "{} [格式：文本]",
        "必填：{}",
        "{}-必填",
        "（必填）{}",
        "{}：",
    ],
)
def test_notes_in_headings(tmp_path: Path, note: str):
    path = write_xlsx(
        tmp_path / "工单.xlsx", {"表": [[note.format(name) for name in ORDER], FIRST]}
    )
    item = only_item(read(shipped("hotline-export"), path))
    assert (item.source_item_id, item.title, item.author) == ("M1", "桥头塌方", "林某")
    assert (item.phone, item.extra) == ("13900000001", {})


@pytest.mark.parametrize("name", ["联系电话（承办单位）", "姓名（受理人员）", "联系电话(经办人)"])
def test_a_note_may_say_that_it_is_somebody_else(name: str):
    layout = lay_out((*ORDER[:4], name), shipped("hotline-export").options)
    assert not {"author", "phone"} & layout.fields.keys()
    assert [kept for kept, _ in layout.extra] == [name]


def test_a_column_by_its_exact_name_comes_before_one_with_a_note(tmp_path: Path):
    header = [*ORDER[:4], "联系电话（备用）", "联系电话"]
    path = write_xlsx(tmp_path / "工单.xlsx", {"表": [header, [*FIRST[:4], "0797-1", "139"]]})
    item = only_item(read(shipped("hotline-export"), path))
    assert item.phone == "139"
    assert "0797-1" in item.extra.values()


def test_a_header_of_two_rows_that_is_repeated_further_down(tmp_path: Path):
    heading: list[list[object]] = [["编号", "时间", "诉求", None], [None, None, "标题", "正文"]]
    line: list[object] = ["T1", "2025-09-01", "灯", "不亮"]
    rows = [*heading, line, *heading, ["T2", *line[1:3], "还是不亮"]]
    path = write_xlsx(tmp_path / "x.xlsx", {"表": rows})
    assert [one.source_item_id for one in items(read(source(columns=COLUMNS), path))] == [
        "T1",
        "T2",
    ]
