"""What the notifier needs of the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from cases.alerts import Alert
from cases.record.case import Case
from cases.record.messages import Action
from sinks.alerts.base import Person, Roster
from sinks.alerts.config import AlertSetup
from streams.unit_notices import UnitToday


class Found(Struct, frozen=True):
    """A stretch of the alerts."""

    alerts: tuple[Alert, ...]
    position: str
    """Where the next stretch begins."""


class AlertSource(Protocol):
    """Where alerts are raised."""

    def alerts_after(self, position: str, limit: int) -> Found:
        """The next alerts in the order they were raised; "" is the beginning. May give an
        alert again."""
        ...


class AlertSink(Protocol):
    def raise_alerts(self, alerts: Sequence[Alert]) -> None: ...


class NobodyEntered:
    """A roster without entries."""

    def on_duty(self, at: datetime) -> tuple[Person, ...]:  # noqa: ARG002
        return ()


class NotifierPorts(Struct, frozen=True, kw_only=True):
    """All of it."""

    source: AlertSource
    raised: AlertSink
    act: Callable[[Action], None]
    """Stores an action, as `streams.runtime.Runtime.act`."""
    cases: Callable[[Sequence[str]], Mapping[str, Case]]
    """The cases as they are now (`Ledger.load`)."""
    event_over: Callable[[Alert], bool] = lambda _alert: False
    """Whether the alert is about an 事件档案 and what it complained of is over."""
    is_workday: Callable[[datetime], bool]
    clock: Callable[[], datetime]
    """The office's clock, which HUIYIN_NOW may stop."""
    real: Callable[[], datetime]
    """The machine's."""
    unit_name: Callable[[str], str] = str
    case_link: Callable[[str], str] = lambda _case_id: ""
    """Address of a case for people outside this machine; "" where there is none."""
    roster: Roster = NobodyEntered()
    counted: Callable[[str], None] = lambda _outcome: None
    """Called with "sent", "refused", "unclear" or "failed" for every attempt (metrics)."""
    with_people: Callable[[AlertSetup], AlertSetup] = lambda setup: setup
    """The set-up with who is told of each unit at this moment."""
    unit_today: Callable[[str], UnitToday | None] = lambda _unit: None
    """A unit's part of 早报, counted; None where it cannot be had."""
    own_list: str = ""
    """Address of 我的待办 for people outside this machine."""
