"""周反馈、月整改、季通报: the first page for leaders, and behind it, as annexes, which figures
and lists stand in which paper, in which order. The proof (守恒核对) is the last annex."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from cases.reporting.annex_cells import linked_cell
from cases.reporting.annex_lists import late_cases, matters, promises, ranking, talks, units
from cases.reporting.balance import Balance
from cases.reporting.comparison import compared
from cases.reporting.document import (
    Block,
    Chart,
    Document,
    Heading,
    Letter,
    PageBreak,
    Paragraph,
    Table,
    TableCell,
    cells,
)
from cases.reporting.event_lines import EventLine, event_blocks
from cases.reporting.figures import Figure, Figures, Trend
from cases.reporting.leader_page import BEFORE, leader_page
from cases.reporting.ledger_paper import proof
from cases.reporting.lists import Group
from cases.reporting.periods import Period, PeriodKind
from cases.reporting.rectification import RectificationItem, concerned, rectification_blocks
from cases.reporting.settings import PaperKind, ReportTable
from cases.words.times import day_in_words

_PERIOD_WORDS: Final = {
    PeriodKind.WEEK: "本周",
    PeriodKind.MONTH: "本月",
    PeriodKind.QUARTER: "本季度",
}
_BALANCE: Final = ("carried", "received", "reopened", "ended", "closing")
_HANDLING: Final = (
    "due", "on_time", "answered", "resolved", "satisfied", "overdue", "overdue_days", "returns",
)  # fmt: skip
_MEDIA: Final = ("media", "stories")
"""Where there were any in one of the periods."""
_PROMISES: Final = ("promises_due", "promises_kept", "promises_broken", "promises_unchecked")
_SHOWN: Final = {
    PaperKind.WEEKLY: (*_BALANCE, *_HANDLING, *_PROMISES),
    PaperKind.MONTHLY: (*_BALANCE, *_HANDLING, "pressed", "negative", *_PROMISES),
    PaperKind.QUARTERLY: (
        *_BALANCE, *_HANDLING, "pressed", "negative", "suggestions", *_PROMISES,
    ),
}  # fmt: skip
_YEAR_AGO: Final = {
    PaperKind.WEEKLY: "去年同周",
    PaperKind.MONTHLY: "去年同月",
    PaperKind.QUARTERLY: "去年同季",
}
_MOST_CHARTED: Final = 8


def paper(
    kind: PaperKind,
    figures: Figures,
    balance: Balance,
    table: ReportTable,
    *,
    office: str = "",
    items: Iterable[RectificationItem] = (),
    on: date | None = None,
    events: Iterable[EventLine] = (),
) -> Document:
    """The paper of a period. `items`: the register of 整改事项, all of it. `on`: its date; the
    day it is looked at from unless said. `events`: 突发舆情事件 that were open in the
    period. A period in which nothing was gives a paper that says so and nothing else."""
    writer = _Writer(kind, figures, balance, table, tuple(items), tuple(events))
    return Document(
        title=table.papers[kind],
        head=tuple(filter(None, (figures.period.name, writer.seen_from()))),
        blocks=tuple(writer.blocks()),
        footer=f"{table.papers[kind]}　{figures.period.short}",
        letter=letter_of(table, figures.period, office, on or figures.at.date()),
    )


def letter_of(table: ReportTable, period: Period, office: str, on: date) -> Letter:
    """Red head and foot of a paper of this period, dated `on`."""
    said = table.letterhead
    issue = f"{period.year}年第{period.number}期"
    return Letter(
        issuer=said.issuer or office,
        number=issue,
        issue=issue,
        signer=said.signer,
        to=said.to,
        seal=said.seal or said.issuer or office,
        on=day_in_words(on),
    )


class _Writer:
    def __init__(
        self,
        kind: PaperKind,
        figures: Figures,
        balance: Balance,
        table: ReportTable,
        items: tuple[RectificationItem, ...],
        events: tuple[EventLine, ...],
    ) -> None:
        self._kind = kind
        self._figures = figures
        self._balance = balance
        self._table = table
        self._items = items
        self._events = events
        self._most = table.lists.most_listed
        self._least = table.advice.comparison_at_least

    def seen_from(self) -> str:
        if self._figures.at < self._figures.period.end_at:
            return f"时段尚未结束，统计至 {self._figures.at:%Y-%m-%d %H:%M}"
        return ""

    def blocks(self) -> list[Block]:
        if self._nothing_was():
            word = _PERIOD_WORDS[self._figures.period.kind]
            return [Paragraph(f"零报告：{word}没有新收、结转或重新办理的事项。")]
        first = leader_page(self._kind, self._figures, self._balance, self._table)
        return [*first, PageBreak(), *self._annexes()]

    def _nothing_was(self) -> bool:
        concerns = concerned(self._items, self._figures.period)
        total = self._figures.total
        return self._balance.empty and not (
            total.promises_due or total.returns or concerns or self._events
        )

    def _annexes(self) -> list[Block]:
        parts: list[tuple[str, list[Block]]] = [("主要指标", self._numbers())]
        if self._kind is not PaperKind.WEEKLY:
            parts.append(("热点和共性问题", self._hotspots()))
        if self._kind is PaperKind.QUARTERLY:
            parts.append(("考核排名", ranking(self._figures)))
        parts.append(("逾期未答复事项", late_cases(self._figures, self._most)))
        parts.append(("承诺兑现", promises(self._figures, self._most)))
        items = rectification_blocks(
            "整改事项", self._items, self._figures.period, self._figures.at.date()
        )
        parts.append(("整改事项", items[1:]))
        if self._events:
            parts.append(("突发事件", list(event_blocks(self._events, self._most))))
        if self._kind is PaperKind.WEEKLY:
            parts.append(("热点和共性问题", self._hotspots()))
        else:
            parts.append(("各单位办理情况", units(self._figures, self._most)))
        if self._kind is PaperKind.QUARTERLY:
            parts.append(("约谈建议名单", talks(self._figures)))
        blocks: list[Block] = []
        for number, (name, block) in enumerate(parts, 1):
            blocks += [Heading(f"附件{number}　{name}"), *block]
        return [*blocks, PageBreak(), *proof(self._balance, f"附件{len(parts) + 1}　守恒核对")]

    # -- numbers -------------------------------------------------------------

    def _numbers(self) -> list[Block]:
        figures = self._figures
        blocks: list[Block] = []
        blocks.append(Paragraph(f"{self._balance.equation}。"))
        before, year_ago = BEFORE[self._kind], _YEAR_AGO[self._kind]
        blocks.append(
            Table(
                headers=("指标", "本期", before, "环比", year_ago, "同比"),
                widths=(3.8, 2.55, 2.55, 2.75, 2.55, 2.75),
                numbers=(1, 2, 3, 4, 5),
                rows=tuple(
                    self._figure_row(figure)
                    for figure in map(figures.figure, (*_SHOWN[self._kind], *_MEDIA))
                    if figure.key not in _MEDIA or _any(figure)
                ),
                caption="主要指标",
            )
        )
        blocks.append(
            Paragraph(
                "新收按受理时间、办结按首次答复时间、按时率和回应率按办理时限落在本期的计；"
                "解决率和满意率按本期回访计；逾期天数为自然日。",
                small=True,
            )
        )
        blocks += [Paragraph(note, small=True) for note in self._balance.notes()]
        if figures.channels:
            blocks.append(self._trends("来源渠道", figures.channels))
        if figures.topics:
            blocks.append(self._trends("事项分类", figures.topics))
        return [*blocks, *self._charts()]

    def _charts(self) -> list[Block]:
        """What is shown better than said; nothing is drawn of fewer than two bars."""
        before = BEFORE[self._kind]
        charts: list[Block] = [
            Chart(
                title=f"按{word}新收（件）",
                names=tuple(trend.name for trend in shown),
                series=(
                    ("本期", tuple(trend.now for trend in shown)),
                    (before, tuple(trend.previous or 0 for trend in shown)),
                ),
            )
            for word, trends in (
                ("来源渠道", self._figures.channels),
                ("事项分类", self._figures.topics),
            )
            if len(shown := [t for t in trends if t.now or t.previous][:_MOST_CHARTED]) > 1
        ]
        late = sorted(
            (line for line in self._figures.units if line.counts.overdue),
            key=lambda line: (-line.counts.overdue, line.name),
        )[:_MOST_CHARTED]
        if len(late) > 1:
            charts.append(
                Chart(
                    title="各单位期末逾期未答复（件）",
                    names=tuple(line.name for line in late),
                    series=(("逾期未答复", tuple(line.counts.overdue for line in late)),),
                )
            )
        return charts

    def _figure_row(self, figure: Figure) -> tuple[TableCell, ...]:
        unit = figure.unit if isinstance(figure.value, int) else ""
        return cells(
            f"{figure.name}（{unit}）" if unit else figure.name,
            linked_cell(figure.value, figure.hrefs.value),
            linked_cell(figure.previous, figure.hrefs.previous),
            compared(figure.value, figure.previous, self._least),
            linked_cell(figure.year_ago, figure.hrefs.year_ago),
            compared(figure.value, figure.year_ago, self._least),
        )

    def _trends(self, word: str, trends: tuple[Trend, ...], caption: str = "") -> Table:
        before, year_ago = BEFORE[self._kind], _YEAR_AGO[self._kind]
        return Table(
            headers=(word, "新收", before, year_ago),
            widths=(5, 2, 2, 2),
            numbers=(1, 2, 3),
            rows=(
                *(
                    cells(
                        trend.name,
                        linked_cell(trend.now, trend.hrefs.value),
                        linked_cell(trend.previous, trend.hrefs.previous),
                        linked_cell(trend.year_ago, trend.hrefs.year_ago),
                    )
                    for trend in trends[: self._most]
                ),
                *([] if caption else [self._received_row()]),
            ),
            caption=caption or f"按{word}",
        )

    def _received_row(self) -> tuple[TableCell, ...]:
        """Every message has one channel and one topic: together they are what was received."""
        received = self._figures.figure("received")
        return cells(
            "合计",
            linked_cell(received.value, received.hrefs.value),
            linked_cell(received.previous, received.hrefs.previous),
            linked_cell(received.year_ago, received.hrefs.year_ago),
        )

    # -- lists ---------------------------------------------------------------

    def _hotspots(self) -> list[Block]:
        figures = self._figures
        blocks = matters(figures, self._most, self._table.lists.matter_at_least)
        if figures.rising:
            blocks.append(self._trends("升温的分类", figures.rising, "来件升温的分类"))
        if figures.risks:
            blocks.append(
                Table(
                    headers=("敏感领域", "新收"),
                    widths=(5, 2),
                    numbers=(1,),
                    rows=tuple(
                        cells(name, linked_cell(n, figures.href("received", Group.RISK, name)))
                        for name, n in figures.risks
                    ),
                    caption="涉及敏感领域的新收来件",
                )
            )
        return blocks


def _any(figure: Figure) -> bool:
    return any((figure.value, figure.previous, figure.year_ago))
