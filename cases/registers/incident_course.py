"""How an event spread: messages by channel and hour. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.words.times import beijing

MOST_STEPS: Final = 48
_HOURS: Final = (1, 2, 3, 6, 12, 24)
"""Lengths of a step that divide a day, so that steps begin at even hours."""


class SpreadStep(Struct, frozen=True):
    """What came from `begin` on, until the next step."""

    begin: datetime
    counts: tuple[int, ...]
    """By channel, in the order of `Spread.channels`."""

    @property
    def total(self) -> int:
        return sum(self.counts)


class Spread(Struct, frozen=True, kw_only=True):
    hours: int
    """Length of a step, in natural hours."""
    channels: tuple[str, ...]
    """The most frequent first."""
    steps: tuple[SpreadStep, ...]
    """Without gaps from the first message to the last; none without messages."""

    @property
    def peak(self) -> SpreadStep | None:
        return max(self.steps, key=lambda step: step.total, default=None)


def spread(messages: Iterable[tuple[str, datetime]]) -> Spread:
    """`messages`: channel and time of each. The steps are as short as `MOST_STEPS` of them last."""
    known = [(channel, beijing(at)) for channel, at in messages]
    if not known:
        return Spread(hours=1, channels=(), steps=())
    counts = Counter(channel for channel, _ in known)
    channels = tuple(sorted(counts, key=lambda channel: (-counts[channel], channel)))
    first, last = min(at for _, at in known), max(at for _, at in known)
    span = last - first
    hours = next((n for n in _HOURS if span <= timedelta(hours=n * (MOST_STEPS - 1))), 0)
    if not hours:
        days = -(-span // timedelta(days=MOST_STEPS - 1))
        hours = 24 * max(1, days)
    begin = first.replace(minute=0, second=0, microsecond=0)
    begin -= timedelta(hours=begin.hour % min(hours, 24))
    length = timedelta(hours=hours)
    number = (last - begin) // length + 1
    table = [[0] * len(channels) for _ in range(number)]
    for channel, at in known:
        table[(at - begin) // length][channels.index(channel)] += 1
    steps = tuple(SpreadStep(begin + n * length, tuple(row)) for n, row in enumerate(table))
    return Spread(hours=hours, channels=channels, steps=steps)
