"""Writes workbooks of the nineties, record by record, as scripts and old systems did."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import xlwt.CompoundDoc

_BOF = {2: 0x0009, 3: 0x0209, 4: 0x0409, 5: 0x0809}
_VERSION = {2: 0x0200, 3: 0x0300, 4: 0x0400, 5: 0x0500}


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def beginning(version: int, kind: int = 0x10) -> bytes:
    body = struct.pack("<HH", _VERSION[version], kind)
    return record(_BOF[version], body + bytes({2: 0, 3: 2, 4: 2, 5: 4}[version]))


def cell(version: int, row: int, column: int, value: object, codec: str) -> bytes:
    place = struct.pack("<HH", row, column)
    if isinstance(value, str):
        text = value.encode(codec)
        if version == 2:
            return record(0x0004, place + bytes(3) + bytes([len(text)]) + text)
        return record(0x0204, place + bytes(2) + struct.pack("<H", len(text)) + text)
    assert isinstance(value, int | float)
    number = struct.pack("<d", float(value))
    return (
        record(0x0003, place + bytes(3) + number)
        if version == 2
        else record(0x0203, place + bytes(2) + number)
    )


def sheet(
    version: int,
    rows: Sequence[Sequence[object]],
    codec: str = "gbk",
    page: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A sheet as a stream of its own."""
    cells = b"".join(
        cell(version, line, column, value, codec)
        for line, row in enumerate(rows)
        for column, value in enumerate(row)
        if value is not None
    )
    code_page = b"" if page is None else record(0x0042, struct.pack("<H", page))
    return beginning(version) + before + code_page + cells + record(0x000A)


def book95(sheets: dict[str, bytes], codec: str, page: int | None) -> bytes:
    """A workbook stream of Excel 95 from its sheets' streams."""
    code_page = b"" if page is None else record(0x0042, struct.pack("<H", page))
    names = [name.encode(codec) for name in sheets]
    head = beginning(5, 0x05) + code_page
    size = len(head) + sum(4 + 7 + len(name) for name in names) + 4
    bounds = b""
    for name, stream in zip(names, sheets.values(), strict=True):
        bounds += record(0x0085, struct.pack("<LHB", size, 0, len(name)) + name)
        size += len(stream)
    return head + bounds + record(0x000A) + b"".join(sheets.values())


def contained(stream: bytes, name: str = "Book") -> bytes:
    """A compound file with this stream."""
    out = io.BytesIO()
    xlwt.CompoundDoc.XlsDoc().save(out, stream)
    data = out.getvalue()
    old = "Workbook".encode("utf-16-le") + bytes(64 - 16) + struct.pack("<H", 18)
    assert data.count(old) == 1
    new = name.encode("utf-16-le")
    return data.replace(old, new.ljust(64, b"\x00") + struct.pack("<H", len(new) + 2))
