"""The people of units: by which way each is told, of what, and what waits for the morning.

A receiver is a channel of its own in the alert book, so each is told once and each remembers what
it was not told yet. What carries a message is the unit's own robot, or a channel of the office
(mail, SMS) to one address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert, AlertKind, Level
from sinks.alerts import dingtalk, feishu, sms, wecom
from sinks.alerts.base import Channel, Limit, Line, Message, Outcome, Post
from sinks.alerts.config import AlertSetup, Outlet
from sinks.alerts.routing import Quiet
from sinks.delivery.mail_message import usable_address

BEGINS: Final = "unit:"
"""The name of a receiver, which no channel of the configuration can have."""
ROBOTS: Final = {"dingtalk": "钉钉群机器人", "wecom": "企业微信群机器人", "feishu": "飞书群机器人"}
SIGNING: Final = frozenset({"dingtalk", "feishu"})
"""Those that can be given a key."""
ADDRESSED: Final = {"mail": "邮件", "sms": "短信"}
"""Adapters that carry to an address of a person."""


class Receiver(Struct, frozen=True, kw_only=True):
    """One way to the people of one unit."""

    name: str
    unit: str
    label: str
    """In words, without the address: it stands in the histories of cases."""
    address: str
    """Whom it reaches: two receivers with one address are told once. Names a secret for a robot."""
    kinds: frozenset[AlertKind]
    quiet: Quiet | None

    def takes(self, alert: Alert) -> bool:
        return alert.unit == self.unit and alert.kind in self.kinds and alert.role is None


def quiet_hours(begin: time, end: time) -> Quiet:
    """What waits until `end`: all but what never does, and what is louder than a day that ended."""
    return Quiet(
        begin=begin,
        end=end,
        levels=frozenset((Level.MEDIUM, Level.LOW)),
        kinds=frozenset((AlertKind.OVERDUE,)),
    )


class Addressed:
    """A channel of the office as the way to one address."""

    def __init__(self, name: str, channel: Channel, *, email: str = "", mobile: str = "") -> None:
        self.name = name
        self.limits: tuple[Limit, ...] = channel.limits
        self.idempotent = channel.idempotent
        self._channel = channel
        self._emails = (email,) if email else ()
        self._mobiles = (mobile,) if mobile else ()

    def fits(self, lines: Sequence[Line]) -> int:
        return self._channel.fits(lines)

    def send(self, message: Message, *, now: datetime) -> Outcome:
        told = replace(message, emails=self._emails, mobiles=self._mobiles, names=())
        return self._channel.send(told, now=now)


class Carried(Struct, frozen=True):
    """How a receiver is reached."""

    channel: Channel
    by: str = ""
    """The office's channel that carries it; "" for a robot of its own."""
    pace: str = ""
    """Under which name its messages are counted for the limits."""


def to_address(name: str, via: str, outlet: Outlet, to: str) -> Carried | None:
    """By the office's channel `via` to a mobile number or a mail address; None where the channel
    takes no address, or this is none."""
    if outlet.adapter == "mail" and usable_address(to):
        return Carried(Addressed(name, outlet.channel, email=to), by=via, pace=via)
    if outlet.adapter == "sms" and sms.MOBILE.fullmatch(to):
        # Gateways count by number.
        return Carried(Addressed(name, outlet.channel, mobile=to), by=via, pace=f"sms:{to}")
    return None


def by_robot(name: str, robot: str, address: str, post: Post, secret: str = "") -> Carried:
    """By a robot of the unit's own group. `address` and `secret` are the values. Raises `KeyError`
    for an unknown robot."""
    makers: dict[str, tuple[Callable[..., Channel], tuple[Limit, ...]]] = {
        "dingtalk": (dingtalk.DingTalk, dingtalk.LIMITS),
        "wecom": (wecom.WeCom, wecom.LIMITS),
        "feishu": (feishu.Feishu, feishu.LIMITS),
    }
    make, limits = makers[robot]
    return Carried(make(name, address, post, secret=secret, limits=limits), pace=name)


def with_receivers(
    setup: AlertSetup,
    receivers: Sequence[Receiver],
    carried: Mapping[str, Carried],
    stand_ins: Mapping[str, tuple[str, ...]],
) -> AlertSetup:
    """The set-up with those that can be reached (`carried`, by name). `stand_ins`: who is told in
    place of those who are away or no more."""
    outlets = {
        one.name: Outlet(
            channel=carried[one.name].channel,
            fallback="",
            fallback_after=timedelta(0),
            singles=1,
            call_on_duty=False,
            unit=one.unit,
            label=one.label,
            by=carried[one.name].by,
            pace=carried[one.name].pace,
            gather=timedelta(minutes=setup.units.gather_minutes),
        )
        for one in receivers
        if one.name in carried and one.name not in stand_ins
    }
    routing = replace(setup.routing, receivers=tuple(receivers))
    return replace(
        setup, outlets={**setup.outlets, **outlets}, routing=routing, stand_ins=dict(stand_ins)
    )
