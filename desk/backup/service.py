"""Making, keeping, checking and restoring backups of the embedded mode."""

from __future__ import annotations

import logging
import os
import shutil
from datetime import datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.life.todo import Todo
from cases.words.times import beijing
from desk.backup.archive import (
    CONFIG,
    FILES,
    HOME,
    OVERLAY,
    PLAIN,
    SEALED,
    BackupError,
    Contents,
    Progress,
    check,
    pack,
    unpack,
)  # fmt: skip
from desk.backup.copies import forget_copies
from desk.backup.drills import Drill, note_drill
from desk.backup.erasures import (
    NAME,
    erase_again,
    lay_beside,
    note_erasures,
    noted_erasures,
)
from desk.backup.proofs import name_restore
from desk.delivery.service import delivery_log
from desk.ground import wiring
from desk.ground.settings import Settings
from huiyin.store.lease import Taken, lease
from huiyin.store.whole import whole
from sinks.delivery.base import Unclear, delivery_id
from sinks.ledger.base import Query
from streams.embedded.store import EmbeddedStore
from streams.sources.seam.secrets import Secrets

SECRET: Final = "backup_key"  # noqa: S105  (its name)
STALE_AFTER: Final = timedelta(days=2)
"""Without a good backup for so long, the desk is warned."""
_NAME: Final = "huiyin-%Y%m%d-%H%M%S"
_NOTE: Final = ".json"
_counting = logging.getLogger("huiyin.store.counting")


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


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore brought back."""

    made_at: datetime
    files: int
    size: int
    unclear: int
    """Replies that may have been sent after the backup was made: a person settles each."""
    listed: bool
    """Whether a list of erasures lay beside the backup."""
    erased: int
    """Cases that were erased since, and have been erased again."""
    config: str
    """The folder with the configuration of that day."""


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


def restore(
    source: Path,
    settings: Settings,
    *,
    by: str,
    passphrase: str = "",
    told: Progress = lambda _bytes: None,
) -> Restored:
    """Brings a backup back into `settings.home`, which must be empty, and says so in the data
    files, so that `huiyin audit` lists the restore and balances, and beside the backup.

    A reply that was ready to be sent when the backup was made may have been sent after it: each
    is 送达不明 until a person settles it. Raises `BackupError` and `StoreError`; then the home is
    as it was."""
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise BackupError(
            f"数据文件夹 {home} 不是空的，不会覆盖它。"
            "请把 HUIYIN_HOME 指到空的文件夹，或先把原来的数据移走。"
        )
    half = home.with_name(home.name + ".restoring")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    try:
        contents = unpack(source, half, passphrase, told)
        (half / HOME).mkdir(exist_ok=True, mode=0o700)
        files = _put_files(half, settings)
        config = half / HOME / "config-of-backup"
        if (half / CONFIG).is_dir():
            (half / CONFIG).rename(config)
        if (half / OVERLAY).is_dir():
            # There it counts by itself, unless HUIYIN_OVERLAY names another.
            (half / OVERLAY).rename(half / HOME / OVERLAY)
        there = replace(settings, home=half / HOME, files=files)
        # Each file says at its opening that it is not what was acknowledged. Here that is meant.
        _counting.disabled = True
        name_restore(there, f"恢复备份 {source.name}（{contents.made_at:%Y-%m-%d %H:%M} 做的）", by)
        unclear = _may_have_been_sent(there, contents)
        erased = _erase_again(there, source.parent)
        if home.exists():
            home.rmdir()
        (half / HOME).rename(home)
        note_drill(source.parent, Drill(at=settings.clock(), backup=source.name, by=by))
    finally:
        _counting.disabled = False
        shutil.rmtree(half, ignore_errors=True)
    return Restored(
        made_at=contents.made_at,
        files=len(contents.files),
        size=contents.size,
        unclear=unclear,
        listed=(source.parent / NAME).exists(),
        erased=erased,
        config=str(home / "config-of-backup"),
    )


def _put_files(half: Path, settings: Settings) -> Path:
    """Attachments go where the settings have them; what is there already stays, since they
    are named by their content. Gives the folder."""
    inside = settings.files.resolve().is_relative_to(settings.home.resolve())
    target = (
        half / HOME / settings.files.resolve().relative_to(settings.home.resolve())
        if inside
        else settings.files
    )
    if (half / FILES).is_dir():
        shutil.copytree(half / FILES, target, dirs_exist_ok=True)
    return target


def _erase_again(settings: Settings, folder: Path) -> int:
    """By the list beside the backups. Raises `BackupError` where that cannot be read: nobody
    could say what had to go."""
    if not settings.database.exists():
        return 0
    try:
        lines = noted_erasures(folder)
        # From now on this home has the list as well.
        note_erasures(lines, settings.home)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(
            f"删除登记 {folder / NAME} 读不出来（{error}）：不知道哪些个人信息要再删除。"
            "请从别处恢复这个文件，再恢复备份。"
        ) from error
    if not lines:
        return 0
    runner = wiring.open_runner(settings)
    try:
        again = erase_again(lines, runner)
        forget_copies(settings, runner.store)
    finally:
        runner.store.close()
    return again


def _may_have_been_sent(settings: Settings, contents: Contents) -> int:
    if not settings.database.exists():
        return 0
    store = EmbeddedStore(settings.database, master=settings.master)
    log = delivery_log(settings)
    marked = 0
    try:
        for case in store.ledger.scan(Query(todo=Todo.DELIVER.value)):
            for draft in case.round.drafts:
                sent = delivery_id(case.case_id, draft.seq)
                if not draft.approved or log.state(sent) is not None:
                    continue
                now = contents.made_at
                attempt = log.record_intent(
                    sent, case_id=case.case_id, door=case.item.source, now=now
                )
                detail = (
                    f"恢复了 {now:%Y-%m-%d %H:%M} 的备份，备份之后可能已经发出。"
                    "请到来源平台核对，再登记是否送达。"
                )
                log.record_outcome(sent, attempt, Unclear(detail=detail), now=now)
                marked += 1
    finally:
        log.close()
        store.close()
    return marked


def _outside(folder: Path, home: Path) -> None:
    if folder.resolve().is_relative_to(home.resolve()):
        raise BackupError(
            f"备份文件夹 {folder} 在数据文件夹 {home} 里面：数据文件夹坏了，备份也没有了。"
            "请换到另一块磁盘或另一台机器的共享文件夹。"
        )
