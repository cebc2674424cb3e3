"""The sections of the desk, and who may open which."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from cases.words.actors import Role

EVERYONE: Final = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN)


class Section(Struct, frozen=True):
    name: str
    """As `Frame.here` has it."""
    title: str
    href: str
    roles: tuple[Role, ...] = EVERYONE


SECTIONS: Final = (
    Section("overview", "值班台", "/", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("register", "登记来件", "/register", (Role.DESK,)),
    Section("ledger", "台账", "/ledger"),
    Section("queue", "我的待办", "/queue", (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER)),
    Section("board", "看板", "/board"),
    Section("reports", "报表", "/reports", (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)),
    Section("duty", "值班", "/duty"),
    Section("promises", "承诺", "/promises"),
    Section("disclosure", "依申请公开", "/disclosure"),
    Section("opinion", "关注", "/watches", (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)),
    Section("qa", "问答库", "/qa"),
    Section("site", "栏目监测", "/site", (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)),
    Section("rectification", "整改", "/rectification"),
    Section("briefs", "专报", "/briefs", (Role.DESK, Role.LEADER, Role.ADMIN)),
    Section("admin", "管理", "/admin", (Role.DESK, Role.ADMIN)),
)


def sections_of(role: Role) -> tuple[Section, ...]:
    return tuple(one for one in SECTIONS if role in one.roles)
