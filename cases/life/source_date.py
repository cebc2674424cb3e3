"""The date that the source set for the citizen's answer, and how it moves (record 0013)."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.life.rules import Rules, clocks_for
from cases.record.case import SOURCE_CLOCK, Case
from cases.words.labels import Labels


def source_clocks(
    case: Case, due_at: datetime | None, labels: Labels, rules: Rules
) -> tuple[Clock, ...]:
    """The clock of the source's new date, with the first date kept; none for no date."""
    fresh = clocks_for(
        rules,
        replace(case.item, due_at=due_at),
        labels,
        started_at=case.round.started_at,
        detected_at=case.opened_at,
        event_level=case.event_level,
    )
    old = case.round.clock(SOURCE_CLOCK)
    return tuple(_moved(old, clock) for clock in fresh if clock.name == SOURCE_CLOCK)


def _moved(old: Clock | None, new: Clock) -> Clock:
    """The source's new date (an extension that the platform granted), with the first one kept."""
    if old is None:
        return new
    return replace(new, original_due_at=old.original_due_at or old.due_at)
