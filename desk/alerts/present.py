"""The set-up of the alerts with the people of units as they are at this moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from cases.words.times import beijing
from desk.accounts.accounts import Accounts
from desk.alerts.people_told import Leave, PeopleTold, Way, away
from sinks.alerts.building import OpenPost
from sinks.alerts.config import AlertSetup
from sinks.alerts.receivers import (
    ADDRESSED,
    BEGINS,
    ROBOTS,
    Carried,
    Receiver,
    by_robot,
    quiet_hours,
    to_address,
    with_receivers,
)
from sinks.delivery.base import SecretReader
from streams.sources.seam.base import SourceError

SIGN: Final = "_SIGN"
_log = logging.getLogger(__name__)


class Present:
    """Asked for each turn of the notifier; what was made is kept until something changes."""

    def __init__(
        self,
        told: PeopleTold,
        *,
        unit_name: Callable[[str], str],
        belongs: Callable[[Way], bool],
        secrets: Callable[[], SecretReader],
        open_post: OpenPost,
        clock: Callable[[], datetime],
    ) -> None:
        """`belongs`: whether the person of a way is of its unit. `secrets`: as they are now."""
        self._told = told
        self._unit_name = unit_name
        self._belongs = belongs
        self._secrets = secrets
        self._open_post = open_post
        self._clock = clock
        self._made: tuple[object, AlertSetup] | None = None

    def __call__(self, setup: AlertSetup) -> AlertSetup:
        # Each minute anew: accounts are not asked at every turn.
        minute = beijing(self._clock()).replace(second=0, microsecond=0)
        key = (id(setup), minute, self._told.version())
        if self._made is None or self._made[0] != key:
            self._made = key, self._make(setup, minute.date())
        return self._made[1]

    def _make(self, setup: AlertSetup, today: date) -> AlertSetup:
        every = self._told.all_ways()
        ways = [way for way, stands in every if stands and self._belongs(way)]
        carried = self.carried(setup, ways)
        receivers = [self._receiver(way, setup) for way in ways]
        gone = [way for way, _ in every if way not in ways]
        return with_receivers(
            setup, receivers, carried, stand_ins(ways, gone, self._told.leaves(), carried, today)
        )

    def carried(self, setup: AlertSetup, ways: Sequence[Way]) -> dict[str, Carried]:
        """By name, those that can be reached as things are."""
        found = {}
        for way in ways:
            try:
                one = self._carry(setup, way)
            except SourceError as error:  # a secret is missing or cannot be read
                _log.warning("通知接收人 %s 不能用：%s", way.number, error)
                continue
            if one is not None:
                found[name_of(way)] = one
        return found

    def _carry(self, setup: AlertSetup, way: Way) -> Carried | None:
        name = name_of(way)
        if not way.robot:
            outlet = setup.outlets.get(way.via)
            return to_address(name, way.via, outlet, way.to) if outlet else None
        secrets = self._secrets()
        key = secrets.require(way.to + SIGN) if way.signed else ""
        post = self._open_post(setup.units)
        return by_robot(name, way.robot, secrets.require(way.to), post, secret=key)

    def _receiver(self, way: Way, setup: AlertSetup) -> Receiver:
        units = setup.units
        begin, end = way.quiet_begin or units.day_ends, way.quiet_end or units.digest_at
        return Receiver(
            name=name_of(way),
            unit=way.unit,
            label=f"{self._unit_name(way.unit)} {words_of(way, setup)}",
            address=f"{way.robot}{way.to}",
            kinds=frozenset(way.kinds),
            quiet=quiet_hours(begin, end),
        )


def belongs_by(accounts: Accounts) -> Callable[[Way], bool]:
    """A person who left the unit, or whose account was switched off, is told of it no more."""

    def belongs(way: Way) -> bool:
        if not way.account:
            return True
        found = accounts.get(way.account)
        return found is not None and not found.disabled and found.unit == way.unit

    return belongs


def name_of(way: Way) -> str:
    """Its name in the alert book."""
    return f"{BEGINS}{way.number}"


def words_of(way: Way, setup: AlertSetup) -> str:
    """短信, 邮件 or the robot; the channel's name where it is not enabled."""
    if way.robot:
        return ROBOTS.get(way.robot, way.robot)
    outlet = setup.outlets.get(way.via)
    return ADDRESSED.get(outlet.adapter, way.via) if outlet else way.via


def stand_ins(
    ways: Sequence[Way],
    gone: Sequence[Way],
    leaves: Sequence[Leave],
    carried: Mapping[str, Carried],
    today: date,
) -> dict[str, tuple[str, ...]]:
    """Who is told in place of whom. A person away: the deputy, else the others of the unit; with
    nobody else the message goes where it always went. What was taken out or cannot be reached: the
    others of its unit."""
    absent = away(leaves, today)
    there = [way for way in ways if way.account.lower() not in absent and name_of(way) in carried]

    def of(unit: str, account: str | None = None) -> tuple[str, ...]:
        return tuple(
            name_of(way)
            for way in there
            if way.unit == unit and account in (None, way.account.lower())
        )

    found: dict[str, tuple[str, ...]] = {}
    for way in ways:
        deputy = absent.get(way.account.lower()) if way.account else None
        if deputy is not None:
            others = (of(way.unit, deputy) if deputy else ()) or of(way.unit)
            if others or name_of(way) not in carried:
                found[name_of(way)] = others
        elif name_of(way) not in carried and (others := of(way.unit)):
            found[name_of(way)] = others
    return found | {name_of(way): of(way.unit) for way in gone}
