"""The units of the office as a list that people fill in with a spreadsheet. Pure: rows and the
units there are in, changed rows of config/units.toml out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from cases.routing.units import Unit, UnitKind, UnitRegister
from desk.ground.locality import Locality
from desk.setup.unit_rows import LEAST, UnitRow, check_twice, read_row
from streams.sources.tables.plain_rows import ListRow

_TOWN: Final = re.compile(r"(?:镇|乡|街道|街道办事处|街道办|(?:镇|乡)人民政府)$")
_OFFICE: Final = re.compile(r"(?:人民政府|办事处|街道办)$")
_FIRM: Final = re.compile(r"(?:公司|医院|学校|中学|小学|大学|学院|厂)$")
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHORTER: Final = 2
"""A list that calls 宁都县住房和城乡建设局 宁都县住建局 does not rename it: by so many characters
fewer, and without the unit's number, a name is one more alias."""

Row = dict[str, Any]


class ListError(ValueError):
    """Nothing was taken; one line for each problem, with the row."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a list changes."""

    rows: tuple[Row, ...]
    """Rows of `[[unit]]` for the overlay, each with its `id`; a value None takes a key away."""
    added: tuple[str, ...]
    """Names."""
    changed: tuple[str, ...]
    off: tuple[str, ...]
    """Ids of units that are switched off."""
    same: int

    @property
    def text(self) -> str:
        parts = [f"新增 {len(self.added)} 个", f"修改 {len(self.changed)} 个"]
        parts += [f"停用 {len(self.off)} 个"] if self.off else []
        return "，".join([*parts, f"没有变化 {self.same} 个"])


def table_of(register: UnitRegister) -> list[tuple[str, ...]]:
    """The units there are, as rows of a list in the order of `COLUMNS`."""
    return [
        (
            unit.id,
            unit.name,
            unit.kind.value,
            "、".join(unit.aliases),
            "、".join(each for each in unit.places if not each.startswith("/")),
            unit.contact,
            "",
        )
        for unit in register
        if not unit.merged_into
    ]


def plan(
    found: Sequence[ListRow],
    register: UnitRegister,
    locality: Locality,
    use_of: Callable[[str], str],
) -> Plan:
    """What the list changes in the units there are. Names of a row go to its unit: another unit
    that had one of them as an alias gives it up. `use_of`: what stands under a unit's number, ""
    for nothing; else it cannot be switched off. Raises `ListError`."""
    problems: list[str] = []
    wanted = [each for row in found if (each := read_row(row, problems)) is not None]
    check_twice(wanted, problems)
    mine = _owners(wanted, register, locality)
    for each in wanted:
        if each.id and each.id not in register and not _ID.fullmatch(each.id):
            problems.append(
                f"{each.where}：编号应由小写字母、数字和 - 组成（不知道的留空），实际是“{each.id}”"
            )
        unit = mine.get(each.where)
        if each.off and unit is None:
            problems.append(f"{each.where}：“{each.name}”不在现有单位里，不用停用。请删去这一行")
        if each.off and unit is not None and (use := use_of(unit.id)):
            problems.append(f"{each.where}：“{each.name}”{use}，不能停用。请去掉“停用”")
    if problems:
        raise ListError("\n".join(problems))
    return _planned(wanted, mine, register, locality)


def _owners(
    wanted: Sequence[UnitRow], register: UnitRegister, locality: Locality
) -> dict[str, Unit]:
    """The unit of each row, by its place in the list: by number, else by full name, else by
    what it is called too. Each unit once."""
    mine: dict[str, Unit] = {}
    taken: set[str] = set()

    def give(each: UnitRow, unit: Unit | None) -> None:
        if unit is not None and not unit.merged_into and unit.id not in taken:
            mine[each.where] = unit
            taken.add(unit.id)

    names = {unit.name: unit for unit in register}
    for each in wanted:
        if each.id in register:
            give(each, register.get(each.id))
    for each in wanted:
        if each.where not in mine and not each.id:
            give(each, names.get(each.name))
    for each in wanted:
        for name in (*_calls(each.name, locality), *each.aliases):
            if each.where not in mine and not each.id:
                give(each, register.by_name(name))
    return mine


def _calls(name: str, locality: Locality) -> tuple[str, ...]:
    """宁都县住建局 is 县住建局 and 住建局."""
    place, level = locality.place, str(locality.words["level"])
    bare = name.removeprefix(place) if place else name.removeprefix(level)
    return (name, f"{level}{bare}", bare)


def _planned(
    wanted: Sequence[UnitRow],
    mine: Mapping[str, Unit],
    register: UnitRegister,
    locality: Locality,
) -> Plan:
    rows: dict[str, Row] = {}
    added, changed, off, same = [], [], [], 0
    for each in wanted:
        unit = mine.get(each.where)
        if unit is None:
            new = _new(each, locality)
            rows[new["id"]] = new
            added.append(each.name)
        elif each.off:
            rows[unit.id] = {"id": unit.id, "disabled": True}
            off.append(unit.id)
        elif keys := _different(each, unit):
            rows[unit.id] = {"id": unit.id, **keys}
            changed.append(each.name)
        else:
            same += 1
    _give_up(rows, wanted, mine, register)
    return Plan(
        rows=tuple(rows.values()),
        added=tuple(added),
        changed=tuple(changed),
        off=tuple(off),
        same=same,
    )


def _new(each: UnitRow, locality: Locality) -> Row:
    kind = each.kind or _guessed(each.name)
    row: Row = {
        "id": each.id or f"own-{hashlib.sha256(each.name.encode()).hexdigest()[:8]}",
        "new": True,
        "name": each.name,
        "kind": kind.value,
    }
    short = each.name.removeprefix(locality.place) if locality.place else each.name
    bare = _OFFICE.sub("", short)
    aliases = [*each.aliases]
    if kind is UnitKind.TOWNSHIP:
        aliases += [x for x in (short, bare) if x not in each.names and len(x) >= LEAST]
        row["places"] = list(each.places or (bare,))
    elif each.places:
        row["places"] = list(each.places)
    if aliases:
        row["aliases"] = list(dict.fromkeys(aliases))
    if each.contact:
        row["contact"] = each.contact
    return row


def _guessed(name: str) -> UnitKind:
    if _TOWN.search(name):
        return UnitKind.TOWNSHIP
    return UnitKind.PUBLIC if _FIRM.search(name) else UnitKind.DEPARTMENT


def _different(each: UnitRow, unit: Unit) -> Row:
    """What an empty cell leaves is left as it is."""
    keys: Row = {}
    short = not each.id and len(each.name) + _SHORTER < len(unit.name)
    name = unit.name if short else each.name
    if name != unit.name:
        keys["name"] = name
    if each.kind is not None and each.kind is not unit.kind:
        keys["kind"] = each.kind.value
    aliases = [x for x in dict.fromkeys((*unit.aliases, *each.names)) if x != name]
    if tuple(aliases) != unit.aliases:
        keys["aliases"] = aliases
    rules = tuple(x for x in unit.places if x.startswith("/"))
    if each.places and (*each.places, *rules) != unit.places:
        keys["places"] = [*each.places, *rules]
    if each.contact and each.contact != unit.contact:
        keys["contact"] = each.contact
    return keys


def _give_up(
    rows: dict[str, Row],
    wanted: Sequence[UnitRow],
    mine: Mapping[str, Unit],
    register: UnitRegister,
) -> None:
    """A name that the list gives to one unit is no alias of another."""
    owner = {
        name: (mine[each.where].id if each.where in mine else "")
        for each in wanted
        if not each.off
        for name in each.names
    }
    for row in [row for row in rows.values() if row.get("new")]:
        # What a township is called for short may be the name of another already.
        free = [x for x in row.get("aliases", ()) if x in owner or register.by_name(x) is None]
        if "aliases" in row:
            row["aliases"] = free
    for unit in register:
        aliases = list(rows.get(unit.id, {}).get("aliases", unit.aliases))
        kept = [x for x in aliases if x not in owner or owner[x] == unit.id]
        if kept != aliases:
            rows.setdefault(unit.id, {"id": unit.id})["aliases"] = kept
