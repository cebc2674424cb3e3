"""The areas of a case's life. Loading them loads every rule; none may be missing."""

from __future__ import annotations

from typing import Final

from cases.life import (
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
