"""整改事项 as the papers read them. The register that keeps them is elsewhere; anything
with these attributes can be printed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from cases.reporting.document import Block, Heading, Paragraph, Table, TableCell, Tone, cells
from cases.reporting.periods import Period


class RectificationItem(Protocol):
    """One problem on its way to being put right."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str:
        """The problem, without personal data."""
        ...

    @property
    def unit(self) -> str:
        """Name of the unit that puts it right."""
        ...

    @property
    def found_on(self) -> date: ...

    @property
    def source(self) -> str:
        """Where it came from: 逾期答复, 栏目更新不及时, 领导批示, 省市反馈问题 …"""
        ...

    @property
    def due(self) -> date | None: ...

    @property
    def measure(self) -> str: ...

    @property
    def evidence(self) -> str: ...

    @property
    def verified_by(self) -> str:
        """Who looked whether it is put right; not the unit itself. Empty: nobody yet."""
        ...

    @property
    def state(self) -> str:
        """In the office's words."""
        ...


def concerned(items: Iterable[RectificationItem], period: Period) -> tuple[RectificationItem, ...]:
    """Found by the end of the period and either found in it or not verified yet, in the
    order of their due dates."""
    kept = [
        item
        for item in items
        if item.found_on <= period.last and (item.found_on >= period.first or not item.verified_by)
    ]
    return tuple(sorted(kept, key=lambda item: (item.due or date.max, item.id)))


def rectification_blocks(
    heading: str, items: Iterable[RectificationItem], period: Period, on: date
) -> list[Block]:
    """The list as a table; says so when there is nothing."""
    shown = concerned(items, period)
    new = sum(item.found_on >= period.first for item in shown)
    open_ = [item for item in shown if not item.verified_by]
    late = sum(item.due is not None and item.due < on for item in open_)
    blocks: list[Block] = [Heading(heading)]
    if not shown:
        return [*blocks, Paragraph("本期没有整改事项。")]
    blocks.append(
        Paragraph(
            f"共 {len(shown)} 项：本期新增 {new} 项，已核验 {len(shown) - len(open_)} 项，"
            f"整改中 {len(open_)} 项，其中逾期 {late} 项。"
        )
    )
    blocks.append(
        Table(
            headers=(
                "编号", "问题", "来源", "责任单位", "发现日期", "整改期限", "整改措施", "佐证",
                "核验人", "状态",
            ),
            widths=(3.3, 3.4, 1.8, 2.4, 2.8, 2.8, 3.5, 1.9, 1.8, 1.7),
            rows=tuple(
                cells(
                    item.id,
                    item.title,
                    item.source,
                    item.unit,
                    item.found_on.isoformat(),
                    TableCell(
                        item.due.isoformat() if item.due else "未定",
                        Tone.LATE
                        if item in open_ and item.due is not None and item.due < on
                        else Tone.PLAIN,
                    ),
                    item.measure or "（未报）",
                    item.evidence or "（未报）",
                    item.verified_by or "待核验",
                    item.state,
                )
                for item in shown
            ),
        )
    )  # fmt: skip
    return blocks
