"""The office's own robot, to which alerts go: said on a page, tried with a message."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final, Self

from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.alerts import service
from desk.alerts.alerting import alert_setup
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import SettingsError
from desk.setup.own_tables import OwnTables
from huiyin.configuration.written import with_keys, with_table
from huiyin.store.whole import whole
from sinks.alerts.base import Sent
from streams.sources.seam.base import SourceError

FILE: Final = "alerts.toml"
ROBOTS: Final = {"dingtalk": "钉钉群机器人", "wecom": "企业微信群机器人", "feishu": "飞书群机器人"}
_SIGNS: Final = frozenset({"dingtalk", "feishu"})
_NAME: Final = "own-robot"
_SHIPPED: Final = "duty-robot"
"""The routes that send to it send to the own robot too."""
_ADDRESS, _KEY = "OWN_ROBOT", "OWN_ROBOT_SIGN"
_LONGEST: Final = 1000


class Tried(Struct, frozen=True):
    sent: bool
    text: str
    """What the other side said, or why it did not work."""


class Channels:
    """Raises `NotPermitted`, and `NotAllowed` with what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    @property
    def names(self) -> tuple[str, ...]:
        """Channels that are switched on."""
        return tuple(alert_setup(self._desk.settings).outlets)

    def put(self, by: Doer, robot: str, address: str, key: str) -> None:
        """The robot gets the alerts that are the duty desk's, from the next start on. Address and
        key are secrets: they stand in secrets.toml of the data folder, and neither in the overlay
        nor in the trail."""
        self._desk.permit(by, Role.ADMIN, to="设置告警渠道")
        if robot not in ROBOTS:
            raise NotAllowed("请选择是哪一种群机器人。")
        for value in (address, key):
            if len(value) > _LONGEST or not value.isprintable():
                raise NotAllowed("地址和加签密钥应为一行文字，请整个复制。")
        if not address.startswith("https://"):
            raise NotAllowed("机器人地址应以 https:// 开头，请在群设置里整个复制。")
        signs = bool(key) and robot in _SIGNS
        secrets = {_ADDRESS: address, _KEY: key if signs else None}
        options = {"address": _ADDRESS} | ({"secret": _KEY} if signs else {})
        channel = {"new": True, "adapter": robot, "enabled": True, "options": options}
        before = self._write_secrets(secrets)
        try:
            self._own.change(
                by, FILE, lambda text: self._edited(text, channel), f"告警渠道：{ROBOTS[robot]}"
            )
        except NotAllowed:
            self._put_secrets(before)
            raise

    def attempt(self, by: Doer, name: str) -> Tried:
        """Sends a test message now."""
        self._desk.permit(by, Role.ADMIN, to="试告警渠道", about=name)
        try:
            outcome = service.try_channel(self._desk.settings.read_again(), name)
        except (SettingsError, SourceError) as error:
            raise NotAllowed(str(error)) from None
        self._desk.note(by, AuditAction.ALERT, name, "发一条测试消息")
        if isinstance(outcome, Sent):
            return Tried(sent=True, text=outcome.receipt)
        return Tried(sent=False, text=outcome.detail)

    def _edited(self, text: str, channel: dict[str, Any]) -> str:
        text = with_table(text, ("channel", _NAME), channel)
        routes: Any = self._desk.settings.table(FILE).get("route", {})
        for name, row in routes.items():
            channels = list(row.get("channels", ()))
            if _SHIPPED in channels and _NAME not in channels:
                own = tomllib.loads(text).get("route", {}).get(name, {})
                new = {**own, "channels": [_NAME, *channels]}
                text = with_table(text, ("route", name), new)
        return text

    @property
    def _secrets(self) -> Path:
        if os.environ.get("HUIYIN_SECRETS_FILE"):
            raise NotAllowed(
                "密钥在 HUIYIN_SECRETS_FILE 指的文件里，不能在页面上改。"
                f"请在那里加上 {_ADDRESS}，再按 docs/alerts.md 写 alerts.toml"
            )
        return self._desk.settings.home / "secrets.toml"

    def _write_secrets(self, keys: dict[str, str | None]) -> str:
        """What stood there before."""
        path = self._secrets
        try:
            before = path.read_text("utf-8") if path.exists() else ""
            self._put_secrets(with_keys(before, keys))
        except tomllib.TOMLDecodeError:
            raise NotAllowed(f"{path.name} 不是合法的 TOML，没有改动。请先改正这个文件") from None
        except (OSError, UnicodeDecodeError) as error:
            raise NotAllowed(f"读写不了密钥文件（{error}）。请检查权限") from None
        return before

    def _put_secrets(self, text: str) -> None:
        with whole(self._secrets) as new:
            new.write_text(text, "utf-8")
