"""Files called .xls that are none: read, or refused by their true name."""

from __future__ import annotations

import base64
import quopri
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from cases.record.item import Item
from streams.sources.seam.base import SourceError
from tests.streams.sources.old_excel import beginning, book95, contained, record, sheet
from tests.streams.sources.tabular import (
    HEADER,
    grid,
    items,
    only_item,
    only_rejected,
    read,
    row,
    source,
    write_xlsx,
)

ROWS: list[list[object]] = [
    ["编号", "时间", "标题", "正文", "姓名", "电话"],
    ["X1", "2026-01-02 09:15:00", "井盖", "东门菜市场后面缺了井盖", "林某", "0797-5550101"],
    ["X2", "2026-01-02 10:40:00", "电梯", "三期电梯停了两天，住着孕妇", "何某", "0797-5550102"],
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "导出.xls"


def check(path: Path) -> None:
    first, second = items(read(source(), path))
    assert (first.source_item_id, first.body, first.author) == ("X1", ROWS[1][3], "林某")
    assert (second.source_item_id, second.body, second.phone) == ("X2", ROWS[2][3], "0797-5550102")


def html(rows: Sequence[Sequence[object]], tag: str = "td") -> str:
    lines = "".join(
        "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>" for cells in rows
    )
    return f"<table border=1>{lines}</table>"


# -- HTML -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "codec"),
    [
        ("<html><head><meta charset=gb2312></head><body>{}</body></html>", "gbk"),
        ("<div>\r\n{}</div>", "utf-8"),
        ("{}", "utf-8-sig"),
        ("<!DOCTYPE html>\n<html><body><p>某县</p>{}", "utf-16"),
        ("<?xml version='1.0' encoding='gb2312'?><html><body>{}</body></html>", "gb18030"),
        ("<!-- 导出 <table> --><style>td{{x:y}}</style>{}", "gb18030"),
        (
            "<meta http-equiv=Content-Type content='text/html'><TABLE><TR><TD>{}</TD></TR></TABLE>",
            "utf-8",
        ),
    ],
)
def test_html_tables(path: Path, page: str, codec: str):
    path.write_bytes(page.format(html(ROWS)).encode(codec))
    check(path)


def test_html_as_people_write_it(path: Path):
    path.write_text(
        "<table><thead><tr><th>编号<th>时间<th>标题<th>正文</thead>"
        "<tr><td x:str>X1<td>2026-01-02<td>A&amp;B 路口<td>第一段<br style='a>b'>第二段<p>第三&nbsp;段 5<6"
        "<tr><td x:num='20260102'>2.026E+07<td>2026-01-02<td title=\"a>b\">灯</td><td>不 \n 亮</td></table>",
        "utf-8",
    )
    first, second = items(read(source(), path))
    assert first.title == "A&B 路口"
    assert first.body == "第一段\n第二段\n第三\xa0段 5<6"
    assert (second.source_item_id, second.body) == ("20260102", "不 亮")


def test_html_cells_that_span(path: Path):
    path.write_text(
        "<table><tr><td rowspan=2>编号<td rowspan=2>时间<td colspan=2>诉求<td rowspan=2>姓名"
        "<tr><td>标题<td>正文"
        "<tr><td>X1<td rowspan=2>2026-01-02<td>灯<td>不亮<td>林某"
        "<tr><td>X2<td>井盖<td>缺失<td>何某</table>",
        "utf-8",
    )
    first, second = items(read(source(), path))
    assert (first.title, first.body, first.author) == ("灯", "不亮", "林某")
    assert (second.title, second.body, second.author) == ("井盖", "缺失", "何某")
    assert second.received_at == first.received_at


def test_a_second_table_that_is_no_export_is_reported(path: Path):
    path.write_text(html(ROWS) + html([["制表人", "某某"]]), "utf-8")
    found = read(source(), path)
    assert [type(one) for one in found[:2]] == [Item, Item]
    assert only_rejected(found).reason == "sheet_not_recognised"


def test_a_page_without_a_table_is_called_a_page(path: Path):
    path.write_text("<html><head><title>用户登录</title></head><body>请登录</body></html>", "utf-8")
    with pytest.raises(SourceError, match=r"网页（标题“用户登录”），里面没有表格"):
        read(source(), path)


@pytest.mark.parametrize(
    "part", ["<td", "<!--", "<a '", "<table>", "<tr><td rowspan=65000 colspan=900>", "&#"]
)
def test_a_hostile_page_ends(path: Path, part: str):
    path.write_text("<table>" + part * 20_000, "utf-8")
    with pytest.raises(SourceError, match=r"导出\.xls"):
        read(source(), path)


# -- MHTML ------------------------------------------------------------------------------


def mhtml(*parts: tuple[str, bytes]) -> bytes:
    lines = [b"MIME-Version: 1.0", b'Content-Type: multipart/related; boundary="----=_N"', b""]
    for encoding, body in parts:
        packed = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
        lines += [b"------=_N", b"Content-Location: file:///C:/x.htm"]
        lines += [f"Content-Transfer-Encoding: {encoding}".encode()]
        lines += [b'Content-Type: text/html; charset="gb2312"', b"", packed]
    return b"\r\n".join([*lines, b"------=_N--", b""])


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("codec", ["gbk", "utf-8"])
def test_mhtml(path: Path, encoding: str, codec: str):
    path.write_bytes(mhtml((encoding, html(ROWS).encode(codec))))
    check(path)


def test_mhtml_of_two_sheets_with_a_frame_around_them(path: Path):
    frame = ("base64", "<html><frameset></frameset></html>".encode("gbk"))
    sheets = [("base64", html([ROWS[0], line]).encode("gbk")) for line in ROWS[1:]]
    path.write_bytes(mhtml(frame, *sheets))
    check(path)


def test_mhtml_without_a_table_is_called_by_its_name(path: Path):
    path.write_bytes(mhtml(("base64", "<p>您好</p>".encode("gbk"))))
    with pytest.raises(SourceError, match="MHTML"):
        read(source(), path)


# -- XML of 2003 ------------------------------------------------------------------------


def spreadsheet(rows: str, declaration: str = '<?xml version="1.0"?>') -> str:
    names = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'{declaration}<?mso-application progid="Excel.Sheet"?><Workbook xmlns="{names}" '
        f'xmlns:ss="{names}"><Worksheet ss:Name="工单"><Table>{rows}</Table></Worksheet></Workbook>'
    )


def xml_row(cells: Sequence[object]) -> str:
    data = (f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells)
    return "<Row>" + "".join(data) + "</Row>"


@pytest.mark.parametrize(
    ("declaration", "codec"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8"),
        ('<?xml version="1.0" encoding="gb2312"?>', "gbk"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "utf-16"),
        ("", "utf-8"),
    ],
)
def test_spreadsheetml(path: Path, declaration: str, codec: str):
    path.write_bytes(spreadsheet("".join(map(xml_row, ROWS)), declaration).encode(codec))
    check(path)


def test_spreadsheetml_with_types_places_and_spans(path: Path):
    path.write_text(
        spreadsheet(
            xml_row(HEADER) + '<Row ss:Index="5">'
            '<Cell ss:MergeDown="0"><Data ss:Type="Number">17</Data></Cell>'
            '<Cell ss:MergeDown="1"><Data ss:Type="DateTime">2026-01-02T09:15:00.000</Data></Cell>'
            '<Cell ss:Index="4"><ss:Data ss:Type="String" xmlns:h="h"><h:B>不</h:B>亮</ss:Data></Cell></Row>'
            '<Row><Cell><Data ss:Type="String">X2</Data></Cell>'
            '<Cell ss:Index="3"><Data ss:Type="String">井盖</Data></Cell></Row>'
        ),
        "utf-8",
    )
    first, second = items(read(source(), path))
    assert (first.source_item_id, first.body) == ("17", "不亮")
    assert (second.title, second.received_at) == ("井盖", first.received_at)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<?xml version="1.0"?><工单列表><件/></工单列表>', "根元素 工单列表"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Workbook>&a;</Workbook>', "实体声明"),
        ('<?xml version="1.0"?><Workbook><Worksheet><Table><Row>', "XML 第 1 行有误"),
        ('<?xml version="1.0"?><Workbook/>', "没有工作表"),
    ],
)
def test_other_xml_is_refused_by_its_name(path: Path, text: str, said: str):
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=said):
        read(source(), path)


# -- Excel of the nineties --------------------------------------------------------------

PAGES = [
    (936, "gbk"),
    (1252, "gbk"),
    (None, "gbk"),
    (None, "utf-8"),
    (1252, "utf-8"),
    (65001, "utf-8"),
]


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize(("page", "codec"), PAGES)
def test_sheets_without_a_container(path: Path, version: int, page: int | None, codec: str):
    path.write_bytes(sheet(version, ROWS, codec, page))
    check(path)


@pytest.mark.parametrize(("page", "codec"), PAGES)
@pytest.mark.parametrize("filler", [0, 60])
def test_excel_95(path: Path, page: int | None, codec: str, filler: int):
    more = [["Y", "2026-01-02", "甲", f"第 {n} 件"] for n in range(filler)]
    stream = book95(
        {"一月": sheet(5, [*ROWS, *more], codec), "空": sheet(5, [], codec)}, codec, page
    )
    path.write_bytes(contained(stream))
    found = read(source(), path)
    assert [one.author for one in found[:2] if isinstance(one, Item)] == ["林某", "何某"]


def test_numbers_dates_and_results_of_old_excel(path: Path):
    place = struct.pack("<HHH", 1, 0, 0)
    result = bytes([0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) + bytes(8)
    formula = record(0x0006, place + result) + record(0x0207, struct.pack("<H", 2) + b"X7")
    rk = record(0x027E, struct.pack("<HHHL", 1, 1, 0, 46024 << 2 | 2))
    path.write_bytes(sheet(5, [HEADER, [None, None, "标题", "正文"]], before=formula + rk))
    item = only_item(read(source(), path))
    assert (item.source_item_id, f"{item.received_at:%Y-%m-%d}") == ("X7", "2026-01-02")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (sheet(5, ROWS, "gbk")[:-40], "Excel 95 工作簿，已损坏"),
        (sheet(2, ROWS, "gbk")[:200], "Excel 2.0 工作簿，已损坏"),
        (beginning(5) + record(0x002F, bytes(4)) + record(0x000A), "有密码保护的 Excel 95"),
        (
            contained(beginning(5, 5) + record(0x002F, bytes(4)) + record(0x000A)),
            "有密码保护的 Excel 95",
        ),
    ],
)
def test_old_excel_that_cannot_be_read_is_called_by_its_name(path: Path, data: bytes, said: str):
    path.write_bytes(data)
    with pytest.raises(SourceError, match=said):
        read(source(), path)


# -- what is no table -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["word/document.xml"], "Word 文档"),
        (["mimetype", "content.xml"], "OpenDocument"),
        (["ppt/presentation.xml"], "PowerPoint"),
        (["三月工单.xlsx"], "请先解压"),
    ],
)
def test_packages_are_called_by_their_name(path: Path, entries: list[str], said: str):
    with zipfile.ZipFile(path, "w") as package:
        for name in entries:
            package.writestr(name, "x")
    with pytest.raises(SourceError, match=said):
        read(source(), path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.4", "PDF"),
        (b"\x89PNG\r\n", "图片"),
        (b"{\\rtf1 x}", "RTF"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"\x00\x00\x02\x00\x06\x04" + b"\x06\x00" * 20, "Lotus 1-2-3"),
        (b"\x00\x00\x1a\x00\x00\x10" + b"\x04\x00" * 20, "Lotus 1-2-3"),
        (b"\x03\x7e\x0b\x1e\x02\x00\x00\x00\x61\x00\x20\x00" + b"\x00" * 20 + b"BT", "dBase"),
        (b"\x30\x1a\x03\x02\x02\x00\x00\x00\x61\x00\x20\x00" + b"\x00" * 20 + b"BT", "dBase"),
        (b"\x00" * 4096, "零字节"),
        (b"Received: from a\r\nFrom: w@a.example\r\nSubject: x\r\n\r\nx", "邮件"),
        (b"From: w@a.example\nTo: b@a.example\n\nx", "邮件"),
        (contained(b"x" * 5000, "WordDocument"), "Word 97—2003 文档"),
    ],
)
def test_other_files_are_called_by_their_name(path: Path, data: bytes, said: str):
    path.write_bytes(data)
    with pytest.raises(SourceError, match=said):
        read(source(), path)


# -- packages by other hands --------------------------------------------------------------


@pytest.mark.parametrize("renamed", ["\\{}", "{}", "./{}", "/{}", "UPPER"])
def test_names_of_parts_as_other_libraries_write_them(tmp_path: Path, renamed: str):
    sound = write_xlsx(tmp_path / "a.xlsx", {"表": grid([row("T1")])})
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            changed = name.replace("/", "\\") if renamed.startswith("\\") else name
            changed = name.upper() if renamed == "UPPER" else renamed.lstrip("\\").format(changed)
            entry = zipfile.ZipInfo("x")
            entry.filename = changed
            new.writestr(entry, old.read(name))
    assert only_item(read(source(), path)).source_item_id == "T1"
