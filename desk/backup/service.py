"""Making, keeping and checking backups of the embedded mode."""

from __future__ import annotations

import os
from datetime import datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cases.words.times import beijing
from desk.backup.archive import (
    PLAIN,
    SEALED,
    BackupError,
    Progress,
    check,
    pack,
)
from desk.backup.erasures import (
    lay_beside,
)
from desk.ground.settings import Settings
from huiyin.store.lease import Taken, lease
from huiyin.store.whole import whole
from streams.sources.seam.secrets import Secrets

SECRET: Final = "backup_key"  # noqa: S105  (its name)
STALE_AFTER: Final = timedelta(days=2)
"""Without a good backup for so long, the desk is warned."""
_NAME: Final = "huiyin-%Y%m%d-%H%M%S"
_NOTE: Final = ".json"


class Backup(Struct, frozen=True, kw_only=True):
    """One backup in the backup folder, as the note beside it tells."""

    name: str
    made_at: datetime
    size: int
    """Bytes of the archive."""
    files: int
    sealed: bool
    seconds: float
    """How long making and checking took."""


class Backups:
    """The backups in one folder. Nothing else is kept about them: who copies the folder to
    another machine has all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def listed(self) -> tuple[Backup, ...]:
        """The newest first; one whose archive is gone is not listed."""
        found = []
        for note in self.folder.glob(f"*{_NOTE}"):
            try:
                backup = msgspec.json.decode(note.read_bytes(), type=Backup)
                there = (self.folder / backup.name).stat().st_size == backup.size
            except (OSError, msgspec.MsgspecError):
                continue
            if there:
                found.append(backup)
        return tuple(sorted(found, key=lambda each: each.made_at, reverse=True))

    def warning(self, now: datetime) -> str:
        """What the desk is to be told; "" when the last good backup is young enough."""
        newest = next(iter(self.listed()), None)
        if newest is None:
            return f"备份文件夹 {self.folder} 里还没有备份。"
        if now - newest.made_at > STALE_AFTER:
            return f"最近一次备份是 {newest.made_at:%m-%d %H:%M}，已超过两天。"
        return ""

    def due(self, now: datetime, at: time) -> bool:
        """Whether the backup of the day is still to be made; one that was missed while the
        machine was off is made up."""
        today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        last = today if now >= today else today - timedelta(days=1)
        newest = next(iter(self.listed()), None)
        return newest is None or newest.made_at < last

    def make(
        self,
        settings: Settings,
        now: datetime,
        *,
        passphrase: str,
        keep: int,
        told: Progress = lambda _bytes: None,
    ) -> Backup:
        """Writes a backup, reads it back whole, and only then drops the ones beyond the `keep`
        newest. Raises `BackupError` and `StoreError`."""
        _outside(self.folder, settings.home)
        try:
            with lease(self.folder / ".lock", f"{beijing(now):%m-%d %H:%M}"):
                return self._make(settings, now, passphrase, keep, told)
        except Taken as since:
            raise BackupError(
                f"正在往 {self.folder} 做另一份备份（{since} 开始），请等它做完再试。"
            ) from None

    def _make(
        self, settings: Settings, now: datetime, passphrase: str, keep: int, told: Progress
    ) -> Backup:
        for half in self.folder.glob("huiyin-*.part*"):
            half.unlink(missing_ok=True)
        made_at = beijing(now)
        name = made_at.strftime(_NAME) + (SEALED if passphrase else PLAIN)
        target = self.folder / name
        if target.exists():
            raise BackupError(f"{target} 已经有了，一秒内不做两份。请稍后再试。")
        started = datetime.now(tz=made_at.tzinfo)
        contents = pack(
            target,
            settings.home,
            files=settings.files,
            config=settings.config,
            overlay=settings.configuration.overlay,
            made_at=made_at,
            program=version("huiyin"),
            passphrase=passphrase,
            told=told,
        )
        try:
            check(target, passphrase, told)
        except BackupError:
            target.unlink(missing_ok=True)
            raise
        backup = Backup(
            name=name,
            made_at=made_at,
            size=target.stat().st_size,
            files=len(contents.files),
            sealed=bool(passphrase),
            seconds=(datetime.now(tz=made_at.tzinfo) - started).total_seconds(),
        )
        with whole(target.with_name(name + _NOTE)) as note:
            note.write_bytes(msgspec.json.encode(backup))
        lay_beside(settings.home, self.folder)
        for old in self.listed()[max(1, keep) :]:
            (self.folder / old.name).unlink(missing_ok=True)
            (self.folder / (old.name + _NOTE)).unlink(missing_ok=True)
        return backup


def passphrase_of(settings: Settings) -> str:
    """The passphrase of backups; "" where they are not sealed. Raises `SecretError`."""
    secret = Secrets.load(os.environ, settings.home).get(SECRET)
    return secret.reveal() if secret else ""


def _outside(folder: Path, home: Path) -> None:
    if folder.resolve().is_relative_to(home.resolve()):
        raise BackupError(
            f"备份文件夹 {folder} 在数据文件夹 {home} 里面：数据文件夹坏了，备份也没有了。"
            "请换到另一块磁盘或另一台机器的共享文件夹。"
        )
