"""config/delivery.toml: which door a reply to a source leaves by.

    [delivery.NAME]
    adapter = "smtp"                 "http", "smtp" or "by-hand"
    sources = ["leader-mailbox"]     the sources it answers
    enabled = true
    [delivery.NAME.options]          the adapter's own table

A source without a door is answered by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from sinks.delivery.base import Delivery, DeliveryError, SecretReader
from sinks.delivery.by_hand import ByHand
from sinks.delivery.http import HttpDelivery, HttpDeliveryOptions
from sinks.delivery.smtp import SmtpDelivery, SmtpOptions
from sinks.table import read_table


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str
    sources: tuple[str, ...] = Field(min_length=1)
    enabled: bool = True
    options: dict[str, object] = {}


class ByHandOptions(BaseModel):
    """`[delivery.NAME.options]` of adapter "by-hand"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str = "来源平台"
    """Where the person answers."""


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


def load_doors(path: Path, secrets: SecretReader) -> Doors:
    """The enabled doors of `path`; none when there is no such file.

    Raises `DeliveryError`, and what `secrets` raises for a missing secret.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8-sig")).get("delivery", {})
    except FileNotFoundError:
        return Doors({})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeliveryError(f"送达配置 {path} 无法读取：{error}") from None
    doors: dict[str, Delivery] = {}
    for name, table in tables.items():
        entry = read_table(_Entry, table, f"{path} 表 [delivery.{name}]", DeliveryError)
        if not entry.enabled:
            continue
        door = _build(name, entry, f"{path} 表 [delivery.{name}.options]", secrets)
        for source in entry.sources:
            if source in doors:
                raise DeliveryError(
                    f"{path}：来源 {source} 已由 {doors[source].name} 送达，[delivery.{name}] 重复"
                )
            doors[source] = door
    return Doors(doors)


def _build(name: str, entry: _Entry, where: str, secrets: SecretReader) -> Delivery:
    build = _ADAPTERS.get(entry.adapter)
    if build is None:
        raise DeliveryError(
            f"{where}：不认识 adapter {entry.adapter!r}，应为 {'、'.join(_ADAPTERS)} 之一"
        )
    return build(name, entry.options, where, secrets)


def _http(name: str, options: object, where: str, secrets: SecretReader) -> Delivery:
    return HttpDelivery(
        name, read_table(HttpDeliveryOptions, options, where, DeliveryError), secrets
    )


def _smtp(name: str, options: object, where: str, secrets: SecretReader) -> Delivery:
    return SmtpDelivery(name, read_table(SmtpOptions, options, where, DeliveryError), secrets)


def _by_hand(name: str, options: object, where: str, _: SecretReader) -> Delivery:
    return ByHand(name, read_table(ByHandOptions, options, where, DeliveryError).where)


_ADAPTERS: Final[dict[str, Callable[[str, object, str, SecretReader], Delivery]]] = {
    "http": _http,
    "smtp": _smtp,
    "by-hand": _by_hand,
}
