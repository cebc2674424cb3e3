"""config/alerts.toml: channels, routes, quiet hours, and when the stream itself is complained of.

[channel.NAME]
adapter = "dingtalk"             "dingtalk", "wecom", "feishu", "mail" or "webhook"
enabled = true
[channel.NAME.options]           the adapter's own table

[route.NAME]
levels = ["high"]
channels = ["NAME"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from cases.alerts import AlertKind, Level
from cases.words.actors import Role
from huiyin.configuration.checked import read_table
from huiyin.configuration.overlay import nearest
from huiyin.configuration.table import Table
from sinks.alerts import dingtalk, feishu, mail, webhook, wecom
from sinks.alerts.base import AlertConfigError, Channel, Limit, Post
from sinks.alerts.routing import Quiet, Route, Routing
from sinks.delivery.base import DeliveryError, SecretReader
from sinks.delivery.mail_message import usable_address
from sinks.delivery.mail_server import MailServer, SmtpOptions

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpOptions(_Table):
    """What all channels over HTTP have."""

    allow_private_addresses: bool = False
    """The receiver stands in the office's own network."""
    proxy: str = ""
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = 15
    ca_file: str = ""


class RobotOptions(HttpOptions):
    address: str
    """Name of the secret that holds the robot's whole address."""


class SignedRobotOptions(RobotOptions):
    secret: str = ""
    """Name of the secret that holds the key for signing; "" where the robot checks a
    keyword or an address instead."""


class WebhookOptions(HttpOptions):
    url: str
    secret: str
    """Name of the secret that holds the key for signing."""


class MailOptions(SmtpOptions):
    recipients: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]


class _Channel(_Table):
    adapter: str
    enabled: bool = True
    fallback: str = ""
    fallback_after_minutes: Annotated[int, Field(ge=0, le=1440)] = 2
    per_minute: Annotated[int, Field(ge=1)] | None = None
    singles: Annotated[int, Field(ge=1, le=20)] = 5
    call_on_duty: bool = True
    options: dict[str, object] = {}


class _Route(_Table):
    channels: tuple[str, ...] = ()
    kinds: frozenset[AlertKind] = frozenset()
    levels: frozenset[Level] = frozenset()
    units: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    acknowledge_minutes: Annotated[int, Field(ge=0, le=10080)] = 0
    then: str = ""
    escalation_only: bool = False


class _Quiet(_Table):
    begin: time
    end: time
    levels: frozenset[Level] = frozenset((Level.MEDIUM, Level.LOW))
    kinds: frozenset[AlertKind] = frozenset()


class Watch(_Table):
    """`[watch]`: when the stream itself is complained of."""

    dead_letters: Annotated[int, Field(ge=1)] = 20
    delayed_minutes: Annotated[int, Field(ge=1)] = 10


class _File(_Table):
    newest_hours: Annotated[int, Field(ge=1)] = 24
    give_up_hours: Annotated[int, Field(ge=1)] = 12
    quiet: _Quiet | None = None
    watch: Watch = Watch()
    channel: dict[str, _Channel] = {}
    route: dict[str, _Route] = {}


class Outlet(Struct, frozen=True, kw_only=True):
    """A channel that is enabled, and how it is used."""

    channel: Channel
    fallback: str
    fallback_after: timedelta
    singles: int
    """More alerts at once are merged."""
    call_on_duty: bool


class AlertSetup(Struct, frozen=True, kw_only=True):
    """config/alerts.toml, ready for use."""

    outlets: Mapping[str, Outlet]
    routing: Routing
    watch: Watch
    give_up: timedelta


OpenPost = Callable[[HttpOptions], Post]
"""Opens the network for a channel."""


def read_setup(table: Table, secrets: SecretReader, open_post: OpenPost) -> AlertSetup:
    """Raises `AlertConfigError`, and what `secrets` raises for a missing secret. Without
    the file nothing is sent."""
    file = read_table(_File, table, "config/alerts.toml", AlertConfigError)
    _check_names(file, table)
    outlets = {}
    for name, entry in file.channel.items():
        if not entry.enabled:
            continue
        build = _ADAPTERS.get(entry.adapter)
        if build is None:
            raise AlertConfigError(
                f"{table.place('channel', name, 'adapter')} 表 [channel.{name}]："
                f"不认识 adapter {entry.adapter!r}，应为 {'、'.join(_ADAPTERS)} 之一"
            )
        outlets[name] = Outlet(
            channel=build(_Building(name, entry, table, secrets, open_post)),
            fallback=entry.fallback if _enabled(file, entry.fallback) else "",
            fallback_after=timedelta(minutes=entry.fallback_after_minutes),
            singles=entry.singles,
            call_on_duty=entry.call_on_duty,
        )
    return AlertSetup(
        outlets=outlets,
        routing=Routing(
            routes={name: Route(name=name, **dict(route)) for name, route in file.route.items()},
            channels=frozenset(outlets),
            quiet=Quiet(**dict(file.quiet)) if file.quiet else None,
            newest_hours=file.newest_hours,
        ),
        watch=file.watch,
        give_up=timedelta(hours=file.give_up_hours),
    )


def _enabled(file: _File, name: str) -> bool:
    return name in file.channel and file.channel[name].enabled


def _check_names(file: _File, table: Table) -> None:
    """Every name that is used is there, and no chain bites its own tail."""
    for name, route in file.route.items():
        for channel in route.channels:
            if channel not in file.channel:
                raise AlertConfigError(
                    f"{table.place('route', name, 'channels')} 表 [route.{name}]："
                    f"没有渠道 {channel!r}；{nearest(channel, file.channel)}"
                )
        if bool(route.then) != bool(route.acknowledge_minutes):
            raise AlertConfigError(
                f"{table.place('route', name)} 表 [route.{name}]："
                "then 和 acknowledge_minutes 应同时填写或同时不写"
            )
    for what, following in (
        ("route", {name: route.then for name, route in file.route.items()}),
        ("channel", {name: entry.fallback for name, entry in file.channel.items()}),
    ):
        key = "then" if what == "route" else "fallback"
        for name in following:
            seen, at = {name}, following[name]
            while at:
                where = f"{table.place(what, name, key)} 表 [{what}.{name}]：{key}"
                if at not in following:
                    raise AlertConfigError(f"{where} = {at!r} 不存在；{nearest(at, following)}")
                if at in seen:
                    raise AlertConfigError(f"{where} 绕成了一圈")
                seen.add(at)
                at = following[at]


# -- one builder for each adapter ---------------------------------------------


_Options = TypeVar("_Options", bound=BaseModel)


class _Building(Struct, frozen=True):
    name: str
    entry: _Channel
    table: Table
    secrets: SecretReader
    open_post: OpenPost

    def limits(self, usual: tuple[Limit, ...]) -> tuple[Limit, ...]:
        """The program's limits; `per_minute` may only lower them."""
        wanted = self.entry.per_minute
        if wanted is None:
            return usual
        return tuple(
            Limit(min(wanted, limit.count), limit.window)
            if limit.window == timedelta(minutes=1)
            else limit
            for limit in usual
        )

    def options(self, model: type[_Options]) -> _Options:
        at = ("channel", self.name, "options")
        given = self.table.below(*at)
        return read_table(model, given, "config/alerts.toml", AlertConfigError, at=at, secret=True)

    @property
    def where(self) -> str:
        place = self.table.place("channel", self.name, "options")
        return f"{place} 表 [channel.{self.name}.options]"

    def address(self, url: str, options: HttpOptions, what: str) -> str:
        """`url` if it may be posted to. Not shown in errors: it may be a secret."""
        try:
            parts = urlsplit(url)
            port_ok = parts.port is None or parts.port > 0
        except ValueError:
            raise AlertConfigError(f"{self.where}：{what} 不是网址") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
            raise AlertConfigError(f"{self.where}：{what} 应为完整的 https 地址")
        if parts.username is not None or parts.password is not None:
            raise AlertConfigError(f"{self.where}：{what} 中不能有用户名和密码")
        local = parts.hostname in _LOCAL
        if parts.scheme == "http" and not (local or options.allow_private_addresses):
            raise AlertConfigError(f"{self.where}：{what} 应为 https 地址")
        return url


def _signed(
    building: _Building,
    make: type[dingtalk.DingTalk | feishu.Feishu],
    usual: tuple[Limit, ...],
) -> Channel:
    options = building.options(SignedRobotOptions)
    require = building.secrets.require
    return make(
        building.name,
        building.address(require(options.address), options, f"密钥 {options.address}"),
        building.open_post(options),
        secret=require(options.secret) if options.secret else "",
        limits=building.limits(usual),
    )


def _dingtalk(building: _Building) -> Channel:
    return _signed(building, dingtalk.DingTalk, dingtalk.LIMITS)


def _feishu(building: _Building) -> Channel:
    return _signed(building, feishu.Feishu, feishu.LIMITS)


def _wecom(building: _Building) -> Channel:
    options = building.options(RobotOptions)
    address = building.secrets.require(options.address)
    return wecom.WeCom(
        building.name,
        building.address(address, options, f"密钥 {options.address}"),
        building.open_post(options),
        limits=building.limits(wecom.LIMITS),
    )


def _webhook(building: _Building) -> Channel:
    options = building.options(WebhookOptions)
    return webhook.Webhook(
        building.name,
        building.address(options.url, options, "url"),
        building.open_post(options),
        secret=building.secrets.require(options.secret),
        limits=building.limits(webhook.LIMITS),
    )


def _mail(building: _Building) -> Channel:
    options = building.options(MailOptions)
    wrong = [each for each in options.recipients if not usable_address(each)]
    if wrong:
        raise AlertConfigError(f"{building.where}：recipients 中 {wrong[0]!r} 不是邮箱地址")
    try:
        server = MailServer(options, building.secrets)
    except DeliveryError as error:
        raise AlertConfigError(f"{building.where}：{error}") from None
    return mail.AlertMail(
        building.name,
        options,
        server,
        recipients=options.recipients,
        limits=building.limits(mail.LIMITS),
    )


_ADAPTERS: Final[dict[str, Callable[[_Building], Channel]]] = {
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
    "mail": _mail,
    "webhook": _webhook,
}
