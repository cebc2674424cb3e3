"""config/sources.toml: which doors exist and how each is set up.

[source.NAME]            NAME is part of every case id, so it stays for ever
adapter = "table-file"   one of `streams.sources.registry.ADAPTERS`
channel = "12345热线"     the office's name of the door
[source.NAME.options]    what the adapter needs; the adapter's own model checks it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from huiyin.configuration.checked import read_table
from huiyin.configuration.document import ConfigurationError
from huiyin.configuration.table import Table
from streams.sources.seam.base import SourceError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Settings(BaseModel):
    """Base of every settings table: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(Settings):
    adapter: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    enabled: bool = True
    poll_minutes: float = Field(default=15.0, ge=0.05, le=1440)
    """How long to wait between two polls of a pulled source."""
    archive_before: date | None = None
    """What was received before this day comes in as history (`streams.history`). Only for
    sources that are read: files, folders, pages, mailboxes."""
    options: dict[str, object] = Field(default_factory=dict)
    health: dict[str, object] = Field(default_factory=dict)


class SourceEntry(_Entry):
    """One `[source.NAME]` table. `options` is checked by the adapter (`read_options`),
    `health` by `streams.sources.seam.health`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str
    file: str
    """The config file it came from, for error messages."""
    table: Table | None = Field(default=None, exclude=True, repr=False)
    """As it is written, with its places; None for an entry that no file has."""


Model = TypeVar("Model", bound=BaseModel)


def load_sources(path: Path) -> dict[str, SourceEntry]:
    """The entries of a file that stands alone, by name, in its order. Raises `SourceError`."""
    try:
        return read_sources(Table.read(path))
    except ConfigurationError as error:
        raise SourceError(str(error)) from error


def read_sources(table: Table) -> dict[str, SourceEntry]:
    """The entries by name, in the order of the table. Raises `SourceError`."""
    unknown = [name for name in table if name != "source"]
    if unknown:
        raise SourceError(
            f"{table.place(unknown[0])}：不认识的表 {'、'.join(unknown)}。"
            "应为 [source.名称]，请改名或删除"
        )
    sources = table.below("source")
    if not sources:
        raise SourceError(f"{table.place()}：没有任何来源。应至少有一个 [source.名称] 表")
    return {name: _entry(sources, name) for name in sources}


def _entry(sources: Table, name: str) -> SourceEntry:
    place = sources.place(name)
    if _NAME.fullmatch(name) is None:
        raise SourceError(
            f"{place} 表 [source.{name}]：名称应由小写字母、数字、“-”“_”组成（最长 64 个），"
            "因为它是案件编号的一部分"
        )
    if not isinstance(sources[name], dict):
        raise SourceError(
            f"{place}：source.{name} 应为一个表 [source.{name}]，实际是 {sources[name]!r}"
        )
    table = sources.below(name)
    entry = read_settings(_Entry, table, place.file, f"source.{name}")
    return SourceEntry(name=name, file=place.file, table=table, **entry.model_dump())


def read_options(entry: SourceEntry, model: type[Model]) -> Model:
    """The entry's options as the adapter's own model. Raises `SourceError`."""
    table = entry.table.below("options") if entry.table else entry.options
    return read_settings(model, table, entry.file, f"source.{entry.name}.options")


def read_settings(model: type[Model], table: Mapping[str, object], file: str, name: str) -> Model:
    """`table` as a `model`; the error names file, table, key, found, expected, remedy."""
    return read_table(model, table, file, SourceError, at=(name,))
