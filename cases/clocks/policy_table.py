"""Reading `config/deadlines.toml`, with errors an administrator can act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from cases.clocks.clocks import ClockUnit
from cases.clocks.office_hours import OfficeHours
from cases.clocks.rule import ClockRule, Conditions, PolicyError
from cases.words.labels import Kind
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where

__all__ = ["ClockRow", "ExtensionRow", "OfficeRow", "PolicyFile", "read_file"]

_Text = Annotated[str, Meta(min_length=1)]
_Texts = _Text | Annotated[tuple[_Text, ...], Meta(min_length=1)]
_Amount = Annotated[int, Meta(ge=1, le=1000)]
_EXTENDABLE = (ClockUnit.WORKING_DAYS, ClockUnit.DAYS)
_Level = Literal["特别重大", "重大", "较大", "一般"]


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _When(_Table, frozen=True, omit_defaults=True):
    """One value or several, of which any will do."""

    source: _Texts | None = None
    channel: _Texts | None = None
    kind: Kind | Annotated[tuple[Kind, ...], Meta(min_length=1)] | None = None
    topic: _Texts | None = None
    risk: _Texts | None = None
    event_level: _Level | Annotated[tuple[_Level, ...], Meta(min_length=1)] | None = None
    simple: bool | None = None
    urgent: bool | None = None
    loud: bool | None = None
    disclosure: bool | None = None


class ClockRow(_Table, frozen=True):
    """A row `[[clock]]` as it is written."""

    id: _Text
    name: _Text
    label: _Text
    source: _Text
    working_days: _Amount | None = None
    days: _Amount | None = None
    hours: _Amount | None = None
    fixed: bool = False
    none: bool = False
    extension_limit: Annotated[int, Meta(ge=0, le=1000)] = 0
    """As tables of before wrote it, without a source of its own."""
    extension: str = ""
    """Id of a row `[[extension]]`; "" allows none."""
    when: _When = _When()


class ExtensionRow(_Table, frozen=True):
    """A row `[[extension]]`."""

    id: _Text
    most: _Amount
    """Days in all, of the kind that the clock counts."""
    source: _Text


class OfficeRow(_Table, frozen=True):
    """The table `[office]`."""

    hours: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    day_end: time | None = None


class _File(_Table, frozen=True, kw_only=True):
    version: str = ""
    office: OfficeRow = OfficeRow()
    clock: Annotated[tuple[ClockRow, ...], Meta(min_length=1)]
    extension: tuple[ExtensionRow, ...] = ()


class PolicyFile(Struct, frozen=True):
    """What the file says, checked."""

    rules: tuple[ClockRule, ...]
    """The rows `[[clock]]`, in order."""
    office: OfficeHours
    """Table `[office]`; what it leaves out is as in `OfficeHours`."""
    version: str
    """The table's own, empty when it has none."""


def read_file(table: Mapping[str, object], file: str) -> PolicyFile:
    """Raises PolicyError."""
    read = read_table(_File, table, file, PolicyError)
    rules: dict[str, ClockRule] = {}
    extensions = {row.id: row for row in read.extension}
    for number, row in enumerate(read.clock):
        place = f"{where(table, file, 'clock', number)}：[[clock]] id = {row.id}"
        if row.id in rules:
            raise PolicyError(f"{place}：与前面的行重复，请改成不同的 id。")
        rules[row.id] = _rule(row, extensions, place)
    office = _office(read.office, f"{where(table, file, 'office')}：[office]")
    return PolicyFile(tuple(rules.values()), office, read.version.strip())


def _rule(row: ClockRow, extensions: Mapping[str, ExtensionRow], place: str) -> ClockRule:
    amounts = {
        ClockUnit.WORKING_DAYS: row.working_days,
        ClockUnit.DAYS: row.days,
        ClockUnit.HOURS: row.hours,
        ClockUnit.FIXED: 0 if row.fixed or row.none else None,
    }
    given = {unit: amount for unit, amount in amounts.items() if amount is not None}
    if len(given) != 1 or (row.fixed and row.none):
        written = [*given, "none"] if row.none else list(given)
        raise PolicyError(
            f"{place}：working_days、days、hours、fixed = true、none = true 必须且只能写一个，"
            f"实际写了 {'、'.join(written) or '零个'}。"
        )
    ((unit, amount),) = given.items()
    allowed = extensions.get(row.extension)
    if row.extension and allowed is None:
        raise PolicyError(
            f"{place}：extension 找到 {row.extension!r}，应为一行 [[extension]] 的 id"
            f"（现有：{'、'.join(extensions) or '无'}）；不许延期就写成空的。"
        )
    if row.extension and row.extension_limit:
        raise PolicyError(f"{place}：extension 和 extension_limit 只能写一个。")
    if (row.extension or row.extension_limit) and unit not in _EXTENDABLE:
        raise PolicyError(f"{place}：只有 working_days 或 days 的时限可以延期。")
    return ClockRule(
        id=row.id,
        name=row.name,
        label=row.label,
        unit=unit,
        amount=amount,
        source=row.source,
        when=_conditions(row.when),
        none=row.none,
        extension_limit=allowed.most if allowed else row.extension_limit,
        extension_source=allowed.source if allowed else "",
    )


def _conditions(when: _When) -> Conditions:
    said = {key: value for key, value in msgspec.structs.asdict(when).items() if value is not None}
    alike = {key: [value] if isinstance(value, str) else value for key, value in said.items()}
    return msgspec.convert(alike, Conditions)


def _office(office: OfficeRow, place: str) -> OfficeHours:
    usual = OfficeHours()
    spans = usual.spans if office.hours is None else _spans(office.hours, place)
    day_end = usual.day_end if office.day_end is None else office.day_end
    if day_end.microsecond or day_end.tzinfo:
        raise PolicyError(f'{place}：day_end 应为时间，如 "23:59:59"，实际是 {day_end}。')
    if day_end < spans[-1][1]:
        raise PolicyError(f"{place}：day_end（{day_end}）早于下班时间（{spans[-1][1]}）。")
    return OfficeHours(spans=spans, day_end=day_end)


def _spans(hours: tuple[str, ...], place: str) -> tuple[tuple[time, time], ...]:
    expected = f'{place}：hours 应为上班时段，如 ["08:30-12:00", "14:00-17:30"]，先后不重叠'
    spans: list[tuple[time, time]] = []
    for text in hours:
        begin, _, end = text.partition("-")
        try:
            span = (time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))
        except ValueError:
            raise PolicyError(f"{expected}，实际是 {text!r}。") from None
        if span[1] <= span[0] or (spans and span[0] < spans[-1][1]) or _odd(*span):
            raise PolicyError(f"{expected}（精确到分），实际是 {text!r}。")
        spans.append(span)
    return tuple(spans)


def _odd(*times: time) -> bool:
    return any(each.second or each.microsecond or each.tzinfo for each in times)
