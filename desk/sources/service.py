"""来源: how the doors are doing, and their handles, for page, API and `huiyin source`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from threading import Lock, Thread
from typing import Final, Self

from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.sample_data import only_samples
from desk.ground.settings import Settings, SettingsError
from streams.history import history_of
from streams.polling import PollResult, SourceBusy, close_source, poll_once
from streams.runtime import Runtime
from streams.sources.registry import Source, build_source
from streams.sources.seam import health as rules
from streams.sources.seam.base import (
    FileSource,
    PullSource,
    PushSource,
    RemembersNames,
    SourceError,
)
from streams.sources.seam.config import SourceEntry, read_settings
from streams.sources.seam.health import HealthRules, SourceHealth

_log = logging.getLogger(__name__)
_WAIT_SECONDS: Final = 8.0
"""A poll that takes longer goes on behind the page."""


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


class Sources:
    """What people and programs do to the doors. Every method that changes something raises
    `NotPermitted`, `NotThere`, and `NotAllowed` with what to do instead; what was done stands
    in the trail."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._lock = Lock()
        self._said: dict[str, str] = {}

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def lines(self) -> list[SourceLine]:
        with self._desk.acts.borrowed() as runner:
            return source_lines(self._desk.settings, runner)

    def pause(self, by: Doer, name: str) -> None:
        """Polls of this source stop until it is resumed; pushes are still taken in."""
        who = by.actor.name or by.actor.id
        self._change(by, name, "暂停", lambda known, now: rules.pause(known, now=now, by=who))

    def resume(self, by: Doer, name: str) -> None:
        self._change(by, name, "恢复", lambda known, now: rules.resume(known, now=now))

    def rewind(self, by: Doer, name: str, to: datetime) -> None:
        """The next poll reads again from `to`. What is known already is counted as
        unchanged."""
        source = self._pulled(by, name, "回退")
        if to > self._desk.clock():
            raise NotAllowed("只能回退到过去的日子。")
        with self._desk.acts.borrowed() as runner, runner.store.transaction():
            if isinstance(source, RemembersNames):
                back = source.rewound_from(runner.cursor(name), to)
            else:
                back = source.rewound(to)
            runner.store.set_cursor(name, back)
        self._desk.note(by, AuditAction.SOURCE, name, f"回退到 {beijing(to):%Y-%m-%d}")

    def run(self, by: Doer, name: str) -> PollResult:
        """One poll now, whether or not it is due, enabled in the schedule or not. `error`
        says what was wrong with the source.

        Raises `NotAllowed` also while the source is paused, or is being read by another."""
        source = self._pulled(by, name, "读取")
        try:
            with self._desk.acts.apart() as runner:
                line = history_of(self._known(by, name, "读取"))
                result = poll_once(runner, source, runner.clock, history=line)
                runner.pump_all()
        except SourceBusy as busy:
            raise NotAllowed(str(busy)) from None
        finally:
            close_source(source)
        if result.paused:
            raise NotAllowed(f"来源“{name}”已暂停，没有读取。请先恢复。")
        self._desk.note(by, AuditAction.SOURCE, name, "读取一次")
        return result

    def begin(self, by: Doer, name: str) -> None:
        """`run` beside the page: at most so long as people wait. What became of it stands in
        `said`. Raises `NotAllowed` where that is known in time; also as `run` otherwise."""
        self._known(by, name, "读取")
        done: Future[None] = Future()
        Thread(target=self._run, args=(by, name, done), name="huiyin-poll", daemon=True).start()
        try:
            done.result(_WAIT_SECONDS)
        except TimeoutError:
            with self._lock:
                if not done.done():
                    self._said[name] = "正在读取，请稍后刷新"

    def said(self, name: str) -> str:
        """What became of the last poll that was ordered at a page; "" for none."""
        with self._lock:
            return self._said.get(name, "")

    def _run(self, by: Doer, name: str, done: Future[None]) -> None:
        refusal: NotAllowed | None = None
        try:
            result = self.run(by, name)
            said = result.error or counts_text(result)
        except NotAllowed as problem:
            refusal, said = problem, str(problem)
        except (SettingsError, SourceError) as problem:
            said = str(problem)
        except Exception:  # noqa: BLE001
            # Whatever it is, the page has to say it.
            _log.exception("poll of %s", name)
            said = "读取没有完成，请查看日志"
        with self._lock:
            self._said[name] = f"{beijing(self._desk.clock()):%H:%M} {said}"
            if refusal is None:
                done.set_result(None)
            else:
                done.set_exception(refusal)

    def _change(
        self,
        by: Doer,
        name: str,
        word: str,
        change: Callable[[SourceHealth, datetime], SourceHealth],
    ) -> None:
        self._known(by, name, word)
        with self._desk.acts.borrowed() as runner:
            now = runner.clock()
            runner.change_health(
                name,
                lambda known: change(known or SourceHealth(source=name, watched_since=now), now),
            )
        self._desk.note(by, AuditAction.SOURCE, name, word)

    def _known(self, by: Doer, name: str, word: str) -> SourceEntry:
        self._desk.permit(by, Role.ADMIN, to=f"{word}来源", about=name)
        entries = wiring.source_entries(self._desk.settings)
        if name not in entries:
            raise NotThere(f"没有来源 {name[:80]}。已配置的有：{'、'.join(entries)}。")
        return entries[name]

    def _pulled(self, by: Doer, name: str, word: str) -> PullSource:
        entry = self._known(by, name, word)
        if only_samples(self._desk.settings):
            raise NotAllowed("这里是示例数据，不读取真实来源。正式使用请换一个数据文件夹。")
        source = build_source(entry, wiring.source_context(self._desk.settings))
        if not isinstance(source, PullSource):
            how = _kind(source)
            raise NotAllowed(f"来源 {name} 不是定时读取的（{how}），不能单独读取或回退。")
        return source


def counts_text(result: PollResult) -> str:
    counts = result.counts
    return (
        f"读到 {counts.read} 条，新事项 {counts.new}，新版本 {counts.later}，"
        f"未变化 {counts.unchanged}，死信 {counts.rejected}"
    )


def _kind(source: Source) -> str:
    if isinstance(source, FileSource):
        return "投递文件，请用 huiyin ingest"
    if isinstance(source, PushSource):
        return "平台推送"
    return "值班台登记"
