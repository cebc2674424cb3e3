"""From `[channel.NAME]` of config/alerts.toml to a channel: one builder for each adapter.

An installed package adds its own in the group `huiyin.alert_channels`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table
from huiyin.extensions import ExtensionPoint
from sinks.alerts import dingtalk, feishu, mail, sms, webhook, wecom
from sinks.alerts.base import AlertConfigError, Channel, Limit, Post
from sinks.delivery.base import DeliveryError, SecretReader
from sinks.delivery.mail_message import usable_address
from sinks.delivery.mail_server import MailServer, SmtpOptions

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpOptions(Options):
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


class SmsOptions(WebhookOptions):
    mobiles: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    """Who is told when nobody on duty is called."""
    body: dict[str, str]
    """Field to text, with `sms.PLACES` in braces."""
    ok_field: str = ""
    ok_value: str = ""


class MailOptions(SmtpOptions):
    recipients: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]


class ChannelEntry(Options):
    adapter: str
    enabled: bool = True
    fallback: str = ""
    fallback_after_minutes: Annotated[int, Field(ge=0, le=1440)] = 2
    per_minute: Annotated[int, Field(ge=1)] | None = None
    singles: Annotated[int, Field(ge=1, le=20)] = 5
    call_on_duty: bool = True
    options: dict[str, object] = {}


OpenPost = Callable[[HttpOptions], Post]
"""Opens the network for a channel."""


_Options = TypeVar("_Options", bound=BaseModel)


class Building(Struct, frozen=True):
    """What a channel is made from."""

    name: str
    entry: ChannelEntry
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
    building: Building,
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


def _dingtalk(building: Building) -> Channel:
    return _signed(building, dingtalk.DingTalk, dingtalk.LIMITS)


def _feishu(building: Building) -> Channel:
    return _signed(building, feishu.Feishu, feishu.LIMITS)


def _wecom(building: Building) -> Channel:
    options = building.options(RobotOptions)
    address = building.secrets.require(options.address)
    return wecom.WeCom(
        building.name,
        building.address(address, options, f"密钥 {options.address}"),
        building.open_post(options),
        limits=building.limits(wecom.LIMITS),
    )


def _webhook(building: Building) -> Channel:
    options = building.options(WebhookOptions)
    return webhook.Webhook(
        building.name,
        building.address(options.url, options, "url"),
        building.open_post(options),
        secret=building.secrets.require(options.secret),
        limits=building.limits(webhook.LIMITS),
    )


def _sms(building: Building) -> Channel:
    options = building.options(SmsOptions)
    wrong = [each for each in options.mobiles if not sms.MOBILE.fullmatch(each)]
    if wrong:
        raise AlertConfigError(f"{building.where}：mobiles 中 {wrong[0]!r} 不是 11 位手机号")
    if bool(options.ok_field) != bool(options.ok_value):
        raise AlertConfigError(f"{building.where}：ok_field 和 ok_value 应同时填写，或者都不填")
    return sms.Sms(
        building.name,
        building.address(options.url, options, "url"),
        building.open_post(options),
        secret=building.secrets.require(options.secret),
        body=sms.checked(options.body, building.where),
        mobiles=options.mobiles,
        ok=(options.ok_field, options.ok_value),
        limits=building.limits(sms.LIMITS),
    )


def _mail(building: Building) -> Channel:
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


_BUILTIN: Final[dict[str, Callable[[Building], Channel]]] = {
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
    "mail": _mail,
    "webhook": _webhook,
    "sms": _sms,
}

CHANNELS: Final[ExtensionPoint[Channel]] = ExtensionPoint(
    "huiyin.alert_channels",
    "告警渠道",
    _BUILTIN,
    takes=("building",),
    gives=(("name", "idempotent", "limits", "fits", "send"),),
    refuses_with=AlertConfigError,
)
