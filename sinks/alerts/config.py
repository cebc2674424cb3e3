"""config/alerts.toml: channels, routes, quiet hours, and when the stream itself is complained of.

[channel.NAME]
adapter = "dingtalk"             "dingtalk", "wecom", "feishu", "mail", "webhook", or a package's
enabled = true
[channel.NAME.options]           the adapter's own table

[route.NAME]
levels = ["high"]
channels = ["NAME"]
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Final

from msgspec import Struct
from pydantic import Field

from cases.alerts import ALERT_WORDS, AlertKind, Level
from cases.notices import UNIT_ONLY
from cases.quiet import NEVER_WAITS
from cases.words.actors import Role
from huiyin.configuration.checked import read_table
from huiyin.configuration.overlay import nearest
from huiyin.configuration.table import Table
from huiyin.extensions import ExtensionFailed
from sinks.alerts.base import AlertConfigError, Channel
from sinks.alerts.building import (
    CHANNELS,
    Building,
    ChannelEntry,
    HttpOptions,
    OpenPost,
    Options,
)
from sinks.alerts.routing import Quiet, Route, Routing
from sinks.delivery.base import SecretReader

_log: Final = logging.getLogger(__name__)


class _Route(Options):
    channels: tuple[str, ...] = ()
    kinds: frozenset[AlertKind] = frozenset()
    levels: frozenset[Level] = frozenset()
    units: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    acknowledge_minutes: Annotated[int, Field(ge=0, le=10080)] = 0
    then: str = ""
    escalation_only: bool = False


class _Quiet(Options):
    begin: time
    end: time
    levels: frozenset[Level] = frozenset((Level.MEDIUM, Level.LOW))
    kinds: frozenset[AlertKind] = frozenset()


class Watch(Options):
    """`[watch]`: when the stream itself is complained of."""

    dead_letters: Annotated[int, Field(ge=1)] = 20
    delayed_minutes: Annotated[int, Field(ge=1)] = 10


class Units(HttpOptions):
    """`[units]`: the people of units, who are entered at the desk (docs/alerts.md). What robots of
    their groups are reached by stands here too."""

    day_ends: time = time(18, 0)
    digest_at: time = time(8, 30)
    gather_minutes: Annotated[int, Field(ge=0, le=240)] = 10


class _File(Options):
    newest_hours: Annotated[int, Field(ge=1)] = 24
    give_up_hours: Annotated[int, Field(ge=1)] = 12
    quiet: _Quiet | None = None
    watch: Watch = Watch()
    units: Units = Units()
    channel: dict[str, ChannelEntry] = Field(default_factory=dict)
    route: dict[str, _Route] = Field(default_factory=dict)


class Outlet(Struct, frozen=True, kw_only=True):
    """A channel that is enabled, and how it is used."""

    channel: Channel
    fallback: str
    fallback_after: timedelta
    singles: int
    """More alerts at once are merged."""
    call_on_duty: bool
    adapter: str = ""
    unit: str = ""
    """For the people of this unit alone (`sinks.alerts.receivers`)."""
    label: str = ""
    """What people read in place of the name."""
    by: str = ""
    """The office's channel that carries it, whose failures are its own."""
    pace: str = ""
    """Under which name messages are counted for the limits; "" for its own."""
    gather: timedelta = timedelta(0)
    """After a message the next waits for so long, unless it is urgent."""


class AlertSetup(Struct, frozen=True, kw_only=True):
    """config/alerts.toml, ready for use."""

    outlets: Mapping[str, Outlet]
    routing: Routing
    watch: Watch
    give_up: timedelta
    units: Units = Units()
    stand_ins: Mapping[str, tuple[str, ...]] = {}
    """Receivers that are away or no more, and who is told in their place."""
    left_out: tuple[str, ...] = ()
    """Enabled channels of packages that do not work, each with the reason. What would go out by
    one goes out by its fallback."""


def read_setup(table: Table, secrets: SecretReader, open_post: OpenPost) -> AlertSetup:
    """Raises `AlertConfigError`, and what `secrets` raises for a missing secret. Without
    the file nothing is sent."""
    file = read_table(_File, table, "config/alerts.toml", AlertConfigError)
    _check_names(file, table)
    channels: dict[str, Channel] = {}
    left_out: list[str] = []
    for name, entry in file.channel.items():
        if not entry.enabled:
            continue
        try:
            channels[name] = CHANNELS.make(
                entry.adapter, name, Building(name, entry, table, secrets, open_post)
            )
        except KeyError:
            raise AlertConfigError(
                f"{table.place('channel', name, 'adapter')} 表 [channel.{name}]："
                f"不认识 adapter {entry.adapter!r}，应为 {'、'.join(CHANNELS.names)} 之一"
            ) from None
        except ExtensionFailed as error:
            _log.error("告警渠道 %s 没有启用：%s", name, error)
            left_out.append(f"告警渠道 {name} 没有启用：{error}")
    working = {name: _working(name, file, channels) for name in file.channel}
    return AlertSetup(
        outlets={
            name: Outlet(
                channel=channel,
                fallback=working.get(file.channel[name].fallback, ""),
                fallback_after=timedelta(minutes=file.channel[name].fallback_after_minutes),
                singles=file.channel[name].singles,
                call_on_duty=file.channel[name].call_on_duty,
                adapter=file.channel[name].adapter,
            )
            for name, channel in channels.items()
        },
        routing=Routing(
            routes={name: _route(name, route, working) for name, route in file.route.items()},
            channels=frozenset(channels),
            quiet=Quiet(**dict(file.quiet)) if file.quiet else None,
            newest_hours=file.newest_hours,
        ),
        watch=file.watch,
        units=file.units,
        give_up=timedelta(hours=file.give_up_hours),
        left_out=tuple(left_out),
    )


def _working(name: str, file: _File, channels: Mapping[str, Channel]) -> str:
    """The channel itself; for an enabled one that was left out the first of its fallbacks that
    works; "" for none."""
    while name in file.channel and file.channel[name].enabled and name not in channels:
        name = file.channel[name].fallback
    return name if name in channels else ""


def _route(name: str, route: _Route, working: Mapping[str, str]) -> Route:
    channels = tuple(dict.fromkeys(working[channel] or channel for channel in route.channels))
    return Route(name=name, **(dict(route) | {"channels": channels}))


def _check_names(file: _File, table: Table) -> None:
    """Every name that is used is there, and no chain bites its own tail."""
    if file.quiet and (never := sorted(file.quiet.kinds & NEVER_WAITS)):
        raise AlertConfigError(
            f"{table.place('quiet', 'kinds')} 表 [quiet]：{never[0].value}"
            f"（{ALERT_WORDS[never[0]]}）从不等到早上，请从 kinds 里删去"
        )
    for name, route in file.route.items():
        if own := sorted(route.kinds & UNIT_ONLY):
            raise AlertConfigError(
                f"{table.place('route', name, 'kinds')} 表 [route.{name}]：{own[0].value}"
                f"（{ALERT_WORDS[own[0]]}）只通知承办单位，不走路线；请在“通知设置”页上设置接收人"
            )
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
