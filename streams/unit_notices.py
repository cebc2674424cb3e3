"""What the people of a unit are told outside: how many, of which kinds, since when; not of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from cases.alerts import ALERT_WORDS, Alert, AlertKind
from cases.notices import TOLD_UNITS
from cases.quiet import may_wait
from cases.record.case import Case
from cases.words.times import beijing
from sinks.alerts.base import Notice

_OF_THE_DAY: Final = frozenset({AlertKind.DUE_TODAY, AlertKind.OVERDUE})


class UnitToday(Struct, frozen=True, kw_only=True):
    """A unit's part of 早报, counted (`cases.reporting.morning`)."""

    due: int
    late: int


def concerns(alert: Alert, case: Case | None) -> bool:
    """Whether the unit still is to be told: the case is its own yet, runs, and is not about that
    unit; a new assignment, while it was not acknowledged. What a unit was asked to write of a
    public event concerns no case."""
    if alert.incident:
        return True
    if case is None or not case.open or alert.unit in case.accused:
        return False
    task = case.task(alert.unit)
    if task is None or (task.lead and not case.dispatched):
        return False
    return alert.kind is not AlertKind.UNIT_ASSIGNED or task.acknowledged_at is None


def pressing(alerts: Iterable[Alert]) -> bool:
    """Whether one of them gathers no others first."""
    return not all(may_wait(alert) for alert in alerts)


def notice_of(
    alerts: Sequence[Alert], secret: frozenset[str], link: str, today: UnitToday | None
) -> Notice:
    """`secret`: ids of cases of which not even the kind is said. `today`: in the digest of the
    morning. Raises `ValueError` without alerts."""
    told = alerts
    if today is not None:
        # 早报 says these better: also what was due before anything called.
        told = [alert for alert in alerts if alert.kind not in _OF_THE_DAY]
    text = ""
    if told:
        parts = [f"{word} {count} 件" for word, count in _counts(told, secret).items()]
        text = f"{'，'.join(parts)}（最早 {beijing(min(a.at for a in told)):%m-%d %H:%M}）。"
    if today is not None:
        text += f"今日到期 {today.due} 件，已逾期 {today.late} 件。"
    return Notice(
        count=len({_about(alert) for alert in alerts}), text=f"{text}请登录查看。", link=link
    )


def _counts(alerts: Sequence[Alert], secret: frozenset[str]) -> Mapping[str, int]:
    """Cases by what is said of them, the most pressing first."""
    found: dict[str, int] = {}
    for kind in TOLD_UNITS:
        cases = {_about(a) for a in alerts if a.kind is kind and a.case_id not in secret}
        if cases:
            found[ALERT_WORDS[kind]] = len(cases)
    hidden = {_about(alert) for alert in alerts if alert.case_id in secret}
    if hidden:
        found["需要查看"] = len(hidden)
    return found


def _about(alert: Alert) -> str:
    return alert.case_id or alert.alert_id
