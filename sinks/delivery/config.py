"""config/delivery.toml: which door a reply to a source leaves by.

    [delivery.NAME]
    adapter = "smtp"                 "http", "smtp" or "by-hand"
    sources = ["leader-mailbox"]     the sources it answers
    enabled = true
    [delivery.NAME.options]          the adapter's own table

A source without a door is answered by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table
from sinks.delivery.base import Delivery, DeliveryError, SecretReader
from sinks.delivery.by_hand import ByHand
from sinks.delivery.http import HttpDelivery, HttpDeliveryOptions
from sinks.delivery.smtp import SmtpDelivery, SmtpOptions


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str
    sources: tuple[str, ...] = Field(min_length=1)
    enabled: bool = True
    options: dict[str, object] = {}


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery: dict[str, _Entry] = {}


class ByHandOptions(BaseModel):
    """`[delivery.NAME.options]` of adapter "by-hand"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str = "来源平台"
    """Where the person answers."""


_Options = TypeVar("_Options", bound=BaseModel)


class Doors:
    """The doors by source."""

    def __init__(self, doors: dict[str, Delivery]) -> None:
        self._doors = doors

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
    for name, entry in file.delivery.items():
        if not entry.enabled:
            continue
        door = _build(_Building(name, entry, table, secrets))
        for source in entry.sources:
            if source in doors:
                place = table.place("delivery", name, "sources")
                raise DeliveryError(
                    f"{place}：来源 {source} 已由 {doors[source].name} 送达，"
                    f"[delivery.{name}] 重复。请只留一处"
                )
            doors[source] = door
    return Doors(doors)


class _Building(Struct, frozen=True):
    name: str
    entry: _Entry
    table: Table
    secrets: SecretReader

    def options(self, model: type[_Options]) -> _Options:
        """The adapter's own table. Raises `DeliveryError`, without values: one may be a secret."""
        at = ("delivery", self.name, "options")
        given = self.table.below(*at)
        return read_table(model, given, "config/delivery.toml", DeliveryError, at=at, secret=True)


def _build(building: _Building) -> Delivery:
    build = _ADAPTERS.get(building.entry.adapter)
    if build is None:
        place = building.table.place("delivery", building.name, "adapter")
        raise DeliveryError(
            f"{place} 表 [delivery.{building.name}]：不认识 adapter {building.entry.adapter!r}，"
            f"应为 {'、'.join(_ADAPTERS)} 之一"
        )
    return build(building)


def _http(building: _Building) -> Delivery:
    return HttpDelivery(building.name, building.options(HttpDeliveryOptions), building.secrets)


def _smtp(building: _Building) -> Delivery:
    return SmtpDelivery(building.name, building.options(SmtpOptions), building.secrets)


def _by_hand(building: _Building) -> Delivery:
    return ByHand(building.name, building.options(ByHandOptions).where)


_ADAPTERS: Final[dict[str, Callable[[_Building], Delivery]]] = {
    "http": _http,
    "smtp": _smtp,
    "by-hand": _by_hand,
}
