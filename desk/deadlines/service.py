"""`huiyin deadline`: when is it due, and why then."""

from __future__ import annotations

import json
from datetime import date, datetime

from msgspec import Struct

from cases.clocks.clocks import Clock, ClockUnit, start_clock
from cases.clocks.policy import ClockPolicy
from cases.clocks.rule import ClockRule
from cases.clocks.standing import counted_days
from cases.clocks.workdays import Calendar, DayMark, TraceDay

__all__ = ["DeadlineReport", "deadline_report"]

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_NO_RULE = "命令行指定"


class DeadlineReport(Struct, frozen=True, kw_only=True):
    """A due time with its explanation."""

    clock: Clock
    rule: ClockRule | None = None
    """The row of the policy table; None when the days were given by hand."""

    def text(self) -> str:
        """The explanation in plain Chinese, one line a day."""
        clock = self.clock
        lines = [
            f"收到：{_moment(clock.started_at)}",
            f"时限：{self._period()}",
            f"截止：{_moment(clock.due_at)}" + ("（暂定）" if clock.provisional else ""),
        ]
        if self.rule is not None:
            lines.append(f"依据：{self.rule.source}")
        if clock.trace:
            lines += ["", "逐日说明："]
            lines += [_line(day) for day in clock.trace]
        if clock.provisional:
            lines += ["", "“暂定”：国务院办公厅还没有公布这些日子的放假安排，公布后重新计算。"]
        versions = f"工作日历版本 {clock.calendar}"
        if self.rule is not None:
            versions += f"，时限表版本 {clock.policy}"
        lines += ["", versions]
        return "\n".join(lines)

    def json(self) -> str:
        """The same as one JSON object. Times are ISO 8601 with +08:00."""
        clock = self.clock
        return json.dumps(
            {
                "received_at": clock.started_at.isoformat(),
                "due_at": clock.due_at.isoformat(),
                "unit": clock.unit.value,
                "amount": clock.amount,
                "provisional": clock.provisional,
                "rule": self.rule.id if self.rule else None,
                "source": self.rule.source if self.rule else None,
                "calendar": clock.calendar,
                "policy": clock.policy if self.rule else None,
                "trace": [
                    {
                        "day": day.day.isoformat(),
                        "weekday": _weekday(day.day),
                        "mark": day.mark.value,
                        "counted": day.counted,
                        "note": day.note,
                    }
                    for day in clock.trace
                ],
            },
            ensure_ascii=False,
            indent=2,
        )

    def _period(self) -> str:
        label = f"{self.rule.label} " if self.rule else ""
        if self.clock.unit is ClockUnit.HOURS:
            return f"{label}{self.clock.amount} 小时，从收到起连续计算"
        return f"{label}{counted_days(self.clock.unit, self.clock.amount)}，收到的次日起算"


def deadline_report(
    received: datetime,
    *,
    calendar: Calendar,
    policy: ClockPolicy,
    working_days: int | None = None,
    rule: str | None = None,
) -> DeadlineReport:
    """When something received at `received` is due; a naive time is Beijing time.

    Give `working_days` (at least 1), or the id of a row of the policy table;
    with neither, the row "reply" is used.

    Raises ValueError (PolicyError, CalendarRangeError) with a text in Chinese
    for both given, days below 1, an unknown row, a row whose time comes from
    the source, and a date outside the calendar.
    """
    if working_days is not None:
        if rule is not None:
            raise ValueError("工作日数和规则只能给一个。")
        if working_days < 1:
            raise ValueError(f"工作日数应为正整数，实际是 {working_days}。")
        row, unit, amount = None, ClockUnit.WORKING_DAYS, working_days
    else:
        row = policy.rule(rule or "reply")
        unit, amount = row.unit, row.amount
        if unit is ClockUnit.FIXED:
            raise ValueError(f"规则 {row.id} 的时间由来源给出，不能推算。")
    clock = start_clock(
        name=row.name if row else _NO_RULE,
        rule=row.id if row else _NO_RULE,
        policy=policy.version,
        unit=unit,
        amount=amount,
        started_at=received,
        calendar=calendar,
        office=policy.office,
    )
    return DeadlineReport(clock=clock, rule=row)


def _weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {_weekday(at.date())} {at:%H:%M:%S}"


def _line(day: TraceDay) -> str:
    if day.mark is DayMark.START:
        number = "不计入"
    elif day.counted:
        number = f"第 {day.counted} 天"
    else:
        number = "不计"
    note = f"（{day.note}）" if day.note else ""
    return f"  {day.day} {_weekday(day.day)}  {day.mark.value}{note}  {number}"
