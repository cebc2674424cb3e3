"""Who gets which alert, by which channel, and what can wait until morning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Protocol

from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.notices import UNIT_ONLY
from cases.quiet import may_wait
from cases.words.actors import Role
from cases.words.times import beijing

ABOUT_CHANNEL = "channel:"
"""Begins the id of an alert about a channel, which does not go out by that channel."""


_ALSO = {AlertKind.URGENT: (AlertKind.HIGH_RISK,)}
"""Who is to hear of a high risk hears of a danger to life as well."""


class Route(Struct, frozen=True, kw_only=True):
    """Empty conditions hold for every alert."""

    name: str
    channels: tuple[str, ...]
    kinds: frozenset[AlertKind] = frozenset()
    levels: frozenset[Level] = frozenset()
    units: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    """Alerts that are for one of these roles."""
    acknowledge_minutes: int = 0
    """Longer without acknowledgement, and the route `then` gets it too; 0: never."""
    then: str = ""
    escalation_only: bool = False
    """Only as `then` of another route."""

    def takes(self, alert: Alert) -> bool:
        if self.escalation_only or alert.kind in UNIT_ONLY:
            return False
        kinds = (alert.kind, *_ALSO.get(alert.kind, ()))
        if self.kinds and self.kinds.isdisjoint(kinds):
            return False
        return all(
            not wanted or found in wanted
            for wanted, found in (
                (self.levels, alert.level),
                (self.units, alert.unit),
                (self.roles, alert.role),
            )
        )


class Quiet(Struct, frozen=True, kw_only=True):
    """安静时段: `begin` included, `end` not; over midnight where `begin` is later."""

    begin: time
    end: time
    levels: frozenset[Level]
    kinds: frozenset[AlertKind]
    """These wait too, whatever their level."""

    def until(self, alert: Alert, at: datetime) -> datetime | None:
        """When an alert that would go out `at` may; None for now."""
        if self.begin == self.end or not may_wait(alert):
            return None
        if not (alert.level in self.levels or alert.kind in self.kinds):
            return None
        at = beijing(at)
        now = at.time()
        end = at.replace(
            hour=self.end.hour, minute=self.end.minute, second=self.end.second, microsecond=0
        )
        if self.begin < self.end:
            return end if self.begin <= now < self.end else None
        if now >= self.begin:
            return end + timedelta(days=1)
        return end if now < self.end else None


class Way(Struct, frozen=True, kw_only=True):
    """One channel that an alert goes out by."""

    channel: str
    due_at: datetime
    held: bool
    """It waits for the end of the quiet hours."""


class Step(Struct, frozen=True, kw_only=True):
    """An acknowledgement that is waited for."""

    route: str
    until: datetime
    """Not acknowledged after this moment, and the next route gets it."""


class Plan(Struct, frozen=True, kw_only=True):
    """What becomes of one alert."""

    ways: tuple[Way, ...] = ()
    steps: tuple[Step, ...] = ()


class UnitReceiver(Protocol):
    """One way to the people of a unit: `sinks.alerts.receivers.Receiver`."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def quiet(self) -> Quiet | None: ...

    def takes(self, alert: Alert) -> bool: ...


class Routing(Struct, frozen=True, kw_only=True):
    routes: Mapping[str, Route]
    channels: frozenset[str]
    """Those that are enabled."""
    quiet: Quiet | None
    newest_hours: int
    """What is older when it is first seen is told nobody."""
    receivers: tuple[UnitReceiver, ...] = ()

    @property
    def of_units(self) -> frozenset[str]:
        """Channels that only the people of certain units read: no route for all leads there."""
        for_all = {c for route in self.routes.values() if not route.units for c in route.channels}
        some = {c for route in self.routes.values() if route.units for c in route.channels}
        return frozenset(some - for_all)

    def plan(self, alert: Alert, now: datetime) -> Plan:
        if now - alert.at > timedelta(hours=self.newest_hours):
            return Plan()
        taken = [route for route in self.routes.values() if route.takes(alert)]
        plan = self._along(taken, alert, now)
        return Plan(ways=(*plan.ways, *self._to_units(alert, now)), steps=plan.steps)

    def _to_units(self, alert: Alert, now: datetime) -> Iterator[Way]:
        """Each address once, though it may stand there for the unit and for a person."""
        known: set[str] = set()
        for receiver in self.receivers:
            if receiver.address not in known and receiver.takes(alert):
                known.add(receiver.address)
                until = receiver.quiet.until(alert, now) if receiver.quiet else None
                yield Way(channel=receiver.name, due_at=until or now, held=until is not None)

    def next_plan(self, alert: Alert, route: str, now: datetime) -> Plan:
        """Where an alert goes that nobody acknowledged on `route`."""
        before = self.routes.get(route)
        following = self.routes.get(before.then) if before else None
        return self._along([following], alert, now) if following else Plan()

    def _along(self, routes: list[Route], alert: Alert, now: datetime) -> Plan:
        until = self.quiet.until(alert, now) if self.quiet else None
        due_at = until or now
        channels = dict.fromkeys(
            channel
            for route in routes
            for channel in route.channels
            if channel in self.channels
            and not alert.alert_id.startswith(f"{ABOUT_CHANNEL}{channel}:")
        )
        return Plan(
            ways=tuple(
                Way(channel=channel, due_at=due_at, held=until is not None) for channel in channels
            ),
            steps=tuple(
                Step(route=route.name, until=due_at + timedelta(minutes=route.acknowledge_minutes))
                for route in routes
                if route.acknowledge_minutes and route.then
            ),
        )
