"""The accounts of the sample data: of use with `huiyin run --demo` only."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cases.routing.units import UnitRegister
from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings

DEMO_PASSWORD: Final = "huiyin-demo-2026"  # noqa: S105  (shown on the page)
_PEOPLE: Final = (
    ("zhiban", "值班员 林某", Role.DESK),
    ("shenhe", "审核员 何某", Role.REVIEWER),
    ("lingdao", "分管领导 秦某", Role.LEADER),
    ("admin", "管理员 高某", Role.ADMIN),
)
_UNITS: Final = ("housing", "urban-management", "education")
"""Units with an account of their own, where the office has them."""


def add_demo_accounts(accounts: Accounts, register: UnitRegister, now: datetime) -> None:
    """Those that are not there yet."""
    people = [(name, called, role, "") for name, called, role in _PEOPLE]
    people += [
        (unit.id, f"{unit.name} 周某", Role.RESPONDER, unit.id)
        for unit in register
        if unit.id in _UNITS
    ]
    for name, called, role, of in people:
        if accounts.get(name) is None:
            account = Account(id=name, name=called, role=role, unit=of, demo=True, created=now)
            accounts.add(account, DEMO_PASSWORD)


def has_real_accounts(settings: Settings) -> bool:
    """Whether there is an account here that is not of the sample data."""
    if not settings.desk_file.exists():
        return False
    file = DeskFile(settings.desk_file)
    try:
        return any(not one.demo for one in Accounts(file).all())
    finally:
        file.close()
