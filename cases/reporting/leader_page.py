"""The first page of a paper, which a leader reads in a minute: 总体情况, 主要特点, 突出问题,
典型事例, 下步建议.

Every sentence is written by a rule from figures and cases that were counted elsewhere, and
says what it was written from; a proposal names its rule. What is nothing is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from cases.reporting.balance import Balance
from cases.reporting.comparison import comparable, compared
from cases.reporting.counts import LateCase, Ratio
from cases.reporting.document import Block, Heading, Paragraph, TableCell
from cases.reporting.figures import Figures, value_text
from cases.reporting.lists import Group
from cases.reporting.settings import PaperKind, ReportTable

BEFORE: Final = {
    PaperKind.WEEKLY: "上周",
    PaperKind.MONTHLY: "上月",
    PaperKind.QUARTERLY: "上季度",
}
_NAMELESS: Final = ("未分类", "未注明")
"""What no reader learns anything from."""
_MOST_NAMED: Final = 3
"""Units, topics or cases that one sentence names."""


def case_href(case_id: str) -> str:
    """A source numbers its items as it likes: nothing of the id is part of the path."""
    return f"/cases/{quote(case_id, safe='')}"


def leader_page(
    kind: PaperKind, figures: Figures, balance: Balance, table: ReportTable
) -> list[Block]:
    """The five parts, each with at least one sentence."""
    page = _Page(kind, figures, balance, table)
    parts: tuple[tuple[str, Iterable[Paragraph], str], ...] = (
        ("总体情况", page.overall(), ""),
        ("主要特点", page.features(), "本期来件没有明显集中的渠道、分类。"),
        ("突出问题", page.problems(), "本期没有逾期未答复、承诺未兑现和集中反映的事项。"),
        ("典型事例", page.examples(), "本期没有需要单列的事例。"),
        ("下步建议", page.proposals(), "本期没有达到建议条件的情况。"),
    )
    blocks: list[Block] = []
    for number, (name, sentences, otherwise) in zip("一二三四五", parts, strict=True):
        blocks.append(Heading(f"{number}、{name}"))
        said = list(sentences)
        blocks += said or [Paragraph(otherwise)]
    return blocks


class _Page:
    def __init__(
        self, kind: PaperKind, figures: Figures, balance: Balance, table: ReportTable
    ) -> None:
        self._before = BEFORE[kind]
        self._figures = figures
        self._balance = balance
        self._table = table
        self._least = table.advice.comparison_at_least

    # -- 总体情况 -----------------------------------------------------------------

    def overall(self) -> Iterator[Paragraph]:
        of = self._figures.figure
        received, ended, closing = of("received"), of("ended"), of("closing")
        change = ""
        if isinstance(received.value, int) and comparable(
            received.value, received.previous, self._least
        ):
            change = f"，比{self._before}{_more_or_less(received.value, received.previous)}"
        yield Paragraph(
            f"{self._figures.period.name}，新收 {value_text(received.value)} 件{change}；"
            f"办结 {value_text(ended.value)} 件，期末结存 {value_text(closing.value)} 件。",
            evidence=self._lists("received", "ended", "closing"),
        )
        yield from self._answering()
        satisfied = of("satisfied")
        if isinstance(satisfied.value, Ratio) and satisfied.value.whole:
            yield Paragraph(
                f"本期回访有评价的 {satisfied.value.whole} 件，满意 {satisfied.value.part} 件"
                f"{self._rate(satisfied.value)}。",
                evidence=self._lists("satisfied"),
            )

    def _answering(self) -> Iterator[Paragraph]:
        on_time = self._figures.figure("on_time")
        if not isinstance(on_time.value, Ratio) or not on_time.value.whole:
            yield Paragraph("本期没有到期应答复的事项。")
            return
        answered = self._figures.total.answered
        change = ""
        if comparable(on_time.value, on_time.previous, self._least):
            change = f"，{_up_or_down(self._before, compared(on_time.value, on_time.previous, 0))}"
        yield Paragraph(
            f"到期应答复 {on_time.value.whole} 件次，已答复 {answered.part} 件次，"
            f"其中按时 {on_time.value.part} 件次{self._rate(on_time.value, '按时率')}{change}。",
            evidence=self._lists("due", "on_time"),
        )

    def _rate(self, ratio: Ratio, name: str = "占") -> str:
        """A rate in words only of enough cases. By its name where it is no share of the number
        said before it: 按时率 is of all that were due, not of those answered."""
        if ratio.whole < self._least or not ratio.enough:
            return ""
        return f"，{name} {value_text(ratio).split('（', maxsplit=1)[0]}"

    # -- 主要特点 -----------------------------------------------------------------

    def features(self) -> Iterator[Paragraph]:
        for word, trends in (("渠道", self._figures.channels), ("分类", self._figures.topics)):
            most = [t for t in trends if t.now and t.name not in _NAMELESS][:_MOST_NAMED]
            if len(most) > 1:
                yield Paragraph(
                    f"来件较多的{word}："
                    + "、".join(f"{trend.name} {trend.now} 件" for trend in most)
                    + "。",
                    evidence=tuple(TableCell(t.name, href=t.hrefs.value) for t in most),
                )
        rising = [t for t in self._figures.rising if (t.previous or 0) >= self._least]
        if rising:
            yield Paragraph(
                "来件上升的分类："
                + "、".join(
                    f"{trend.name} {trend.now} 件（{self._before} {trend.previous} 件）"
                    for trend in rising[:_MOST_NAMED]
                )
                + "。",
                evidence=tuple(TableCell(t.name, href=t.hrefs.value) for t in rising[:_MOST_NAMED]),
            )
        total = self._figures.total
        if total.media:
            yield Paragraph(
                f"媒体报道 {total.media} 篇，转载、跟进合并后为 {total.stories} 条（不计入来件）。",
                evidence=self._lists("media"),
            )
        negative = total.negative
        if negative:
            yield Paragraph(
                f"新收来件中情绪负面的 {negative} 件（程序识别）。",
                evidence=self._lists("negative"),
            )
        if self._figures.risks:
            yield Paragraph(
                "涉及敏感领域："
                + "、".join(f"{name} {n} 件" for name, n in self._figures.risks[:_MOST_NAMED])
                + "。",
                evidence=tuple(
                    TableCell(name, href=self._figures.href("received", Group.RISK, name))
                    for name, _ in self._figures.risks[:_MOST_NAMED]
                ),
            )

    # -- 突出问题 -----------------------------------------------------------------

    def problems(self) -> Iterator[Paragraph]:
        total, late = self._figures.total, self._figures.late
        if late:
            units = _units_of(late)
            high = sum(one.high_risk for one in late)
            yield Paragraph(
                f"期末逾期未答复 {total.overdue} 件，合计逾期 {total.overdue_days} 天，"
                f"最长 {late[0].days} 天"
                + (f"，其中高风险 {high} 件" if high else "")
                + f"；涉及{'、'.join(f'{name} {n} 件' for name, n in units[:_MOST_NAMED])}"
                + ("等" if len(units) > _MOST_NAMED else "")
                + "。",
                evidence=(*self._lists("overdue"), *cases_named(one.case_id for one in late)),
            )
        if self._figures.matters:
            matters = self._figures.matters
            hottest = matters[0]
            yield Paragraph(
                f"多人反映同一事项的有 {len(matters)} 项，"
                f"最热的“{hottest.title}”{hottest.spot.people} 人 {hottest.count} 件。",
                evidence=cases_named(one.case_id for one in matters),
            )
        broken = [one for one in self._figures.promises if one.kept is False]
        unchecked = [one for one in self._figures.promises if one.kept is None]
        if broken or unchecked:
            parts = [f"未兑现 {len(broken)} 项"] if broken else []
            parts += [f"到期待核查 {len(unchecked)} 项"] if unchecked else []
            yield Paragraph(
                f"本期到期的承诺 {total.promises_due} 项，{'，'.join(parts)}。",
                evidence=cases_named(one.case_id for one in (*broken, *unchecked)),
            )
        if total.returns:
            yield Paragraph(f"本期退回 {total.returns} 次。", evidence=self._lists("returns"))

    # -- 典型事例 -----------------------------------------------------------------

    def examples(self) -> Iterator[Paragraph]:
        """At most four: the longest overdue, the riskiest of the rest, the matter that most
        wrote about, a broken promise."""
        late = self._figures.late
        told: set[str] = set()
        risky = next((one for one in late[1:] if one.high_risk), None)
        for why, one in (("逾期最久", late[0] if late else None), ("高风险且逾期", risky)):
            if one is not None:
                told.add(one.case_id)
                yield Paragraph(
                    f"{why}：{one.title}。责任单位{one.unit or '未定'}，"
                    f"{_day(one.received_at)}受理，应于{_day(one.due_at)}前答复，"
                    f"已逾期 {one.days} 天。",
                    evidence=cases_named([one.case_id]),
                )
        for matter in self._figures.matters[:1]:
            if matter.case_id not in told:
                yield Paragraph(
                    f"群众集中反映：{matter.title}。本期 {matter.count} 件，"
                    f"责任单位{matter.unit or '未定'}。",
                    evidence=cases_named([matter.case_id]),
                )
        for promise in self._figures.promises:
            if promise.kept is False:
                yield Paragraph(
                    f"承诺未兑现：{promise.owner}承诺“{promise.text}”，"
                    f"期限{_day(promise.day)}，核查未兑现。",
                    evidence=cases_named([promise.case_id]),
                )
                return

    # -- 下步建议 -----------------------------------------------------------------

    def proposals(self) -> Iterator[Paragraph]:
        late, advice = self._figures.late, self._table.advice
        if late:
            names = "、".join(name for name, _ in _units_of(late)[:_MOST_NAMED])
            yield Paragraph(
                f"请{names}等责任单位对逾期未答复的 {len(late)} 件逐件说明原因，尽快答复群众。",
                rule="期末有逾期未答复的事项",
                evidence=self._lists("overdue"),
            )
        long = [one for one in late if one.days >= advice.late_days]
        if long and advice.late_days:
            yield Paragraph(
                f"对逾期 {advice.late_days} 天以上的 {len(long)} 件挂牌督办。",
                rule=f"逾期 {advice.late_days} 天以上",
                evidence=cases_named(one.case_id for one in long),
            )
        risky = [one for one in late if one.high_risk]
        if risky:
            yield Paragraph(
                f"对高风险的 {len(risky)} 件明确包案领导，先稳控后办理。",
                rule="高风险事项逾期未答复",
                evidence=cases_named(one.case_id for one in risky),
            )
        if self._figures.matters:
            least = self._table.lists.matter_at_least
            yield Paragraph(
                f"对集中反映的 {len(self._figures.matters)} 项专题研究，统一答复口径，主动回应。",
                rule=f"同一事项 {least} 件以上",
                evidence=cases_named(one.case_id for one in self._figures.matters),
            )
        on_time = self._figures.total.on_time
        if (
            on_time.whole >= self._least
            and on_time.value is not None
            and on_time.value < advice.on_time_below
        ):
            yield Paragraph(
                "对本期答复情况予以通报提醒，逾期较多的单位作出说明。",
                rule=f"按时率低于 {advice.on_time_below:.0%}",
                evidence=self._lists("on_time"),
            )
        unkept = [one for one in self._figures.promises if one.kept is not True]
        if unkept:
            yield Paragraph(
                f"对到期的 {len(unkept)} 项承诺逐项核查，未兑现的限期兑现并公开。",
                rule="承诺到期未兑现或未核查",
                evidence=cases_named(one.case_id for one in unkept),
            )
        if advice.returns_at_least and self._figures.total.returns >= advice.returns_at_least:
            yield Paragraph(
                "结合退回情况完善单位职责清单，减少派单不准。",
                rule=f"退回 {advice.returns_at_least} 次以上",
                evidence=self._lists("returns"),
            )

    def _lists(self, *keys: str) -> tuple[TableCell, ...]:
        """The lists behind figures that are not nothing."""
        found = (self._figures.figure(key) for key in keys)
        return tuple(
            TableCell(f"{one.name}清单", href=one.hrefs.value)
            for one in found
            if (one.value.whole if isinstance(one.value, Ratio) else one.value)
        )


def _more_or_less(now: int, before: object) -> str:
    if not isinstance(before, int) or now == before:
        return "持平"
    word = "增加" if now > before else "减少"
    return f"{word} {abs(now - before)} 件（{compared(now, before, 0).lstrip('+-')}）"


def _up_or_down(before: str, change: str) -> str:
    """`change` as `compared` words it: "-4.3 个百分点" or 持平."""
    if change[:1] not in "+-":
        return f"与{before}{change}"
    return f"比{before}{'上升' if change[0] == '+' else '下降'} {change[1:]}"


def _units_of(late: Iterable[LateCase]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for one in late:
        counts[one.unit or "未派单"] = counts.get(one.unit or "未派单", 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def cases_named(ids: Iterable[str]) -> tuple[TableCell, ...]:
    """The first of them, each with its page, and how many there are."""
    known = list(dict.fromkeys(ids))
    shown = [TableCell(one, href=case_href(one)) for one in known[:_MOST_NAMED]]
    if len(known) > _MOST_NAMED:
        shown.append(TableCell(f"等 {len(known)} 件"))
    return tuple(shown)


def _day(day: object) -> str:
    return f"{day:%Y-%m-%d}"
