"""The first and the last sheet of the ledger's workbook: summary with charts, and proof."""

from __future__ import annotations

from typing import Any, Final

from cases.reporting.balance import Balance, Group
from cases.reporting.history import END_WORDS
from cases.reporting.lines import Verdict
from cases.reporting.summary import Summary
from sinks.reports.base import Head
from sinks.reports.texts import cell

_A4: Final = 9
_FONT: Final = "宋体"
_MOST_CHARTED: Final = 10
_ONE_PAGE: Final = 75
"""Rows of the summary that still can be read on one page."""
_BLUE, _GREEN, _AMBER, _RED, _GREY = "#2F6DB5", "#3B8A5A", "#C98A00", "#B3362F", "#8A8F98"
_VERDICT_COLOURS: Final = {
    Verdict.ON_TIME: _GREEN,
    Verdict.LATE: _AMBER,
    Verdict.OVERDUE: _RED,
    Verdict.RUNNING: _BLUE,
    Verdict.PAUSED: "#6BA3C9",
    Verdict.NO_TIME: _GREY,
    Verdict.NOT_COUNTED: "#C3C7CC",
}


class _Looks:
    def __init__(self, book: Any) -> None:
        base = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
        grid = {**base, "border": 1, "border_color": "#BFBFBF"}
        self.title = book.add_format({**base, "font_name": "黑体", "font_size": 18})
        self.text = book.add_format({**base, "text_wrap": True})
        self.plain = book.add_format(base)
        self.big = book.add_format({**base, "font_size": 13, "bold": True})
        self.section = book.add_format({**base, "font_name": "黑体", "font_size": 12})
        self.head = book.add_format(
            {
                **grid,
                "font_name": "黑体",
                "bg_color": "#E7EEF6",
                "align": "center",
                "text_wrap": True,
            }
        )
        self.name = book.add_format({**grid, "text_wrap": True})
        self.number = book.add_format({**grid, "num_format": "#,##0", "align": "right"})
        self.percent = book.add_format({**grid, "num_format": "0.0%", "align": "right"})
        self.centre = book.add_format({**grid, "align": "center"})
        self.bad = book.add_format(
            {**grid, "align": "center", "bg_color": "#F8D7DA", "font_color": "#8B1A1A"}
        )


class _Writer:
    """Writes downwards."""

    def __init__(self, sheet: Any, looks: _Looks) -> None:
        self.sheet = sheet
        self.looks = looks
        self.row = 0

    def line(self, text: str, look: Any = None, *, height: float = 20) -> None:
        self.sheet.set_row(self.row, height)
        self.sheet.write_string(self.row, 0, cell(text), look or self.looks.plain)
        self.row += 1

    def table(self, headers: tuple[str, ...], rows: list[tuple[str | int | float, ...]]) -> int:
        """Gives the row of the first line of values."""
        for number, header in enumerate(headers):
            self.sheet.write_string(self.row, number, header, self.looks.head)
        self.row += 1
        top = self.row
        for row in rows:
            for number, value in enumerate(row):
                if isinstance(value, str):
                    look = self.looks.name if number == 0 else self.looks.centre
                    self.sheet.write_string(self.row, number, cell(value), look)
                else:
                    look = self.looks.percent if isinstance(value, float) else self.looks.number
                    self.sheet.write_number(self.row, number, value, look)
            self.row += 1
        return top

    def gap(self) -> None:
        self.row += 1


def write_summary(book: Any, sheet: Any, head: Head, balance: Balance, summary: Summary) -> None:
    looks = _Looks(book)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 6, 11)
    sheet.set_column(7, 7, 3)
    sheet.set_column(8, 20, 9)
    out = _Writer(sheet, looks)
    out.line(f"{head.table.title}汇总", looks.title, height=30)
    for line in head.lines:
        out.line(line)
    if balance.empty:
        out.line("零报告：本时段没有需要登记的政务舆情回应事项。", looks.big, height=28)
    out.line(balance.equation, looks.big, height=28)
    out.line(
        "守恒核对：平衡" if balance.holds else "守恒核对：不平衡，见“守恒核对”页",
        looks.plain if balance.holds else looks.bad,
    )
    for note in balance.notes():
        out.line(f"· {note}")
    if balance.sums.entered:
        _tables(book, sheet, out, balance, summary)
    sheet.set_paper(_A4 - 1)
    sheet.set_landscape()
    # On one page as long as that can be read; a few rows over are not worth a second one.
    sheet.fit_to_pages(1, 1 if out.row <= _ONE_PAGE else 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _tables(book: Any, sheet: Any, out: _Writer, balance: Balance, summary: Summary) -> None:
    """Of nothing there are none."""
    looks = out.looks
    out.gap()
    charts = out.row
    out.line("一、按时情况", looks.section)
    total = balance.sums.entered
    shown = [(v, summary.verdicts[v]) for v in Verdict if summary.verdicts[v]]
    top = out.table(
        ("是否按时", "件数", "占比"),
        [
            *((v.value, n, n / total) for v, n in shown),
            *([("合计", total, 1.0)] if shown else []),
        ],
    )
    if shown:
        _verdict_chart(book, sheet, top, shown, (charts, 8))
    out.line(
        f"逾期未答复的合计已逾期 {summary.overdue_days} 天；高风险事项 {summary.high_risk} 件；"
        f"退回 {summary.returns} 次；办理时限暂定的 {summary.provisional} 件。"
    )
    if balance.ways:
        out.line(
            "办结方式：" + "，".join(f"{END_WORDS[end]} {n} 件" for end, n in balance.ways) + "。"
        )
    chart_row = charts + 13
    for number, (word, groups) in enumerate(
        (
            ("来源渠道", balance.by_channel),
            ("事项分类", balance.by_topic),
            ("责任单位", balance.by_unit),
        )
    ):
        out.gap()
        out.line(f"{'二三四'[number]}、按{word}", looks.section)
        first = out.table(
            (word, "上期结转", "新收", "重新办理", "办结", "结存", "在账合计"),
            [
                *(_sums(group) for group in groups),
                *([_sums(Group(key="", name="合计", sums=balance.sums))] if groups else []),
            ],
        )
        if groups:
            _group_chart(book, sheet, first, len(groups), word, (chart_row, 8))
            chart_row += 13


def _sums(group: Group) -> tuple[str | int, ...]:
    s = group.sums
    return (group.name, s.carried, s.new, s.reopened, s.ended, s.closing, s.entered)


def _verdict_chart(
    book: Any,
    sheet: Any,
    top: int,
    shown: list[tuple[Verdict, int]],
    place: tuple[int, int],
) -> None:
    chart = book.add_chart({"type": "doughnut"})
    bottom = top + len(shown) - 1
    chart.add_series(
        {
            "name": "是否按时",
            "categories": ["汇总", top, 0, bottom, 0],
            "values": ["汇总", top, 1, bottom, 1],
            "points": [{"fill": {"color": _VERDICT_COLOURS[v]}} for v, _ in shown],
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": "是否按时（件）", "name_font": {"size": 12}})
    chart.set_hole_size(55)
    chart.set_size({"width": 620, "height": 240})
    sheet.insert_chart(*place, chart, {"object_position": 2})


def _group_chart(
    book: Any, sheet: Any, top: int, count: int, word: str, place: tuple[int, int]
) -> None:
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    bottom = top + min(count, _MOST_CHARTED) - 1
    for name, column, colour in (("办结", 4, _GREEN), ("结存", 5, _AMBER)):
        chart.add_series(
            {
                "name": name,
                "categories": ["汇总", top, 0, bottom, 0],
                "values": ["汇总", top, column, bottom, column],
                "fill": {"color": colour},
            }
        )
    more = f"（前 {_MOST_CHARTED} 个）" if count > _MOST_CHARTED else ""
    chart.set_title({"name": f"按{word}：办结与结存（件）{more}", "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": {"size": 8}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": 240})
    sheet.insert_chart(*place, chart, {"object_position": 2})


def write_proof(book: Any, sheet: Any, head: Head, balance: Balance) -> None:
    looks = _Looks(book)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 2, 18)
    sheet.set_column(3, 3, 10)
    sheet.set_column(4, 4, 60)
    out = _Writer(sheet, looks)
    out.line("守恒核对", looks.title, height=30)
    out.line(head.period.name)
    out.line("每件事项在本时段只有一种来由、一种去向；同一数字用不同的办法各算一遍。")
    for number, header in enumerate(("核对", "一方", "另一方", "结论", "不符的编号")):
        sheet.write_string(out.row, number, header, looks.head)
    out.row += 1
    for check in balance.checks:
        sheet.set_row(out.row, 30)
        sheet.write_string(out.row, 0, check.name, looks.name)
        sheet.write_string(out.row, 1, check.left, looks.name)
        sheet.write_string(out.row, 2, check.right, looks.name)
        sheet.write_string(
            out.row,
            3,
            "平衡" if check.holds else "不平衡",
            looks.centre if check.holds else looks.bad,
        )
        sheet.write_string(out.row, 4, cell("、".join(check.case_ids)), looks.name)
        out.row += 1
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def write_changes(book: Any, sheet: Any, head: Head) -> None:
    """What this edition corrects in the one before."""
    looks = _Looks(book)
    for number, width in enumerate((20, 14, 60, 60)):
        sheet.set_column(number, number, width)
    out = _Writer(sheet, looks)
    out.line(f"修订说明（{head.number}）", looks.title, height=30)
    out.line(f"与上一版相比，有 {len(head.changes)} 处不同。")
    sheet.freeze_panes(out.row + 1, 0)
    sheet.repeat_rows(out.row)
    for number, header in enumerate(("编号", "栏目", "原", "现")):
        sheet.write_string(out.row, number, header, looks.head)
    for change in head.changes:
        out.row += 1
        for number, text in enumerate((change.case_id, change.field, change.before, change.after)):
            sheet.write_string(out.row, number, cell(text), looks.name)
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
