"""Reads an old Excel workbook from standard input; run by `xls.py` as a process of its own.

Started with `python -I`, so it can import installed packages only, none of ours.
Writes frames to standard output: four bytes of length, then a msgpack map. The first
has `sheets` (name, height and merged cells of each, from 0), then come `sheet` and `rows`,
and at the end an empty map; or, instead of any of them, `problem` ("password" or "broken")
with `text`.
Dates are `["d", "2025-09-01"]`, moments `["t", "2025-09-01T09:05:00"]`.
"""

from __future__ import annotations

import io
import resource
import struct
import sys
from datetime import date, datetime
from typing import Final

import msgspec
import python_calamine

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_START: Final = bytes.fromhex("0908100000060500")
_FILEPASS: Final = 0x2F
_CPU_SECONDS: Final = 300
_ROWS: Final = 200


def _send(frame: object) -> None:
    data = msgspec.msgpack.encode(frame)
    sys.stdout.buffer.write(struct.pack("<L", len(data)) + data)


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _head(sheet: python_calamine.CalamineSheet) -> list[object]:
    merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
    return [sheet.name, sheet.end[0] + 1 if sheet.end else 0, merged]


def _has_password(data: bytes) -> bool:
    """Whether a FILEPASS record follows the workbook's start, where [MS-XLS] 2.1.7.20.3
    puts it; calamine only says that it does not know the format. A password puts even
    an xlsx into such a container, as a stream called EncryptedPackage."""
    if _ENCRYPTED in data:
        return True
    at = data.find(_WORKBOOK_START)
    for _ in range(4):
        if at < 0 or at + 4 > len(data):
            return False
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == _FILEPASS:
            return True
        at += 4 + length
    return False


def main() -> None:
    """Limits itself, reads and writes."""
    memory = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    if _has_password(data):
        _send({"problem": "password"})
        return
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        names = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        sheets = [book.get_sheet_by_name(name) for name in names]
        _send({"sheets": [_head(sheet) for sheet in sheets]})
        for index, sheet in enumerate(sheets):
            rows = []
            for row in sheet.iter_rows():
                rows.append([_cell(cell) for cell in row])
                if len(rows) == _ROWS:
                    _send({"sheet": index, "rows": rows})
                    rows = []
            _send({"sheet": index, "rows": rows})
        _send({})
    except python_calamine.PasswordError:
        _send({"problem": "password"})
    except python_calamine.CalamineError as error:
        _send({"problem": "broken", "text": str(error)})


if __name__ == "__main__":
    main()
