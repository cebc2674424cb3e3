"""栏目更新监测: how long a column of a government site may stand still. Pure.

The cycles are those of 宁都县 2023 年政务公开实施方案 section 10: "政府网站动态、要闻类栏目及
政务新媒体每周至少更新1次，通知公告、政策文件类一级栏目更新最迟不能超过3个月，执法信息、社会救助等特定
工作专栏每月至少更新1次，其他栏目最迟11个月更新1次". Beside them stand the limits of
国办秘函〔2019〕19号: two weeks for columns of the first page and 政务新媒体, six months for others.
All are in config/columns.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cases.clocks.months import plus_months
from cases.routing.units import UnitRegister
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where


class ColumnsError(ValueError):
    """The table is not usable; the text names the entry, what was expected and found."""


class Cycle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longest a column may go without something new: days, or calendar months."""

    title: str
    days: Annotated[int, Meta(ge=0)] = 0
    months: Annotated[int, Meta(ge=0)] = 0
    floor_days: Annotated[int, Meta(ge=0)] = 0
    floor_months: Annotated[int, Meta(ge=0)] = 0
    """The state's own limit, which a longer cycle of a county does not lift; 0 and 0: none."""
    remind_days: Annotated[int, Meta(ge=0)] = 1
    """So many days before its last day a reminder goes out."""

    def last_day(self, newest: date) -> date:
        """The last day on which something new is still in time."""
        own = plus_months(newest, self.months) + timedelta(days=self.days)
        if not (self.floor_days or self.floor_months):
            return own
        floor = plus_months(newest, self.floor_months) + timedelta(days=self.floor_days)
        return min(own, floor)


class Reader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the newest date stands. Without `dates` every date in the page counts."""

    rows: str = ""
    """CSS selector of the lines; "" takes the whole page."""
    dates: str = ""
    """CSS selector of the date inside a line, "selector@attribute" for an attribute."""
    feed: bool = False
    """The address is an RSS or Atom feed."""


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    """Names the column for ever."""
    title: str
    url: str
    cycle: str
    unit: str
    reader: Reader = Reader()
    enabled: bool = True


class Freshness(StrEnum):
    """The value is shown."""

    FRESH = "正常"
    DUE_SOON = "将到期"
    STALE = "未按时更新"
    UNKNOWN = "读不到日期"


class ColumnTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """config/columns.toml."""

    hosts: tuple[str, ...] = ()
    """Hosts that may be asked at all."""
    allow_private_addresses: bool = False
    check_hour: Annotated[int, Meta(ge=0, le=23)] = 7
    crawl_pages: Annotated[int, Meta(ge=0, le=5000)] = 200
    """Pages of one site looked at for broken links, at most; 0 turns it off."""
    rectify_working_days: Annotated[int, Meta(ge=1, le=60)] = 5
    cycle: dict[str, Cycle] = {}
    column: tuple[Column, ...] = ()

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], register: UnitRegister, file: str = "config/columns.toml"
    ) -> ColumnTable:
        """Raises `ColumnsError`."""
        found = read_table(cls, table, file, ColumnsError)
        units = {unit.id for unit in register}
        names = [column.name for column in found.column]
        for name, cycle in found.cycle.items():
            if not cycle.days and not cycle.months:
                place = where(table, file, "cycle", name)
                raise ColumnsError(f"{place}：周期“{name}”应写明 days 或 months。")
        for number, column in enumerate(found.column):
            row = f"{where(table, file, 'column', number)}：栏目“{column.name}”"
            if names.count(column.name) > 1:
                raise ColumnsError(f"{row}出现了不止一次。")
            if column.cycle not in found.cycle:
                known = "、".join(found.cycle)
                raise ColumnsError(f"{row}的周期“{column.cycle}”没有定义，可用的有：{known}。")
            if column.unit not in units:
                raise ColumnsError(f"{row}的单位“{column.unit}”不在 config/units.toml 里。")
            if not column.url.startswith(("http://", "https://")):
                raise ColumnsError(f"{row}的网址应以 http:// 或 https:// 开头。")
        return found


def freshness(newest: date | None, cycle: Cycle, today: date) -> Freshness:
    """How a column whose newest entry is of `newest` stands today."""
    if newest is None:
        return Freshness.UNKNOWN
    last = cycle.last_day(newest)
    if today > last:
        return Freshness.STALE
    if today >= last - timedelta(days=cycle.remind_days):
        return Freshness.DUE_SOON
    return Freshness.FRESH
