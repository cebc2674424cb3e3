"""`huiyin source …`: how the doors are doing, and their three handles."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.words.times import beijing
from desk.ground import wiring
from desk.ground.settings import Settings, SettingsError
from streams.polling import PollResult, close_source, poll_once
from streams.runtime import Runtime
from streams.sources.registry import Source, SourceContext, build_source
from streams.sources.seam import health as rules
from streams.sources.seam.base import FileSource, PullSource, PushSource, RemembersNames
from streams.sources.seam.config import SourceEntry, read_settings
from streams.sources.seam.health import HealthRules, SourceHealth


class SourceLine(Struct, frozen=True, kw_only=True):
    """One source as the desk and the command line show it."""

    name: str
    channel: str
    adapter: str
    how: str
    """How items come in, in plain Chinese."""
    enabled: bool
    paused: bool
    last_success: datetime | None
    last_item: datetime | None
    last_error: str
    problems: tuple[str, ...]
    read: int
    rejected: int


def health_rules(entry: SourceEntry) -> HealthRules:
    """The entry's `health` table. What is not polled is never "unreachable"; what is
    polled seldom may miss three polls before it is. Raises `SourceError`."""
    polled = entry.adapter not in HOW
    default = max(2.0, 3 * entry.poll_minutes / 60) if polled else 0.0
    table = {"unreachable_after_hours": default, **entry.health}
    return read_settings(HealthRules, table, entry.file, f"source.{entry.name}.health")


def source_lines(settings: Settings, runner: Runtime) -> list[SourceLine]:
    """All configured sources, in the order of the file. Raises `SourceError`."""
    counts = runner.store.intake_counts()
    now = runner.clock()
    calendar = runner.processor.rules.calendar
    lines = []
    for name, entry in wiring.source_entries(settings).items():
        health = runner.health(name) or SourceHealth(source=name, watched_since=now)
        found = (
            rules.findings(health, health_rules(entry), now=now, is_workday=calendar.is_workday)
            if entry.enabled
            else ()
        )
        counted = counts.get(name)
        lines.append(
            SourceLine(
                name=name,
                channel=entry.channel,
                adapter=entry.adapter,
                how=HOW.get(entry.adapter, "定时读取"),
                enabled=entry.enabled,
                paused=health.paused,
                last_success=health.last_success,
                last_item=health.last_item,
                last_error=health.last_error,
                problems=tuple(one.text for one in found),
                read=counted.read if counted else 0,
                rejected=counted.rejected if counted else 0,
            )
        )
    return lines


HOW = {
    "table-file": "投递文件",
    "hotline-file": "投递文件",
    "hotline-push": "平台推送",
    "webhook": "平台推送",
    "wechat": "平台推送",
    "desk-form": "值班台登记",
}


def lines_text(lines: list[SourceLine]) -> str:
    return "\n".join(_line(line) for line in lines)


def _line(line: SourceLine) -> str:
    state = "未启用" if not line.enabled else "已暂停" if line.paused else "在用"
    parts = [f"{line.name}（{line.channel}，{line.how}）：{state}"]
    if line.read:
        parts.append(f"读到 {line.read} 条，死信 {line.rejected}")
    if line.last_success:
        parts.append(f"上次成功 {beijing(line.last_success):%m-%d %H:%M}")
    if line.last_item:
        parts.append(f"最近来件 {beijing(line.last_item):%m-%d %H:%M}")
    if line.last_error:
        parts.append(f"最近错误：{line.last_error}")
    return "；".join([*parts, *line.problems])


def _entry(settings: Settings, name: str) -> SourceEntry:
    entries = wiring.source_entries(settings)
    if name not in entries:
        raise SettingsError(f"没有来源 {name}。已配置的有：{'、'.join(entries)}。")
    return entries[name]


def pause_source(settings: Settings, runner: Runtime, name: str, by: str) -> None:
    """Polls of this source stop until it is resumed; pushes are still taken in."""
    _entry(settings, name)
    now = runner.clock()
    runner.change_health(
        name, lambda known: rules.pause(_watched(known, name, now), now=now, by=by)
    )


def resume_source(settings: Settings, runner: Runtime, name: str) -> None:
    _entry(settings, name)
    now = runner.clock()
    runner.change_health(name, lambda known: rules.resume(_watched(known, name, now), now=now))


def _watched(known: SourceHealth | None, name: str, now: datetime) -> SourceHealth:
    return known or SourceHealth(source=name, watched_since=now)


def _pulled(settings: Settings, around: SourceContext, name: str) -> PullSource:
    source = build_source(_entry(settings, name), around)
    if not isinstance(source, PullSource):
        raise SettingsError(f"来源 {name} 不是定时读取的（{_kind(source)}），不能单独读取或回退。")
    return source


def _kind(source: Source) -> str:
    if isinstance(source, FileSource):
        return "投递文件，请用 huiyin ingest"
    if isinstance(source, PushSource):
        return "平台推送"
    return "值班台登记"


def run_source(settings: Settings, runner: Runtime, around: SourceContext, name: str) -> PollResult:
    """One poll now, whether or not it is due, enabled in the schedule or not."""
    source = _pulled(settings, around, name)
    try:
        result = poll_once(runner, source, runner.clock)
    finally:
        close_source(source)
    runner.pump_all()
    return result


def rewind_source(
    settings: Settings, runner: Runtime, around: SourceContext, name: str, to: datetime
) -> None:
    """The next poll reads again from `to`. What is known already is counted as unchanged."""
    source = _pulled(settings, around, name)
    with runner.store.transaction():
        if isinstance(source, RemembersNames):
            back = source.rewound_from(runner.cursor(name), to)
        else:
            back = source.rewound(to)
        runner.store.set_cursor(name, back)
