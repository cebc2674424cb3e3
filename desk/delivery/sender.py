"""From where replies, and messages to the platform above, go out: from one data folder of an
installation. The log of what was sent lies in it, and what is in no log would be sent twice."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.words.times import beijing
from desk.ground import production
from desk.ground.settings import Settings, SettingsError
from sinks.delivery.log import SqliteDeliveryLog

_NAME: Final = "exchange"


class Sender(Struct, frozen=True):
    """Who sends, as the log of the installation says."""

    log: str
    """The log of deliveries by its own name: it stays when the folder is moved."""
    machine: str
    folder: str
    since: datetime


class SentElsewhere(SettingsError):
    """Another data folder sends; the text says which, and what to do."""


def check_sender(settings: Settings, log: SqliteDeliveryLog, now: datetime) -> None:
    """The first that asks is the sender from then on. On one machine there is no other.

    Raises `SentElsewhere`, and with Kafka `LogDown` and `LogError`."""
    if settings.production is None:
        return
    own = _this(settings, log, now)
    said = production.claimed(settings, _NAME, msgspec.json.encode(own).decode())
    held = msgspec.json.decode(said, type=Sender)
    if held.log != own.log:
        raise SentElsewhere(
            f"答复和对上消息由机器 {held.machine} 上的另一个数据文件夹发送"
            f"（自 {beijing(held.since):%Y-%m-%d %H:%M} 起），发送记录在那里；从这里再发可能重复，"
            "所以没有发送。请在那里运行 huiyin desk，核实也在那里登记；那台机器不再使用的，把它的"
            "数据文件夹搬来，或由管理员在这里运行 huiyin exchange here。"
        )


def become_sender(settings: Settings, log: SqliteDeliveryLog, now: datetime) -> None:
    """This folder sends from now on. Raises `SettingsError` where there is one machine only."""
    if settings.production is None:
        raise SettingsError("单机运行时答复和对上消息只从本机发送，不需要指定。")
    said = msgspec.json.encode(_this(settings, log, now)).decode()
    production.claim_anew(settings, _NAME, said)


def _this(settings: Settings, log: SqliteDeliveryLog, now: datetime) -> Sender:
    name = log.counted.state(log.connection).file
    return Sender(name, socket.gethostname(), str(settings.home.resolve()), now)
