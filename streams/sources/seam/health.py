"""How a source is doing: rules over one small value. No clock, no storage, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct
from pydantic import Field

from cases.words.times import beijing
from streams.sources.seam.config import Settings

IsWorkday: TypeAlias = Callable[[date], bool]


class SourceHealth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one source. All times are aware."""

    source: str
    watched_since: datetime
    """When it was first watched: a source that has never spoken is silent since then."""
    last_success: datetime | None = None
    """Last poll or push that went well, with or without items."""
    last_item: datetime | None = None
    """When the last item came in here (not when the citizen wrote it)."""
    newest_received: datetime | None = None
    """Latest `received_at` among its items."""
    last_error: str = ""
    """Plain Chinese; "" after a success."""
    last_error_at: datetime | None = None
    failures: int = 0
    """Failures in a row."""
    lag: timedelta | None = None
    """How late the latest items came: arrival here minus receipt there."""
    paused_at: datetime | None = None
    paused_by: str = ""

    @property
    def paused(self) -> bool:
        return self.paused_at is not None


class HealthRules(Settings):
    """`[source.NAME.health]`. Hours; nothing set means that nothing is watched."""

    silent_after_hours: float | None = Field(default=None, gt=0)
    """No item for so long raises an alert. Hours of working days with `working_days`."""
    working_days: bool = True
    """Count silence on working days only: letters come less on Sundays."""
    unreachable_after_hours: float = Field(default=2.0, ge=0)
    """No success for so long raises an alert; 0 for pushes, which come when they come."""
    failures: int = Field(default=5, ge=1)
    """So many failures in a row raise an alert."""
    lag_hours: float | None = Field(default=None, gt=0)


class Complaint(StrEnum):
    """What is wrong with a source. The value names the alert."""

    SILENT = "source_silent"
    UNREACHABLE = "source_unreachable"
    FAILING = "source_failing"
    LATE = "source_late"


class Finding(Struct, frozen=True):
    complaint: Complaint
    since: datetime
    text: str
    """Plain Chinese for the desk."""


def record_success(
    health: SourceHealth, *, now: datetime, received: tuple[datetime, ...] = ()
) -> SourceHealth:
    """After a poll or push that went well; `received` are the `received_at` of new items."""
    changed = msgspec.structs.replace(
        health, last_success=now, last_error="", last_error_at=None, failures=0
    )
    if not received:
        return changed
    newest = max(received)
    if health.newest_received is not None:
        newest = max(newest, health.newest_received)
    return msgspec.structs.replace(
        changed,
        last_item=now,
        newest_received=newest,
        # A source's clock may run ahead of ours; that is no negative lag.
        lag=max(now - max(received), timedelta()),
    )


def record_failure(health: SourceHealth, *, now: datetime, error: str) -> SourceHealth:
    """After a failed poll. `error` is shown at the desk, cut to one readable line."""
    line = " ".join(error.split())
    return msgspec.structs.replace(
        health,
        last_error=line if len(line) <= 300 else line[:299] + "…",
        last_error_at=now,
        failures=health.failures + 1,
    )


def pause(health: SourceHealth, *, now: datetime, by: str) -> SourceHealth:
    """Stop asking and complaining until `resume`."""
    if health.paused:
        return health
    return msgspec.structs.replace(health, paused_at=now, paused_by=by)


def resume(health: SourceHealth, *, now: datetime) -> SourceHealth:
    """Go on; silence counts from now, since nobody listened meanwhile."""
    if not health.paused:
        return health
    return msgspec.structs.replace(
        health, paused_at=None, paused_by="", watched_since=now, failures=0
    )


def silent(
    health: SourceHealth,
    *,
    now: datetime,
    threshold: timedelta,
    is_workday: IsWorkday | None = None,
) -> bool:
    """Whether a source that should speak has been silent for `threshold`.

    With `is_workday`, only hours of working days count (a whole day has 24)."""
    if health.paused:
        return False
    return _elapsed(_listening_since(health, health.last_item), now, is_workday) >= threshold


def findings(
    health: SourceHealth,
    rules: HealthRules,
    *,
    now: datetime,
    is_workday: IsWorkday | None = None,
) -> tuple[Finding, ...]:
    """All that is wrong with a source now; empty for a healthy or a paused one."""
    if health.paused:
        return ()
    found: list[Finding] = []
    hours = rules.silent_after_hours
    calendar = is_workday if rules.working_days else None
    if hours and silent(health, now=now, threshold=timedelta(hours=hours), is_workday=calendar):
        since = _listening_since(health, health.last_item)
        unit = "个工作日小时" if calendar else "小时"
        text = f"自 {_shown(since)} 起没有新来件，已超过 {hours:g} {unit}，请到来源核对"
        found.append(Finding(Complaint.SILENT, since, text))
    if health.failures >= rules.failures:
        since = health.last_success or health.watched_since
        text = f"连续 {health.failures} 次失败：{health.last_error}"
        found.append(Finding(Complaint.FAILING, since, text))
    if rules.unreachable_after_hours:
        since = _listening_since(health, health.last_success)
        if now - since >= timedelta(hours=rules.unreachable_after_hours):
            text = f"自 {_shown(since)} 起没有成功连接过"
            found.append(Finding(Complaint.UNREACHABLE, since, text))
    if rules.lag_hours and health.lag and health.lag >= timedelta(hours=rules.lag_hours):
        late = health.lag.total_seconds() / 3600
        text = f"最近的来件晚到 {late:.1f} 小时"
        # Since the day began: one complaint a day, not one for each late item.
        day = beijing(health.last_item or now).replace(hour=0, minute=0, second=0, microsecond=0)
        found.append(Finding(Complaint.LATE, day, text))
    return tuple(found)


def _listening_since(health: SourceHealth, last: datetime | None) -> datetime:
    return max(last, health.watched_since) if last else health.watched_since


def _elapsed(start: datetime, end: datetime, is_workday: IsWorkday | None) -> timedelta:
    if is_workday is None or end <= start:
        return max(end - start, timedelta())
    start, end = beijing(start), beijing(end)
    total = timedelta()
    at = start
    while at < end:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
        step = min(midnight, end)
        if is_workday(at.date()):
            total += step - at
        at = step
    return total


def _shown(moment: datetime) -> str:
    return f"{beijing(moment):%m-%d %H:%M}"
