"""Units that must stay in the table, because something stands under their number."""

from __future__ import annotations

from typing import Final

from desk.accounts.accounts import Accounts
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.settings import Settings, SettingsError
from sinks.ledger.base import Query

_NAMED: Final = 5
"""Accounts."""


def use_of(desk: DeskContext, unit: str) -> str:
    """What stands under a unit's number, in words; "" for nothing: it may go."""
    people = [one.id for one in desk.get(Accounts).all() if one.unit == unit and not one.disabled]
    if people:
        return f"有账号 {'、'.join(people[:_NAMED])}"
    with desk.readers.reader() as store:
        found = store.ledger.search(Query(unit=unit, limit=1, count_to=1)).cases
    return "名下已有事项" if found else ""


def left_behind(desk: DeskContext, now: Settings, then: Settings) -> list[str]:
    """Units in use that are in the table `now` and not `then`: a line for each."""
    try:
        before, after = (wiring.build_router(each).register for each in (now, then))
    except SettingsError:
        return []  # told as a wrong table
    gone = [unit for unit in before if unit.id not in after]
    return [f"单位“{unit.name}”{use}，不能去掉" for unit in gone if (use := use_of(desk, unit.id))]
