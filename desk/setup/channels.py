"""The office's own robot, to which alerts go: said on a page, tried with a message."""

from __future__ import annotations

import tomllib
from typing import Any, Final, Self

from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.alerts import service
from desk.alerts.alerting import alert_setup
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.secret_file import check_robot, put_secrets, write_secrets
from desk.ground.settings import SettingsError
from desk.setup.own_tables import OwnTables
from huiyin.configuration.written import with_table
from sinks.alerts.base import Sent
from sinks.alerts.receivers import ROBOTS, SIGNING
from streams.sources.seam.base import SourceError

FILE: Final = "alerts.toml"
_NAME: Final = "own-robot"
_SHIPPED: Final = "duty-robot"
"""The routes that send to it send to the own robot too."""
_ADDRESS, _KEY = "OWN_ROBOT", "OWN_ROBOT_SIGN"


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
        check_robot(address, key)
        signs = bool(key) and robot in SIGNING
        secrets = {_ADDRESS: address, _KEY: key if signs else None}
        options = {"address": _ADDRESS} | ({"secret": _KEY} if signs else {})
        channel = {"new": True, "adapter": robot, "enabled": True, "options": options}
        before = write_secrets(self._desk.settings.home, secrets)
        try:
            self._own.change(
                by, FILE, lambda text: self._edited(text, channel), f"告警渠道：{ROBOTS[robot]}"
            )
        except NotAllowed:
            put_secrets(self._desk.settings.home, before)
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
