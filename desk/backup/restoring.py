"""Bringing a backup back, and what has to be done again after it."""

from __future__ import annotations

import logging
import shutil
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.life.todo import Todo
from desk.backup.archive import (
    CONFIG,
    FILES,
    HOME,
    OVERLAY,
    BackupError,
    Contents,
    Progress,
    unpack,
)
from desk.backup.copies import forget_copies
from desk.backup.drills import Drill, note_drill
from desk.backup.erasures import (
    NAME,
    erase_again,
    note_erasures,
    noted_erasures,
)
from desk.backup.proofs import name_restore
from desk.delivery.service import delivery_log
from desk.ground import wiring
from desk.ground.settings import Settings
from sinks.delivery.base import Unclear, delivery_id
from sinks.ledger.base import Query
from streams.embedded.store import EmbeddedStore

_counting = logging.getLogger("huiyin.store.counting")


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
