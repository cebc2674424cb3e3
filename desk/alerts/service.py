"""`huiyin alerts …`: what was sent where, what was not, and trying a channel."""

from __future__ import annotations

from uuid import uuid4

from msgspec import Struct

from cases.alerts import ALERT_WORDS
from cases.words.actors import SYSTEM
from cases.words.times import beijing
from desk.alerts.alerting import alert_file, alert_setup
from desk.ground.machine_clock import machine_time
from desk.ground.settings import Settings, SettingsError
from sinks.alerts.base import Message, Outcome
from sinks.alerts.book import AlertBook, AlertEntry, ChannelHealth, Trouble
from sinks.alerts.file import AlertFile, SendState
from sinks.alerts.outbox import AlertOutbox

STATE_WORDS = {
    SendState.WAITING: "等待发送",
    SendState.QUEUED: "正在发送",
    SendState.SENT: "已发出",
    SendState.UNCLEAR: "不明",
    SendState.FAILED: "没有发出",
    SendState.MOVED: "改走备用渠道",
    SendState.DROPPED: "发送前已有人知道",
}


class ChannelLine(Struct, frozen=True, kw_only=True):
    enabled: bool
    health: ChannelHealth


def newest(file: AlertFile, limit: int) -> tuple[AlertEntry, ...]:
    return AlertBook(file).newest(limit, who=SYSTEM)


def entry_text(entry: AlertEntry) -> str:
    alert, state = entry.alert, entry.state
    parts = [
        f"{entry.number} {beijing(alert.at):%m-%d %H:%M} 【{ALERT_WORDS[alert.kind]}】{alert.text}"
    ]
    parts += [f"  {each.channel}：{STATE_WORDS[each.state]}" for each in state.sendings]
    if state.acknowledged:
        seen = state.acknowledged
        parts.append(f"  {seen.name} {beijing(seen.at):%m-%d %H:%M} 已知道")
    return "\n".join(parts)


def channels(settings: Settings, file: AlertFile) -> list[ChannelLine]:
    """Raises `AlertConfigError` and `SourceError`."""
    enabled = alert_setup(settings).outlets
    found = AlertBook(file).channel_health(enabled, settings.clock())
    return [ChannelLine(enabled=each.name in enabled, health=each) for each in found]


def channel_text(line: ChannelLine) -> str:
    health = line.health
    if not line.enabled:
        state = "未启用"
    elif health.failing_since:
        since = f"{beijing(health.failing_since):%m-%d %H:%M}"
        state = f"自 {since} 起发不出（{health.failures} 次）：{health.error}"
    else:
        state = health.error or "正常"
    parts = [f"{health.name}：{state}"]
    if health.last_sent:
        parts.append(f"上次发出 {beijing(health.last_sent):%m-%d %H:%M}")
    counts = (("等待", health.waiting), ("不明", health.unclear), ("没有发出", health.failed))
    parts += [f"{word} {count}" for word, count in counts if count]
    return "；".join(parts)


def trouble_text(trouble: Trouble) -> str:
    word = "不明" if trouble.unclear else "没有发出"
    lines = [
        f"{trouble.message_id} {trouble.at:%m-%d %H:%M} {trouble.channel} {word}：{trouble.detail}"
    ]
    return "\n".join([*lines, *(f"  {alert.text}" for alert in trouble.alerts)])


def try_channel(settings: Settings, name: str) -> Outcome:
    """Sends a test message now. Raises `SettingsError` for a channel that is not enabled."""
    outlets = alert_setup(settings).outlets
    if name not in outlets:
        known = "、".join(outlets) or "（没有）"
        raise SettingsError(f"没有启用的告警渠道 {name!r}。已启用的有：{known}。")
    now = machine_time()
    message = Message(message_id=f"m-test-{uuid4().hex[:12]}", lines=(), at=now, test=True)
    return outlets[name].channel.send(message, now=now)


def send_again(file: AlertFile, message_id: str) -> None:
    """The running program sends it with its next turn. Raises `SettingsError`."""
    if not AlertOutbox(file).send_again(message_id, machine_time()):
        raise SettingsError(
            f"{message_id} 不是没有发出或不明的消息。请用 huiyin alerts failed 查看编号。"
        )


__all__ = [
    "alert_file",
    "channel_text",
    "channels",
    "entry_text",
    "newest",
    "send_again",
    "trouble_text",
    "try_channel",
]
