"""The row of a dead letter: complete, readable, and readable again.

    {"origin": "文件 x.csv 第 12 行", "row": {"工单编号": "…", …}, "held": "id_reused"}

`row` keeps the cells' types. A cell whose bytes did not decode is
`{"bytes": "…hex…", "codec": "gb18030"}`, an error cell `{"error": "#N/A"}`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct

from streams.sources.values.cells import Cell, CellError


class OriginalRow(Struct, frozen=True, omit_defaults=True):
    """A packed row."""

    origin: str
    row: dict[str, object]
    held: str = ""
    """Why the row may not pass when read again alone; remove it to let it pass."""


_DECODER: Final = msgspec.json.Decoder(OriginalRow)


def pack_row(
    origin: str, names: Sequence[str], cells: Sequence[Cell], codec: str, held: str
) -> bytes:
    """The row as JSON. Cells beyond the header are named by their column."""
    row: dict[str, object] = {}
    for index, cell in enumerate(cells):
        name = names[index] if index < len(names) else f"第{index + 1}列"
        row[name] = _pack(cell, codec)
    for name in names[len(cells) :]:
        row.setdefault(name, None)
    return msgspec.json.encode(OriginalRow(origin, row, held))


def _pack(cell: Cell, codec: str) -> object:
    if isinstance(cell, CellError):
        return {"error": cell.shown}
    if isinstance(cell, datetime | date):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if isinstance(cell, str):
        try:
            cell.encode("utf-8")
        except UnicodeEncodeError:
            raw = cell.encode(codec, "surrogateescape")
            return {"bytes": raw.hex(), "codec": codec}
    return cell


def unpack_row(original: bytes) -> OriginalRow | None:
    """The packed row, or None for bytes that are none."""
    try:
        return _DECODER.decode(original)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def unpack_cell(value: object) -> Cell:
    """A cell as it was packed."""
    if isinstance(value, dict):
        if (shown := value.get("error")) is not None:
            return CellError(str(shown))
        try:
            raw = bytes.fromhex(str(value.get("bytes", "")))
            return raw.decode(str(value.get("codec", "utf-8")), "surrogateescape")
        except (ValueError, LookupError):
            return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
