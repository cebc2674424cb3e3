"""周反馈、月整改、季通报: the first page for leaders, and behind it, as annexes, which figures
and lists stand in which paper, in which order. The proof (守恒核对) is the last annex."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from cases.reporting.balance import Balance
from cases.reporting.comparison import compared
from cases.reporting.counts import LateCase, Ratio
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
    Tone,
    cells,
)
from cases.reporting.figures import Figure, Figures, Trend, UnitLine, Value, value_text
from cases.reporting.leader_page import BEFORE, case_href, leader_page
from cases.reporting.ledger_paper import proof
from cases.reporting.lists import Group
from cases.reporting.periods import Period, PeriodKind
from cases.reporting.rectification import RectificationItem, concerned, rectification_blocks
from cases.reporting.scoring import EXPLAINED, Score
from cases.reporting.settings import PaperKind, ReportTable

_PERIOD_WORDS: Final = {
    PeriodKind.WEEK: "本周",
    PeriodKind.MONTH: "本月",
    PeriodKind.QUARTER: "本季度",
}
_BALANCE: Final = ("carried", "received", "reopened", "ended", "closing")
_HANDLING: Final = (
    "due", "on_time", "answered", "resolved", "satisfied", "overdue", "overdue_days", "returns",
)  # fmt: skip
_PROMISES: Final = ("promises_due", "promises_kept", "promises_broken", "promises_unchecked")
_SHOWN: Final = {
    PaperKind.WEEKLY: (*_BALANCE, *_HANDLING, *_PROMISES),
    PaperKind.MONTHLY: (*_BALANCE, *_HANDLING, "pressed", "negative", *_PROMISES),
    PaperKind.QUARTERLY: (
        *_BALANCE, *_HANDLING, "pressed", "negative", "suggestions", *_PROMISES,
    ),
}  # fmt: skip
_OF_A_UNIT: Final = ("received", "ended", "closing", "on_time", "answered", "satisfied")
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
) -> Document:
    """The paper of a period. `items`: the register of 整改事项, all of it. `on`: its date; the
    day it is looked at from unless said. A period in which nothing was gives a paper that says
    so and nothing else."""
    writer = _Writer(kind, figures, balance, table, tuple(items))
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
        on=f"{on.year}年{on.month}月{on.day}日",
    )


class _Writer:
    def __init__(
        self,
        kind: PaperKind,
        figures: Figures,
        balance: Balance,
        table: ReportTable,
        items: tuple[RectificationItem, ...],
    ) -> None:
        self._kind = kind
        self._figures = figures
        self._balance = balance
        self._table = table
        self._items = items
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
        return self._balance.empty and not (total.promises_due or total.returns or concerns)

    def _annexes(self) -> list[Block]:
        parts: list[tuple[str, list[Block]]] = [("主要指标", self._numbers())]
        if self._kind is not PaperKind.WEEKLY:
            parts.append(("热点和共性问题", self._hotspots()))
        if self._kind is PaperKind.QUARTERLY:
            parts.append(("考核排名", self._ranking()))
        parts.append(("逾期未答复事项", self._late()))
        parts.append(("承诺兑现", self._promises()))
        items = rectification_blocks(
            "整改事项", self._items, self._figures.period, self._figures.at.date()
        )
        parts.append(("整改事项", items[1:]))
        if self._kind is PaperKind.WEEKLY:
            parts.append(("热点和共性问题", self._hotspots()))
        else:
            parts.append(("各单位办理情况", self._units()))
        if self._kind is PaperKind.QUARTERLY:
            parts.append(("约谈建议名单", self._talks()))
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
                widths=(4, 2.2, 2.2, 3.2, 2.2, 3.2),
                numbers=(1, 2, 3, 4, 5),
                rows=tuple(self._figure_row(figures.figure(key)) for key in _SHOWN[self._kind]),
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
            _linked(figure.value, figure.hrefs.value),
            _linked(figure.previous, figure.hrefs.previous),
            compared(figure.value, figure.previous, self._least),
            _linked(figure.year_ago, figure.hrefs.year_ago),
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
                        _linked(trend.now, trend.hrefs.value),
                        _linked(trend.previous, trend.hrefs.previous),
                        _linked(trend.year_ago, trend.hrefs.year_ago),
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
            _linked(received.value, received.hrefs.value),
            _linked(received.previous, received.hrefs.previous),
            _linked(received.year_ago, received.hrefs.year_ago),
        )

    # -- lists ---------------------------------------------------------------

    def _hotspots(self) -> list[Block]:
        figures, blocks = self._figures, list[Block]()
        if figures.matters:
            blocks.append(
                Table(
                    headers=("共性问题（同一事项）", "来件", "责任单位", "最早一件"),
                    widths=(6, 1.2, 3, 3.8),
                    numbers=(1,),
                    rows=tuple(
                        cells(
                            m.title,
                            _linked(m.count, figures.href("received", Group.MATTER, m.id)),
                            m.unit,
                            TableCell(m.case_id, href=case_href(m.case_id)),
                        )
                        for m in figures.matters[: self._most]
                    ),
                    caption=f"同一事项 {self._table.lists.matter_at_least} 件以上",
                )
            )
            blocks += self._more(len(figures.matters))
        else:
            blocks.append(Paragraph("本期没有多件来件反映同一事项。"))
        if figures.rising:
            blocks.append(self._trends("升温的分类", figures.rising, "来件升温的分类"))
        if figures.risks:
            blocks.append(
                Table(
                    headers=("敏感领域", "新收"),
                    widths=(5, 2),
                    numbers=(1,),
                    rows=tuple(
                        cells(name, _linked(n, figures.href("received", Group.RISK, name)))
                        for name, n in figures.risks
                    ),
                    caption="涉及敏感领域的新收来件",
                )
            )
        return blocks

    def _late(self) -> list[Block]:
        late = self._figures.late
        if not late:
            return [Paragraph("期末没有逾期未答复的事项。")]
        return [
            Table(
                headers=("编号", "标题", "责任单位", "受理时间", "办理时限", "已逾期", "风险"),
                widths=(3.7, 4.4, 2.8, 2.1, 2.1, 1.6, 1),
                numbers=(5,),
                rows=(
                    *tuple(
                        cells(
                            TableCell(one.case_id, href=case_href(one.case_id)),
                            one.title,
                            one.unit,
                            f"{one.received_at:%Y-%m-%d}",
                            f"{one.due_at:%Y-%m-%d}",
                            TableCell(f"{one.days} 天", Tone.LATE),
                            TableCell("高", Tone.LATE) if one.high_risk else "",
                        )
                        for one in late[: self._most]
                    ),
                    cells("合计", f"{len(late)} 件", "", "", "", f"{self._days(late)} 天", ""),
                ),
            ),
            *self._more(len(late)),
        ]

    @staticmethod
    def _days(late: tuple[LateCase, ...]) -> int:
        return sum(one.days for one in late)

    def _promises(self) -> list[Block]:
        promises = self._figures.promises
        if not promises:
            return [Paragraph("本期没有到期的承诺。")]
        return [
            Table(
                headers=("编号", "承诺事项", "承诺单位", "期限", "兑现情况", "公开"),
                widths=(3.6, 4.8, 2.7, 2.5, 2.2, 2.1),
                rows=tuple(
                    cells(
                        TableCell(one.case_id, href=case_href(one.case_id)),
                        one.text,
                        one.owner,
                        one.day.isoformat(),
                        _kept(one.kept),
                        one.published or "未公开",
                    )
                    for one in promises[: self._most]
                ),
            ),
            *self._more(len(promises)),
        ]

    def _units(self) -> list[Block]:
        units = self._figures.units
        if not units:
            return [Paragraph("本期没有单位有在办事项。")]

        def linked(line: UnitLine, figure: str, tone: Tone = Tone.PLAIN) -> TableCell:
            href = self._figures.href(figure, Group.UNIT, line.unit)
            return _linked(getattr(line.counts, figure), href, tone)

        return [
            Table(
                headers=("责任单位", "新收", "办结", "结存", "按时", "回应率", "满意率", "逾期"),
                widths=(4.6, 1.3, 1.3, 1.3, 2.3, 2.3, 2.3, 1.3),
                numbers=(1, 2, 3, 4, 5, 6, 7),
                rows=(
                    *tuple(
                        cells(
                            line.name,
                            *(linked(line, figure) for figure in _OF_A_UNIT),
                            linked(
                                line, "overdue", Tone.LATE if line.counts.overdue else Tone.PLAIN
                            ),
                        )
                        for line in units[: self._most]
                    ),
                    self._unit_totals(),
                ),
            ),
            *self._more(len(units)),
        ]

    def _unit_totals(self) -> tuple[TableCell, ...]:
        total = self._figures.total
        return cells(
            "合计",
            *(
                _linked(getattr(total, key), self._figures.figure(key).hrefs.value)
                for key in (*_OF_A_UNIT, "overdue")
            ),
        )

    def _ranking(self) -> list[Block]:
        ranked = [score for score in self._figures.scores if score.rank is not None]
        blocks: list[Block] = []
        if ranked:
            blocks.append(
                Table(
                    headers=("类别名次", "责任单位", "得分", "计分说明"),
                    widths=(1.9, 3.6, 1.6, 8.7),
                    numbers=(2,),
                    rows=tuple(
                        cells(
                            # At 0 the deductions have eaten all there was: nobody of them is first.
                            f"{score.group} {score.rank if score.points else '—'}",
                            TableCell(
                                score.name,
                                href=self._figures.href("received", Group.UNIT, score.unit),
                            ),
                            score.text,
                            TableCell(
                                "；".join(
                                    [
                                        f"{part.name} {part.text}（{part.points:+.1f}）"
                                        for part in score.parts
                                    ]
                                    + _left_out(score)
                                ),
                                href=f"/exclusions?unit={score.unit}" if score.excluded else "",
                            ),
                        )
                        for score in ranked
                    ),
                )
            )
            blocks.append(Paragraph(EXPLAINED, small=True))
        else:
            blocks.append(Paragraph("本期没有可以排名的单位。"))
        others = [score for score in self._figures.scores if score.rank is None]
        if others:
            together: dict[str, list[str]] = {}
            for score in others:
                together.setdefault(score.why_not, []).append(score.name)
            said = "；".join(f"{'、'.join(names)}（{why}）" for why, names in together.items())
            blocks.append(Paragraph(f"未排名：{said}。", small=True))
        appeals = self._figures.appeals
        if appeals:
            blocks.append(Paragraph(f"剔除、不参加计分的事项：{'；'.join(appeals)}。", small=True))
        return blocks

    def _talks(self) -> list[Block]:
        if not self._figures.talks:
            return [Paragraph("没有单位达到约谈条件。")]
        return [
            Paragraph("以下单位达到约谈条件，是否约谈由领导审定。"),
            Table(
                headers=("责任单位", "理由"),
                widths=(4, 9),
                rows=tuple(
                    cells(TableCell(talk.name, Tone.LATE), "；".join(talk.reasons))
                    for talk in self._figures.talks
                ),
            ),
        ]

    def _more(self, total: int) -> list[Block]:
        if total <= self._most:
            return []
        return [Paragraph(f"共 {total} 项，此处列前 {self._most} 项。", small=True)]


def _left_out(score: Score) -> list[str]:
    return [f"剔除 {score.excluded} 件"] if score.excluded else []


def _two_lines(text: str) -> str:
    """A rate above what it was taken from, so that neither is torn in a narrow column."""
    return text.replace("（", "\n（")


def _linked(value: Value | None, href: str, tone: Tone = Tone.PLAIN) -> TableCell:
    """A figure with the list behind it. Nothing has no list."""
    nothing = not (value.whole if isinstance(value, Ratio) else value)
    return TableCell(_two_lines(value_text(value)), tone, "" if nothing else href)


def _kept(kept: bool | None) -> TableCell:  # noqa: FBT001
    if kept is None:
        return TableCell("到期待核查", Tone.SOON)
    return TableCell("已兑现", Tone.GOOD) if kept else TableCell("未兑现", Tone.LATE)
