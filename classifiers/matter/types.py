"""What goes into the linking of matters, what comes out, and what is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from classifiers.base import Text
from classifiers.matter.heat import Heat


class Sighting(Struct, frozen=True):
    """A message as the stream shows it. `person` tells writers apart; a hash will do.
    `place` is the source's own field for where it happened."""

    case_id: str
    text: Text
    at: datetime
    person: str = ""
    place: str = ""
    likes: int = 0


class BurstRule(Struct, frozen=True):
    """So many cases of one matter within so many hours are a burst."""

    cases: int
    hours: int


class Link(Struct, frozen=True):
    """Where a message went."""

    matter_id: str
    joined: bool
    """False when the message began a matter of its own."""
    reason: str
    """One of "same text", "same place", "same subject", "new"."""
    cases: int
    people: int
    """Distinct writers within the window of the crowd rule."""
    crowd: bool
    """群体诉求: enough distinct people about one matter within the window."""
    burst: int = 0
    """集中反映: with this message so many cases of the matter came within the window of the
    burst rule, for the first time since the last burst was over; else 0."""
    repeat: bool = False
    """重复来电: this person has written about the matter before."""


class Hotspot(Struct, frozen=True):
    """A matter by its heat."""

    matter_id: str
    title: str
    place: str
    heat: float
    growth: float
    """Recent pace against the longer one; above 1 it is growing."""
    cases: int
    people: int
    likes: int
    first_at: datetime
    last_at: datetime


class Member(Struct):
    """What is kept of a message to compare others with."""

    signature: bytes
    features: bytes
    weights: bytes
    places: list[str]
    spots: list[str] = msgspec.field(default_factory=list)
    title: bytes = b""
    """Features of the title alone."""
    title_weights: bytes = b""


class Matter(Struct):
    """A group of messages about one thing. Its id is its first message's case id."""

    matter_id: str
    title: str
    district: str
    place_names: dict[str, str]
    place_counts: dict[str, int]
    members: list[Member]
    cases: dict[str, int]
    """case_id -> likes already counted."""
    case_count: int
    people: dict[str, float]
    """person -> last time seen, seconds since the epoch."""
    people_count: int
    likes: int
    heat: Heat
    first_at: float
    last_at: float
    arrivals: list[float] = []
    """When the cases within the window of the burst rule came, oldest first."""
    burst: bool = False
    """Whether the burst that is under way was told."""


class MatterState(Struct):
    """All live matters; encodes with msgspec."""

    matters: list[Matter]
