"""Whom the clocks of an 事件档案 call, and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from cases.alerts import Alert, AlertKind, Level
from cases.life.rules import Rules
from cases.privacy.masking import mask
from cases.registers.incident import Incident
from cases.registers.incident_clocks import Due, dues
from cases.words.actors import Role
from cases.words.times import beijing


def alerts(
    found: Incident, rules: Rules, now: datetime, name: Callable[[str], str]
) -> Iterator[Alert]:
    """Whom the open file calls now: units that were asked for a part, and of each clock the latest
    stage only. `name`: of a unit."""
    if not found.open:
        return
    title = mask(found.title)
    for due in dues(found, rules):
        if due.open and due.unit:
            yield Alert(
                alert_id=f"{mark(found.number, due)}:{AlertKind.UNIT_EVENT.value}",
                kind=AlertKind.UNIT_EVENT,
                level=Level.HIGH,
                at=now,
                text=f"事件档案请您单位写{due.label}：{title}",
                unit=due.unit,
                incident=found.number,
            )
    for due in dues(found, rules):
        if due.open and (stage := _stage(due, rules, now)):
            kind, level, role, words = stage
            who = f"{name(due.unit)}的" if due.unit else ""
            yield Alert(
                alert_id=f"{mark(found.number, due)}:{kind.value}",
                kind=kind,
                level=level,
                at=now,
                text=f"事件档案{who}{due.label}{words}：{title}",
                unit=due.unit,
                role=role,
                incident=found.number,
            )


def mark(number: str, due: Due) -> str:
    """How the ids of the alerts of this clock begin; another time is another clock."""
    return f"{number}/{due.key}@{beijing(due.due_at):%Y%m%d%H%M%S}"


def calling_marks(found: Incident, rules: Rules) -> frozenset[str]:
    """The marks of what is not over in this event: an alert of it that bears none of them does
    not call any more."""
    if not found.open:
        return frozenset()
    return frozenset(mark(found.number, due) for due in dues(found, rules) if due.open)


def mark_of(alert: Alert) -> str:
    """Of what the alert of an event complains."""
    return alert.alert_id.rpartition(":")[0]


def _stage(
    due: Due, rules: Rules, now: datetime
) -> tuple[AlertKind, Level, Role | None, str] | None:
    warnings, until = rules.handling.warnings, beijing(due.due_at)
    if now > due.due_at + timedelta(hours=warnings.escalate_hours):
        said = f"已逾期 {warnings.escalate_hours} 小时以上，时限为 {until:%m-%d %H:%M}，请领导督促"
        return AlertKind.ESCALATED, Level.HIGH, Role.LEADER, said
    if now > due.due_at:
        said = f"已逾期，时限为 {until:%m-%d %H:%M}"
        return AlertKind.EVENT_OVERDUE, Level.HIGH, None, said
    # A clock shorter than the warning calls in its second half.
    half = due.started_at + (due.due_at - due.started_at) / 2
    if now >= max(half, due.due_at - timedelta(hours=warnings.event_hours)):
        return AlertKind.EVENT_DUE, Level.HIGH, None, f"时限 {until:%m-%d %H:%M} 将到"
    return None
