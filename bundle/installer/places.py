"""Where everything lies on this machine, and what is remembered between two versions."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from bundle.installer.problem import InstallError, is_root

PREFIX: Final = Path("/opt/huiyin")


class _Folders(NamedTuple):
    state: Path
    backups: Path
    logs: Path
    settings: Path


_SYSTEM: Final = _Folders(
    Path("/var/lib/huiyin"),
    Path("/var/backups/huiyin"),
    Path("/var/log/huiyin"),
    Path("/etc/huiyin/huiyin.env"),
)
_RECORD: Final = "installed.json"
_PLAIN: Final = re.compile(r"/[^\s\"'$%\\`;&|<>*?#]*")
_SYSTEMD: Final = Path("/run/systemd/system")


@dataclass(kw_only=True)
class Upgrade:
    """One upgrade: what it takes to go back."""

    before: str
    after: str
    at: str
    """When the copy was made, local time."""
    copy: str = ""
    """The backup of before; "" where there were no data."""
    versions: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each data file, before."""
    observations: int = 0
    actions: int = 0
    """How many came in and were done until then."""
    done: bool = False


@dataclass(kw_only=True)
class Places:
    prefix: Path
    state: Path
    """The account's own folder; the data lie in `data` below it, so that a restore may put
    another folder in their place."""
    backups: Path
    logs: Path
    settings: Path
    """The file with the HUIYIN_… variables."""
    user: str
    """The account that the program runs as; "" for the one that installs."""
    service: bool
    """Whether systemd runs it."""
    public_key: str = ""
    upgrades: list[Upgrade] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.state / "data"

    @property
    def current(self) -> Path:
        return self.prefix / "current"

    @property
    def version(self) -> str:
        """The one in use; "" before the first."""
        return str(self.current.readlink()) if self.current.is_symlink() else ""

    def program(self, version: str) -> Path:
        return self.prefix / version / "venv" / "bin" / "huiyin"

    def environment(self, version: str = "current", **more: str) -> dict[str, str]:
        """What this version is started with: its own configuration, where the settings name that
        of the version in use. Raises `InstallError`."""
        found = {key: value for key, value in os.environ.items() if not _foreign(key)}
        found |= {"HOME": str(self.state), "LANG": "C.UTF-8"}
        try:
            lines = self.settings.read_text("utf-8").splitlines()
        except OSError as error:
            raise InstallError(
                f"设置文件 {self.settings} 读不到（{error.strerror}）。请检查它在不在、权限对不对。"
            ) from error
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, equals, value = line.partition("=")
            if not equals:
                raise InstallError(
                    f"{self.settings} 第 {number} 行应为 名称=值，实际是 {line[:40]!r}。请改正。"
                )
            value = value.strip().strip("\"'")
            if value.startswith(f"{self.current}/"):
                value = value.replace(str(self.current), str(self.prefix / version), 1)
            found[name.strip()] = value
        return found | more

    def save(self) -> None:
        kept = {
            key: str(value) if isinstance(value, Path) else value
            for key, value in asdict(self).items()
        }
        half = self.prefix / f"{_RECORD}.half"
        half.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
        half.replace(self.prefix / _RECORD)


def new_places(prefix: Path | None, user: str | None, *, service: bool) -> Places:
    """For a first installation. Raises `InstallError`."""
    root = is_root()
    if prefix is None and not root:
        raise InstallError(
            "装到 /opt/huiyin 要用 root。不是 root 的，请写明装到哪个文件夹：--prefix /文件夹。"
        )
    chosen = Path(os.path.abspath(prefix or PREFIX))  # noqa: PTH100  (links stay as they are named)
    if not _PLAIN.fullmatch(str(chosen)):
        raise InstallError(
            f"文件夹的名称里不能有空格、引号和 $ % \\ ; & 等符号，实际是 {str(chosen)!r}。"
            "请换一个。"
        )
    folders = _SYSTEM
    if chosen != PREFIX:
        folders = _Folders(
            chosen / "state", chosen / "backups", chosen / "logs", chosen / "huiyin.env"
        )
    return Places(
        prefix=chosen,
        user=("huiyin" if user is None else user) if root and user != "root" else "",
        service=service and root and _SYSTEMD.is_dir(),
        **folders._asdict(),
    )


def known_places(prefix: Path) -> Places:
    """Of an installation that is there. Raises `InstallError`."""
    try:
        kept: dict[str, Any] = json.loads((prefix / _RECORD).read_text("utf-8"))
        for key in ("prefix", "state", "backups", "logs", "settings"):
            kept[key] = Path(kept[key])
        kept["upgrades"] = [Upgrade(**each) for each in kept["upgrades"]]
        return Places(**kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InstallError(
            f"{prefix} 里应有装好的回音，没有找到（{error}）。"
            "请先安装，或用 --prefix 写明装在哪里。"
        ) from error


def _foreign(name: str) -> bool:
    return name.startswith(("HUIYIN_", "PYTHON", "PIP_", "VIRTUAL_ENV"))
