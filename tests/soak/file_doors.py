"""Files of every kind that people put into a folder, under the names that systems give them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt

from streams.sources.seam.base import Batch
from streams.sources.seam.config import load_sources
from streams.sources.tables.files import build
from tests.soak import poison
from tests.soak.offers import NOW, Door, Offer, maybe_damaged, printable
from tests.streams.sources.old_excel import book95, contained, sheet
from tests.streams.sources.tables.test_imitations import html, mhtml, spreadsheet, xml_row

HEADER: Final = ["工单编号", "受理时间", "诉求标题", "市民诉求", "联系电话", "是否解决", "附注"]
Rows = list[list[str]]
Write = Callable[[Random, Rows], bytes]
"""The bytes of a file with these rows, the first of them the header."""


def _cells(rng: Random, number: str) -> list[str]:
    cells = [number, "2026-03-05 09:00:00", f"第 {number} 件", "路灯不亮", "13800000000", "是", "x"]
    for index in (0, 1, 3, 4, 5, 6):
        if rng.random() < 0.15:
            # Rows that share number and text are one order, so no two numbers are alike.
            cells[index] = poison.text(rng) + (number if index == 0 else "")
    return cells


def _utf8(rows: Rows, longest: int = 30_000) -> Rows:
    return [[each.encode("utf-8", "ignore").decode()[:longest] for each in row] for row in rows]


def _chinese(rows: Rows, codec: str = "gb18030") -> Rows:
    """What an encoding can hold, as text of a page."""
    return [
        [escape(printable(each)).encode(codec, "ignore").decode(codec) for each in row]
        for row in rows
    ]


# -- tables --------------------------------------------------------------------


def _csv(rng: Random, rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=rng.choice(",,;\t")).writerows(_utf8(rows))
    codec = rng.choice(("utf-8", "utf-8-sig", "utf-16"))
    return out.getvalue().encode(codec, "replace")


def _xlsx(_rng: Random, rows: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "in_memory": True}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(_utf8(rows)):
            for column, text in enumerate(row):
                page.write_string(line, column, text)
    return out.getvalue()


def _zip(rng: Random, rows: Rows) -> bytes:
    """A workbook whose package was written by another program than Excel."""
    out = io.BytesIO()
    way = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    turn = rng.choice((lambda n: n.replace("/", "\\"), lambda n: "./" + n, lambda n: "/" + n))
    with (
        zipfile.ZipFile(io.BytesIO(_xlsx(rng, rows))) as old,
        zipfile.ZipFile(out, "w", way) as new,
    ):
        for entry in old.infolist():
            new.writestr(turn(entry.filename), old.read(entry))
    return out.getvalue()


def _xls(_rng: Random, rows: Rows) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("工单")
    for line, row in enumerate(_utf8(rows)):
        for column, text in enumerate(row):
            page.write(line, column, "".join(c for c in text if c <= "\uffff"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xls_of_the_nineties(rng: Random, rows: Rows) -> bytes:
    # The end of a long text: the row's own number stands there.
    short: list[list[object]] = [
        [each.encode("gbk", "ignore")[-250:].decode("gbk", "ignore") for each in row]
        for row in rows
    ]
    version = rng.choice((2, 3, 4, 5))
    page = rng.choice((936, None))
    if version < 5:
        return sheet(version, short, page=page)
    return contained(book95({"表": sheet(5, short)}, "gbk", page))


def _html(rng: Random, rows: Rows) -> bytes:
    codec = rng.choice(("utf-8", "gb18030"))
    charset = rng.choice(("", f"<meta charset={codec}>"))
    return f"<html><head>{charset}</head>{html(_chinese(rows))}</html>".encode(codec)


def _mht(rng: Random, rows: Rows) -> bytes:
    way = rng.choice(("base64", "quoted-printable"))
    return mhtml((way, html(_chinese(rows)).encode("gb18030")))


def _spreadsheetml(_rng: Random, rows: Rows) -> bytes:
    return spreadsheet("".join(map(xml_row, _chinese(rows)))).encode()


# -- JSON ----------------------------------------------------------------------


def _objects(rng: Random, rows: Rows) -> list[str]:
    """Every row has a title, and no number but its own: rows that share number and text are one
    order."""
    made = []
    for line, row in enumerate(rows[1:]):
        values = dict(zip(HEADER, row, strict=True))
        number, title = values.pop("工单编号"), values.pop("诉求标题")
        good = {name: json.dumps(value) for name, value in values.items()}
        whole = poison.object_of(rng, good, share=0.1 if line else 0.0)
        parts = [f'"诉求标题": {json.dumps(title)}', whole[1:-1]]
        if line == 0 or rng.random() < 0.95:
            as_number = number.isascii() and number.isdecimal() and rng.random() < 0.3
            parts.append(f'"工单编号": {number if as_number else json.dumps(number)}')
        made.append("{" + ", ".join(part for part in parts if part) + "}")
    return made


def _json_lines(rng: Random, rows: Rows) -> bytes:
    return rng.choice(("\n", ",\n", "\r\n")).join(_objects(rng, rows)).encode()


def _json_array(rng: Random, rows: Rows) -> bytes:
    bom = rng.choice(("", "\ufeff"))
    return (bom + "[" + rng.choice((", ", ",\n")).join(_objects(rng, rows)) + "]").encode()


def _json_envelope(rng: Random, rows: Rows) -> bytes:
    return (
        '{"code": 0, "data": {"total": 3, "rows": [' + ", ".join(_objects(rng, rows)) + "]}}"
    ).encode()


def _json_columns(_rng: Random, rows: Rows) -> bytes:
    """Names in the first list, the rows as lists; in GB18030, as old systems write."""
    return json.dumps(_utf8(rows), ensure_ascii=False).encode("gb18030")


def _json_mongo(rng: Random, rows: Rows) -> bytes:
    lines = []
    for row in _objects(rng, rows):
        at = '"$date": {"$numberLong": "1772676000000"}'
        lines.append(
            f'{{"_id": {{"$oid": "{rng.randrange(16**24):024x}"}}, "创建": {{{at}}}, {row[1:]}'
        )
    return "\n".join(lines).encode()


_KINDS: Final[dict[str, tuple[str, Write]]] = {
    "table-file-csv": ("export.csv", _csv),
    "table-file-xlsx": ("export.xlsx", _xlsx),
    "file-zip": ("export.xlsx", _zip),
    "file-xls": ("export.xls", _xls),
    "file-xls-nineties": ("export.xls", _xls_of_the_nineties),
    "file-html": ("export.xls", _html),
    "file-mht": ("export.xls", _mht),
    "file-spreadsheetml": ("export.xls", _spreadsheetml),
    "hotline-file-jsonl": ("export.jsonl", _json_lines),
    "file-json-array": ("export.json", _json_array),
    "file-json-envelope": ("export.json", _json_envelope),
    "file-json-columns": ("export.json", _json_columns),
    "file-json-mongo": ("export.json", _json_mongo),
}


def _door(root: Path, path: Path, write: Write) -> Door:
    source = build(load_sources(root / "config" / "sources.toml")["hotline-export"])

    def offer(rng: Random, number: int) -> Offer:
        many = rng.randrange(5, 40)
        rows = [list(HEADER), *(_cells(rng, f"{number}{n:03}") for n in range(many))]
        return maybe_damaged(rng, write(rng, rows), many)

    def read(data: bytes) -> Iterator[Batch]:
        path.write_bytes(data)
        yield from source.read(path, now=NOW)

    return offer, read


def file_doors(root: Path, folder: Path) -> dict[str, Door]:
    """Every kind of file by its name. `root`: the checkout; `folder`: for the files."""
    return {
        kind: _door(root, folder / f"{kind}-{name}", write)
        for kind, (name, write) in _KINDS.items()
    }
