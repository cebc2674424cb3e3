"""Which adapter makes which source. A new door is one more line in `ADAPTERS`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from streams.sources import files, hotline_files
from streams.sources.base import FileSource, PullSource, PushSource, SourceError
from streams.sources.config import SourceEntry, load_sources

Source: TypeAlias = FileSource | PullSource | PushSource
Factory: TypeAlias = Callable[[SourceEntry], Source]

ADAPTERS: Final[dict[str, Factory]] = {
    "table-file": files.build,
    "hotline-file": hotline_files.build,
}


def build_source(entry: SourceEntry) -> Source:
    """The source that `entry` describes. Raises `SourceError`."""
    factory = ADAPTERS.get(entry.adapter)
    if factory is None:
        raise SourceError(
            f"{entry.file} 表 [source.{entry.name}] 键 adapter：找到 {entry.adapter!r}，"
            f"应为以下之一：{'、'.join(sorted(ADAPTERS))}。请改正后重试"
        )
    return factory(entry)


def load_registry(path: Path) -> dict[str, Source]:
    """All sources of a config/sources.toml by name. Raises `SourceError`."""
    return {name: build_source(entry) for name, entry in load_sources(path).items()}


def file_source(sources: dict[str, Source], name: str) -> FileSource:
    """The source called `name` if it reads files. Raises `SourceError`."""
    source = sources.get(name)
    if isinstance(source, FileSource):
        return source
    names = "、".join(sorted(n for n, one in sources.items() if isinstance(one, FileSource)))
    problem = "没有这个来源" if source is None else "这个来源不读文件"
    raise SourceError(f"来源 {name}：{problem}。可用的文件来源：{names or '（没有）'}")
