"""Which model file is in use: HUIYIN_MODEL, or the one chosen among those taught here, or what
ships. A pointer in the data folder says so, so an older one is back with one press."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from desk.ground.settings import Settings, SettingsError
from huiyin.store.whole import whole
from sinks.private import make_folder

FOLDER: Final = "models"
"""In the data folder: the models that were taught here, each with its report."""
IN_USE: Final = "in-use"
"""File in it: the version that is used; missing or empty, the program's own."""
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,80}")


def folder_of(settings: Settings) -> Path:
    return settings.home / FOLDER


def file_of(settings: Settings, version: str) -> Path:
    """Where the model of this version lies, if there is one."""
    return folder_of(settings) / f"{version}.model"


def versions(settings: Settings) -> tuple[str, ...]:
    """Of the models that were taught here, the newest first."""
    found = sorted(folder_of(settings).glob("*.model"), key=lambda path: -path.stat().st_mtime_ns)
    return tuple(path.stem for path in found if _VERSION.fullmatch(path.stem))


def chosen(settings: Settings) -> str:
    """The version that was chosen among those taught here; "" for the program's own. Raises
    `SettingsError`."""
    path = folder_of(settings) / IN_USE
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"读不了 {path}：{error}。请运行 huiyin model use shipped。") from error
    if not text:
        return ""
    if not _VERSION.fullmatch(text) or not file_of(settings, text).is_file():
        raise SettingsError(
            f"{path} 里写的模型 {text[:80]!r} 不在 {path.parent} 里。"
            "请运行 huiyin model list 看有哪些，再 huiyin model use 选一个。"
        )
    return text


def model_file(settings: Settings) -> Path | None:
    """The file to load; None for the program's own. HUIYIN_MODEL goes first. Raises
    `SettingsError`."""
    if settings.model is not None:
        return settings.model
    version = chosen(settings)
    return file_of(settings, version) if version else None


def choose(settings: Settings, version: str) -> None:
    """From now on this model; "" for the program's own. Every running process takes it on by
    itself. Raises `SettingsError`."""
    if version and version not in versions(settings):
        known = "、".join(versions(settings)) or "还没有"
        raise SettingsError(f"没有训练过 {version[:80]!r} 这个模型，这里有的：{known}。")
    try:
        with whole(make_folder(folder_of(settings)) / IN_USE) as written:
            written.write_text(version, "utf-8")
    except OSError as error:
        raise SettingsError(
            f"不能写 {folder_of(settings)}：{error.strerror}。请检查数据文件夹的权限和空间。"
        ) from error
