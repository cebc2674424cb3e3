"""The ledger as a workbook: a summary with charts, the list, what is late, the proof.

The rows of the lists go straight to disk (`xlsx_rows`), so 100,000 cases need no more
memory than ten. Text is always written as text: no cell is taken for a formula or a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter

from cases.reporting.balance import Balance
from cases.reporting.columns import Cell, Column, Form
from cases.reporting.lines import Line, Verdict, days_late, judged
from cases.reporting.summary import Summary
from sinks.reports.base import Head, TooManyRows
from sinks.reports.texts import cell
from sinks.reports.xlsx_rows import Filled, RowFile, SortedRowFile, column_name, pack
from sinks.reports.xlsx_summary import write_changes, write_proof, write_summary

MOST_CHARS: Final = 32_767
"""Excel's limit for a cell, counted in UTF-16 units."""
CUT_MARK: Final = "…（超出单元格长度，已截断，全文见 jsonl）"
MOST_ROWS: Final = 1_048_576 - 3

FONT: Final = "宋体"
_HEADER_ROW: Final = 2
_A3: Final = 8
_A4: Final = 9
_READABLE: Final = 260
"""Half-width characters in a line of A3 across that can still be read."""
_LINE: Final = 13.5
"""Points that a line of text takes."""
_MOST_LINES: Final = 29
"""Excel allows a row 409 points."""
_LATE_FILL, _LATE_INK = "#F8D7DA", "#8B1A1A"
_SOON_FILL, _SOON_INK = "#FFF3CD", "#7A5B00"


class LedgerWorkbook:
    """Implements `LedgerWriter`."""

    def __init__(self, path: Path, head: Head) -> None:
        self._head = head
        # Beside the file: the system's own folder may be too small for a large ledger.
        self._scratch = TemporaryDirectory(dir=path.parent, prefix=".rows-")
        self._path, self._raw = path, Path(self._scratch.name, "book.xlsx")
        self._book = xlsxwriter.Workbook(
            str(self._raw),
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties(
            {
                "title": f"{head.table.title}（{head.period.short}）",
                "author": head.table.office,
                # Of the contents, not of the writing: the same ledger is the same file.
                "created": head.at.replace(tzinfo=None),
            }
        )
        self._book.set_size(28_000, 16_000)
        self._summary = self._book.add_worksheet("汇总")
        self._list = _Sheet(self._book, "台账", head, head.table.columns, self._raw)
        self._late = _Sheet(
            self._book, "逾期清单", head, head.table.word_columns, self._raw, in_order=True
        )
        self._days = 0
        at = {column.key: place for place, column in enumerate(head.table.columns)}
        self._of_late = [at[column.key] for column in head.table.word_columns]
        if head.changes:
            write_changes(self._book, self._book.add_worksheet("修订说明"), head)
        self._proof = self._book.add_worksheet("守恒核对")

    def row(self, line: Line, values: Sequence[Cell]) -> None:
        self._list.row(values)
        verdict = judged(line)
        if verdict in (Verdict.LATE, Verdict.OVERDUE):
            days = days_late(line.case.round, line.at, verdict) or 0
            # What still waits comes first, the longest overdue before all.
            order = (int(verdict is Verdict.LATE), -days)
            self._late.row([values[place] for place in self._of_late], order)
            self._days += days

    def finish(self, balance: Balance, summary: Summary) -> None:
        head = self._head
        write_summary(self._book, self._summary, head, balance, summary)
        self._list.finish("本时段没有需要登记的事项（零报告）。")
        self._late.finish("本时段没有逾期事项。", f"合计逾期 {self._days} 天")
        write_proof(self._book, self._proof, head, balance)
        self._summary.activate()
        self._book.close()
        pack(self._raw, self._path, dict(each.filled() for each in (self._list, self._late)))

    def close(self) -> None:
        for sheet in (self._list, self._late):
            sheet.rows.close()
        self._scratch.cleanup()


class _Sheet:
    """One list with its head, filters, colours and print set-up."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        name: str,
        head: Head,
        columns: tuple[Column, ...],
        beside: Path,
        *,
        in_order: bool = False,
    ) -> None:
        """`in_order`: rows come with a key and are sorted by it; such a list is short of
        columns and printed on A4."""
        self._book = book
        self._name = name
        self._in_order = in_order
        self._sheet = sheet = book.add_worksheet(name)
        self._columns = columns
        self._next = _HEADER_ROW + 1
        formats = {form: book.add_format(_look(form)) for form in Form}
        # XlsxWriter numbers a format when it is first used; these are used in `RowFile` only.
        styles = {form: look._get_xf_index() for form, look in formats.items()}  # noqa: SLF001
        self._part = f"xl/worksheets/sheet{sheet.index + 1}.xml"
        kind = SortedRowFile if in_order else RowFile
        self.rows = kind(
            beside.with_name(f"{sheet.index}.xml"), [styles[column.form] for column in columns]
        )
        self._wrapped = [
            (number, column.width - 1)
            for number, column in enumerate(columns)
            if column.form in (Form.LONG, Form.TEXT)
        ]
        last = len(columns) - 1
        title = book.add_format(
            {"font_name": "黑体", "font_size": 16, "align": "left", "valign": "vcenter"}
        )
        under = book.add_format({"font_name": FONT, "font_size": 10, "valign": "vcenter"})
        header = book.add_format(
            {
                "font_name": "黑体",
                "font_size": 10,
                "bold": True,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "border": 1,
                "border_color": "#7F7F7F",
                "bg_color": "#E7EEF6",
            }
        )
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        # The title stands in one cell and runs over its neighbours: a merged head would
        # hide part of itself as soon as the columns are frozen or filtered.
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, f"{head.table.title}·{name}", title)
        sheet.set_row(1, 18)
        sheet.write_string(1, 0, cell("　".join(head.lines)), under)
        sheet.set_row(_HEADER_ROW, 32)
        for number, column in enumerate(columns):
            sheet.write_string(_HEADER_ROW, number, column.header, header)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
        print_setup(sheet, head, name, paper=_A4 if in_order else _A3)
        sheet.repeat_rows(_HEADER_ROW)
        self._areas = [(0, last)] if in_order else _themes([c.width for c in columns])
        if len(self._areas) > 1:
            sheet.repeat_columns(0)

    def row(self, values: Sequence[Cell], order: tuple[int, ...] = ()) -> None:
        if self._next > MOST_ROWS + _HEADER_ROW:
            raise TooManyRows(
                f"事项超过 Excel 一张表的 {MOST_ROWS} 行，请缩短时段，或导出为 csv、jsonl。"
            )
        fitted = [fitting(value) if isinstance(value, str) else value for value in values]
        self._next += 1
        height = _LINE * self._lines(fitted)
        if isinstance(self.rows, SortedRowFile):
            self.rows.wait(order, fitted, height)
        else:
            self.rows.add(self._next, fitted, height)

    def filled(self) -> tuple[str, Filled]:
        """The part of the workbook that is this sheet, and what goes into it."""
        self.rows.close()
        last = column_name(len(self._columns) - 1)
        bottom = max(self._next, _HEADER_ROW + 2)
        return self._part, Filled(self.rows.path, f"A1:{last}{bottom}")

    def _lines(self, values: Sequence[Cell]) -> int:
        """How many lines the highest cell of a row takes. Not every program works that
        out when it opens a file, and what is not said then is cut off."""
        most = 1
        for number, room in self._wrapped:
            text = values[number]
            if isinstance(text, str) and (len(text) * 2 > room * most or "\n" in text):
                most = max(most, sum(_lines(part, room) for part in text.split("\n")))
        return min(most, _MOST_LINES)

    def finish(self, when_empty: str, totals: str = "") -> None:
        sheet, last = self._sheet, len(self._columns) - 1
        if self._next == _HEADER_ROW + 1:
            sheet.write_string(
                self._next, 0, when_empty, self._book.add_format({"font_name": FONT})
            )
            self._print(self._next)
            return
        if isinstance(self.rows, SortedRowFile):
            self.rows.settle(_HEADER_ROW + 2)
        bottom = self._next - 1
        count = f"合计 {bottom - _HEADER_ROW} 件"
        self.rows.add(
            bottom + 2, ["，".join(filter(None, (count, totals))), *[None] * last], _LINE * 1.5
        )
        self._next += 1
        sheet.autofilter(_HEADER_ROW, 0, bottom, last)
        self._print(bottom + 1)
        self._colour(bottom)

    def _print(self, bottom: int) -> None:
        """One print area a theme; the first column is repeated on each."""
        ranges = ",".join(
            f"'{self._name}'!${column_name(a)}$1:${column_name(b)}${bottom + 1}"
            for a, b in self._areas
        )
        self._book.define_name(f"'{self._name}'!_xlnm.Print_Area", f"={ranges}")

    def _colour(self, bottom: int) -> None:
        """The word in the cell says it; the colour only helps to find it."""
        lines = {"border": 1, "border_color": "#BFBFBF"}
        grid = self._book.add_format(lines)
        late = self._book.add_format({**lines, "bg_color": _LATE_FILL, "font_color": _LATE_INK})
        soon = self._book.add_format({**lines, "bg_color": _SOON_FILL, "font_color": _SOON_INK})
        top = _HEADER_ROW + 1
        for number, column in enumerate(self._columns):
            for text, look in _COLOURED.get(column.key, ()):
                self._sheet.conditional_format(
                    top,
                    number,
                    bottom,
                    number,
                    {
                        "type": "text",
                        "criteria": "begins with",
                        "value": text,
                        "format": late if look == "late" else soon,
                    },
                )
            if column.key == "overdue_days":
                self._sheet.conditional_format(
                    top,
                    number,
                    bottom,
                    number,
                    {"type": "cell", "criteria": ">", "value": 0, "format": late},
                )
        self._sheet.conditional_format(
            top,
            0,
            bottom,
            len(self._columns) - 1,
            {"type": "formula", "criteria": "=TRUE", "format": grid},
        )


def _themes(widths: Sequence[float]) -> list[tuple[int, int]]:
    """The columns cut into as few neighbouring groups as can be read on A3, of about the same
    width; the first column stands before each."""
    number = max(1, ceil(sum(widths) / _READABLE))
    room = sum(widths) / number
    found: list[tuple[int, int]] = []
    first, taken = 0, 0.0
    for column, width in enumerate(widths):
        if taken and taken + width / 2 > room and len(found) < number - 1:
            found.append((first, column - 1))
            first, taken = column, 0.0
        taken += width
    return [*found, (first, len(widths) - 1)]


_COLOURED: Final = {
    "on_time": (("逾期", "late"), (Verdict.NO_TIME.value, "soon")),
    "satisfied": (("不满意", "late"),),
    "resolved": (("否", "late"),),
    "promise_kept": (("未兑现", "late"), ("到期待核查", "soon")),
    "provisional": (("暂定", "soon"),),
    "risk": (("紧急", "late"),),
}


def _lines(text: str, room: float) -> int:
    """Lines that a text takes in a cell `room` half-width characters wide."""
    # In GBK a Chinese character has two bytes and the width of two Latin ones.
    return max(1, ceil(len(text.encode("gbk", "replace")) / room))


def _look(form: Form) -> dict[str, object]:
    look: dict[str, object] = {
        "font_name": FONT,
        "font_size": 10,
        "valign": "top",
        "text_wrap": form in (Form.LONG, Form.TEXT),
    }
    match form:
        case Form.MOMENT:
            look |= {"num_format": "yy-mm-dd hh:mm", "align": "center"}
        case Form.DAY:
            look |= {"num_format": "yyyy-mm-dd", "align": "center"}
        case Form.NUMBER:
            look |= {"num_format": "0", "align": "right"}
        case Form.LONG:
            look |= {"align": "left"}
        case _:
            look |= {"align": "center"}
    return look


def print_setup(sheet: Any, head: Head, name: str, *, paper: int) -> None:
    """Across, one page wide, numbered pages."""
    sheet.set_paper(paper)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    office = head.table.office.replace("&", "&&")
    sheet.set_header(f"&L{office}&R{head.period.short} {name}")
    sheet.set_footer("&C第 &P 页，共 &N 页")


def fitting(text: str) -> str:
    """The text as a cell can hold it, cut with a mark where it is too long."""
    text = cell(text)
    if len(text) * 2 <= MOST_CHARS or _units(text) <= MOST_CHARS:
        return text
    room = MOST_CHARS - _units(CUT_MARK)
    cut = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
    return cut + CUT_MARK


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
