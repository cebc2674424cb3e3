"""config/reports.toml: names and days of the papers, the scoring, the lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from cases.figures.measures import MEASURES
from cases.reporting.periods import PeriodKind
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where


class ReportTableError(ValueError):
    """config/reports.toml is wrong; the text says where and what is expected, in Chinese."""


class PaperKind(StrEnum):
    WEEKLY = "weekly"
    """周反馈."""
    MONTHLY = "monthly"
    """月整改."""
    QUARTERLY = "quarterly"
    """季通报."""
    DAILY = "daily"
    """每日舆情快报."""


PAPER_PERIODS: Final = {
    PaperKind.WEEKLY: PeriodKind.WEEK,
    PaperKind.MONTHLY: PeriodKind.MONTH,
    PaperKind.QUARTERLY: PeriodKind.QUARTER,
    PaperKind.DAILY: PeriodKind.DAY,
}

RATES: Final = {
    key: MEASURES[key].name
    for key in ("on_time", "on_time_own", "answered", "responded", "resolved", "satisfied",
                "instant", "right_first")
}  # fmt: skip
"""What a score may be made of."""
DEDUCTIONS: Final = {
    "overdue": "逾期未答复",
    "returns": "退回",
    "pressed": "督办、挂牌、约谈",
    "promises_broken": "承诺未兑现",
}

_Part = Annotated[float, Meta(ge=0)]
_Number = Annotated[int, Meta(ge=0)]


class _Strict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Schedule(_Strict, frozen=True, kw_only=True):
    working_day: Annotated[int, Meta(ge=0, le=60)] = 0
    """The n-th working day after the period; 0, of the daily paper only: the day itself."""
    at: str
    look_back: Annotated[int, Meta(ge=1, le=60)]
    """How many periods back what was missed is made up."""

    @property
    def clock(self) -> time:
        return time.fromisoformat(self.at)


class Rate(_Strict, frozen=True):
    figure: str
    weight: _Part


class Deduction(_Strict, frozen=True):
    figure: str
    each: _Part
    most: _Part


class Appeal(_Strict, frozen=True):
    """申诉成立."""

    case_id: str
    reason: str


class Scoring(_Strict, frozen=True):
    minimum_cases: _Number
    rate: tuple[Rate, ...]
    deduction: tuple[Deduction, ...] = ()
    appeal: tuple[Appeal, ...] = ()


class Exclusions(_Strict, frozen=True):
    """剔除 and 申诉."""

    decide_within: Annotated[int, Meta(ge=1, le=60)] = 5
    """Working days."""


class Talks(_Strict, frozen=True):
    """When a unit is proposed for a talk (约谈); 0 switches a condition off."""

    score_below: _Part = 0.0
    overdue_at_least: _Number = 0
    promises_broken_at_least: _Number = 0
    never: tuple[str, ...] = ("duty-desk",)
    """Ids of units that are never proposed, besides courts, procuratorates and discipline."""
    also: tuple[str, ...] = ()
    """Ids of such units that may be proposed all the same."""


class Letterhead(_Strict, frozen=True):
    """What stands around a paper: who issues it, to whom, and who signs."""

    issuer: str = ""
    """发文机关; empty: the office of config/ledger.toml."""
    to: str = ""
    """主送."""
    signer: str = ""
    """签发人; empty: a line to sign on."""
    seal: str = ""
    """落款; empty: 发文机关."""
    word: str = ""
    """Before 〔year〕 in the 文号; empty: by the short word of the office and the kind."""
    template: str = ""
    """A Word file in the configuration folder that takes the place of the red head."""

    def over(self, other: Letterhead) -> Letterhead:
        """What this one leaves empty is the other's."""
        return Letterhead(
            **{
                name: getattr(self, name) or getattr(other, name)
                for name in Letterhead.__struct_fields__
            }
        )


class Advice(_Strict, frozen=True):
    """When the first page proposes something."""

    comparison_at_least: _Number = 10
    """环比, 同比 and rates in words need so many cases in both periods."""
    late_days: _Number = 5
    """Overdue so many natural days or more: 挂牌督办 is proposed."""
    on_time_below: _Part = 0.9
    """按时率 below it: 通报提醒 is proposed."""
    returns_at_least: _Number = 5
    """So many 退回 or more: 职责清单 is to be looked at."""


class Lists(_Strict, frozen=True):
    most_listed: Annotated[int, Meta(ge=1, le=1000)]
    matter_at_least: Annotated[int, Meta(ge=2)]
    topic_growth: _Part
    topic_at_least: _Number


class ReportTable(_Strict, frozen=True):
    papers: dict[PaperKind, str]
    schedule: dict[PaperKind, Schedule]
    lists: Lists
    scoring: Scoring
    exclusions: Exclusions = Exclusions()
    talks: Talks = Talks()
    letterhead: Letterhead = Letterhead()
    advice: Advice = Advice()

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/reports.toml"
    ) -> ReportTable:
        """Raises `ReportTableError`."""
        read = _with_daily(read_table(cls, table, file, ReportTableError))
        for name, section in (("papers", read.papers), ("schedule", read.schedule)):
            missing = [kind.value for kind in PaperKind if kind not in section]
            if missing:
                raise ReportTableError(
                    f"{where(table, file, name)}：[{name}] 缺少 {'、'.join(missing)}。"
                )
        for kind, schedule in read.schedule.items():
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", schedule.at):
                raise ReportTableError(
                    f"{where(table, file, 'schedule', kind)}：[schedule] {kind.value} 的 at "
                    f"应为 09:00 这样的时间，实际是“{schedule.at}”。"
                )
            if (schedule.working_day == 0) is not (kind is PaperKind.DAILY):
                expected = "不写或为 0（当天出）" if kind is PaperKind.DAILY else "1 或以上"
                raise ReportTableError(
                    f"{where(table, file, 'schedule', kind)}：[schedule] {kind.value} 的 "
                    f"working_day 应为 {expected}，实际是 {schedule.working_day}。"
                )
        for name, known, used in (
            ("rate", RATES, [each.figure for each in read.scoring.rate]),
            ("deduction", DEDUCTIONS, [each.figure for each in read.scoring.deduction]),
        ):
            for number, figure in enumerate(used):
                if figure not in known:
                    raise ReportTableError(
                        f"{where(table, file, 'scoring', name, number)}：[[scoring.{name}]] "
                        f"没有“{figure}”这一项；可用的有：{'、'.join(known)}。"
                    )
        if not sum(each.weight for each in read.scoring.rate):
            raise ReportTableError(
                f"{where(table, file, 'scoring')}：[[scoring.rate]] 的权重合计应大于 0。"
            )
        return read

    @property
    def daily_hour(self) -> time:
        """When 快报 is due; it tells of the time since this hour of the day before."""
        return self.schedule[PaperKind.DAILY].clock

    @property
    def appeals(self) -> frozenset[str]:
        return frozenset(each.case_id for each in self.scoring.appeal)


_DAILY: Final = ("每日舆情快报", Schedule(at="07:30", look_back=3))


def _with_daily(read: ReportTable) -> ReportTable:
    """A county's table from before 快报 was there has it under its usual name and hour."""
    name, schedule = _DAILY
    return replace(
        read,
        papers={PaperKind.DAILY: name} | read.papers,
        schedule={PaperKind.DAILY: schedule} | read.schedule,
    )
