"""每日舆情快报: one page, written by rules from one morning (`cases.reporting.morning`).

The same blocks are the 早报 on the page and the digest of a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.reporting.document import Block, Heading, Paragraph, Table, TableCell, Tone, cells
from cases.reporting.event_lines import event_blocks
from cases.reporting.leader_page import case_href, cases_named
from cases.reporting.morning import HIGH, LATE, NOT_SENT, UNCHECKED, Growing, Morning, MorningCase


class Fit(Struct, frozen=True):
    """How much of a list there is room for."""

    rows: int
    title: int
    """Characters of a title, and of a unit's name."""
    unit: int


ON_PAPER: Final = Fit(rows=3, title=16, unit=11)
"""One line a row, so that the paper stays on one page."""
_CROWDED: Final = Fit(rows=2, title=16, unit=11)
"""Where matters take lines too."""
ON_SCREEN: Final = Fit(rows=20, title=80, unit=40)
_MATTERS: Final = 2
_RULES: Final = {
    LATE: "本时段到期、仍未答复",
    NOT_SENT: "上次交班前收到、仍未派单",
    UNCHECKED: "承诺的日子已过、没有核查",
}


def span_words(morning: Morning) -> str:
    """11月23日07:30至11月24日07:30."""
    return f"{_moment(morning.since)}至{_moment(morning.at)}"


def daily_blocks(morning: Morning, fit: Fit | None = None) -> list[Block]:
    """`fit`: None for the paper, which stays on one page."""
    fit = fit or (ON_PAPER if len(morning.growing) < _MATTERS else _CROWDED)
    if morning.empty:
        return [
            Paragraph(
                f"零报告：{span_words(morning)}，没有新收的事项；今日没有到期的事项，"
                "没有可能升级、漏办和逾期的事项。"
            )
        ]
    blocks: list[Block] = []
    parts = [
        ("新收", _new(morning, fit)),
        ("今日到期", _due(morning, fit)),
        ("可能升级", _growing(morning, fit)),
        ("漏办和逾期", _missed(morning, fit)),
    ]
    if morning.events:
        parts.append(("突发事件", list(event_blocks(morning.events, fit.rows - 1))))
    for number, (name, found) in zip("一二三四五", parts, strict=False):
        blocks += [Heading(f"{number}、{name}"), *found]
    return blocks


def _new(morning: Morning, fit: Fit) -> list[Block]:
    new = morning.new
    reports = _reports(morning, fit)
    if not new:
        return [Paragraph("没有新收的事项。"), *reports]
    channels = _counted(one.channel for one in new)
    high = sum(one.high for one in new)
    return [
        Paragraph(
            f"新收 {len(new)} 件：{channels}"
            + (f"；其中紧急、高风险 {high} 件" if high else "")
            + _listed(new, fit)
        ),
        *reports,
        _table(new, fit, "受理时间", _receipt),
    ]


def _reports(morning: Morning, fit: Fit) -> list[Block]:
    """One line: a report of media is no citizen's message, a story with its reprints is one."""
    retold = f"转载和后续 {morning.reprints} 篇"
    if not morning.reports:
        return [Paragraph(f"已有媒体报道的{retold}。", small=True)] if morning.reprints else []
    shown = morning.reports[: fit.rows - 1]
    high = sum(one.high for one in morning.reports)
    more = [f"其中高风险 {high} 条"] if high else []
    more += [f"另有{retold}"] if morning.reprints else []
    aside = f"（{'，'.join(more)}）" if more else ""
    return [
        Paragraph(
            f"媒体舆情 {len(morning.reports)} 条{aside}："
            + "、".join(f"“{_short(one.title, fit.title)}”" for one in shown)
            + ("等。" if len(morning.reports) > len(shown) else "。"),
            evidence=_evidence(shown),
        )
    ]


def _due(morning: Morning, fit: Fit) -> list[Block]:
    due = morning.due
    if not due:
        return [Paragraph("今日没有到期的事项。")]
    units = _counted(one.unit_name for one in due)
    return [
        Paragraph(f"今日到期、尚未答复 {len(due)} 件：{units}{_listed(due, fit)}"),
        _table(due, fit, "应答复时间", _due_text),
    ]


def _growing(morning: Morning, fit: Fit) -> list[Block]:
    blocks: list[Block] = []
    high = morning.high
    if high:
        blocks.append(
            Paragraph(
                f"紧急、高风险且群众仍在等待答复的 {len(high)} 件{_listed(high, fit)}",
                rule=HIGH,
            )
        )
    blocks += [_matter(one) for one in morning.growing[:_MATTERS]]
    if len(morning.growing) > _MATTERS:
        rest = len(morning.growing) - _MATTERS
        blocks.append(Paragraph(f"另有 {rest} 项同一事项又有新来件。", small=True))
    if high:
        blocks.append(_table(high, fit, "受理时间", _receipt))
    return blocks or [Paragraph("没有可能升级的事项。")]


def _matter(one: Growing) -> Paragraph:
    return Paragraph(
        f"“{_short(one.title, 16)}”又来 {one.new} 件，累计 {len(one.case_ids)} 件，"
        f"责任单位{one.unit_name}。",
        evidence=(TableCell("首件", href=case_href(one.case_ids[0])),),
    )


def _missed(morning: Morning, fit: Fit) -> list[Block]:
    missed, late = morning.missed, morning.late
    if not missed and not late:
        return [Paragraph("没有漏办和逾期的事项。")]
    blocks: list[Block] = []
    said = [
        f"{rule} {count} 件"
        for why, rule in _RULES.items()
        if (count := sum(one.why == why for one in missed))
    ]
    if said:
        blocks.append(Paragraph(f"{'；'.join(said)}{_listed(missed, fit)}"))
    if late:
        units = _counted(one.unit_name for one in late)
        blocks.append(
            Paragraph(f"现有逾期未答复 {len(late)} 件：{units}。", evidence=_evidence(late[:1]))
        )
    if missed:
        blocks.append(_table(missed, fit, "情况", lambda one: one.why, Tone.LATE))
    return blocks


def _table(
    found: tuple[MorningCase, ...],
    fit: Fit,
    word: str,
    text: Callable[[MorningCase], str],
    tone: Tone = Tone.PLAIN,
) -> Table:
    return Table(
        headers=("编号", "标题", "责任单位", word),
        widths=(4.0, 6.0, 4.4, 2.6),
        rows=tuple(
            cells(
                TableCell(one.case_id, href=case_href(one.case_id)),
                _short(one.title, fit.title),
                _short(one.unit_name, fit.unit),
                TableCell(text(one), tone),
            )
            for one in found[: fit.rows]
        ),
    )


def _receipt(one: MorningCase) -> str:
    return f"{one.received_at:%m-%d %H:%M}"


def _due_text(one: MorningCase) -> str:
    return f"{one.due_at:%m-%d %H:%M}" if one.due_at else ""


def _listed(found: tuple[MorningCase, ...], fit: Fit) -> str:
    """The cases of the sentence stand below it, or the first of them do."""
    return f"（列前 {fit.rows} 件）。" if len(found) > fit.rows else "。"


def _evidence(found: Iterable[MorningCase]) -> tuple[TableCell, ...]:
    return cases_named(one.case_id for one in found)


def _counted(names: Iterable[str]) -> str:
    """The three most frequent, and how many there are of them."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name or "未注明"] = counts.get(name or "未注明", 0) + 1
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    said = "、".join(f"{name} {count} 件" for name, count in most[:3])
    rest = sum(count for _, count in most[3:])
    return f"{said}、其他 {rest} 件" if rest else said


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _moment(at: datetime) -> str:
    return f"{at.month}月{at.day}日{at:%H:%M}"
