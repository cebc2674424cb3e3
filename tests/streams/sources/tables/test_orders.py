"""One number in several rows: one order with all its units, or letters that are told apart;
and reading the same file again is silent, always."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.intake import IntakeCounts, Taken, take
from streams.sources.seam.base import FileSource
from streams.sources.tables.orders import as_orders
from tests.streams.sources.tabular import (
    COLUMNS,
    NOW,
    codes,
    items,
    only_item,
    read,
    source,
    write_csv,
    write_xlsx,
)

MORE = {
    **COLUMNS,
    "named_unit": ["单位"],
    "state": ["状态"],
    "url": ["网址"],
    "reply_unit": ["答复单位"],
}


def orders(batch_rows: int = 500) -> FileSource:
    return source(columns=MORE, batch_rows=batch_rows)


def line(number: str = "T1", **cells: object) -> dict[str, object]:
    known = {"编号": number, "时间": "2025-09-01 09:00:00", "标题": "桥塌", "正文": "南桥塌了"}
    return known | cells


class Ledger:
    """Remembers versions as the stores do."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}

    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        return {each: self.versions[each] for each in case_ids if each in self.versions}

    def store(self, taken: Taken) -> None:
        self.versions |= taken.versions

    def read(self, path: Path) -> IntakeCounts:
        counts = IntakeCounts()
        for batch in orders(batch_rows=2).read(path, now=NOW):
            counts += take("plain", batch, self, NOW)
        return counts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "工单.csv"


def test_an_order_of_several_units_is_one_case(path: Path):
    rows = [
        line(
            单位="交通局",
            答复="已设警示",
            答复时间="2025-09-02 10:00:00",
            办结时间="2025-09-02 11:00",
        ),
        line("T2", 正文="路灯不亮"),
        line(
            单位="水利局",
            答复="已排险",
            答复时间="2025-09-03 10:00:00",
            办结时间="2025-09-04 11:00",
        ),
        line(
            单位="交通局",
            答复="已修复",
            答复时间="2025-09-05 10:00:00",
            办结时间="2025-09-05 11:00",
        ),
    ]
    second, first = items(read(orders(), write_csv(path, rows)))
    assert (first.source_item_id, second.source_item_id) == ("T1", "T2")
    assert first.named_unit == "交通局、水利局"
    assert [(r.unit, r.text) for r in first.replies] == [
        ("交通局", "已设警示"),
        ("水利局", "已排险"),
        ("交通局", "已修复"),
    ]
    assert first.closed_at == datetime(2025, 9, 5, 11, tzinfo=BEIJING)


def test_an_order_that_one_unit_has_not_ended_is_open(path: Path):
    rows = [line(单位="甲局", 办结时间="2025-09-02 11:00"), line(单位="乙局", 办结时间="")]
    assert only_item(read(orders(), write_csv(path, rows))).closed_at is None


def test_two_looks_at_one_order_give_the_later_one(path: Path):
    rows = [
        line(单位="甲局", 状态="已办结", 办结时间="2025-09-02 11:00", 期限="2025-09-08"),
        line(单位="甲局", 状态="办理中", 办结时间="", 期限="2025-09-05"),
    ]
    for order in (rows, rows[::-1]):
        item = only_item(read(orders(), write_csv(path, order)))
        assert (item.state, item.named_unit) == ("已办结", "甲局")
        assert item.closed_at == datetime(2025, 9, 2, 11, tzinfo=BEIJING)
        assert item.due_at == datetime(2025, 9, 5, 23, 59, 59, tzinfo=BEIJING), "the earlier counts"
        assert item.extra == {"状态#2": "办理中"}, "what was said before is kept"


def test_what_rows_say_besides_is_all_kept(path: Path):
    rows = [
        line(电话="139", 附件="一.jpg", 保密="否", 是否解决="已解决", 备注="甲"),
        line(电话="138", 附件="二.jpg", 保密="是", 是否解决="未解决", 备注="乙"),
    ]
    item = only_item(read(orders(), write_csv(path, rows)))
    assert {item.phone, item.extra["电话#2"]} == {"138", "139"}
    assert [file.name for file in item.attachments] == ["一.jpg", "二.jpg"]
    assert (item.confidential, item.resolved) == (True, False)
    assert item.extra["备注"] == "乙\n甲"


@pytest.mark.parametrize(
    "second",
    [
        {"正文": "学校门口少了井盖"},
        {"正文": "学校门口少了井盖", "标题": "井盖"},
        {"正文": "学校门口少了井盖", "时间": "2025-09-03 10:00:00"},
        {"网址": "http://x.cn/2"},
    ],
)
def test_other_contents_or_links_under_one_number_are_other_letters(
    path: Path, second: dict[str, object]
):
    rows = [line(网址="http://x.cn/1"), line(网址="http://x.cn/1") | second]
    first, other = items(read(orders(), write_csv(path, rows)))
    assert first.source_item_id == "T1" != other.source_item_id
    assert other.source_item_id.startswith("T1@")
    assert codes(other) == ["number_shared"]
    assert {one.source_item_id: one for one in (first, other)} == {
        one.source_item_id: one for one in items(read(orders(), write_csv(path, rows[::-1])))
    }


def test_a_row_without_text_belongs_to_the_one_with_its_title(path: Path):
    rows = [line(正文="", 单位="乙局"), line(单位="甲局")]
    item = only_item(read(orders(), write_csv(path, rows)))
    assert (item.body, item.named_unit) == ("南桥塌了", "乙局、甲局")
    assert "body_missing" not in codes(item)


def test_an_order_over_two_sheets_is_one(tmp_path: Path):
    head: list[object] = [*line(), "单位"]
    sheets: dict[str, list[list[object]]] = {
        name: [head, [*line().values(), name]] for name in ("甲局", "乙局")
    }
    path = write_xlsx(tmp_path / "x.xlsx", sheets)
    assert only_item(read(orders(), path)).named_unit == "甲局、乙局"


@pytest.mark.parametrize("rows", [2, 400])
def test_a_file_pasted_together_twice_is_read_once(path: Path, rows: int):
    early = [line(f"T{n}", 状态="办理中", 正文=f"{n} 号楼漏水") for n in range(rows)]
    late = [each | {"状态": "已办结", "办结时间": "2025-09-09 09:00"} for each in early]
    found = items(read(orders(), write_csv(path, early + late)))
    assert [one.state for one in found] == ["已办结"] * rows


def test_very_many_rows_of_one_number_are_quick():
    moment = datetime(2025, 9, 1, tzinfo=BEIJING)
    rows = [
        Item(
            source="s",
            source_item_id="1",
            channel="c",
            received_at=moment,
            title="标题",
            body=f"{n % 50} 号",
            named_unit=f"{n} 组",
        )
        for n in range(5_000)
    ]
    assert len(as_orders(rows, {})) == 50


_rows = st.lists(
    st.builds(
        line,
        st.sampled_from(["T1", "T2", "T3"]),
        标题=st.sampled_from(["桥塌", "路灯"]),
        正文=st.sampled_from(["南桥塌了", "南桥塌了，车过不去", "路灯不亮", ""]),
        时间=st.sampled_from(["2025-09-01 09:00:00", "2025-09-02"]),
        单位=st.sampled_from(["", "甲局", "乙局"]),
        状态=st.sampled_from(["办理中", "已办结"]),
        答复=st.sampled_from(["", "已修好", "已转办"]),
        答复时间=st.sampled_from(["", "2025-09-03 10:00:00"]),
        网址=st.sampled_from(["", "", "http://x.cn/1", "http://x.cn/2"]),
        备注=st.sampled_from(["", "甲", "乙"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@hypothesis_settings(max_examples=60)
@given(_rows, st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_same_file_again_is_silent(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    repeats: int,
    random_: random.Random,
):
    """A B A B, repeats and permutations: only where the order of the units changes is there
    something new, for the first one is the host."""
    path = write_csv(tmp_path_factory.mktemp("again") / "x.csv", rows * repeats)
    ledger = Ledger()
    first = ledger.read(path)
    for _ in range(2):
        again = ledger.read(path)
        assert (again.new, again.later) == (0, 0)
        assert again.read == first.read
    one_unit = [row | {"单位": row["单位"] and "甲局"} for row in rows]
    ledger = Ledger()
    ledger.read(write_csv(path, one_unit))
    mixed = random_.sample(one_unit, len(one_unit))
    for content in (mixed, mixed * 2, mixed + one_unit):
        again = ledger.read(write_csv(path, content))
        assert (again.new, again.later) == (0, 0)


@pytest.mark.slow
@hypothesis_settings(max_examples=60)
@given(_rows)
def test_no_word_of_any_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
):
    path = write_csv(tmp_path_factory.mktemp("all") / "x.csv", rows)
    found = read(orders(), path)
    told = "\n".join(repr(one) for one in found)
    for row in rows:
        assert all(
            str(row[name]) in told for name in ("标题", "正文", "单位", "答复", "状态", "备注")
        )
