"""Sample data and real messages never share a data folder.

The samples have a folder of their own. One that holds them takes in nothing from a real
source; one with real cases takes in no samples (`desk.demo.messages.load_demo`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from desk.ground import wiring
from desk.ground.locality import FILE
from desk.ground.office_settings import load_office_settings
from desk.ground.sample_data import only_samples
from desk.ground.settings import OVERLAY, Settings, SettingsError

DEMO_HOME: Final = Path("./var-demo")
_COLUMNS: Final = "columns.toml"
"""What 栏目更新监测 shows; beside this module."""


def demo_settings(settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a demonstration: in `DEMO_HOME`, unless HUIYIN_HOME names a folder."""
    if environment.get("HUIYIN_HOME", "").strip():
        return settings
    files = settings.files
    if files == settings.home / "files":
        files = DEMO_HOME / "files"
    return replace(settings, home=DEMO_HOME, files=files)


def with_place(settings: Settings) -> Settings:
    """The samples play in a place that has a name, and whose site has columns: in the overlay of
    their own data folder, where the office has no overlay and has not named its own place.
    Raises `SettingsError`."""
    if settings.configuration.overlay is not None or load_office_settings(settings).place:
        return settings
    if settings.database.exists() and not only_samples(settings):
        return settings
    folder = settings.home / OVERLAY
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (FILE, _COLUMNS):
            shutil.copyfile(Path(__file__).with_name(name), folder / name)
        if not _columns_fit(settings):
            (folder / _COLUMNS).unlink()
    except OSError as error:
        raise SettingsError(
            f"不能在数据文件夹里写 {folder / FILE}：{error.strerror}。请检查 HUIYIN_HOME 和权限。"
        ) from error
    return settings.read_again()


def _columns_fit(settings: Settings) -> bool:
    """Whether the office has the units that the columns of the samples name."""
    try:
        wiring.build_columns(settings.read_again())
    except SettingsError:
        return False
    return True


def remove(settings: Settings) -> None:
    """Deletes a data folder that holds samples and nothing else. Raises `SettingsError`."""
    if not only_samples(settings):
        raise SettingsError(
            f"数据文件夹 {settings.home} 里没有示例数据，或还有真实来件，没有删除任何东西。"
        )
    shutil.rmtree(settings.home)
