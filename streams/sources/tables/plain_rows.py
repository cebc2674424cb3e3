"""The rows of a file as they stand, for lists that are no messages: units, accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Broken, Limits
from streams.sources.tables.header_map import ColumnMap
from streams.sources.tables.header_names import normal_header, other_names
from streams.sources.tables.tables import open_tables, shown_name
from streams.sources.values.cells import BadCell, Cell, is_blank, read_text, showable

_NO_NAME: Final = "\ue000"
"""As no column is called: every row counts as data."""
_NOTHING: Final = ColumnMap(columns={"id": (_NO_NAME,), "received_at": (_NO_NAME * 2,)},
                            required=("id", "received_at"))  # fmt: skip
_LOOKED_AT: Final = 20
"""Rows from the top in which the heading is looked for."""


class ListRow(Struct, frozen=True):
    """One row under the heading."""

    where: str
    """File, sheet and row, for errors."""
    cells: Mapping[str, str]
    """What stands in the columns that were asked for, "" where nothing does."""


def read_list(
    path: Path, columns: Mapping[str, Sequence[str]], needed: str, *, most: int
) -> list[ListRow]:
    """The rows of the first sheet that has the column `needed`, without empty ones and headings
    that are repeated.

    `columns`: field -> the names that its column may have. `most`: rows at most. Raises
    `SourceError`: expected, found, what to do."""
    names = {normal_header(name): field for field, many in columns.items() for name in many}
    found: list[ListRow] = []
    heads: list[str] = []
    with open_tables(path, _NOTHING, Limits(max_file_mb=32, max_xls_mb=32)) as opened:
        for table in opened.tables:
            heading: dict[int, str] = {}
            for number, record in enumerate(table.records, 1):
                if isinstance(record, Broken):
                    continue
                row, _, cells = record
                if not heading:
                    if number > _LOOKED_AT:
                        break
                    tried = _heading(cells, names)
                    heading = tried if needed in tried.values() else {}
                    heads += [showable(str(each)) for each in cells if not is_blank(each)]
                    continue
                values = dict.fromkeys(columns, "") | {
                    field: _text(cells[at]) for at, field in heading.items() if at < len(cells)
                }
                # The heading may have two rows, or stand on every page again.
                again = names.get(normal_header(values[needed])) == needed
                if again or not any(values.values()):
                    continue
                sheet = f"工作表 {table.sheet} " if table.sheet else ""
                found.append(ListRow(f"{sheet}第 {row} 行", values))
                if len(found) > most:
                    raise SourceError(f"文件 {shown_name(path)}：最多 {most} 行。请分成几个文件")
            if heading:
                break
    if not found:
        wanted = "、".join(columns[needed])
        seen = "、".join(dict.fromkeys(heads))[:300] or "（没有）"
        raise SourceError(
            f"文件 {shown_name(path)}：应有一行表头，其中有“{columns[needed][0]}”列"
            f"（也可叫 {wanted}），"
            f"下面是数据；实际前几行是：{seen}。请按模板填写后重新上传"
        )
    return found


def _heading(cells: Sequence[Cell], names: Mapping[str, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, cell in enumerate(cells):
        if is_blank(cell):
            continue
        text = str(cell)
        tried = [normal_header(text), *(each.text for each in other_names(text, (), ()))]
        field = next((names[each] for each in tried if each in names), "")
        if field and field not in found.values():
            found[at] = field
    return found


def _text(cell: Cell) -> str:
    try:
        return showable(read_text(cell)).strip()
    except BadCell:
        return ""
