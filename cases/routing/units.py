"""The register of responsible units (责任单位), read from a parsed TOML table.

Units are merged and renamed by every institutional reform (机构改革), while old
cases, old names in citizens' texts and last year's ledger stay. So a unit is
never deleted from the table: it gets `valid_to` and `merged_into`, and an old
name moves to `formerly`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where

DEFAULT_FILE = "config/units.toml"


class UnitTableError(ValueError):
    """The table of units is wrong. The text is for the office's administrator: file, line,
    entry, what was found, what was expected."""


def wrong_entry(file: str, entry: str, found: str, expected: str) -> UnitTableError:
    """`file`: with the line, where it is known."""
    return UnitTableError(f"{file}：{entry}：应为{expected}，实际是{found}。")


class UnitKind(StrEnum):
    """What kind of unit it is, in the words of the yearly plans' 责任单位 lists."""

    DEPARTMENT = "部门"
    TOWNSHIP = "乡镇街道"
    DISTRICT = "县市区"
    """各县（市、区）人民政府: the places of a prefecture city (宜春 2023 plan)."""
    STATIONED = "驻区单位"
    """Answers to a superior outside the locality (驻县单位, 垂管单位)."""
    PUBLIC = "公共企事业"
    """Water, power, gas, buses, hospitals: 公共企事业单位."""


class FormerName(Struct, frozen=True, forbid_unknown_fields=True):
    """A name the unit no longer bears."""

    name: str
    until: date | None = None
    """Last day of the old name; None when nobody knows any more."""


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A 科室 (股室) inside the unit."""

    name: str
    topics: tuple[str, ...] = ()
    contact: str = ""


class Unit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One responsible unit. Topics are written "一级", "一级/二级" or "一级/二级/三级"."""

    id: str
    """ASCII, never reused: cases refer to it for ever."""
    name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()
    """What citizens and other sources call it."""
    topics: tuple[str, ...] = ()
    """What it leads on (谁主管谁回应)."""
    assists: tuple[str, ...] = ()
    """Topics on which it assists (协办、会签) when another unit leads."""
    places: tuple[str, ...] = ()
    """Place names of its territory (属地管理). One that is written between
    slashes, as "/B[0-9]{0,2}[市区县]/", is a regular expression."""
    named_in_text: bool = True
    """False for units that are named as an addressee rather than as the one
    responsible (信访局, 县委): a mention in the text is then no reason."""
    parent: str = ""
    formerly: tuple[FormerName, ...] = ()
    merged_into: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day of existence, inclusive."""
    sections: tuple[Section, ...] = ()
    contact: str = ""
    may_not_return: tuple[str, ...] = ()
    """Topics (or "*") whose cases it may not hand back once designated
    (指定后不得退)."""

    def all_names(self) -> tuple[str, ...]:
        """Every name it answers to: its own, its aliases and the names it had."""
        return (self.name, *self.aliases, *(former.name for former in self.formerly))


class _Units(Struct, frozen=True):
    unit: Annotated[tuple[Unit, ...], Meta(min_length=1)]


_Places = dict[str, str]
"""Id of a unit -> file and line."""


class UnitRegister:
    """All units ever, by id. Immutable."""

    __slots__ = ("_by_name", "_places", "_units", "file")

    def __init__(
        self, units: Mapping[str, Unit], by_name: Mapping[str, str], places: _Places, file: str
    ) -> None:
        self._units = dict(units)
        self._by_name = dict(by_name)
        self._places = places
        self.file = file

    @classmethod
    def from_table(
        cls,
        table: Mapping[str, object],
        *,
        topics: Collection[str] | None = None,
        file: str = DEFAULT_FILE,
    ) -> UnitRegister:
        """Read the `[[unit]]` entries of a parsed TOML file.

        `topics`: the taxonomy's paths joined by "/", all levels; when given, a
        topic that is not among them is an error. Raises UnitTableError.
        """
        rows = read_table(_Units, table, file, UnitTableError).unit
        places = _Places(
            {unit.id: where(table, file, "unit", number) for number, unit in enumerate(rows)}
        )
        units: dict[str, Unit] = {}
        for number, unit in enumerate(rows):
            if unit.id in units:
                raise wrong_entry(
                    where(table, file, "unit", number),
                    _entry(unit),
                    f"“{units[unit.id].name}”和“{unit.name}”共用",
                    "每个单位各有的 id",
                )
            _check_names(unit, places)
            units[unit.id] = unit
        _check_references(units, places)
        _check_topics(units, topics, places)
        return cls(units, _name_owners(units, places), places, file)

    def place(self, unit_id: str) -> str:
        """Where the unit is written, for errors."""
        return self._places[unit_id]

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._units.values())

    def __len__(self) -> int:
        return len(self._units)

    @property
    def standing(self) -> int:
        """How many units there are today: one that was merged into another is kept for old
        cases, and is none."""
        return sum(not unit.merged_into for unit in self)

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._units

    def get(self, unit_id: str) -> Unit:
        """The unit; KeyError with the file to look into when there is none."""
        try:
            return self._units[unit_id]
        except KeyError:
            raise KeyError(f'no unit "{unit_id}" in {self.file}') from None

    def name(self, unit_id: str, on: date | None = None) -> str:
        """The unit's name, now or as it was on a day.

        An id that the register does not know comes back as it is: an old case
        must stay readable even when the unit was removed from the table.
        """
        unit = self._units.get(unit_id)
        if unit is None:
            return unit_id
        if on is not None:
            borne = [f for f in unit.formerly if f.until is not None and on <= f.until]
            if borne:
                return min(borne, key=lambda former: former.until or date.max).name
        return unit.name

    def current(self, unit_id: str, on: date | None = None) -> Unit:
        """The unit that has the duties of `unit_id` on a day (None: as of the newest
        entry), following mergers and renames. KeyError for an unknown id.

        A day before the unit's `valid_from` gives the unit itself: which of
        several predecessors had the duty cannot be told from its id.
        """
        unit = self.get(unit_id)
        while unit.merged_into and (on is None or unit.valid_to is None or on > unit.valid_to):
            unit = self._units[unit.merged_into]
        return unit

    def by_name(self, name: str) -> Unit | None:
        """The unit that bears exactly this name, alias or former name."""
        unit_id = self._by_name.get(name.strip())
        return None if unit_id is None else self._units[unit_id]


def _entry(unit: Unit) -> str:
    return f"[[unit]] id = {unit.id}"


def _check_names(unit: Unit, places: _Places) -> None:
    place, entry = places[unit.id], _entry(unit)
    if not unit.id.isascii() or not unit.id.replace("-", "").isalnum():
        raise wrong_entry(place, entry, f" {unit.id!r}", "由英文字母、数字和 - 组成的 id")
    for name in unit.all_names():
        if name != name.strip() or len(name) < 2:
            raise wrong_entry(place, entry, f"“{name}”", "两个字以上、前后无空格的名称和别名")
        if "{" in name or "}" in name:
            raise wrong_entry(place, entry, f"“{name}”", "文字，或 {place}、{level} 这样认得的词")


def _check_references(units: Mapping[str, Unit], places: _Places) -> None:
    for unit in units.values():
        for field, target in (("parent", unit.parent), ("merged_into", unit.merged_into)):
            if target and target not in units:
                raise wrong_entry(
                    places[unit.id],
                    f"{_entry(unit)} 的 {field}",
                    f" {target!r}",
                    "本文件中某个单位的 id",
                )
        for field in ("parent", "merged_into"):
            _check_no_circle(units, unit, field, places)
        if unit.valid_to is not None and not unit.merged_into:
            raise wrong_entry(
                places[unit.id],
                f"{_entry(unit)} 的 merged_into",
                "空",
                "承接其职责的单位的 id（已写 valid_to）",
            )


def _check_no_circle(units: Mapping[str, Unit], start: Unit, field: str, places: _Places) -> None:
    seen = [start.id]
    target: str = getattr(start, field)
    while target:
        if target in seen:
            circle = " → ".join([*seen, target])
            raise wrong_entry(
                places[start.id], f"{_entry(start)} 的 {field}", f"循环 {circle}", "有终点的指向"
            )
        seen.append(target)
        target = getattr(units[target], field)


def _check_topics(
    units: Mapping[str, Unit], topics: Collection[str] | None, places: _Places
) -> None:
    leads: dict[str, Unit] = {}
    for unit in units.values():
        for topic in unit.topics:
            other = leads.setdefault(topic, unit)
            if other is not unit:
                raise wrong_entry(
                    places[unit.id],
                    f"{_entry(unit)} 的 topics",
                    f"“{topic}”已由“{other.name}”（id = {other.id}）主管",
                    "每个事项分类只有一个主管单位，其余写入 assists",
                )
        if topics is None:
            continue
        listed = (*unit.topics, *unit.assists, *(t for t in unit.may_not_return if t != "*"))
        for topic in (*listed, *(t for section in unit.sections for t in section.topics)):
            if topic not in topics:
                raise wrong_entry(
                    places[unit.id],
                    _entry(unit),
                    f"“{topic}”",
                    "分类表里的事项分类（如 民政/优抚）",
                )


def _name_owners(units: Mapping[str, Unit], places: _Places) -> dict[str, str]:
    """Name -> id; a former name yields to the unit that bears the name today."""
    owners: dict[str, Unit] = {}
    for unit in units.values():
        for name in (unit.name, *unit.aliases):
            other = owners.setdefault(name, unit)
            if other is not unit:
                raise wrong_entry(
                    places[unit.id],
                    f"{_entry(unit)} 的别名",
                    f"“{name}”同时属于“{unit.name}”和“{other.name}”（id = {other.id}）",
                    "只属于一个单位的名称和别名",
                )
    for unit in units.values():
        for former in unit.formerly:
            owners.setdefault(former.name, unit)
    return {name: unit.id for name, unit in owners.items()}
