"""What may wait until morning, and what never does, whatever an office writes down. Pure.

A county says in `[quiet]` of config/alerts.toml, a unit on its page, what waits. Neither can make
wait what concerns life and limb, an instruction of a leader, or what becomes big in a night.
"""

from __future__ import annotations

from typing import Final

from cases.alerts import Alert, AlertKind

NEVER_WAITS: Final = frozenset(
    {
        AlertKind.URGENT,
        AlertKind.HIGH_RISK,
        AlertKind.EMERGING,
        AlertKind.BURST,
        AlertKind.STREAM_DELAYED,
        AlertKind.EVENT_DUE,
        AlertKind.EVENT_OVERDUE,
        AlertKind.UNIT_INSTRUCTED,
    }
)
OF_THE_CALENDAR: Final = frozenset(
    {
        AlertKind.ONE_DAY_LEFT,
        AlertKind.DUE_TODAY,
        AlertKind.PROMISE_DUE,
        AlertKind.COLUMN_DUE,
    }
)
"""Raised at midnight because a day begins: they say nothing of the night, not even of an urgent
case, which called when it came."""


def may_wait(alert: Alert) -> bool:
    """Whether quiet hours may hold this alert at all. Nothing of an urgent case waits, also while
    it is held back for a person (保密件), but for what the calendar says."""
    if alert.kind in NEVER_WAITS or alert.incident:
        return False
    return not alert.urgent or alert.kind in OF_THE_CALENDAR
