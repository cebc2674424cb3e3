"""The annexes of a paper that list cases, matters and units: 逾期, 共性问题, 承诺兑现, 各单位,
考核排名, 约谈建议."""

from __future__ import annotations

from typing import Final

from cases.reporting.annex_cells import linked_cell, more
from cases.reporting.document import Block, Paragraph, Table, TableCell, Tone, cells
from cases.reporting.figures import Figures, UnitLine
from cases.reporting.hotspots import explained
from cases.reporting.leader_page import case_href
from cases.reporting.lists import Group
from cases.reporting.scoring import EXPLAINED, Score

_OF_A_UNIT: Final = ("received", "ended", "closing", "on_time", "answered", "satisfied")


def late_cases(figures: Figures, most: int) -> list[Block]:
    listed = figures.late
    if not listed:
        return [Paragraph("期末没有逾期未答复的事项。")]
    return [
        Table(
            headers=("编号", "标题", "责任单位", "受理时间", "办理时限", "已逾期", "风险"),
            widths=(3.7, 4.0, 2.6, 2.3, 2.3, 1.8, 1),
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
                    for one in listed[:most]
                ),
                cells(
                    "合计",
                    f"{len(listed)} 件",
                    "",
                    "",
                    "",
                    f"{sum(one.days for one in listed)} 天",
                    "",
                ),
            ),
        ),
        *more(len(listed), most),
    ]


def matters(figures: Figures, most: int, at_least: int) -> list[Block]:
    """共性问题, the hottest first; the three numbers are of the cases of one list."""
    listed = figures.matters
    if not listed:
        return [Paragraph("本期没有多人反映的同一事项。")]
    rows = []
    for one in listed[:most]:
        href = figures.href("received", Group.MATTER, one.id)
        rows.append(
            cells(
                one.title,
                *(linked_cell(n, href) for n in (one.spot.heat, one.spot.people, one.count)),
                one.unit,
                TableCell(one.case_id, href=case_href(one.case_id)),
            )
        )
    return [
        Table(
            headers=("共性问题（同一事项）", "热度", "人数", "来件", "责任单位", "最早一件"),
            widths=(5, 1.1, 1.1, 1.1, 2.7, 3.2),
            numbers=(1, 2, 3),
            rows=tuple(rows),
            caption=f"同一事项 {at_least} 件以上",
        ),
        *more(len(listed), most),
        Paragraph(explained(figures.period), small=True),
    ]


def promises(figures: Figures, most: int) -> list[Block]:
    listed = figures.promises
    if not listed:
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
                for one in listed[:most]
            ),
        ),
        *more(len(listed), most),
    ]


def units(figures: Figures, most: int) -> list[Block]:
    listed = figures.units
    if not listed:
        return [Paragraph("本期没有单位有在办事项。")]

    def linked(line: UnitLine, figure: str, tone: Tone = Tone.PLAIN) -> TableCell:
        href = figures.href(figure, Group.UNIT, line.unit)
        return linked_cell(getattr(line.counts, figure), href, tone)

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
                        linked(line, "overdue", Tone.LATE if line.counts.overdue else Tone.PLAIN),
                    )
                    for line in listed[:most]
                ),
                _unit_totals(figures),
            ),
        ),
        *more(len(listed), most),
    ]


def _unit_totals(figures: Figures) -> tuple[TableCell, ...]:
    total = figures.total
    return cells(
        "合计",
        *(
            linked_cell(getattr(total, key), figures.figure(key).hrefs.value)
            for key in (*_OF_A_UNIT, "overdue")
        ),
    )


def ranking(figures: Figures) -> list[Block]:
    ranked = [score for score in figures.scores if score.rank is not None]
    blocks: list[Block] = []
    if ranked:
        blocks.append(
            Table(
                headers=("类别名次", "责任单位", "得分", "计分说明"),
                widths=(2.5, 3.5, 1.5, 8.3),
                numbers=(2,),
                rows=tuple(
                    cells(
                        # At 0 the deductions have eaten all there was: no such unit is first.
                        f"{score.group} {score.rank if score.points else '—'}",
                        TableCell(
                            score.name,
                            href=figures.href("received", Group.UNIT, score.unit),
                        ),
                        score.text,
                        TableCell(
                            "；".join(_scored(score)),
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
    others = [score for score in figures.scores if score.rank is None]
    if others:
        together: dict[str, list[str]] = {}
        for score in others:
            together.setdefault(score.why_not, []).append(score.name)
        said = "；".join(f"{'、'.join(names)}（{why}）" for why, names in together.items())
        blocks.append(Paragraph(f"未排名：{said}。", small=True))
    appeals = figures.appeals
    if appeals:
        blocks.append(Paragraph(f"剔除、不参加计分的事项：{'；'.join(appeals)}。", small=True))
    return blocks


def talks(figures: Figures) -> list[Block]:
    if not figures.talks:
        return [Paragraph("没有单位达到约谈条件。")]
    return [
        Paragraph("以下单位达到约谈条件，是否约谈由领导审定。"),
        Table(
            headers=("责任单位", "理由"),
            widths=(4, 9),
            rows=tuple(
                cells(TableCell(talk.name, Tone.LATE), "；".join(talk.reasons))
                for talk in figures.talks
            ),
        ),
    ]


def _kept(kept: bool | None) -> TableCell:  # noqa: FBT001
    if kept is None:
        return TableCell("到期待核查", Tone.SOON)
    return TableCell("已兑现", Tone.GOOD) if kept else TableCell("未兑现", Tone.LATE)


def _scored(score: Score) -> list[str]:
    parts = [f"{part.name} {part.text}（{part.points:+.1f}）" for part in score.parts]
    return [*parts, f"剔除 {score.excluded} 件"] if score.excluded else parts
