"""What the columns of an export nobody has described may be: by their names, else by what
stands in them. A person sees the guess on sample rows and corrects it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Broken, Limits
from streams.sources.tables.header_map import ColumnMap, FieldName, lay_out
from streams.sources.tables.header_names import normal_header
from streams.sources.tables.heading import Table
from streams.sources.tables.tables import open_tables, shown_name
from streams.sources.values.cells import BadCell, Cell, CellError, is_blank, read_text, showable
from streams.sources.values.times import read_time

NOT_KEPT: Final = "-"
"""In the place of a field: what stands in the column is not stored."""
_LEAST: Final[Mapping[FieldName, tuple[str, ...]]] = {"id": ("编号",), "received_at": ("受理时间",)}
"""The names where no source knows any."""
_SAMPLED: Final = 60
"""Rows."""
_SHOWN: Final = 3
_MOST_COLUMNS: Final = 400
"""As many as a page can ask about."""
_ENOUGH: Final = 4
"""Fields that a heading names: no other sheet is looked at then."""
_LONG_TEXT: Final = 12
"""Characters, on the average, of what may be a message."""
_MOST_FIT: Final = 0.6
_PREFIXES: Final = ("12345",)
_NUMBER_WORDS: Final = ("编号", "单号", "编码", "号", "id", "ID")
_TIME_WORDS: Final = ("时间", "日期", "time", "date")
_OTHER_TIMES: Final = ("办结", "答复", "回复", "期限", "截止", "截至", "更新", "导出", "派", "签收")
_OTHERS: Final = "受理|承办|经办|办理|处理|主办|协办|登记|审核|回访|话务|坐席|单位|部门|干部|被"
"""Whose name or telephone is not the citizen's."""
_CITIZEN: Final = "诉求|来电|来信|写信|反映|投诉|信访|留言|求助|咨询|举报|申请|联系"
_WORDS: Final[tuple[tuple[FieldName, str, str], ...]] = (
    ("author", f"({_CITIZEN})(人|者|群众)", rf"{_OTHERS}|电话|手机|地址|类|数"),
    ("phone", "电话|手机", _OTHERS),
    ("named_unit", "(承办|主办|转办|交办|责任|办理|受理)(部门|单位)", "时间|日期|电话|意见|人"),
    ("replied_at", "(答复|回复)(时间|日期)", "要求|期限"),
    ("reply", "答复|回复|办理结果|处理结果", "时间|日期|期限|单位|部门|人|是否|满意|状态|方式"),
    ("closed_at", "(办结|结案|办毕)(时间|日期)", "要求|期限"),
    ("due_at", "(办理|答复|要求|处理|办结).*(期限|时限)|截止", "剩余|超"),
    ("place", "(发生|事发|问题|诉求).*(地点|地址|位置)", "^$"),
    ("category", "(事项|问题|诉求|内容).*(分类|类别)", "^$"),
    ("satisfied", "满意", "^$"),
)  # fmt: skip
"""Field, what its column's name holds, and what it does not."""
_TITLE_WORDS: Final = ("标题", "主题", "题目", "事由", "概述")


class GuessedColumn(Struct, frozen=True, kw_only=True):
    """One column of the file."""

    name: str
    """As the heading has it; "" for a column without a name."""
    field: str
    """A `FieldName`, `NOT_KEPT`, or "" for none."""
    samples: tuple[str, ...]
    """What stands in it, in the first rows that have something."""


class Guess(Struct, frozen=True):
    sheet: str
    columns: tuple[GuessedColumn, ...]


def known_names(maps: Iterable[ColumnMap]) -> dict[FieldName, tuple[str, ...]]:
    """Every name that some source knows for a field; of two fields the first keeps it."""
    found: dict[FieldName, list[str]] = {}
    taken: set[str] = set()
    for each in maps:
        for field, names in each.columns.items():
            free = [name for name in names if name not in taken]
            found.setdefault(field, []).extend(free)
            taken.update(free)
    return {field: tuple(names) for field, names in found.items() if names}


def any_columns(known: Mapping[FieldName, tuple[str, ...]]) -> ColumnMap:
    """For a file that may be of any source. `known`: as `known_names` gives them."""
    return ColumnMap(
        columns=dict(known) or dict(_LEAST),
        header_prefixes=_PREFIXES,
        required=("id", "received_at"),
    )


def guess_columns(
    path: Path,
    known: Mapping[FieldName, tuple[str, ...]],
    *,
    ignored: Iterable[str] = (),
    now: datetime,
) -> Guess:
    """The columns of the first sheet that holds a table. `ignored`: names of columns that no
    source keeps. Raises `SourceError` for a file that holds no table, or too wide a one."""
    columns = any_columns(known)
    best: tuple[int, str, tuple[str, ...], list[Sequence[Cell]]] | None = None
    with open_tables(path, columns, Limits()) as opened:
        for table in opened.tables:
            header, rows = _head(table)
            score = len(lay_out(header, columns).fields)
            if header and rows and (best is None or score > best[0]):
                best = score, table.sheet, header, rows
            for _ in table.records:
                if best is not None and best[0] >= _ENOUGH:
                    break
            if best is not None and best[0] >= _ENOUGH:
                break
    if best is None:
        raise SourceError(
            f"文件 {shown_name(path)}：应有一行表头，下面是数据，实际没有找到。请重新导出"
        )
    _, sheet, header, rows = best
    if len(header) > _MOST_COLUMNS:
        raise SourceError(
            f"文件 {shown_name(path)}：最多 {_MOST_COLUMNS} 列，实际有 {len(header)} 列。"
            "请删去用不着的列后重新上传"
        )
    layout = lay_out(header, columns)
    fields = {at: field for field, many in layout.fields.items() for at in many}
    unwanted = {normal_header(name) for name in ignored}
    fields |= {
        at: NOT_KEPT
        for at, name in enumerate(header)
        if at not in fields and normal_header(name) in unwanted
    }
    _by_words(fields, header)
    _by_content(fields, header, rows, now)
    return Guess(
        sheet,
        tuple(
            GuessedColumn(
                name=showable(name.strip()),
                field=fields.get(at, ""),
                samples=tuple(islice(filter(None, map(_shown, _column(rows, at))), _SHOWN)),
            )
            for at, name in enumerate(header)
        ),
    )


def _head(table: Table) -> tuple[tuple[str, ...], list[Sequence[Cell]]]:
    """The heading and the first rows. A heading of which no name is known is the fullest of the
    first rows."""
    if table.header:
        records = (each for each in table.records if not isinstance(each, Broken))
        return table.header, [cells for _, _, cells in islice(records, _SAMPLED)]
    filled = [sum(isinstance(x, str) and not is_blank(x) for x in row) for row in table.sample]
    most = max(filled, default=0)
    if most < 2:
        return (), []
    at = filled.index(most)
    header = tuple("" if is_blank(cell) else str(cell) for cell in table.sample[at])
    return header, list(table.sample[at + 1 :])


def _by_words(fields: dict[int, str], header: Sequence[str]) -> None:
    for field, holds, but in _WORDS:
        for at, name in enumerate(header):
            if at not in fields and field not in fields.values():
                text = normal_header(name)
                if re.search(holds, text) and not re.search(but, text):
                    fields[at] = field


def _by_content(
    fields: dict[int, str], header: Sequence[str], rows: Sequence[Sequence[Cell]], now: datetime
) -> None:
    """Adds the columns without which nothing is a message, where no name told them."""
    looks: tuple[tuple[FieldName, Callable[[str, list[Cell]], float]], ...] = (
        ("received_at", lambda name, cells: _as_time(name, cells, now)),
        ("id", _as_number),
        ("body", lambda _name, cells: _as_text(cells)),
        ("title", _as_title),
    )
    for field, look in looks:
        if field in fields.values():
            continue
        scored = [
            (look(name, _column(rows, at)), -at)
            for at, name in enumerate(header)
            if at not in fields and name.strip()
        ]
        score, place = max(scored, default=(0.0, 0))
        if score > 0:
            fields[-place] = field


def _column(rows: Sequence[Sequence[Cell]], at: int) -> list[Cell]:
    return [row[at] for row in rows if at < len(row) and not is_blank(row[at])]


def _as_time(name: str, cells: list[Cell], now: datetime) -> float:
    if not cells or any(word in name for word in _OTHER_TIMES):
        return 0
    named = any(word in name for word in _TIME_WORDS)
    if not named and not all(isinstance(cell, str | datetime) for cell in cells):
        return 0
    return _share(cells, lambda cell: _is_time(cell, now)) + named


def _is_time(cell: Cell, now: datetime) -> bool:
    try:
        return read_time(cell, latest=now) is not None
    except BadCell:
        return False


def _as_number(name: str, cells: list[Cell]) -> float:
    texts = [_shown(cell) for cell in cells]
    if not texts or len({*texts}) < len(texts) or max(map(len, texts)) > 40:
        return 0
    if any(word in name for word in ("电话", "手机", "序号", "证", "账号")):
        return 0
    return 1 if any(word in name for word in _NUMBER_WORDS) else 0


def _as_text(cells: list[Cell]) -> float:
    texts = [cell for cell in cells if isinstance(cell, str)]
    mean = sum(map(len, texts)) / len(texts) if texts else 0
    return mean if mean >= _LONG_TEXT else 0


def _as_title(name: str, cells: list[Cell]) -> float:
    named = any(word in name for word in _TITLE_WORDS)
    return 1 if named and any(isinstance(cell, str) for cell in cells) else 0


def _share(cells: list[Cell], holds: Callable[[Cell], bool]) -> float:
    share = sum(map(holds, cells)) / len(cells)
    return share if share >= _MOST_FIT else -9


def _shown(cell: Cell) -> str:
    if isinstance(cell, CellError):
        return cell.shown
    try:
        return showable(read_text(cell)).strip()
    except BadCell:
        return ""
