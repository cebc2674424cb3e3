"""The rows of a list of units as people fill it in: read, and refused with the place of the row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from cases.routing.units import UnitKind
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
_NO_UNIT: Final = re.compile(
    r"^(?:合计|总计|小计|共计|备注|说明|注|填表人|制表人|联系人)$|[：:；;。！!？?]"
)
"""What stands under a list: totals, remarks."""
LEAST: Final = 2
"""Characters of a name."""


class UnitRow(Struct, frozen=True, kw_only=True):
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


def read_row(row: ListRow, problems: list[str]) -> UnitRow | None:
    """None for a row that is wrong; `problems` says how."""
    cells, where = row.cells, row.where
    name = "".join(cells["name"].split())
    aliases = _parts(cells["aliases"])
    for each in (name, *aliases):
        if len(each) < LEAST or "{" in each or "}" in each:
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
    return UnitRow(
        where=where,
        id=cells["id"].lower(),
        name=name,
        kind=kind,
        aliases=tuple(each for each in aliases if each != name),
        places=_parts(cells["places"]),
        contact=cells["contact"],
        off=cells["off"].lower() in _YES,
    )


def check_twice(wanted: Sequence[UnitRow], problems: list[str]) -> None:
    """Adds to `problems` the rows that claim a name of another row."""
    owners: dict[str, UnitRow] = {}
    for each in wanted:
        for name in dict.fromkeys((*each.names, *([f"编号 {each.id}"] if each.id else []))):
            other = owners.setdefault(name, each)
            if other is not each:
                problems.append(
                    f"{each.where}：“{name}”在{other.where}已有。一个名称只属于一个单位，请只留一处"
                )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x for each in _APART.split(text) if (x := each.strip())))
