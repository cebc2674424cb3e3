"""The areas of a case's life as people read them. Loading them loads every word, form and sentence;
none may be missing."""

from __future__ import annotations

from typing import Final

from desk.actions import (
    closing,
    disclosure,
    emerging,
    erasure,
    fees,
    instant,
    intake,
    labels,
    pictures,
    platform,
    pressure,
    promises,
    registry,
    reply,
    returns,
    ticks,
    timing,
    units,
    urgent,
    verdicts,
)

AREAS: Final = (
    closing,
    disclosure,
    emerging,
    erasure,
    fees,
    instant,
    intake,
    labels,
    pictures,
    platform,
    pressure,
    promises,
    reply,
    returns,
    ticks,
    timing,
    units,
    urgent,
    verdicts,
)

registry.check_complete()
