"""Findings of third-party monitoring software, from a table that it exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from python_calamine import CalamineError, CalamineWorkbook

from huiyin.net.charset import decode
from streams.sources.seam.base import SourceError

_MOST_BYTES: Final = 32 << 20

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "site": ("网站名称", "站点名称", "网站", "账号名称", "新媒体名称"),
    "page": ("所在页面", "父页面", "页面地址", "来源页面", "页面URL", "网址", "链接地址", "URL"),
    "target": ("错误链接", "问题链接", "目标地址", "错链地址"),
    "problem": ("问题类型", "问题描述", "错误类型", "问题", "错误描述", "疑似错误"),
    "advice": ("整改建议", "建议", "正确表述", "推荐修改"),
    "unit": ("责任单位", "主办单位", "单位"),
    "found_at": ("发现时间", "检查时间", "监测时间", "日期"),
}
"""Heads under which such software writes what we read; compared without white space."""


class Reported(Struct, frozen=True, kw_only=True):
    """One line of the table."""

    row: int
    site: str = ""
    page: str = ""
    target: str = ""
    problem: str
    advice: str = ""
    unit: str = ""
    found_at: str = ""


def read_file(path: Path) -> list[Reported]:
    """An xlsx, xls or csv file; of a workbook the first sheet that fits.

    Raises `SourceError`."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError(f"{path.name} 超过 {_MOST_BYTES >> 20} MB，请分成几份导入。")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"读不了 {path.name}：{error.strerror}。") from None
    return read_bytes(data, path.name)


def read_bytes(data: bytes, name: str) -> list[Reported]:
    """The same of a file that was sent. Raises `SourceError`."""
    if not name.lower().endswith((".xlsx", ".xls", ".csv", ".txt")):
        raise SourceError(f"{name} 应为 xlsx、xls 或 csv 文件。")
    if name.lower().endswith((".csv", ".txt")):
        return read_rows(list(csv.reader(io.StringIO(decode(data)))), name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names]
    except CalamineError as error:
        raise SourceError(f"{name} 不是能读的表格文件：{error}。") from None
    problem: SourceError | None = None
    for sheet in sheets:
        try:
            return read_rows([[str(cell) for cell in row] for row in sheet], name)
        except SourceError as error:
            problem = problem or error
    raise problem or SourceError(f"{name} 里没有工作表。")


def read_rows(rows: list[list[str]], name: str) -> list[Reported]:
    """`rows` of a sheet or a csv file, heads among the first. Raises `SourceError`."""
    for at, row in enumerate(rows[:20]):
        places = _places(row)
        if "problem" in places and ("page" in places or "site" in places):
            return list(_lines(rows[at + 1 :], places, at + 2))
    known = "、".join(COLUMNS["problem"])
    found = "、".join(rows[0][:12]) if rows else "空表"
    raise SourceError(
        f"{name} 里没有找到表头：应有“{known}”之一和网址（或网站名称）一列，"
        f"实际的第一行是：{found}。"
    )


def _places(row: list[str]) -> dict[str, int]:
    heads = {"".join(cell.split()): at for at, cell in reversed(list(enumerate(row)))}
    return {
        name: heads[word]
        for name, words in COLUMNS.items()
        for word in words[::-1]
        if word in heads
    }


def _lines(rows: list[list[str]], places: Mapping[str, int], first: int) -> list[Reported]:
    found = []
    for number, row in enumerate(rows, first):
        cells = {
            name: row[at].strip()
            for name, at in places.items()
            if at < len(row) and row[at].strip()
        }
        if "problem" in cells:
            found.append(msgspec.convert({"row": number, **cells}, Reported))
    return found
