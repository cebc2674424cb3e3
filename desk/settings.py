"""Where things are: read once from the environment, then passed on as a value."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from cases.times import BEIJING, beijing


class SettingsError(Exception):
    """A setting or a config file that cannot be used; the text is plain Chinese."""


class Setting(NamedTuple):
    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HUIYIN_HOME", "./var", "数据所在的文件夹：数据文件、投递文件夹、密钥文件"),
    Setting("HUIYIN_CONFIG", "", "配置文件夹；空则用 ./config，没有时用程序自带的配置"),
    Setting("HUIYIN_NOW", "", "固定的当前时间（如 2026-11-22T09:30），用于可重复的运行"),
    Setting("HUIYIN_HOST", "127.0.0.1", "网页监听的地址"),
    Setting("HUIYIN_PORT", "8765", "网页监听的端口；0 由系统选择"),
)
"""Every environment variable the program reads, except secrets (docs/sources)."""

CONFIG_FILES = (
    "deadlines.toml",
    "calendar.toml",
    "handling.toml",
    "units.toml",
    "topics.toml",
    "kinds.toml",
    "risk.toml",
    "sources.toml",
)


class Settings(Struct, frozen=True, kw_only=True):
    home: Path
    config: Path
    now: datetime | None
    host: str
    port: int

    @property
    def database(self) -> Path:
        return self.home / "huiyin.db"

    @property
    def clock(self) -> Callable[[], datetime]:
        """The clock of this run: Beijing time, or the fixed HUIYIN_NOW."""
        fixed = self.now
        if fixed is not None:
            return lambda: fixed
        return lambda: datetime.now(BEIJING)

    def table(self, name: str) -> dict[str, object]:
        """A config file as parsed TOML. Raises `SettingsError`."""
        path = self.config / name
        try:
            return tomllib.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            raise SettingsError(
                f"读不到配置文件 {path}：{error.strerror}。请检查 HUIYIN_CONFIG。"
            ) from error
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"配置文件 {path} 应为 UTF-8 编码，第 {error.start} 字节不是。请用 UTF-8 另存。"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"配置文件 {path} 不是合法的 TOML：{error}。") from error


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises `SettingsError` for a value that cannot be used."""
    values = {s.name: environment.get(s.name, "").strip() or s.default for s in SETTINGS}
    now: datetime | None = None
    if values["HUIYIN_NOW"]:
        try:
            now = beijing(datetime.fromisoformat(values["HUIYIN_NOW"]))
        except ValueError:
            raise SettingsError(
                f"HUIYIN_NOW 应为 2026-11-22T09:30 这样的时间，实际是 {values['HUIYIN_NOW']!r}。"
            ) from None
    try:
        port = int(values["HUIYIN_PORT"])
        if not 0 <= port <= 65535:
            raise ValueError
    except ValueError:
        raise SettingsError(
            f"HUIYIN_PORT 应为 0 至 65535 的整数，实际是 {values['HUIYIN_PORT']!r}。"
        ) from None
    return Settings(
        home=Path(values["HUIYIN_HOME"]),
        config=Path(values["HUIYIN_CONFIG"]) if values["HUIYIN_CONFIG"] else _default_config(),
        now=now,
        host=values["HUIYIN_HOST"],
        port=port,
    )


def _default_config() -> Path:
    """`./config` where there is one, else the copy beside the program."""
    here = Path("config")
    if (here / "sources.toml").is_file():
        return here
    package = Path(__file__).parent
    installed = package / "default_config"
    return installed if installed.is_dir() else package.parent / "config"
