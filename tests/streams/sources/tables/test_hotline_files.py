"""12345 exports: columns that drift between cities and years."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from cases.words.times import BEIJING
from streams.sources.seam.base import SourceError
from tests.streams.sources.tabular import (
    codes,
    items,
    only_item,
    only_rejected,
    read,
    shipped,
    write_csv,
    write_xlsx,
)

HOTLINE = "hotline-export"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "工单.csv"


def order(number: str = "250912101108115409", **cells: object) -> dict[str, object]:
    return {
        "工单编号 ": number,
        "受理时间 ": "2025/9/12 10:11",
        "市民诉求": "楼道灯不亮。请派人来修。",
        **cells,
    }


def test_a_form_with_trailing_spaces_and_a_deadline(path: Path):
    write_csv(
        path,
        [
            order(
                处理期限="2025年9月19日 18时",
                市民称呼="陈先生",
                联系电话="",
                来电电话="13900000000",
                诉求标题="楼道灯",
                事发地点="桥头街道",
                紧急程度="一般",
                工单类型="求助",
                受理部门="区住建局",
                事项分类="房屋物业",
                业务点选="物业",
            )
        ],
        "gb18030",
    )
    item = only_item(read(shipped(HOTLINE), path))
    assert item.case_id == "hotline-export:250912101108115409"
    assert item.received_at == datetime(2025, 9, 12, 10, 11, tzinfo=BEIJING)
    assert item.due_at == datetime(2025, 9, 19, 18, tzinfo=BEIJING)
    assert (item.title, item.author, item.phone) == ("楼道灯", "陈先生", "13900000000")
    assert (item.place, item.named_unit, item.category) == ("桥头街道", "区住建局", "房屋物业")
    assert (item.kind, item.urgency) == ("求助", "一般")
    assert item.extra == {"业务点选": "物业"}
    assert item.notes == ()


@pytest.mark.parametrize("prefix", ["12345", "", "１２３４５"])
def test_a_prefix_that_comes_and_goes(path: Path, prefix: str):
    names = ["工单编号", "受理时间", "内容描述", "诉求地址", "答复市民要点", "主办单位"]
    cells = [
        "0012",
        "2025-09-01 09:05:00",
        "井盖响。影响休息。",
        "一号路",
        "已更换井盖",
        "区城管局",
    ]
    write_csv(path, [{prefix + name: cell for name, cell in zip(names, cells, strict=True)}])
    item = only_item(read(shipped(HOTLINE), path))
    assert (item.source_item_id, item.place, item.named_unit) == ("0012", "一号路", "区城管局")
    assert item.title == "井盖响"
    assert [reply.text for reply in item.replies] == ["已更换井盖"]
    assert codes(item) == ["reply_time_missing"]


def test_levels_of_a_classification_are_joined(path: Path):
    write_csv(
        path,
        [
            order(
                事项分类="灯",
                事项分类一级="城建",
                事项分类二级="市政",
                事项分类三级="灯",
                事项分类四级="",
            )
        ],
    )
    item = only_item(read(shipped(HOTLINE), path))
    assert item.category == "城建 / 市政 / 灯"


def test_the_closing_time_stands_in_for_the_time_of_the_reply(path: Path):
    write_csv(
        path,
        [
            order("1", 回复内容="已修好", 办结时间="2025-09-15 16:00", 答复时间=""),
            order("2", 回复内容="已修好", 办结时间="2025-09-15 16:00", 答复时间="2025-09-14 08:00"),
        ],
    )
    first, second = items(read(shipped(HOTLINE), path))
    closed = datetime(2025, 9, 15, 16, tzinfo=BEIJING)
    assert (first.replies[0].at, first.closed_at, codes(first)) == (
        closed,
        closed,
        ["reply_time_from_closing"],
    )
    assert (second.replies[0].at, codes(second)) == (datetime(2025, 9, 14, 8, tzinfo=BEIJING), [])


def test_a_result_beside_the_reply_is_kept(path: Path):
    write_csv(
        path,
        [order("1", 办理结果="属实", 回复内容="已修好"), order("2", 办理结果="属实", 回复内容="")],
    )
    first, second = items(read(shipped(HOTLINE), path))
    assert (first.replies[0].text, first.extra["办理结果"]) == ("已修好", "属实")
    assert second.replies[0].text == "属实"


def test_call_back_secrecy_and_parent(path: Path):
    write_csv(
        path,
        [
            order("1", 是否解决="是", 是否满意="不满意", 要求保密="是", 主工单编号="0099"),
            order("2", 是否解决="未解决", 是否满意="未评价", 要求保密="否", 主工单编号="2"),
            order("3", 主工单编号="2.5E+17"),
        ],
    )
    first, second, third = items(read(shipped(HOTLINE), path))
    assert (first.resolved, first.satisfied, first.confidential, first.parent_id) == (
        True,
        False,
        True,
        "0099",
    )
    assert (second.resolved, second.satisfied, second.confidential, second.parent_id) == (
        False,
        None,
        False,
        "",
    )
    assert (third.parent_id, codes(third)) == ("", ["parent_id_unreadable"])


def test_a_running_clock_or_row_number_makes_no_new_version(path: Path):
    write_csv(path, [order(序号="1", 剩余时限="3天", **{"Unnamed: 0": "0"})])
    first = read(shipped(HOTLINE), path)
    write_csv(path, [order(序号="9", 剩余时限="2天", **{"Unnamed: 0": "8"})])
    assert read(shipped(HOTLINE), path) == first


def test_unnamed_columns_with_content_are_kept(path: Path):
    write_csv(path, [order(**{"Unnamed: 37": "补充：三单元"})])
    assert only_item(read(shipped(HOTLINE), path)).extra == {"Unnamed: 37": "补充：三单元"}


def test_identity_card_numbers_are_not_taken_over(path: Path):
    write_csv(path, [order(身份证号="11010119900101001X")])
    assert "11010119900101001X" not in str(read(shipped(HOTLINE), path))


def test_a_workbook_with_title_row_mixed_dates_and_a_rounded_number(tmp_path: Path):
    header: list[object] = ["工单编号 ", "受理时间 ", "诉求标题", "市民诉求"]
    rows: list[list[object]] = [
        ["0001", datetime(2025, 9, 1, 9, 5), "灯", "不亮"],  # noqa: DTZ001 - a sheet has no zone
        ["0002", 45901.37847222222, "灯", "不亮"],
        ["0003", "2025/9/1 9:05", "灯", "不亮"],
        ["0004", 1756688700000, "灯", "不亮"],
        [250912101108115409, "2025/9/1 9:05", "灯", "不亮"],
    ]
    sheets: dict[str, list[list[object]]] = {
        "受理": [["某市热线工单"], header, *rows],
        "目录": [["一", "二"]],
        "Sheet3": [],
    }
    found = read(shipped(HOTLINE), write_xlsx(tmp_path / "工单.xlsx", sheets))
    times = {one.received_at for one in found[:4] if hasattr(one, "received_at")}
    assert times == {datetime(2025, 9, 1, 9, 5, tzinfo=BEIJING)}
    reasons = [getattr(one, "reason", "") for one in found]
    assert reasons == ["", "", "", "", "rounded_id", "sheet_not_recognised"]


def test_an_export_without_a_time_names_the_missing_column(path: Path):
    write_csv(path, [{"工单编号": "1", "标题": "灯", "主要内容": "不亮", "工单状态": "已办结"}])
    with pytest.raises(SourceError, match="received_at（认得的列名：受理时间、"):
        read(shipped(HOTLINE), path)


def test_a_rounded_number_in_a_csv(path: Path):
    write_csv(path, [order("1"), order("2.50912E+17")])
    assert only_rejected(read(shipped(HOTLINE), path)).reason == "rounded_id"
