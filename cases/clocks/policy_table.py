"""Reading `config/deadlines.toml`, with errors an administrator can act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

import msgspec

from cases.clocks.clocks import ClockUnit
from cases.clocks.office_hours import OfficeHours
from cases.clocks.rule import EVENT_LEVELS, ClockRule, Conditions, PolicyError
from cases.words.labels import Kind

__all__ = ["read_office", "read_rules", "read_version"]

_UNITS = {unit.value: unit for unit in ClockUnit}
_LISTS = ("source", "channel", "kind", "topic", "risk", "event_level")
_FLAGS = ("simple", "disclosure")


def read_version(table: Mapping[str, object], file: str) -> str:
    """The table's own `version`, empty when it has none; refuses unknown tables."""
    _only(table, {"version", "office", "clock"}, file)
    return _text(table, "version", file) if "version" in table else ""


def read_rules(table: Mapping[str, object], file: str) -> tuple[ClockRule, ...]:
    """The rows `[[clock]]`, in order. Raises PolicyError."""
    rows = table.get("clock")
    if not isinstance(rows, list) or not rows:
        raise PolicyError(f"{file}：至少要有一个 [[clock]]，实际是 {rows!r}。")
    rules: dict[str, ClockRule] = {}
    for number, row in enumerate(rows, start=1):
        where = f"{file} 第 {number} 个 [[clock]]"
        rule = _rule(_table(row, where), where)
        if rule.id in rules:
            raise PolicyError(f"{where}：id {rule.id!r} 与前面的行重复，请改成不同的名字。")
        rules[rule.id] = rule
    return tuple(rules.values())


def read_office(table: Mapping[str, object], file: str) -> OfficeHours:
    """Table `[office]`; what it leaves out is as in `OfficeHours`. Raises PolicyError."""
    where = f"{file} [office]"
    return _office(_table(table.get("office", {}), where), where)


def _rule(row: Mapping[str, object], where: str) -> ClockRule:
    rule_id = _text(row, "id", where)
    where = f"{where}（id = {rule_id}）"
    _only(row, {"id", "name", "label", "source", "when", "extension_limit", *_UNITS}, where)
    given = [unit for key, unit in _UNITS.items() if key in row]
    if len(given) != 1:
        raise PolicyError(
            f"{where}：working_days、hours、fixed 必须且只能写一个，"
            f"实际写了 {'、'.join(given) or '零个'}。"
        )
    unit = given[0]
    if unit is ClockUnit.FIXED:
        if row["fixed"] is not True:
            raise PolicyError(f"{where}：fixed 只能是 true，实际是 {row['fixed']!r}。")
        amount = 0
    else:
        amount = _count(row, unit.value, where, at_least=1)
    limit = _count(row, "extension_limit", where) if "extension_limit" in row else 0
    if limit and unit is not ClockUnit.WORKING_DAYS:
        raise PolicyError(f"{where}：只有 working_days 的时限可以写 extension_limit。")
    name = _text(row, "name", where)
    return ClockRule(
        id=rule_id,
        name=name,
        label=_text(row, "label", where),
        unit=unit,
        amount=amount,
        source=_text(row, "source", where),
        when=_conditions(_table(row.get("when", {}), f"{where} when"), f"{where} when"),
        extension_limit=limit,
    )


def _conditions(row: Mapping[str, object], where: str) -> Conditions:
    _only(row, {*_LISTS, *_FLAGS}, where)
    lists = {key: _names(row[key], key, where) for key in _LISTS if key in row}
    for key, known in (("kind", tuple(Kind)), ("event_level", EVENT_LEVELS)):
        wrong = lists.get(key, frozenset()) - set(known)
        if wrong:
            raise PolicyError(
                f"{where}：{key} 不认识 {'、'.join(sorted(wrong))}；可用的有 {'、'.join(known)}。"
            )
    flags = {key: row[key] for key in _FLAGS if key in row}
    for key, value in flags.items():
        if not isinstance(value, bool):
            raise PolicyError(f"{where}：{key} 应为 true 或 false，实际是 {value!r}。")
    return msgspec.convert({**lists, **flags}, Conditions)


def _names(value: object, key: str, where: str) -> frozenset[str]:
    values = [value] if isinstance(value, str) else value
    if (
        not isinstance(values, list)
        or not values
        or not all(isinstance(each, str) and each for each in values)
    ):
        raise PolicyError(f"{where}：{key} 应为文字或文字列表，不能为空，实际是 {value!r}。")
    return frozenset(values)


def _office(row: Mapping[str, object], where: str) -> OfficeHours:
    _only(row, {"hours", "day_end"}, where)
    usual = OfficeHours()
    spans = _spans(row["hours"], where) if "hours" in row else usual.spans
    day_end = _day_end(row["day_end"], where) if "day_end" in row else usual.day_end
    if day_end < spans[-1][1]:
        raise PolicyError(f"{where}：day_end（{day_end}）早于下班时间（{spans[-1][1]}）。")
    return OfficeHours(spans=spans, day_end=day_end)


def _spans(value: object, where: str) -> tuple[tuple[time, time], ...]:
    expected = f'{where}：hours 应为上班时段，如 ["08:30-12:00", "14:00-17:30"]，先后不重叠'
    if not isinstance(value, list) or not value:
        raise PolicyError(f"{expected}，实际是 {value!r}。")
    spans: list[tuple[time, time]] = []
    for text in value:
        begin, _, end = text.partition("-") if isinstance(text, str) else ("", "", "")
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


def _day_end(value: object, where: str) -> time:
    try:
        day_end = value if isinstance(value, time) else time.fromisoformat(str(value))
    except ValueError:
        day_end = None
    if day_end is None or day_end.microsecond or day_end.tzinfo:
        raise PolicyError(f'{where}：day_end 应为时间，如 "23:59:59"，实际是 {value!r}。')
    return day_end


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where}：应为表，实际是 {value!r}。")
    return value


def _only(row: Mapping[str, object], allowed: set[str], where: str) -> None:
    unknown = set(row) - allowed
    if unknown:
        raise PolicyError(
            f"{where}：不认识的项 {'、'.join(sorted(unknown))}；可用的有 "
            f"{'、'.join(sorted(allowed))}。"
        )


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{where}：{key} 应为文字，不能为空，实际是 {value!r}。")
    return value.strip()


def _count(row: Mapping[str, object], key: str, where: str, at_least: int = 0) -> int:
    value = row[key]
    if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= 1000:
        raise PolicyError(f"{where}：{key} 应为 {at_least} 至 1000 的整数，实际是 {value!r}。")
    return value
