"""The data folder is for the desk's own system account: closed at the start, checked by doctor."""

from __future__ import annotations

import logging
from pathlib import Path

from desk.ground.settings import Settings
from sinks.private import readable_by_others, tighten
from streams.sources.tables.dropfolder import DONE

_log = logging.getLogger(__name__)


def close_home(settings: Settings) -> None:
    """Takes the rights of others from what an earlier version left open to them. Before the
    first file is opened, in every process that stays."""
    closed = sum(
        tighten(folder, _drop_folders(folder)) for folder in _folders(settings) if folder.is_dir()
    )
    if closed:
        _log.warning("已收回数据文件夹里 %d 个文件和文件夹对本机其他账号的权限。", closed)


def open_to_others(settings: Settings) -> list[Path]:
    """What others on this machine could read; changes nothing."""
    return [
        path
        for folder in _folders(settings)
        if folder.is_dir()
        for path in readable_by_others(folder)
    ]


def _folders(settings: Settings) -> list[Path]:
    inside = settings.files.is_relative_to(settings.home)
    return [settings.home] if inside else [settings.home, settings.files]


def _drop_folders(home: Path) -> frozenset[Path]:
    """Where people and platforms put files: each has the folder of those that were read."""
    return frozenset(done.parent for done in (*home.glob(f"*/{DONE}"), *home.glob(f"*/*/{DONE}")))
