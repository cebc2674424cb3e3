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
from streams.sources.tables.plain_rows import ListRow

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("编号", "单位编号", "id"),
    "name": ("单位名称", "名称", "单位", "承办单位", "责任单位", "部门名称"),
    "kind": ("类别", "单位类别", "单位类型", "性质", "类型"),
    "aliases": ("别名", "简称", "又称", "别称"),
    "places": ("辖区", "属地", "管辖地名"),
    "contact": ("联系方式", "联系人", "联系电话", "联系人及电话", "电话"),
    "off": ("停用",),
}
MOST: Final = 2000
_YES: Final = frozenset({"是", "停用", "y", "yes", "1", "√"})
_APART: Final = re.compile(r"[、,，;；/／\n|]+")
_KINDS: Final = {
    UnitKind.DEPARTMENT: ("部门", "政府部门", "县直部门", "委办局", "党委部门", "工作部门", "机关"),
    UnitKind.TOWNSHIP: ("乡镇街道", "乡镇", "街道", "镇", "乡", "镇街", "乡镇（街道）"),
    UnitKind.DISTRICT: ("县市区", "县区", "区县", "县（市、区）"),
    UnitKind.STATIONED: ("驻区单位", "驻县单位", "垂管单位", "垂直管理单位", "驻地单位"),
    UnitKind.PUBLIC: ("公共企事业", "企事业单位", "公共企事业单位", "国有企业", "国企", "事业单位"),
}
_KIND_OF: Final = {word: kind for kind, words in _KINDS.items() for word in words}
_TOWN: Final = re.compile(r"(?:镇|乡|街道|街道办事处|街道办|(?:镇|乡)人民政府)$")
_OFFICE: Final = re.compile(r"(?:人民政府|办事处|街道办)$")
_FIRM: Final = re.compile(r"(?:公司|医院|学校|中学|小学|大学|学院|厂)$")
_NO_UNIT: Final = re.compile(
    r"^(?:合计|总计|小计|共计|备注|说明|注|填表人|制表人|联系人)$|[：:；;。！!？?]"
)
"""What stands under a list: totals, remarks."""
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LEAST: Final = 2
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


class _Wanted(Struct, frozen=True, kw_only=True):
    """One row of the list, read."""

    where: str
    id: str
    name: str
    kind: UnitKind | None
    aliases: tuple[str, ...]
    places: tuple[str, ...]
    contact: str
    off: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


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
    wanted = [each for row in found if (each := _read(row, problems)) is not None]
    _check_twice(wanted, problems)
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


def _read(row: ListRow, problems: list[str]) -> _Wanted | None:
    cells, where = row.cells, row.where
    name = "".join(cells["name"].split())
    aliases = _parts(cells["aliases"])
    for each in (name, *aliases):
        if len(each) < _LEAST or "{" in each or "}" in each:
            said = f"“{each}”" if each else "空"
            problems.append(f"{where}：单位名称和别名应有两个字以上、没有花括号，实际是{said}")
            return None
    if _NO_UNIT.search(name):
        problems.append(f"{where}：“{name[:40]}”不是单位名称。请删去这一行")
        return None
    kind = _KIND_OF.get(cells["kind"]) if cells["kind"] else None
    if cells["kind"] and kind is None:
        known = "、".join(each.value for each in UnitKind)
        problems.append(f"{where}：类别应为{known}之一，实际是“{cells['kind'][:20]}”")
        return None
    return _Wanted(
        where=where,
        id=cells["id"].lower(),
        name=name,
        kind=kind,
        aliases=tuple(each for each in aliases if each != name),
        places=_parts(cells["places"]),
        contact=cells["contact"],
        off=cells["off"].lower() in _YES,
    )


def _check_twice(wanted: Sequence[_Wanted], problems: list[str]) -> None:
    owners: dict[str, _Wanted] = {}
    for each in wanted:
        for name in dict.fromkeys((*each.names, *([f"编号 {each.id}"] if each.id else []))):
            other = owners.setdefault(name, each)
            if other is not each:
                problems.append(
                    f"{each.where}：“{name}”在{other.where}已有。一个名称只属于一个单位，请只留一处"
                )


def _owners(
    wanted: Sequence[_Wanted], register: UnitRegister, locality: Locality
) -> dict[str, Unit]:
    """The unit of each row, by its place in the list: by number, else by full name, else by
    what it is called too. Each unit once."""
    mine: dict[str, Unit] = {}
    taken: set[str] = set()

    def give(each: _Wanted, unit: Unit | None) -> None:
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
    wanted: Sequence[_Wanted],
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


def _new(each: _Wanted, locality: Locality) -> Row:
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
        aliases += [x for x in (short, bare) if x not in each.names and len(x) >= _LEAST]
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


def _different(each: _Wanted, unit: Unit) -> Row:
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
    wanted: Sequence[_Wanted],
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


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x for each in _APART.split(text) if (x := each.strip())))
