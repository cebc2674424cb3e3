"""Makes export files, and reads them the way the intake does."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from cases.record.item import Item
from cases.words.times import BEIJING
from huiyin.net.pacing import HostPacing
from streams.sources.registry import SourceContext, build_source
from streams.sources.seam.base import FileSource, Rejected
from streams.sources.seam.config import SourceEntry, load_sources
from streams.sources.seam.secrets import Secrets
from streams.sources.tables.files import TableFiles
from streams.sources.tables.files import build as build_files

NOW = datetime(2026, 1, 10, 9, 0, tzinfo=BEIJING)
CONFIG = Path(__file__).parents[3] / "config" / "sources.toml"
AROUND = SourceContext(secrets=Secrets.load({}, Path("没有这个文件夹")), pacing=HostPacing())
HEADER = ("编号", "时间", "标题", "正文")
COLUMNS: dict[str, object] = {
    "id": ["编号"],
    "received_at": ["时间"],
    "title": ["标题"],
    "body": ["正文"],
    "author": ["姓名"],
    "phone": ["电话"],
    "due_at": ["期限"],
    "closed_at": ["办结时间"],
    "reply": ["答复"],
    "replied_at": ["答复时间"],
    "likes": ["赞"],
    "resolved": ["是否解决"],
    "confidential": ["保密"],
    "attachments": ["附件"],
}


def source(name: str = "plain", **options: object) -> TableFiles:
    """A generic file source with simple column names."""
    settings: dict[str, object] = {"columns": COLUMNS, **options}
    return build_files(
        SourceEntry(
            name=name, adapter="table-file", channel="测试信箱", options=settings, file="s.toml"
        )
    )


def shipped(name: str) -> TableFiles:
    """A source as config/sources.toml ships it."""
    found = build_source(load_sources(CONFIG)[name], AROUND)
    assert isinstance(found, TableFiles)
    return found


def read(source: FileSource, path: Path, now: datetime = NOW) -> list[Item | Rejected]:
    return [one for batch in source.read(path, now=now) for one in batch.found]


def items(found: Iterable[Item | Rejected]) -> list[Item]:
    found = list(found)
    wrong = [one for one in found if isinstance(one, Rejected)]
    assert not wrong
    return [one for one in found if isinstance(one, Item)]


def only_item(found: Sequence[Item | Rejected]) -> Item:
    (one,) = found
    assert isinstance(one, Item), one
    return one


def only_rejected(found: Sequence[Item | Rejected]) -> Rejected:
    (one,) = [each for each in found if isinstance(each, Rejected)]
    return one


def codes(item: Item) -> list[str]:
    return [note.code for note in item.notes]


def row(number: object = "T1", **cells: object) -> dict[str, object]:
    """A sound row by column name."""
    return {
        "编号": number,
        "时间": "2025-09-01 09:05:00",
        "标题": f"路灯不亮 {number}",
        "正文": f"桥头路灯坏了三天，编号 {number}",
        **cells,
    }


def csv_text(rows: Sequence[Mapping[str, object]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    header = list(dict.fromkeys(name for each in rows for name in each))
    writer = csv.DictWriter(out, header, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], encoding: str = "utf-8") -> Path:
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def write_xlsx(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], **options: object
) -> Path:
    """A workbook; datetimes become date cells, everything else its own type."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm", **options})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                elif cell is not None:
                    sheet.write(line, column, cell)
    book.close()
    return path


def grid(rows: Sequence[Mapping[str, object]]) -> list[list[object]]:
    header = list(dict.fromkeys(name for each in rows for name in each))
    return [list(header), *[[each.get(name) for name in header] for each in rows]]


_BOOK = (
    '<workbook xmlns="m" xmlns:r="rel"><workbookPr date1904="{epoch}"/>'
    '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_BOOK_RELATIONS = (
    '<Relationships xmlns="p"><Relationship Id="rId1" Type="http://x/worksheet" '
    'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)


def raw_xlsx(path: Path, sheet: str, *, strings: str = "", epoch: int = 0) -> Path:
    """A workbook from the sheet's own XML, for what no writer would write."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", _BOOK.format(epoch=epoch))
        package.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS)
        package.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings:
            package.writestr("xl/sharedStrings.xml", strings)
    return path


def inline(reference: str, text: object) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet_xml(*rows: str) -> str:
    return (
        "<worksheet><sheetData>"
        + "".join(f"<row>{r}</row>" for r in rows)
        + "</sheetData></worksheet>"
    )


HEADER_XML = "".join(
    inline(f"{letter}1", name) for letter, name in zip("ABCD", HEADER, strict=True)
)
