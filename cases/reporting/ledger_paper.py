"""The ledger for Word: cover lines, summary tables, the list or its most important parts.

A long list is no use on paper: above a number of lines that config/ledger.toml sets, the
paper holds the summary, what is late and what is of high risk, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from cases.reporting.balance import Balance, Group
from cases.reporting.columns import Cell, Column, plain
from cases.reporting.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Table,
    TableCell,
    Tone,
    cells,
)
from cases.reporting.history import END_WORDS
from cases.reporting.ledger_table import LedgerTable
from cases.reporting.lines import Line, Verdict, judged
from cases.reporting.summary import Summary
from cases.words.numbers import percent

_LATE = (Verdict.LATE, Verdict.OVERDUE)
_MOST_GROUPS = 20


class _List:
    """Rows kept for the paper, up to a number; counts the others."""

    def __init__(self, most: int) -> None:
        self.rows: list[tuple[TableCell, ...]] = []
        self.total = 0
        self._most = most

    def add(self, row: tuple[TableCell, ...]) -> None:
        self.total += 1
        if len(self.rows) < self._most:
            self.rows.append(row)


class LedgerPaper:
    """Takes the lines one by one and keeps no more of them than will be printed."""

    def __init__(
        self,
        table: LedgerTable,
        head: tuple[str, ...],
        changes: Sequence[tuple[str, str, str, str]] = (),
    ) -> None:
        """`changes`: 编号, 栏目, 原, 现 of what this edition corrects in the last one."""
        self._table = table
        self._changes = changes
        self._head = head
        self._places = [table.columns.index(column) for column in table.word_columns]
        self._all = _List(table.word_most_rows + 1)
        self._late = _List(table.word_most_listed)
        self._risky = _List(table.word_most_listed)

    def add(self, line: Line, values: Sequence[Cell], *, high_risk: bool) -> None:
        verdict = judged(line)
        row = tuple(
            _cell(column, values[place])
            for column, place in zip(self._table.word_columns, self._places, strict=True)
        )
        self._all.add(row)
        if verdict in _LATE:
            self._late.add(row)
        if high_risk:
            self._risky.add(row)

    @property
    def kept(self) -> int:
        """Rows held in memory."""
        return sum(len(each.rows) for each in (self._all, self._late, self._risky))

    def document(self, balance: Balance, summary: Summary) -> Document:
        blocks: list[Block] = []
        if balance.empty:
            blocks.append(Paragraph("零报告：本时段没有新收、结转或重新办理的政务舆情回应事项。"))
        blocks += self._numbers(balance, summary)
        if self._all.total and self._all.total <= self._table.word_most_rows:
            blocks += self._listed("三、事项清单", self._all)
        elif self._all.total:
            blocks.append(Heading("三、重点清单"))
            blocks.append(
                Paragraph(
                    f"本时段共 {self._all.total} 件，超过 {self._table.word_most_rows} 件，"
                    "Word 只列逾期和高风险事项；全部事项见 Excel 台账。"
                )
            )
            blocks += self._listed("（一）逾期事项", self._late)
            blocks += self._listed("（二）高风险事项", self._risky)
        last = "四、" if self._all.total else "三、"
        if self._changes:
            blocks += self._corrected(f"{last}修订说明")
            last = "五、" if self._all.total else "四、"
        blocks += proof(balance, f"{last}守恒核对")
        return Document(
            title=self._table.title,
            head=tuple(filter(None, (self._table.office, *self._head))),
            blocks=tuple(blocks),
            wide=True,
            footer=self._table.title,
        )

    def _numbers(self, balance: Balance, summary: Summary) -> list[Block]:
        total = balance.sums.entered
        blocks: list[Block] = [Heading("一、收支"), Paragraph(f"{balance.equation}。")]
        if balance.ways:
            ways = "，".join(f"{END_WORDS[end]} {n} 件" for end, n in balance.ways)
            blocks.append(Paragraph(f"办结方式：{ways}。"))
        blocks += [Paragraph(note, small=True) for note in balance.notes()]
        blocks.append(Heading("二、按时和分布"))
        if not total:
            blocks.append(Paragraph("无。"))
            return blocks
        blocks.append(
            Table(
                headers=("是否按时", "件数", "占比"),
                widths=(3, 2, 2),
                numbers=(1, 2),
                rows=tuple(
                    cells(
                        TableCell(v.value, Tone.LATE if v in _LATE else Tone.PLAIN),
                        summary.verdicts[v],
                        percent(summary.verdicts[v], total),
                    )
                    for v in Verdict
                    if summary.verdicts[v]
                ),
                caption="是否按时",
            )
        )
        for word, groups in (
            ("来源渠道", balance.by_channel),
            ("事项分类", balance.by_topic),
            ("责任单位", balance.by_unit),
        ):
            blocks += _groups(word, groups)
        return blocks

    def _corrected(self, heading: str) -> list[Block]:
        most = self._table.word_most_listed
        said = f"与上一版相比，有 {len(self._changes)} 处不同"
        more = f"，此处列前 {most} 处，全部见 Excel 台账" if len(self._changes) > most else ""
        return [
            Heading(heading),
            Paragraph(f"{said}{more}。"),
            Table(
                headers=("编号", "栏目", "原", "现"),
                widths=(3, 2, 6, 6),
                rows=tuple(cells(*change) for change in self._changes[:most]),
            ),
        ]

    def _listed(self, heading: str, listed: _List) -> list[Block]:
        blocks: list[Block] = [Heading(heading)]
        if not listed.rows:
            return [*blocks, Paragraph("无。")]
        blocks.append(
            Table(
                headers=tuple(column.header for column in self._table.word_columns),
                widths=tuple(max(column.width, 6) for column in self._table.word_columns),
                rows=tuple(listed.rows),
            )
        )
        if listed.total > len(listed.rows):
            blocks.append(
                Paragraph(
                    f"共 {listed.total} 件，此处列前 {len(listed.rows)} 件，其余见 Excel 台账。",
                    small=True,
                )
            )
        return blocks


def _groups(word: str, groups: tuple[Group, ...]) -> list[Block]:
    rows = tuple(
        cells(
            group.name,
            group.sums.carried,
            group.sums.new,
            group.sums.reopened,
            group.sums.ended,
            group.sums.closing,
            group.sums.entered,
        )
        for group in groups[:_MOST_GROUPS]
    )
    table = Table(
        headers=(word, "上期结转", "新收", "重新办理", "办结", "结存", "在账合计"),
        widths=(4, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5),
        numbers=(1, 2, 3, 4, 5, 6),
        rows=rows,
        caption=f"按{word}",
    )
    if len(groups) <= _MOST_GROUPS:
        return [table]
    return [
        table,
        Paragraph(f"共 {len(groups)} 个，此处列前 {_MOST_GROUPS} 个。", small=True),
    ]


def _cell(column: Column, value: Cell) -> TableCell:
    text = plain(value)
    late = column.key == "on_time" and text.startswith("逾期")
    return TableCell(text, Tone.LATE if late else Tone.PLAIN)


def proof(balance: Balance, heading: str) -> list[Block]:
    """守恒核对 as a table."""
    return [
        Heading(heading),
        Table(
            headers=("核对", "一方", "另一方", "结论"),
            widths=(6, 5, 2.5, 1.5),
            rows=tuple(
                cells(
                    check.name,
                    check.left,
                    check.right,
                    TableCell("平衡")
                    if check.holds
                    else TableCell(f"不平衡：{'、'.join(check.case_ids)}", Tone.LATE),
                )
                for check in balance.checks
            ),
        ),
    ]
