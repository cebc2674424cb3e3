"""Commands on the alerts: what was sent where, what was not, and trying a channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer

from desk.alerts import service
from desk.alerts.alerting import alert_file
from desk.ground.console import Json, fail, tell
from desk.ground.settings import Settings, read_settings
from sinks.alerts.base import Sent
from sinks.alerts.book import AlertBook
from sinks.alerts.file import AlertFile

Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="最多列出多少条。")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="告警：发给了谁、哪些没有发出、试一个渠道。", no_args_is_help=True)
    app.add_typer(group, name="alerts")
    group.command("list")(list_alerts)
    group.command("channels")(list_channels)
    group.command("failed")(list_failed)
    group.command("resend")(resend)
    group.command("test")(try_channel)


@contextmanager
def _opened(settings: Settings) -> Iterator[AlertFile]:
    file = alert_file(settings)
    try:
        yield file
    finally:
        file.close()


def list_alerts(most: Most = 20, as_json: Json = False) -> None:
    """最近的告警，新的在前：每个渠道发出没有，谁已知道。"""
    with _opened(read_settings()) as file:
        found = service.newest(file, most)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(map(service.entry_text, found)) or "还没有告警。")


def list_channels(as_json: Json = False) -> None:
    """告警渠道的状况：上次发出、从何时起发不出、为什么、有多少在等。"""
    settings = read_settings()
    with _opened(settings) as file:
        found = service.channels(settings, file)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        empty = "没有启用告警渠道，请看 config/alerts.toml。"
        print("\n".join(map(service.channel_text, found)) or empty)


def list_failed(most: Most = 100, as_json: Json = False) -> None:
    """没有发出的和不明的消息，新的在前。"""
    with _opened(read_settings()) as file:
        found = AlertBook(file).troubles(most)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(map(service.trouble_text, found)) or "没有发不出的消息。")


def resend(
    message_id: Annotated[str, typer.Argument(help="huiyin alerts failed 列出的编号。")],
    as_json: Json = False,
) -> None:
    """把没有发出或不明的一条消息再发一次，由正在运行的回音发送。"""
    with _opened(read_settings()) as file:
        service.send_again(file, message_id)
    said = f"{message_id} 已重新排队。回音运行时几秒内发出，结果见 huiyin alerts failed。"
    tell(said, {"message_id": message_id, "queued": True}, as_json=as_json)


def try_channel(
    channel: Annotated[str, typer.Argument(help="config/alerts.toml 里的渠道名称。")],
    as_json: Json = False,
) -> None:
    """现在就向一个渠道发一条测试消息，说明成功还是失败、为什么。"""
    outcome = service.try_channel(read_settings(), channel)
    if isinstance(outcome, Sent):
        said = f"渠道 {channel} 已收下测试消息（{outcome.receipt}）。"
        done = {"channel": channel, "sent": True, "receipt": outcome.receipt}
        tell(said, done, as_json=as_json)
        return
    if as_json:
        tell("", {"channel": channel, "sent": False, "detail": outcome.detail}, as_json=True)
    fail(f"渠道 {channel}：{outcome.detail}")
