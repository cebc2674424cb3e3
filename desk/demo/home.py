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

from desk.ground.sample_data import only_samples
from desk.ground.settings import Settings, SettingsError

DEMO_HOME: Final = Path("./var-demo")


def demo_settings(settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a demonstration: in `DEMO_HOME`, unless HUIYIN_HOME names a folder."""
    if environment.get("HUIYIN_HOME", "").strip():
        return settings
    files = settings.files
    if files == settings.home / "files":
        files = DEMO_HOME / "files"
    return replace(settings, home=DEMO_HOME, files=files)


def remove(settings: Settings) -> None:
    """Deletes a data folder that holds samples and nothing else. Raises `SettingsError`."""
    if not only_samples(settings):
        raise SettingsError(
            f"数据文件夹 {settings.home} 里没有示例数据，或还有真实来件，没有删除任何东西。"
        )
    shutil.rmtree(settings.home)
