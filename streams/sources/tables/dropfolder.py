"""A watched folder: an export that is saved there is read.

Plain functions that the runner calls every few seconds. A file is taken when
two looks find it unchanged and nobody writes it any more; afterwards it moves
to `done/`, or to `failed/` with an explanation next to it. A crash between
reading and moving costs a second reading, in which every row is known already.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from sinks.private import FILE, make_folder
from streams.sources.seam.base import SourceError
from streams.sources.values.cells import showable

DONE: Final = "done"
FAILED: Final = "failed"
REMARKS: Final = (".说明.txt", ".错误.txt")
"""Behind the name of a file: what is said of one in `done/`, and of one in `failed/`."""
SETTLE_SECONDS: Final = 5.0
_UNFINISHED: Final = (".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart")
_LONGEST_NAME: Final = 255
"""Bytes in a file name on every common file system."""
_MOST_LINES: Final = 1000


class Look(Struct, frozen=True):
    """A file as one look found it."""

    size: int
    changed_ns: int


class Scan(Struct, frozen=True, kw_only=True):
    """What one look at the folder found."""

    ready: tuple[Path, ...]
    """Complete files, oldest first."""
    waiting: tuple[str, ...]
    """Names of files that are still being written or open elsewhere."""
    looks: dict[str, Look]
    """To be handed to the next `scan`."""


def _shown(folder: Path) -> str:
    """As sources.toml names it: the page of sources shows no path of this machine."""
    return "/".join(folder.parts[-2:])


def prepare(folder: Path) -> None:
    """Makes the folder with its `done/` and `failed/`. Raises `SourceError`."""
    try:
        for place in (folder, folder / DONE, folder / FAILED):
            make_folder(place)
    except OSError as error:
        raise SourceError(
            f"投放文件夹 {_shown(folder)}：建不了（{error.strerror}）。请检查上级文件夹的权限"
        ) from error


def scan(
    folder: Path,
    looks: Mapping[str, Look],
    *,
    now: datetime,
    settle_seconds: float = SETTLE_SECONDS,
) -> Scan:
    """Looks once. `looks` is what the last look returned ({} at the start), so a file is
    ready at the second look at the earliest. Links, folders and hidden files are left
    alone. Raises `SourceError` when the folder can't be read."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        raise SourceError(
            f"投放文件夹 {_shown(folder)}：读不到（{error.strerror}）。请检查它是否存在、有没有权限"
        ) from error
    found: dict[str, Look] = {}
    ready: list[tuple[int, str]] = []
    waiting: list[str] = []
    for name in names:
        if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED):
            continue
        look = _look(folder / name)
        if look is None:
            continue
        found[name] = look
        quiet = now.timestamp() - look.changed_ns / 1e9 >= settle_seconds
        if quiet and looks.get(name) == look and not _open_elsewhere(name, names):
            ready.append((look.changed_ns, name))
        else:
            waiting.append(name)
    return Scan(
        ready=tuple(folder / name for _, name in sorted(ready)),
        waiting=tuple(waiting),
        looks=found,
    )


def _look(path: Path) -> Look | None:
    try:
        status = path.lstat()
    except OSError:
        return None  # gone between listing and looking
    if not stat.S_ISREG(status.st_mode):
        return None
    return Look(status.st_size, status.st_mtime_ns)


def _open_elsewhere(name: str, names: Sequence[str]) -> bool:
    """Office and LibreOffice put a lock file next to what they have open. Excel
    replaces the first two letters of longer names."""
    return any(lock in names for lock in (f"~${name}", f"~${name[2:]}", f".~lock.{name}#"))


def finish(path: Path, *, now: datetime, taken: int, rejected: Sequence[str] = ()) -> Path:
    """Moves a file that was read to `done/`; with rows in the dead letters, a
    `.说明.txt` says which. Returns where it is now. Raises `SourceError`."""
    target = _move(path, DONE, now)
    if rejected:
        more = len(rejected) - _MOST_LINES
        lines = [
            f"{showable(path.name)}：收下 {taken} 条，{len(rejected)} 条进入死信，原因如下。",
            "请在来源系统中改正后重新导出整个文件放回上一级文件夹；已收下的不会重复。",
            "",
            *rejected[:_MOST_LINES],
            *([f"……另有 {more} 条"] if more > 0 else []),
        ]
        _explain(target, REMARKS[0], lines)
    return target


def fail(
    path: Path, reason: str, *, now: datetime, again: str = "改正后请把文件重新放回上一级文件夹"
) -> Path:
    """Moves a file that can't be read to `failed/`, with a `.错误.txt` that says why and how to
    try `again`. Returns where it is now. Raises `SourceError`."""
    target = _move(path, FAILED, now)
    lines = [reason, "", f"{again}；已收下的内容不会重复。"]
    _explain(target, REMARKS[1], lines)
    return target


def _move(path: Path, place: str, now: datetime) -> Path:
    folder = path.parent / place
    stamp = now.strftime("%Y%m%d-%H%M%S")
    try:
        make_folder(folder)
        for count in range(1, 1000):
            prefix = f"{stamp}_" if count == 1 else f"{stamp}-{count}_"
            target = folder / _short_name(prefix, path.name, len(REMARKS[1].encode()))
            if not os.path.lexists(target):
                path.rename(target)
                # What another account put there is not ours to change; the folder is closed.
                with suppress(PermissionError):
                    target.chmod(FILE)
                return target
    except OSError as error:
        raise SourceError(
            f"文件 {showable(path.name)}：移不到 {place} 文件夹（{error.strerror}）。"
            "请检查文件夹权限，并把它手工移走，否则会反复读取"
        ) from error
    raise SourceError(f"文件 {showable(path.name)}：{place} 里同名文件太多。请清理后重试")


def _short_name(prefix: str, name: str, spare: int) -> str:
    stem, suffix = Path(name).stem, Path(name).suffix
    room = _LONGEST_NAME - spare - len(prefix.encode()) - len(os.fsencode(suffix))
    kept = os.fsencode(stem)[: max(room, 1)]
    # A cut in the middle of a character is dropped; odd bytes of the name itself stay.
    if len(kept) < len(os.fsencode(stem)):
        kept = kept.decode("utf-8", "ignore").encode()
    return prefix + os.fsdecode(kept) + suffix


def _explain(target: Path, suffix: str, lines: Sequence[str]) -> None:
    text = "\r\n".join(lines) + "\r\n"
    try:
        # With a mark, so that Windows' Notepad shows Chinese.
        said = target.with_name(target.name + suffix)
        said.touch(FILE)
        said.write_bytes(text.encode("utf-8-sig", "replace"))
    except OSError as error:
        raise SourceError(
            f"文件 {showable(target.name)}：说明写不出来（{error.strerror}）。请检查磁盘空间和权限"
        ) from error
