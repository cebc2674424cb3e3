"""The pages of columns.toml: which columns of websites are looked at, and how often they must be
new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cases.registers.site_columns import Column, ColumnTable, Cycle
from desk.tables.sheet import Offers, Sheet, Term

_GROUP: Final = "栏目监测"
_FILE: Final = "columns.toml"
_LONG: Final = "天数和月数写一样；两样都写的，先到的算。"
_CYCLE_NAMES: Final[Mapping[str, str]] = {
    "news": "动态要闻类栏目", "new-media": "政务新媒体", "notices": "通知公告、政策文件类栏目",
    "special": "特定工作专栏", "other": "其他栏目",
}  # fmt: skip
"""Those that are shipped; one of the office's own is written into the file."""

_COLUMNS: Final = Sheet(
    name="site-columns", title="监测的网站栏目", group=_GROUP,
    about="每天看一次这些栏目最近更新的日期，超过周期没有更新的交单位整改。",
    file=_FILE, path=("column",), shape=Column, key="name",
    listed=("title", "cycle", "unit", "url"),
    terms=(
        Term("name", "代号", "自己定，如 yaowen；监测记录按它归在一起，不要改。"),
        Term("title", "栏目名称", "如 要闻。"),
        Term("url", "网址", "列表页的完整网址，以 http:// 或 https:// 开头。"),
        Term("cycle", "更新周期", offers=Offers.CYCLES),
        Term("unit", "负责的单位", offers=Offers.UNITS),
        Term("reader.rows", "列表里的一条", "CSS 选择器，如 ul.list li；没有别的日期不用写。"),
        Term("reader.dates", "一条里的日期", "CSS 选择器，如 span.date。"),
        Term("reader.feed", "网址是 RSS", "是 RSS 或 Atom 的选“是”。"),
        Term("enabled", "检查", "暂时不查的选“否”。"),
    ),
)  # fmt: skip
_SETTINGS: Final = Sheet(
    name="site-watch", title="栏目监测的设置", group=_GROUP,
    about="允许访问哪些网站，几点检查，没有按时更新的几天整改。",
    file=_FILE, path=(), shape=ColumnTable,
    terms=(
        Term("hosts", "允许访问的主机", "如 www.example.gov.cn；不写的不访问。多个用顿号分开。"),
        Term("allow_private_addresses", "网站在政务内网", "内网地址也允许访问。"),
        Term("check_hour", "几点检查", "0 至 23；那时没有开机，开机后补查。"),
        Term("crawl_pages", "每个网站最多查多少页的链接", "0 不查。"),
        Term("rectify_working_days", "整改几个工作日", "1 至 60。"),
    ),
    left_to_the_file={"cycle": "每种周期一页", "column": "一个栏目一行"},
)  # fmt: skip


def _cycle(name: str, called: str) -> Sheet:
    return Sheet(
        name=f"cycle-{name}", title=f"{called}的更新周期", group=_GROUP,
        about="最长多久要有更新。监测的网站栏目里选用。",
        file=_FILE, path=("cycle", name), shape=Cycle,
        terms=(
            Term("title", "叫法", "如 每周至少更新 1 次。"),
            Term("days", "天数", _LONG),
            Term("months", "月数", _LONG),
            Term("floor_days", "国家检查的天数", "周期再长也不超过它。"),
            Term("floor_months", "国家检查的月数", "周期再长也不超过它。"),
            Term("remind_days", "提前几天提醒"),
        ),
    )  # fmt: skip


SITE_SHEETS: Final = (
    _COLUMNS,
    _SETTINGS,
    *(_cycle(name, called) for name, called in _CYCLE_NAMES.items()),
)
