"""The ways to the people of units, and who is away: what is kept, and how it is read.

Both processes that need it read the same registers: the desk, where they are filled in, and what
sends. So a change counts from the next message on, without a new start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.notices import TOLD_UNITS
from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry

ROBOT: Final = "robot:"
"""Begins `Way.via` of a robot of the unit's own group."""


class Way(Struct, frozen=True, kw_only=True):
    """One way to the people of a unit."""

    number: str = ""
    seq: int = 0
    unit: str
    account: str = ""
    """Whose it is; "" for the unit as a whole."""
    via: str
    """`robot:` and its adapter, or the name of a channel of config/alerts.toml."""
    to: str
    """Mobile number or mail address; for a robot the name of the secret that holds its address."""
    signed: bool = False
    """A robot with a key: the secret of that name and `present.SIGN`."""
    kinds: tuple[AlertKind, ...] = TOLD_UNITS
    quiet_begin: time | None = None
    quiet_end: time | None = None
    """None and None: as config/alerts.toml says."""

    @property
    def robot(self) -> str:
        """Its adapter; "" for a way to an address."""
        return self.via.removeprefix(ROBOT) if self.via.startswith(ROBOT) else ""


class Leave(Struct, frozen=True, kw_only=True):
    """A person is away on these days, both included."""

    number: str = ""
    seq: int = 0
    account: str
    unit: str
    first: date
    last: date
    deputy: str
    """Account id."""

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


class _Gone(Struct, frozen=True, tag="gone"):
    pass


class _OfWay(Struct, frozen=True, tag="way"):
    way: Way


class _OfLeave(Struct, frozen=True, tag="leave"):
    leave: Leave


_Row = TypeVar("_Row", Way, Leave)


class PeopleTold:
    """Both registers."""

    def __init__(self, file: DeskFile) -> None:
        self._ways = Register(file, "notice-ways")
        self._leaves = Register(file, "notice-leaves")

    def version(self) -> tuple[int, int]:
        """Grows with every change."""
        return self._ways.last(), self._leaves.last()

    def ways(self) -> tuple[Way, ...]:
        """Those that stand, in the order in which they were entered."""
        return tuple(way for way, stands in self.all_ways() if stands)

    def all_ways(self) -> list[tuple[Way, bool]]:
        """With those that were taken out, as they were, and whether each stands."""
        found = []
        for entries in self._ways.all().values():
            last = msgspec.json.decode(entries[-1].body, type=_OfWay | _Gone)
            first = msgspec.json.decode(entries[0].body, type=_OfWay).way
            found.append((_numbered(first, entries), isinstance(last, _OfWay)))
        return found

    def leaves(self) -> tuple[Leave, ...]:
        """Those that stand, the earliest first."""
        found = []
        for entries in self._leaves.all().values():
            last = msgspec.json.decode(entries[-1].body, type=_OfLeave | _Gone)
            if isinstance(last, _OfLeave):
                found.append(_numbered(last.leave, entries))
        return tuple(sorted(found, key=lambda one: (one.first, one.account)))

    def add_way(self, way: Way, at: datetime, by: Actor) -> Way:
        return _numbered(way, [self._ways.begin("R", at, by, _OfWay(way))])

    def add_leave(self, leave: Leave, at: datetime, by: Actor) -> Leave:
        return _numbered(leave, [self._leaves.begin("L", at, by, _OfLeave(leave))])

    def end_way(self, number: str, seen: int, at: datetime, by: Actor) -> None:
        """Raises `Changed`."""
        self._ways.append(number, seen, at, by, _Gone())

    def end_leave(self, number: str, seen: int, at: datetime, by: Actor) -> None:
        """Raises `Changed`."""
        self._leaves.append(number, seen, at, by, _Gone())


def _numbered(row: _Row, entries: Sequence[RegisterEntry]) -> _Row:
    return replace(row, number=entries[-1].record, seq=entries[-1].seq)


def away(leaves: Sequence[Leave], day: date) -> dict[str, str]:
    """Who is away on this day, and whose turn it is instead: a deputy who is away too is stood in
    for by the own deputy. "" where that leads nowhere."""
    absent = {one.account.lower(): one.deputy.lower() for one in leaves if one.covers(day)}
    found = {}
    for account, deputy in absent.items():
        seen = {account}
        while deputy in absent and deputy not in seen:
            seen.add(deputy)
            deputy = absent[deputy]  # noqa: PLW2901  the next in the chain
        found[account] = "" if deputy in seen else deputy
    return found
