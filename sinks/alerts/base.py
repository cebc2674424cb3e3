"""The seam between an alert and the channel that it goes out by.

    Unsent   certainly not delivered; with `retry` it may be tried again
    Unclear   perhaps delivered
    Sent      the other side took it

A robot has no way to tell a repetition from a new message, so what is unclear is never
sent again by the program. A webhook or a mail carries the id of the message, and may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from msgspec import Struct

from cases.alerts import Alert
from sinks.delivery.base import DeliveryError

RATE_LIMITED = "rate_limited"


class AlertConfigError(DeliveryError):
    """config/alerts.toml cannot be used. The text names the table, what was found, what was
    expected, in plain Chinese."""


class Person(Protocol):
    """A person on duty. "" for what is not known."""

    @property
    def name(self) -> str: ...

    @property
    def mobile(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def lead(self) -> bool:
        """带班领导: hears what is for a leader."""
        ...


class Roster(Protocol):
    """值班表."""

    def on_duty(self, at: datetime) -> Sequence[Person]:
        """Who is on duty at this moment; empty where nobody is entered."""
        ...


class Line(Struct, frozen=True, kw_only=True):
    """One alert as it is told outside."""

    alert: Alert
    unit: str = ""
    """Name of the unit."""
    link: str = ""
    """Address of the case at the desk, where the desk has one that others can open."""
    secret: bool = False
    """The case is confidential, or nobody could say: neither what happened nor whose it is
    leaves the house, only that a person is to look, and how soon."""


class Notice(Struct, frozen=True, kw_only=True):
    """What the people of a unit are told outside: counts, and nothing of any case."""

    count: int
    """Cases."""
    text: str
    link: str = ""
    """Address of their own list at the desk."""


class Message(Struct, frozen=True, kw_only=True):
    """What leaves in one piece: one alert, or several merged into a list."""

    message_id: str
    """Names it for ever; a repetition carries the same."""
    lines: tuple[Line, ...]
    at: datetime
    """When it was put together."""
    names: tuple[str, ...] = ()
    """Who is on duty."""
    mobiles: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    notice: Notice | None = None
    """Said in place of the lines, where there is one."""
    test: bool = False


class Sent(Struct, frozen=True, kw_only=True, tag="sent"):
    receipt: str
    """What the other side said, or under which id it has it."""


class Unsent(Struct, frozen=True, kw_only=True, tag="refused"):
    """Certainly not delivered."""

    reason: str
    """Stable name, e.g. "rate_limited", "unreachable", "rejected"."""
    detail: str
    """Plain Chinese: what was found and what to do."""
    retry: bool
    wait_seconds: float = 0.0
    """The other side wants to be left alone for so long."""


class Unclear(Struct, frozen=True, kw_only=True, tag="unclear"):
    """Perhaps delivered."""

    detail: str


Outcome: TypeAlias = Sent | Unsent | Unclear


class Limit(Struct, frozen=True):
    """At most `count` messages within `window`."""

    count: int
    window: timedelta


class Channel(Protocol):
    """One way outward. Safe to call from one thread at a time."""

    @property
    def name(self) -> str: ...

    @property
    def idempotent(self) -> bool:
        """Whether the other side can tell a repetition by its id."""
        ...

    @property
    def limits(self) -> tuple[Limit, ...]: ...

    def fits(self, lines: Sequence[Line]) -> int:
        """How many of these lines, from the first, one message can hold; at least 1."""
        ...

    def send(self, message: Message, *, now: datetime) -> Outcome:
        """Sends once. Never raises for what a server does. `now` is the real time."""
        ...


class Answer(Struct, frozen=True):
    """What an HTTP server said."""

    status: int
    body: bytes
    """Its beginning."""
    retry_after: float = 0.0
    """Seconds."""


class NotPosted(Exception):
    """Certainly nothing was handed over; the text says why, in plain Chinese."""

    def __init__(self, detail: str, *, retry: bool) -> None:
        super().__init__(detail)
        self.retry = retry


class LostAnswer(Exception):
    """It was handed over, or part of it, and no whole answer came back."""


class Post(Protocol):
    """One POST: no redirect followed, no repetition."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises `NotPosted` and `LostAnswer`."""
        ...
