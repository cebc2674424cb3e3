"""config/delivery.toml: which door a reply to a source leaves by.

    [delivery.NAME]
    adapter = "smtp"                 "http", "smtp", "by-hand", or a package's
    sources = ["leader-mailbox"]     the sources it answers
    enabled = true
    [delivery.NAME.options]          the adapter's own table

A source without a door is answered by hand. An installed package adds doors in the group
`huiyin.delivery_doors`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table
from huiyin.extensions import ExtensionFailed, ExtensionPoint
from sinks.delivery.base import Delivery, DeliveryError, SecretReader
from sinks.delivery.by_hand import ByHand
from sinks.delivery.http import HttpDelivery, HttpDeliveryOptions
from sinks.delivery.smtp import SmtpDelivery, SmtpOptions

_log: Final = logging.getLogger(__name__)


class DoorEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str
    sources: tuple[str, ...] = Field(min_length=1)
    enabled: bool = True
    options: dict[str, object] = {}


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery: dict[str, DoorEntry] = {}


class ByHandOptions(BaseModel):
    """`[delivery.NAME.options]` of adapter "by-hand"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str = "来源平台"
    """Where the person answers."""


_Options = TypeVar("_Options", bound=BaseModel)


class Doors:
    """The doors by source."""

    def __init__(self, doors: dict[str, Delivery], left_out: tuple[str, ...] = ()) -> None:
        """`left_out`: enabled doors of packages that do not work, each with the reason; replies
        to their sources are given by hand."""
        self._doors = doors
        self.left_out = left_out

    def door(self, source: str) -> Delivery:
        """The door for replies to `source`; by hand where none is configured."""
        return self._doors.get(source) or ByHand(f"by-hand:{source}", "来源平台")

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have a door."""
        return tuple(self._doors)

    def __len__(self) -> int:
        return len(self._doors)


def read_doors(table: Table, secrets: SecretReader) -> Doors:
    """The enabled doors; none when there is no such file.

    Raises `DeliveryError`, and what `secrets` raises for a missing secret.
    """
    file = read_table(_File, table, "config/delivery.toml", DeliveryError)
    doors: dict[str, Delivery] = {}
    left_out: list[str] = []
    for name, entry in file.delivery.items():
        if not entry.enabled:
            continue
        try:
            door = DOORS.make(entry.adapter, name, Building(name, entry, table, secrets))
        except KeyError:
            raise DeliveryError(
                f"{table.place('delivery', name, 'adapter')} 表 [delivery.{name}]："
                f"不认识 adapter {entry.adapter!r}，应为 {'、'.join(DOORS.names)} 之一"
            ) from None
        except ExtensionFailed as error:
            _log.error("送达方式 %s 没有启用：%s", name, error)
            sources = "、".join(entry.sources)
            left_out.append(f"送达方式 {name} 没有启用，来源 {sources} 改为人工答复：{error}")
            continue
        for source in entry.sources:
            if source in doors:
                place = table.place("delivery", name, "sources")
                raise DeliveryError(
                    f"{place}：来源 {source} 已由 {doors[source].name} 送达，"
                    f"[delivery.{name}] 重复。请只留一处"
                )
            doors[source] = door
    return Doors(doors, tuple(left_out))


class Building(Struct, frozen=True):
    """What a door is made from."""

    name: str
    entry: DoorEntry
    table: Table
    secrets: SecretReader

    def options(self, model: type[_Options]) -> _Options:
        """The adapter's own table. Raises `DeliveryError`, without values: one may be a secret."""
        at = ("delivery", self.name, "options")
        given = self.table.below(*at)
        return read_table(model, given, "config/delivery.toml", DeliveryError, at=at, secret=True)


def _http(building: Building) -> Delivery:
    return HttpDelivery(building.name, building.options(HttpDeliveryOptions), building.secrets)


def _smtp(building: Building) -> Delivery:
    return SmtpDelivery(building.name, building.options(SmtpOptions), building.secrets)


def _by_hand(building: Building) -> Delivery:
    return ByHand(building.name, building.options(ByHandOptions).where)


_BUILTIN: Final[dict[str, Callable[[Building], Delivery]]] = {
    "http": _http,
    "smtp": _smtp,
    "by-hand": _by_hand,
}

DOORS: Final[ExtensionPoint[Delivery]] = ExtensionPoint(
    "huiyin.delivery_doors",
    "送达方式",
    _BUILTIN,
    takes=("building",),
    gives=(("name", "deliver"),),
    refuses_with=DeliveryError,
)
