"""Guards against Excel are taken off every field, and rounded numbers are noted in each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.times import BEIJING
from streams.sources.tables.guards import unguarded
from tests.streams.sources.tabular import (
    HEADER,
    codes,
    csv_text,
    grid,
    only_item,
    read,
    shipped,
    source,
    write_csv,
    write_xlsx,
)

ORDER = {
    "工单编号": "2026010200001",
    "受理时间": "2026-01-02 09:15:00",
    "诉求标题": "路灯不亮",
    "诉求内容": "东门桥头路灯不亮，晚上看不见台阶。",
    "来电人": "林某",
    "联系电话": "013907970101",
    "承办单位": "城管局",
    "处理期限": "2026-01-09",
    "是否满意": "满意",
    "要求保密": "是",
    "备注": "急",
}
GUARDS = [
    '="{}"',
    "={}",
    "'{}",
    "’{}",
    "`{}",
    "\t{}",
    "\t'{}",
    "'={}",
    "\u200b{}",
    "{}\u200b",
    "\ufeff{}\ufeff",
    "\u202a{}\u202c",
    "\u202d{}",
    "\u2066{}\u2069",
    "\u200e{}\u200f",
    "\u3000{}\u00a0",
    '\ufeff="{}"',
    '="\u202a{}\u202c"',
]


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_field_without_its_guard(tmp_path: Path, guard: str, kind: str):
    rows: list[dict[str, object]] = [{name: guard.format(value) for name, value in ORDER.items()}]
    path = tmp_path / f"工单.{kind}"
    if kind == "csv":
        write_csv(path, rows)
    else:
        write_xlsx(path, {"表": grid(rows)})
    item = only_item(read(shipped("hotline-export"), path))
    assert item.source_item_id == ORDER["工单编号"]
    assert item.received_at == datetime(2026, 1, 2, 9, 15, tzinfo=BEIJING)
    assert (item.title, item.body) == (ORDER["诉求标题"], ORDER["诉求内容"])
    assert (item.author, item.phone, item.named_unit) == ("林某", "013907970101", "城管局")
    assert item.due_at == datetime(2026, 1, 9, 23, 59, 59, tzinfo=BEIJING)
    assert (item.satisfied, item.confidential) == (True, True)
    assert item.extra == {"备注": "急"}
    assert item.notes == ()


def test_a_guarded_header(tmp_path: Path):
    path = tmp_path / "工单.csv"
    path.write_text(csv_text([{f'="{name}"': value for name, value in ORDER.items()}]), "utf-8")
    assert only_item(read(shipped("hotline-export"), path)).phone == "013907970101"


@pytest.mark.parametrize(
    "text",
    [
        "'东门'的路灯不亮",
        "==========",
        "一家👨\u200d👩\u200d👧三口",
        "=SUM(A1:A9)",
        "=B2",
        "他说“'",
        "a=b",
        "5’30”",
    ],
)
def test_what_the_citizen_wrote_stays(text: str):
    assert unguarded(text) == text


@given(st.text(max_size=30), st.booleans())
def test_nothing_but_guards_is_taken_off_and_twice_is_once(text: str, guarded_row: bool):
    bare = unguarded(text, guarded_row=guarded_row)
    assert unguarded(bare) == bare or guarded_row
    kept = "".join(each for each in bare if each.isalnum())
    assert kept == "".join(each for each in text if each.isalnum())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("联系电话", "1.39E+10"),
        ("联系电话", "1.39079701e+10"),
        ("备注", "6.21661E+18"),
        ("备注", "621661000000012000"),
        ("承办单位", "9.1E+17"),
        ("诉求标题", "2.5E+17"),
        ("来电人", "360781199001010000"),
    ],
)
def test_a_rounded_number_is_noted_in_every_field(tmp_path: Path, column: str, value: str):
    path = write_csv(tmp_path / "工单.csv", [{**ORDER, column: value}])
    item = only_item(read(shipped("hotline-export"), path))
    assert "rounded_number" in codes(item)
    (note,) = [each for each in item.notes if each.code == "rounded_number"]
    assert column in note.text
    assert value in note.text


@pytest.mark.parametrize("column", ["联系电话", "备注", "承办单位"])
def test_a_long_number_cell_is_noted(tmp_path: Path, column: str):
    rows: list[dict[str, object]] = [{**ORDER, column: 621661000000012345}]
    item = only_item(
        read(shipped("hotline-export"), write_xlsx(tmp_path / "x.xlsx", {"表": grid(rows)}))
    )
    assert codes(item) == ["rounded_number"]


@pytest.mark.parametrize(
    "value", ["13907970101", "0797-5550101", "36078119900101001X", "1E5栋", "12000000"]
)
def test_a_sound_number_is_not(tmp_path: Path, value: str):
    path = write_csv(tmp_path / "工单.csv", [{**ORDER, "联系电话": value}])
    assert only_item(read(shipped("hotline-export"), path)).notes == ()


@pytest.mark.parametrize("guard", ["\t{}", "\t'{}", "\u00ad{}"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_tab_before_every_cell_is_no_delimiter(
    tmp_path: Path, guard: str, delimiter: str
) -> None:
    lines = [list(HEADER), ["G7", "2025-09-01 09:05:00", "井盖", "菜场后门的井盖没了"]]
    text = "\n".join(delimiter.join(guard.format(cell) for cell in line) for line in lines)
    path = tmp_path / "来信.csv"
    path.write_text(text, "utf-8")
    found = only_item(read(source(), path))
    assert (found.source_item_id, found.title, found.body) == (
        "G7",
        "井盖",
        "菜场后门的井盖没了",
    )


def test_a_title_or_a_row_with_commas_leaves_the_tabs_alone(tmp_path: Path) -> None:
    lines = [
        ["来信登记，", "", "", ""],
        list(HEADER),
        ["G8,", "2025-09-01 09:05:00", "井盖,", "菜场后门的井盖没了,"],
    ]
    path = tmp_path / "来信.txt"
    path.write_text("\n".join("\t".join(line) for line in lines), "utf-8")
    found = only_item(read(source(), path))
    assert (found.title, found.body) == ("井盖,", "菜场后门的井盖没了,")
