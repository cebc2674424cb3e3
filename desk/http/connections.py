"""Who may stay connected: how long each phase of a connection lasts, and who makes room.

Rules only; `desk.http.protocol` holds the sockets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final, Generic, Protocol, TypeVar

from msgspec import Struct

from desk.ground.limits import BODY_BYTES_A_SECOND, LINGER_BYTES, LINGER_SECONDS, WebLimits

_IPV6_NETWORK: Final = 64
"""Bits that one customer of a provider is given."""


class Phase(StrEnum):
    HEADER = "header"
    """A request has not come in up to the end of its headers."""
    BODY = "body"
    """What follows the headers comes in."""
    WORKING = "working"
    """The answer is being made, or sent."""
    IDLE = "idle"
    """Answered; may ask again."""
    LINGER = "linger"
    """Answered before all of the body was there; the rest is thrown away."""
    CLOSING = "closing"
    """The last bytes go out."""


class ConnectionStanding(Struct, frozen=True, kw_only=True):
    """A connection at one moment."""

    phase: Phase
    turn: int = 0
    """Grows with each request, so that two of them are not taken for one that lasts."""
    received: int = 0
    """Bytes since the phase began."""
    reading: bool = True
    """False while we ourselves do not read: the sender cannot help it."""
    unread: bool = False
    """The peer takes nothing of what waits to be sent."""
    drained: int = 0
    """Grows each time that the peer took what waited."""

    @property
    def spare(self) -> int | None:
        """How readily it makes room: the lower the sooner; None while we work for it."""
        match self.phase:
            case Phase.HEADER | Phase.IDLE | Phase.CLOSING:
                return 0
            case Phase.BODY | Phase.LINGER:
                return 1
            case _:
                return 2 if self.unread else None


class Patience:
    """Adds up how long a connection has been in the same phase. Looked at about once a
    second; no clock of its own."""

    def __init__(self, limits: WebLimits, now: float) -> None:
        self._limits = limits
        self._last = now
        self._same: tuple[Phase, int] | None = None
        self._spent = 0.0
        self._unread: int | None = None
        self._stalled = 0.0

    def exhausted(self, now: float, standing: ConnectionStanding) -> bool:
        """Whether the connection has to end. `now`: seconds of a clock that never goes back."""
        step, self._last = now - self._last, now
        if (standing.phase, standing.turn) != self._same:
            self._same, self._spent = (standing.phase, standing.turn), 0.0
        elif standing.reading or standing.phase is not Phase.BODY:
            self._spent += step
        if not standing.unread:
            self._unread, self._stalled = None, 0.0
        elif self._unread != standing.drained:
            self._unread, self._stalled = standing.drained, 0.0
        else:
            self._stalled += step
        return self._stalled > self._limits.write_seconds or self._too_long(standing)

    def _too_long(self, standing: ConnectionStanding) -> bool:
        limits, spent = self._limits, self._spent
        match standing.phase:
            case Phase.HEADER:
                return spent > limits.header_seconds
            case Phase.BODY:
                return spent > limits.body_seconds + standing.received / BODY_BYTES_A_SECOND
            case Phase.IDLE:
                return spent > limits.idle_seconds
            case Phase.LINGER:
                return spent > LINGER_SECONDS or standing.received > LINGER_BYTES
            case Phase.CLOSING:
                return spent > limits.write_seconds
            case _:
                return False  # our own work


class Member(Protocol):
    """A connection, as `Roster` sees it."""

    @property
    def spare(self) -> int | None:
        """As `ConnectionStanding.spare`."""
        ...


M = TypeVar("M", bound=Member)


class Roster(Generic[M]):
    """The open connections, oldest first. For one thread.

    A full house turns nobody away who could be served: the oldest connection for which
    nothing is being done makes room, first one of the same address.
    """

    def __init__(self, limits: WebLimits, unlimited: Callable[[str], bool]) -> None:
        """`unlimited`: whether an address may hold as many as there are, as a reverse proxy
        of ours does, behind which everybody stands."""
        self._limits = limits
        self._unlimited = unlimited
        self._all: dict[M, str] = {}
        self._by_group: dict[str, dict[M, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def members(self) -> tuple[M, ...]:
        return tuple(self._all)

    def room_for(self, address: str) -> tuple[bool, M | None]:
        """Whether one more may come from `address`, and who has to go for it."""
        own = self._by_group.get(group_of(address), {})
        if len(own) >= self._limits.connections_per_address and not self._unlimited(address):
            leaver = _first_to_go(own)
            return leaver is not None, leaver
        if len(self._all) < self._limits.connections:
            return True, None
        leaver = self._from_the_largest()
        return leaver is not None, leaver

    def join(self, member: M, address: str) -> None:
        group = group_of(address)
        self._all[member] = group
        self._by_group.setdefault(group, {})[member] = None

    def leave(self, member: M) -> None:
        """Safe to call again."""
        group = self._all.pop(member, None)
        if group is None:
            return
        own = self._by_group[group]
        del own[member]
        if not own:
            del self._by_group[group]

    def _from_the_largest(self) -> M | None:
        """Of the address that holds most: its connections are what keeps others out."""
        by_size = sorted(self._by_group.values(), key=len, reverse=True)
        found = map(_first_to_go, by_size)
        return next((member for member in found if member is not None), None)


def _first_to_go(members: dict[M, None]) -> M | None:
    """The oldest of those that make room most readily."""
    spare = ((member.spare, number, member) for number, member in enumerate(members))
    going = [(rank, number, member) for rank, number, member in spare if rank is not None]
    return min(going, key=lambda one: one[:2])[2] if going else None


@lru_cache(4096)
def group_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))
    return str(found)
