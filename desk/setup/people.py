"""Accounts for many people at once, from a list that is filled in with a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import ROLES, Account, AccountError, plain_id
from desk.accounts.changes import Changes
from desk.accounts.wishes import AddAccount, Made
from desk.ground.context import DeskContext
from desk.ground.passwords import Busy
from desk.phrasing.vocabulary import ROLES as ROLE_WORDS
from desk.setup.workbook import workbook
from streams.sources.seam.base import SourceError
from streams.sources.tables.plain_rows import ListRow, read_list

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("登录名", "账号", "用户名"),
    "name": ("姓名", "人员", "名字"),
    "role": ("角色", "身份", "岗位"),
    "unit": ("单位", "承办单位", "所在单位", "单位名称"),
}
MOST: Final = 300
_ROLE_OF: Final = {
    **{ROLE_WORDS[role]: role for role in ROLES},
    **{role.value: role for role in ROLES},
    "值班员": Role.DESK,
    "经办人": Role.RESPONDER,
    "承办人": Role.RESPONDER,
    "审核员": Role.REVIEWER,
    "系统管理员": Role.ADMIN,
}


class Person(Struct, frozen=True, kw_only=True):
    """What became of one row."""

    wish: AddAccount
    password: str
    """To be shown once; "" where a second person has to agree first."""


class People:
    """Raises `NotAllowed` with every wrong row; nobody was added then."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._changes = desk.get(Changes)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def template(self) -> bytes:
        """The list to fill in (xlsx)."""
        units = [unit.name for unit in self._desk.register if not unit.merged_into]
        roles = [ROLE_WORDS[role] for role in ROLES]
        heads = [names[0] for names in COLUMNS.values()]
        return workbook("人员", heads, (18, 14, 14, 44), (), _NOTES, {2: roles, 3: units})

    def add(
        self, by: Account, path: Path, address: str, *, alone: bool = False
    ) -> tuple[Person, ...]:
        """`alone`: without a second person, for who has the machine."""
        try:
            rows = read_list(path, COLUMNS, "id", most=MOST)
        except SourceError as error:
            raise NotAllowed(str(error)) from None
        wishes = self._wishes(by, rows)
        try:
            done = self._changes.ask_all(by, wishes, address, alone=alone)
        except AccountError as error:
            raise NotAllowed(str(error)) from None
        except Busy:
            raise NotAllowed("现在登录的人太多，没有加完。请稍等片刻，去掉已加的人再传。") from None
        return tuple(
            Person(wish=wish, password=each.secret if isinstance(each, Made) else "")
            for wish, each in zip(wishes, done, strict=True)
        )

    def _wishes(self, by: Account, rows: list[ListRow]) -> list[AddAccount]:
        problems: list[str] = []
        wishes: list[AddAccount] = []
        seen: dict[str, str] = {}
        for row in rows:
            try:
                wish = self._wish(by, row)
                other = seen.setdefault(wish.account.lower(), row.where)
                self._changes.check(by, wish)
                wishes.append(wish)
                if other != row.where:
                    problems.append(f"{row.where}：登录名“{wish.account}”在{other}已有。")
            except AccountError as error:
                problems.append(f"{row.where}：{error}")
        if problems:
            raise NotAllowed("\n".join(problems))
        return wishes

    def _wish(self, by: Account, row: ListRow) -> AddAccount:
        cells = row.cells
        role = _ROLE_OF.get(cells["role"].strip())
        if role is None:
            known = "、".join(ROLE_WORDS[each] for each in ROLES)
            raise AccountError(f"角色应为{known}之一，实际是“{cells['role'][:20]}”。")
        unit = ""
        if said := "".join(cells["unit"].split()):
            found = self._desk.register.by_name(said)
            unit = said if said in self._desk.register else found.id if found else ""
            if not unit and role is Role.RESPONDER:
                raise AccountError(f"单位表里没有“{said[:40]}”，请写单位表里的名称或别名。")
        if role is not Role.RESPONDER:
            unit = ""
        return AddAccount(
            account=plain_id(cells["id"]), name=cells["name"], role=role, unit=unit, demo=by.demo
        )


_NOTES: Final = (
    "一行一个人。上传以后给出各人的一次性密码，只显示一次；第一次登录时要改。",
    "登录名：字母、数字，如 zhang.san。必填，不能重复。",
    f"角色：{'、'.join(ROLE_WORDS[role] for role in ROLES)}。",
    "单位：承办单位的人必填，写单位表里的名称或别名；其他角色不填。",
)
