"""The sections of the desk, grouped by what one comes for, and who may open which."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from msgspec import Struct

from cases.words.actors import Role

EVERYONE: Final = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN)


class Section(Struct, frozen=True):
    group: str
    """What one comes for. Sections of one group stand together in `SECTIONS`."""
    name: str
    """As `Frame.here` has it."""
    title: str
    href: str
    roles: tuple[Role, ...] = EVERYONE


_ABOVE_UNITS: Final = (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)
_QUEUES: Final = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER)

SECTIONS: Final = (
    Section("值班", "overview", "值班台", "/", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("值班", "morning", "早报", "/morning"),
    Section("值班", "register", "登记来件", "/register", (Role.DESK,)),
    Section("值班", "duty", "值班表", "/duty"),
    Section("办理", "queue", "我的待办", "/queue", _QUEUES),
    Section("办理", "matters", "并单办理", "/matters"),
    Section("办理", "disputes", "派单异议", "/disputes", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("办理", "exchange", "对上交换", "/exchange", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("办理", "promises", "承诺事项", "/promises"),
    Section("办理", "rectification", "整改事项", "/rectification"),
    Section("分析", "board", "看板", "/board"),
    Section("分析", "hotspots", "热点", "/hotspots"),
    Section("分析", "emerging", "苗头预警", "/emerging", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("分析", "incidents", "事件档案", "/incidents"),
    Section("分析", "opinion", "关注主题", "/watches", _ABOVE_UNITS),
    Section("台账与报表", "ledger", "台账", "/ledger"),
    Section("台账与报表", "reports", "报表", "/reports", _ABOVE_UNITS),
    Section("台账与报表", "briefs", "专报", "/briefs", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("公开与监督", "disclosure", "依申请公开", "/disclosure"),
    Section("公开与监督", "qa", "问答库", "/qa"),
    Section("公开与监督", "site", "栏目更新监测", "/site", _ABOVE_UNITS),
    Section("管理", "notices", "通知设置", "/notices", (Role.RESPONDER, Role.DESK, Role.ADMIN)),
    Section("管理", "admin", "管理", "/admin", (Role.DESK, Role.ADMIN)),
    Section("使用手册", "manual", "使用手册", "/manual"),
)


def groups_of(role: Role) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    """What this role may open, under the name of each group."""
    own = (section for section in SECTIONS if role in section.roles)
    return tuple((name, tuple(group)) for name, group in groupby(own, lambda each: each.group))
