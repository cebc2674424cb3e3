"""What an administrator wishes to change about accounts, and who else has to agree."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.words.actors import Role
from desk.accounts.accounts import Account
from desk.accounts.tokens import Scope
from desk.phrasing.vocabulary import ROLES

SECONDERS: Final = (Role.ADMIN, Role.DESK, Role.LEADER)
"""Who may agree. The owner of an account agrees to a token for it, whatever the role."""


class AddAccount(Struct, frozen=True, kw_only=True, tag="add"):
    account: str
    name: str
    role: Role
    unit: str = ""
    demo: bool = False
    with_password: bool = True


class ChangeAccount(Struct, frozen=True, kw_only=True, tag="change"):
    account: str
    name: str
    role: Role
    unit: str = ""


class ResetPassword(Struct, frozen=True, kw_only=True, tag="reset"):
    account: str


class MakeToken(Struct, frozen=True, kw_only=True, tag="token"):
    account: str
    name: str
    """What it is for."""
    scope: Scope
    days: int


Wish = AddAccount | ChangeAccount | ResetPassword | MakeToken


class Asked(Struct, frozen=True, kw_only=True):
    """A request that waits for a second person."""

    number: int
    wish: Wish
    asked_by: str
    asked_at: datetime


class Made(Struct, frozen=True, kw_only=True):
    """What was carried out."""

    wish: Wish
    secret: str = ""
    """The new password or token, to be shown once; "" for none."""


def may_agree(person: Account, asked: Asked) -> bool:
    """Not who asked, and not who gains: nobody agrees to the own rights. To a token agrees
    its owner."""
    if asked.asked_by.lower() == person.id.lower():
        return False
    concerned = asked.wish.account.lower() == person.id.lower()
    if isinstance(asked.wish, MakeToken) and concerned:
        return True
    return person.role in SECONDERS and not concerned


def told_of(wish: Wish) -> str:
    """What the trail says of it."""
    match wish:
        case AddAccount():
            return f"添加 {wish.name}，{ROLES[wish.role]} {wish.unit}".strip()
        case ChangeAccount():
            return f"修改为 {wish.name}，{ROLES[wish.role]} {wish.unit}".strip()
        case ResetPassword():
            return "重设密码"
        case MakeToken():
            return f"添加令牌，{wish.name.strip()}，{wish.scope.value}，{wish.days} 天"


def read_asked(row: tuple[int, bytes, str, str]) -> Asked:
    """From its row: number, wish as JSON, who asked, when."""
    number, wish, asked_by, asked_at = row
    return Asked(
        number=number,
        wish=msgspec.json.decode(wish, type=Wish),
        asked_by=asked_by,
        asked_at=datetime.fromisoformat(asked_at),
    )
