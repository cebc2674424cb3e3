"""Whose unit it is: a unit's people see and set what is their unit's, the desk and the
administrator, of all units."""

from __future__ import annotations

from typing import Final

from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import Account, Accounts
from desk.ground.context import DeskContext
from desk.ground.doer import Doer

ALL_UNITS: Final = (Role.DESK, Role.ADMIN)
MAY: Final = (Role.RESPONDER, *ALL_UNITS)


def may_see(who: Actor, unit: str) -> bool:
    if who.role in (*ALL_UNITS, Role.SYSTEM):
        return True
    return who.role is Role.RESPONDER and who.unit == unit


def permit(desk: DeskContext, by: Doer, unit: str, to: str) -> None:
    """Raises `NotPermitted`, and `NotAllowed` for no unit. `to`: what was to be done, in words."""
    desk.permit(by, *MAY, to=to, about=unit)
    if unit not in desk.register:
        raise NotAllowed("请选择单位。")
    if not may_see(by.actor, unit):
        desk.refuse(by, f"{to}（别的单位）", unit)


def people(desk: DeskContext, unit: str) -> tuple[Account, ...]:
    """Accounts of a unit that may be used."""
    accounts = desk.get(Accounts)
    return tuple(
        one
        for one in accounts.all()
        if one.role is Role.RESPONDER and one.unit == unit and accounts.usable(one.id)
    )


def person_name(desk: DeskContext, account: str) -> str:
    found = desk.get(Accounts).get(account)
    return found.name if found else account
