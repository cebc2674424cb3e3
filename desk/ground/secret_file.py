"""secrets.toml of the data folder, where pages put what only the program may read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cases.words.refusals import NotAllowed
from huiyin.configuration.written import with_keys
from huiyin.store.whole import whole

_LONGEST: Final = 1000


def check_robot(address: str, key: str) -> None:
    """Address and key of a group robot as they were pasted. Raises `NotAllowed`."""
    for value in (address, key):
        if len(value) > _LONGEST or not value.isprintable():
            raise NotAllowed("地址和加签密钥应为一行文字，请整个复制。")
    if not address.startswith("https://"):
        raise NotAllowed("机器人地址应以 https:// 开头，请在群设置里整个复制。")


def write_secrets(home: Path, keys: Mapping[str, str | None]) -> str:
    """Puts these in, takes out those that are None; gives the whole text from before. Raises
    `NotAllowed`, and nothing has changed then."""
    path = _file(home, next(iter(keys)))
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        put_secrets(home, with_keys(before, keys))
    except tomllib.TOMLDecodeError:
        raise NotAllowed(f"{path.name} 不是合法的 TOML，没有改动。请先改正这个文件") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotAllowed(f"读写不了密钥文件（{error}）。请检查权限") from None
    return before


def put_secrets(home: Path, text: str) -> None:
    """The file becomes this text. Raises `NotAllowed` and `OSError`."""
    with whole(_file(home, "密钥")) as new:
        new.write_text(text, "utf-8")


def _file(home: Path, name: str) -> Path:
    if os.environ.get("HUIYIN_SECRETS_FILE"):
        raise NotAllowed(
            "密钥在 HUIYIN_SECRETS_FILE 指的文件里，不能在页面上改。"
            f"请在那里加上 {name}，再按 docs/alerts.md 写 alerts.toml"
        )
    return home / "secrets.toml"
