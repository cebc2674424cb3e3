"""Signing in without a browser, where the program runs as a process of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.ground.deskfile import DeskFile


def cookie_of(home: Path, role: Role = Role.DESK) -> str:
    """The cookie header of somebody of this role, whose account is made if need be, in the
    file that the program at `home` uses."""
    file = DeskFile(home / "desk.db")
    try:
        accounts = Accounts(file)
        if accounts.get(role.value) is None:
            made = datetime(2026, 11, 1, tzinfo=BEIJING)
            accounts.add(Account(id=role.value, name="林某", role=role, created=made), "")
        return f"huiyin={Sessions(file).begin(role.value, '127.0.0.1')}"
    finally:
        file.close()
