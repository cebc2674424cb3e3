"""xlsx and xls: several sheets, typed cells, and packages that mean harm."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import xlwt

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.seam.base import Rejected, SourceError
from tests.streams.sources.tabular import (
    HEADER,
    HEADER_XML,
    NOW,
    codes,
    grid,
    inline,
    items,
    only_item,
    only_rejected,
    raw_xlsx,
    read,
    row,
    sheet_xml,
    source,
    write_xlsx,
)

MORNING = datetime(2025, 9, 1, 9, 5)  # noqa: DTZ001 - a sheet has no zone
SOUND = inline("B2", "2025-09-01") + inline("C2", "标题") + inline("D2", "正文")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "来信.xlsx"


@pytest.mark.parametrize("in_order", [True, False])
def test_a_workbook_of_typed_cells(path: Path, in_order: bool):
    rows = [
        row("00123", 时间=MORNING, 赞=7, 电话=13800000000, 是否解决=True),
        row(456, 备注="急件"),
    ]
    write_xlsx(path, {"来信": grid(rows)}, constant_memory=in_order)
    first, second = items(read(source(), path))
    assert first.source_item_id == "00123"
    assert first.received_at == MORNING.replace(tzinfo=BEIJING)
    assert (first.likes, first.phone, first.resolved) == (7, "13800000000", True)
    assert (second.source_item_id, second.extra) == ("456", {"备注": "急件"})


def test_sheets_with_a_header_are_read_and_others_reported(path: Path):
    write_xlsx(
        path,
        {
            "九月": grid([row("T1")]),
            "说明": [["填报说明"], ["请按时填报"]],
            "空": [],
            "十月": [["某区汇总"], [], *grid([row("T2", 姓名="李某")])],
        },
    )
    found = read(source(), path)
    assert [one.source_item_id for one in found if isinstance(one, Item)] == ["T1", "T2"]
    rejected = only_rejected(found)
    assert (rejected.reason, rejected.origin) == (
        "sheet_not_recognised",
        "文件 来信.xlsx 工作表 说明",
    )
    assert "请按时填报" in rejected.original.decode()
    assert isinstance(source().replay(rejected.original, now=NOW)[0], Rejected)


def test_the_origin_names_file_sheet_and_row(path: Path):
    write_xlsx(path, {"九月": [["汇总"], *grid([row("T1"), row("T2", 时间="昨天")])]})
    assert only_rejected(read(source(), path)).origin == "文件 来信.xlsx 工作表 九月 第 4 行"


def test_1904_workbooks(path: Path):
    write_xlsx(path, {"表": grid([row("T1", 时间=MORNING)])}, date_1904=True)
    assert only_item(read(source(), path)).received_at == MORNING.replace(tzinfo=BEIJING)
    plain = (
        HEADER_XML,
        inline("A2", "T1")
        + '<c r="B2"><v>44439</v></c>'
        + SOUND[len(inline("B2", "2025-09-01")) :],
    )
    raw_xlsx(path, sheet_xml(*plain), epoch=1)
    assert only_item(read(source(), path)).received_at == datetime(2025, 9, 1, tzinfo=BEIJING)


def test_a_merged_heading_over_two_rows(path: Path):
    write_xlsx(
        path,
        {
            "表": [
                ["编号", "时间", "诉求"],
                [None, None, "标题", "正文"],
                ["T1", MORNING, "路灯", "坏了"],
            ]
        },
    )
    assert only_item(read(source(), path)).body == "坏了"


@pytest.mark.parametrize("number", [250912101108115409, 1e17, 10**15])
def test_long_numbers_in_number_cells_are_quarantined(path: Path, number: float):
    write_xlsx(path, {"表": grid([row("T1"), row(number)])})
    rejected = only_rejected(read(source(), path))
    assert rejected.reason == "rounded_id"
    (again,) = source().replay(rejected.original, now=NOW)
    assert isinstance(again, Rejected)
    assert again.reason == "rounded_id"


def test_zeros_that_only_the_number_format_shows(path: Path):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    zeros = book.add_format({"num_format": "000000"})
    sheet.write_row(0, 0, HEADER)
    sheet.write_number(1, 0, 123, zeros)
    sheet.write_row(1, 1, ["2025-09-01", "标题", "正文"])
    book.close()
    assert only_item(read(source(), path)).source_item_id == "000123"


def test_formulas_give_their_result(path: Path):
    number = '<c r="A2" t="str"><f>"T"&amp;1</f><v>T1</v></c>'
    raw_xlsx(path, sheet_xml(HEADER_XML, number + SOUND))
    assert only_item(read(source(), path)).source_item_id == "T1"


def test_a_formula_without_a_result_is_no_value(path: Path):
    raw_xlsx(path, sheet_xml(HEADER_XML, '<c r="A2"><f>B1</f></c>' + SOUND))
    rejected = only_rejected(read(source(), path))
    assert "公式没有结果" in rejected.detail


def test_error_cells(path: Path):
    bad = '<c r="{}" t="e"><v>#N/A</v></c>'
    good = inline("B2", "2025-09-01")
    rows = [
        inline("A2", "T1") + good + inline("C2", "标题") + bad.format("D2"),
        bad.format("A3") + good + inline("C3", "标题"),
        inline("A4", "T4") + bad.format("B4") + inline("C4", "标题"),
        inline("A5", "T5") + good + bad.format("C5") + bad.format("D5"),
    ]
    raw_xlsx(path, sheet_xml(HEADER_XML, *rows))
    found = read(source(), path)
    assert isinstance(found[0], Item)
    assert codes(found[0]) == ["error_cell", "body_missing"]
    reasons = [one.reason for one in found if isinstance(one, Rejected)]
    assert reasons == ["error_cell", "bad_time", "empty_text"]
    (again,) = source().replay(found[1].original, now=NOW)  # type: ignore[union-attr]
    assert isinstance(again, Rejected)
    assert again.reason == "error_cell"


def test_rich_text_phonetics_prefixes_and_missing_references(path: Path):
    strings = (
        '<x:sst xmlns:x="m"><x:si><x:r><x:t>路</x:t></x:r><x:r><x:t>灯_x000D_</x:t></x:r>'
        "<x:rPh><x:t>ludeng</x:t></x:rPh></x:si></x:sst>"
    )
    cells = "".join(f'<x:c t="inlineStr"><x:is><x:t>{name}</x:t></x:is></x:c>' for name in HEADER)
    data = (
        '<x:c t="inlineStr"><x:is><x:t>T1</x:t><x:rPh><x:t>ti</x:t></x:rPh></x:is></x:c><x:c t="d"><x:v>2025-09-01T09:05:00</x:v></x:c>'
        '<x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t>正文</x:t></x:is></x:c>'
    )
    sheet = f'<x:worksheet xmlns:x="m"><x:sheetData><x:row>{cells}</x:row><x:row>{data}</x:row></x:sheetData></x:worksheet>'
    raw_xlsx(path, sheet, strings=strings)
    item = only_item(read(source(), path))
    assert (item.source_item_id, item.title) == ("T1", "路灯")
    assert item.received_at == MORNING.replace(tzinfo=BEIJING)


def test_strings_beyond_the_memory_limit_come_from_a_temporary_file(path: Path):
    rows = [row(f"T{n}", 正文=f"{n} 号楼漏水" * 40) for n in range(300)]
    write_xlsx(path, {"表": grid(rows)})
    found = items(read(source(limits={"strings_in_memory_mb": 0}), path))
    assert [one.body for one in found] == [each["正文"] for each in rows]


def test_cells_beyond_the_header_are_kept(path: Path):
    table = grid([row("T1")])
    table[1].append("手写备注")
    write_xlsx(path, {"表": table})
    assert only_item(read(source(), path)).extra == {"第5列": "手写备注"}


def test_one_cell_in_the_last_corner_costs_no_memory(path: Path):
    corner = f'<row r="1048576">{inline("XFD1048576", "角")}</row>'
    sheet = sheet_xml(HEADER_XML, inline("A2", "T1") + SOUND).replace(
        "</sheetData>", corner + "</sheetData>"
    )
    raw_xlsx(path, sheet)
    found = read(source(), path)
    assert [type(one) for one in found] == [Item, Rejected]


def test_progress_ends_at_the_total(path: Path):
    write_xlsx(
        path,
        {
            "甲": grid([row(f"A{n}") for n in range(700)]),
            "乙": grid([row(f"B{n}") for n in range(700)]),
        },
    )
    batches = list(source().read(path, now=NOW))
    done = [batch.done for batch in batches]
    assert done == sorted(done)
    assert done[-1] == batches[-1].total
    assert all(batch.total is not None and batch.done <= batch.total for batch in batches)


@pytest.mark.parametrize("size", [64 << 20, 20 << 20])
def test_a_zip_bomb_renamed_is_refused_before_it_is_unpacked(path: Path, size: int):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * size)
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceError, match="压缩炸弹"):
        read(source(), path)


def test_the_sum_of_all_parts_is_bounded(path: Path):
    write_xlsx(path, {"表": grid([row(f"T{n}", 正文=os.urandom(400).hex()) for n in range(2000)])})
    with pytest.raises(SourceError, match="上限 1 MB"):
        read(source(limits={"max_unpacked_mb": 1}), path)


def test_a_directory_that_lies_about_sizes_gains_nothing(path: Path):
    raw_xlsx(path, sheet_xml(HEADER_XML, *[inline(f"A{n}", f"T{n}") + SOUND for n in range(5000)]))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        real = package.getinfo("xl/worksheets/sheet1.xml").file_size
    data = data.replace(real.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(SourceError, match="不是完整的 xlsx"):
        read(source(), path)


def test_a_huge_directory_is_refused_unread(path: Path):
    end = b"PK\x05\x06" + b"\x00" * 6 + b"\x01\x00" + (64 << 20).to_bytes(4, "little") + b"\x00" * 6
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 100 + end)
    with pytest.raises(SourceError, match="目录有 64 MB"):
        read(source(), path)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
    ],
)
def test_entities_are_refused(path: Path, declaration: str):
    sheet = declaration + sheet_xml(HEADER_XML, inline("A2", "T1") + SOUND)
    raw_xlsx(path, sheet)
    with pytest.raises(SourceError, match="实体"):
        read(source(), path)


@pytest.mark.parametrize("cut", [30, 200, 400])
def test_a_package_cut_short(path: Path, cut: int):
    write_xlsx(path, {"表": grid([row()])})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(SourceError, match="不是完整的 xlsx"):
        read(source(), path)


def test_broken_xml_and_missing_strings(path: Path):
    raw_xlsx(path, sheet_xml(HEADER_XML, inline("A2", "T1") + SOUND)[:-40])
    with pytest.raises(SourceError, match="XML"):
        read(source(), path)
    raw_xlsx(path, sheet_xml(HEADER_XML, '<c r="A2" t="s"><v>7</v></c>' + SOUND))
    with pytest.raises(SourceError, match="文本不存在"):
        read(source(), path)


def test_a_zip_of_something_else(path: Path):
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("../../etc/passwd", "x")
        package.writestr("word/document.xml", "<x/>")
    with pytest.raises(SourceError, match="没有工作簿"):
        read(source(), path)


def test_a_sheet_outside_the_package_is_not_followed(path: Path):
    raw_xlsx(path, sheet_xml(HEADER_XML, inline("A2", "T1") + SOUND))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(
        b"worksheets/sheet1.xml", b"../../../../etc/hostname"
    )
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    with pytest.raises(SourceError):
        read(source(), path)


def test_a_password(path: Path):
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000
    path.write_bytes(container + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 1000)
    with pytest.raises(SourceError, match="密码"):
        read(source(), path)


def write_xls(path: Path, rows: Sequence[Sequence[object]], epoch1904: bool = False) -> Path:
    book = xlwt.Workbook()
    book.dates_1904 = epoch1904
    sheet = book.add_sheet("来信")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                args = (style,) if isinstance(cell, datetime) else ()
                sheet.write(line, column, cell, *args)
    book.save(str(path))
    return path


@pytest.mark.parametrize("epoch1904", [False, True])
@pytest.mark.parametrize("name", ["来信.xls", "来信.csv"])
def test_old_excel_whatever_it_is_called(tmp_path: Path, name: str, epoch1904: bool):
    rows: list[list[object]] = [
        ["某区汇总"],
        [],
        *grid([row("00123", 时间=MORNING, 赞=3), row(456), row(250912101108115409)]),
    ]
    path = write_xls(tmp_path / name, rows, epoch1904)
    found = read(source(), path)
    first, second, third = found
    assert isinstance(first, Item)
    assert (first.source_item_id, first.likes) == ("00123", 3)
    assert first.received_at == MORNING.replace(tzinfo=BEIJING)
    assert isinstance(second, Item)
    assert second.source_item_id == "456"
    assert isinstance(third, Rejected)
    assert (third.reason, third.origin) == ("rounded_id", f"文件 {name} 工作表 来信 第 6 行")


def test_old_excel_with_rows_left_out_counts_rows_as_shown(tmp_path: Path):
    path = write_xls(tmp_path / "来信.xls", [[], *grid([row("T1", 时间="昨天")])])
    assert only_rejected(read(source(), path)).origin.endswith("第 3 行")


def test_old_excel_with_a_password(tmp_path: Path):
    path = write_xls(tmp_path / "来信.xls", grid([row()]))
    data = path.read_bytes()
    # INTERFACEHDR, which follows the beginning of the stream, becomes FILEPASS.
    assert data.count(b"\xe1\x00\x02\x00") == 1
    path.write_bytes(data.replace(b"\xe1\x00\x02\x00", b"\x2f\x00\x02\x00"))
    with pytest.raises(SourceError, match="密码"):
        read(source(), path)


def test_old_excel_cut_short_or_too_large(tmp_path: Path):
    path = write_xls(tmp_path / "来信.xls", grid([row(f"T{n}") for n in range(2000)]))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="Excel 97"):
        read(source(), path)
    with path.open("wb") as file:
        file.write(whole)
        file.truncate(2 << 20)
    with pytest.raises(SourceError, match="上限 1 MB"):
        read(source(limits={"max_xls_mb": 1}), path)


def test_one_cell_in_the_last_corner_of_old_excel_meets_the_memory_limit(tmp_path: Path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("来信")
    sheet.write(0, 0, "编号")
    sheet.write(65_535, 255, "角")
    book.save(str(tmp_path / "来信.xls"))
    with pytest.raises(SourceError, match="内容过大"):
        read(source(limits={"max_xls_memory_mb": 400}), tmp_path / "来信.xls")


def test_sheets_of_old_excel_in_order_past_one_that_is_not_read(tmp_path: Path):
    book = xlwt.Workbook()
    sheets: dict[str, list[list[object]]] = {
        "甲": grid([row(f"A{n}") for n in range(450)]),
        "说明": [[f"第 {n} 条", "说明"] for n in range(450)],
        "乙": grid([row(f"B{n}") for n in range(450)]),
    }
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(line, column, cell)
    book.save(str(tmp_path / "来信.xls"))
    batches = list(source(batch_rows=100).read(tmp_path / "来信.xls", now=NOW))
    found = [one for batch in batches for one in batch.found]
    names = [one.source_item_id for one in found if isinstance(one, Item)]
    assert names == [f"A{n}" for n in range(450)] + [f"B{n}" for n in range(450)]
    assert only_rejected(found).origin.endswith("说明")
    assert batches[-1].done == batches[-1].total == 1352
