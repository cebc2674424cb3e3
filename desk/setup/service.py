"""What an office says about itself: its place and name, its units; for page and command."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import partial, reduce
from pathlib import Path
from typing import Final, Self

from cases.routing.units import UnitKind, UnitRegister
from cases.words.refusals import NotAllowed
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.locality import FILE as OFFICE
from desk.ground.locality import Level
from desk.setup.own_tables import OwnTables
from desk.setup.unit_list import ListError, Plan, plan, table_of
from desk.setup.unit_rows import COLUMNS, MOST
from desk.setup.units_in_use import use_of
from desk.setup.workbook import workbook
from huiyin.configuration.written import with_keys, with_row
from streams.sources.seam.base import SourceError
from streams.sources.tables.plain_rows import read_list

UNITS: Final = "units.toml"
OFFICE_KEYS: Final = ("place", "level", "superior", "name", "seal", "short", "phone")
_LONGEST: Final = 60
_WIDTHS: Final = (16, 36, 14, 48, 24, 28, 8)


class Setup:
    """Every method that changes something raises `NotPermitted` and `NotAllowed`, with what is
    wrong and what to do; it takes effect at once."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def office(self) -> dict[str, str]:
        """What the office has said itself, "" for what it has not."""
        try:
            said = tomllib.loads((self._own.folder / OFFICE).read_text("utf-8-sig"))
        except (OSError, ValueError):
            said = {}
        return {key: str(said.get(key, "")) for key in OFFICE_KEYS}

    def name_office(self, by: Doer, values: Mapping[str, str]) -> None:
        """`values`: of `OFFICE_KEYS`; "" leaves what is shipped."""
        said = {key: values.get(key, "").strip() for key in OFFICE_KEYS}
        if not said["place"]:
            raise NotAllowed("请填写本地的全称，如 宁都县。")
        if said["level"] and said["level"] not in set(Level):
            raise NotAllowed(f"级别应为{'、'.join(Level)}之一，或不填，由全称得出。")
        for value in said.values():
            if len(value) > _LONGEST or not value.isprintable():
                raise NotAllowed(f"每一项最多 {_LONGEST} 个字，一行写完。")
        keys = {key: value or None for key, value in said.items()}
        self._own.change(by, OFFICE, lambda text: with_keys(text, keys), f"本单位：{said['place']}")

    def units_workbook(self) -> bytes:
        """The units there are as the list to fill in (xlsx)."""
        return _workbook(self._desk.register)

    def plan_units(self, path: Path) -> Plan:
        """What a list would change. Raises `NotAllowed`."""
        try:
            found = read_list(path, COLUMNS, "name", most=MOST)
            card = self._desk.card
            return plan(found, self._desk.register, card.locality, partial(use_of, self._desk))
        except (SourceError, ListError) as error:
            raise NotAllowed(str(error)) from None

    def take_units(self, by: Doer, path: Path) -> Plan:
        """The list is what counts from now on."""
        made = self.plan_units(path)
        events = [
            row
            for row in self._desk.settings.table(UNITS).get("event", ())  # type: ignore[attr-defined]
            if row["unit"] in made.off
        ]

        def edit(text: str) -> str:
            text = reduce(lambda told, row: with_row(told, "unit", "id", row), made.rows, text)
            for event in events:
                key = "id" if "id" in event else "unit"
                text = with_row(text, "event", key, {key: event[key], "disabled": True})
            return text

        self._own.change(by, UNITS, edit, f"单位表：{made.text}")
        return made


def _workbook(register: UnitRegister) -> bytes:
    heads = [names[0] for names in COLUMNS.values()]
    choices = {2: [kind.value for kind in UnitKind], 6: ["是"]}
    return workbook("单位", heads, _WIDTHS, table_of(register), _NOTES, choices)


_NOTES: Final = (
    "一行一个单位。表里已经列出现有的单位，可以改、可以在下面加；不用的在“停用”列写 是。",
    "编号：现有单位的编号不要改，事项靠它认单位；新单位留空，自动编号。",
    "单位名称：全称，如 宁都县住房和城乡建设局。必填。没有编号而写简称的，记为现有单位的别名。",
    f"类别：{'、'.join(kind.value for kind in UnitKind)}；不填的按名称判断。",
    "别名：群众和其他系统怎样称呼它，多个用顿号分开。文中出现别名时，据此建议承办单位。",
    "辖区：乡镇街道管的地名，多个用顿号分开；不填时用它自己的名称。",
    "空着的格子表示不改。也可以直接上传本单位自己的名单，只要表头里有“单位名称”。",
)
