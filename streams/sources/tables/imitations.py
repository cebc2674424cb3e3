"""Files that are named like a workbook and are none of Excel's own two formats.

Systems write an HTML table, a web archive, XML of 2003 or a workbook of the nineties and
call it ".xls". What can be read is read; what can not is refused by its true name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables import true_names
from streams.sources.tables.biff import NAMES, BadBiff, read_biff, version_of
from streams.sources.tables.compound import BadContainer, Container
from streams.sources.tables.grid import Grid, Limits, Row
from streams.sources.tables.html_tables import (
    HtmlTable,
    decoded,
    html_tables,
    page_title,
    pages_of_mhtml,
)
from streams.sources.tables.merged import Span
from streams.sources.tables.spreadsheetml import BadXml, xml_sheets

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML: Final = re.compile(
    rb"<(?:!doctype|html|head|meta|body|table|thead|tbody|tr|td|th|div|style|center|font|span|p|br|h[1-6]|b"
    rb"|title|link|script|form|!--)[\s>/\-]",
)
_MIME: Final = re.compile(
    rb"(?:mime-version|content-type|from|x-[a-z-]+|subject|date|message-id)\s*:"
)
_BOMS: Final = b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"


class Imitation(Struct, frozen=True):
    """An opened file of these kinds."""

    grids: Iterator[Grid]
    total: int
    """Rows in all."""
    codec: str = "utf-8"


class _Sheet(Struct, frozen=True):
    name: str
    rows: Iterator[Row]
    height: int
    spans: list[Span] = []


def open_imitation(file: BinaryIO, head: bytes, name: str, limits: Limits) -> Imitation | None:
    """The file's tables; None for one that is of another kind. Raises `SourceError`."""
    if head.startswith(OLE):
        return _open_container(file, name, limits)
    if (version := version_of(head)) is not None:
        return _biff(_whole(file, name, limits), name, version)
    start = head.replace(b"\x00", b"").lstrip(_BOMS)[:1000].lower()
    if _MIME.match(start) and b"multipart/" in head.lower():
        return _mhtml(_whole(file, name, limits), name)
    if start.startswith((b"<?xml", b"<?mso", b"<workbook", b"<ss:workbook")):
        return _xml(decoded(_whole(file, name, limits), name), name)
    if _HTML.match(start):
        return _html(decoded(_whole(file, name, limits), name), name)
    return None


def _whole(file: BinaryIO, name: str, limits: Limits) -> bytes:
    size = os.fstat(file.fileno()).st_size
    if size > limits.max_xls_mb << 20:
        raise SourceError(
            f"文件 {name}：{size / (1 << 20):.1f} MB，这种格式上限 {limits.max_xls_mb} MB。"
            "请导出为 .xlsx 或 CSV，或在来源配置的 limits 里调高 max_xls_mb"
        )
    file.seek(0)
    return file.read()


def _opened(sheets: list[_Sheet], *, epoch1904: bool = False) -> Imitation:
    done = 0

    def counted(sheet: _Sheet) -> Iterator[Row]:
        nonlocal done
        for row in sheet.rows:
            done += 1
            yield row

    grids = (
        Grid(
            sheet=sheet.name,
            rows=counted(sheet),
            done=lambda: done,
            epoch1904=epoch1904,
            merged=sheet.spans,
        )
        for sheet in sheets
    )
    return Imitation(grids, sum(sheet.height for sheet in sheets))


# -- old Excel ----------------------------------------------------------------------


def _open_container(file: BinaryIO, name: str, limits: Limits) -> Imitation | None:
    """Excel 95 in its container; None for what calamine reads, or fails to."""
    try:
        container = Container(_whole(file, name, limits))
        if "Workbook" in container.streams or "EncryptedPackage" in container.streams:
            return None
        if "Book" in container.streams:
            data = container.stream("Book")
            if (version := version_of(data)) == 8:
                return None
            return _biff(data, name, version or 5)
    except BadContainer:
        return None
    if (kind := true_names.of_container(container.streams)) is not None:
        raise SourceError(
            f"文件 {name}：应为表格，实际是{kind}（只是名字像 Excel）。"
            "请从来源系统导出表格后重新导入"
        )
    return None


def _biff(data: bytes, name: str, version: int) -> Imitation:
    if version == 8:
        raise SourceError(
            f"文件 {name}：是 Excel 97—2003 的工作表，却没有它应有的容器。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        )
    try:
        book = read_biff(data)
    except BadBiff as error:
        kind = NAMES.get(version, "旧版 Excel")
        if error.password:
            raise SourceError(
                f"文件 {name}：是有密码保护的 {kind} 工作簿。请去掉密码另存后重新导入"
            ) from error
        raise SourceError(
            f"文件 {name}：是 {kind} 工作簿，已损坏（{error}）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        ) from error
    sheets = [_Sheet(sheet.name, sheet.rows(), len(sheet.cells)) for sheet in book.sheets]
    return _opened(sheets, epoch1904=book.epoch1904)


# -- pages and XML ------------------------------------------------------------------


def _html(page: str, name: str) -> Imitation:
    tables = html_tables(page)
    if not tables:
        title = page_title(page)
        shown = f"（标题“{title}”）" if title else ""
        raise SourceError(
            f"文件 {name}：内容是网页{shown}，里面没有表格。"
            "多半是导出时登录已过期，请重新登录来源系统后再导出"
        )
    return _opened(_of_tables(tables))


def _of_tables(tables: list[HtmlTable]) -> list[_Sheet]:
    several = len(tables) > 1
    return [
        _Sheet(f"表格{n}" if several else "", iter(table.rows), len(table.rows), table.spans)
        for n, table in enumerate(tables, start=1)
    ]


def _mhtml(data: bytes, name: str) -> Imitation:
    tables = [table for page in pages_of_mhtml(data, name) for table in html_tables(page)]
    if not tables:
        raise SourceError(
            f"文件 {name}：内容是邮件或网页存档（MHTML），里面没有表格。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        )
    return _opened(_of_tables(tables))


def _xml(text: str, name: str) -> Imitation:
    root = true_names.xml_root(text)
    if root.lower() in ("html", "table", "div", "body"):
        return _html(text, name)
    if root != "Workbook":
        raise SourceError(
            f"文件 {name}：内容是 XML（根元素 {root or '看不出'}），不是表格。"
            "请从来源系统导出 Excel 或 CSV，或用 Excel、WPS 打开，另存为 .xlsx 后重新导入"
        )
    try:
        sheets = xml_sheets(text)
    except BadXml as error:
        raise SourceError(
            f"文件 {name}：是 Excel 2003 XML 表格，不能读取（{error}）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        ) from error
    if not sheets:
        raise SourceError(
            f"文件 {name}：是 Excel 2003 XML 表格，里面没有工作表。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        )
    found = [_Sheet(sheet.name, iter(sheet.rows), len(sheet.rows), sheet.spans) for sheet in sheets]
    return _opened(found)
