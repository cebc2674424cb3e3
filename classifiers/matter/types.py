"""What goes into the linking of matters, what comes out, and what is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from classifiers.base import Text


class Sighting(Struct, frozen=True):
    """A message as the stream shows it. `person` tells writers apart; a hash will do.
    `place` is the source's own field for where it happened."""

    case_id: str
    text: Text
    at: datetime
    person: str = ""
    place: str = ""


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


class Member(Struct):
    """What is kept of a message to compare others with."""

    signature: bytes
    places: list[str]
    spots: list[str] = msgspec.field(default_factory=list)
    subject: bytes = b""
    """Pairs of characters of words, sorted."""
    subject_weights: bytes = b""
    heading: bytes = b""
    """… of the words of the title."""
    heading_weights: bytes = b""
    named: bytes = b""
    """Pairs of all names far into the text, sorted."""
    found_by: list[int] = msgspec.field(default_factory=list)
    """Rare pairs by which its matter is found."""
    policies: list[int] = msgspec.field(default_factory=list)
    """What its title asks about, where that is a policy and no place."""


class Matter(Struct):
    """A group of messages about one thing. Its id is its first message's case id."""

    matter_id: str
    district: str
    members: list[Member]
    cases: dict[str, int]
    """Its case ids, in the order in which they came; the numbers say nothing any more."""
    case_count: int
    people: dict[str, float]
    """person -> last time seen, seconds since the epoch."""
    people_count: int
    first_at: float
    last_at: float
    arrivals: list[float] = []
    """When the cases within the window of the burst rule came, oldest first."""
    burst: bool = False
    """Whether the burst that is under way was told."""
    touched: int = 0
    """Which message of all that were added was its last."""


class MatterState(Struct):
    """All live matters, the longest untouched first; encodes with msgspec."""

    matters: list[Matter]
    added: int = 0
    """Messages so far."""
