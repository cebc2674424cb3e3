"""One backup is one archive: the data folder, the attachments, the configuration, and a list
of all files with size and SHA-256, which is written last.

SQLite files are copied with SQLite's own backup while others go on writing. The case data
comes first and the delivery log last: what was sent while the copy was made is then known to
the log, so no reply goes out twice after a restore.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

import msgspec
from msgspec import Struct

from desk.backup.sealing import MAGIC, SealedReader, SealedWriter, SealError
from huiyin.store import sqlite
from huiyin.store.whole import put_in_place

LIST: Final = "LIST.json"
PLAIN: Final = ".tar.gz"
SEALED: Final = ".tar.gz.sealed"
HOME: Final = "home"
FILES: Final = "files"
CONFIG: Final = "config"
OVERLAY: Final = "overlay"
_DATABASES: Final = ("huiyin.db", "desk.db", "alerts.db", "deliveries.db")
"""In the order in which they are copied; others that there are come between."""
_SECRETS: Final = "secrets.toml"
_LEFT_OUT: Final = ("-wal", "-shm", "-journal", ".half", ".acknowledged", ".lock", ".part")
_PIECE: Final = 1 << 20


class BackupError(Exception):
    """A backup cannot be made, checked or restored; the text is plain Chinese."""


class Stored(Struct, frozen=True):
    size: int
    sha256: str


class Contents(Struct, frozen=True, kw_only=True):
    """What a backup holds."""

    version: int = 1
    made_at: datetime
    program: str
    files: dict[str, Stored]
    """By path in the archive."""

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return sum(each.size for each in self.files.values())


Progress = Callable[[int], None]
"""Told of every further so many bytes."""


def pack(
    target: Path,
    home: Path,
    *,
    files: Path,
    config: Path,
    overlay: Path | None = None,
    made_at: datetime,
    program: str,
    passphrase: str = "",
    told: Progress = lambda _bytes: None,
) -> Contents:
    """Writes the archive `target`, for its owner only, and leaves nothing under that name
    unless it is whole. `overlay`: the county's own rows. Raises `BackupError` and `StoreError`."""
    roots = {FILES: files, CONFIG: config}
    # In the data folder it is part of it already.
    if overlay is not None and not overlay.resolve().is_relative_to(home.resolve()):
        roots[OVERLAY] = overlay
    part = target.with_name(target.name + ".part")
    found: dict[str, Stored] = {}
    try:
        with _private(part) as file:
            out = SealedWriter(file, passphrase) if passphrase else None
            stream = cast("BinaryIO", out or file)
            with (
                gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=0) as zipped,
                tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as archive,
            ):
                for name, path, called in _sources(home, roots, secret=bool(passphrase)):
                    stored = _add(archive, name, path, called, part, told)
                    if stored is not None:
                        found[name] = stored
                contents = Contents(made_at=made_at, program=program, files=found)
                body = msgspec.json.encode(contents)
                entry = tarfile.TarInfo(LIST)
                entry.size = len(body)
                archive.addfile(entry, io.BytesIO(body))
            if out is not None:
                out.close()
        put_in_place(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BackupError(
            f"备份写不进 {target.parent}：{error.strerror}。"
            "没有留下半份备份。请检查文件夹、权限和剩余空间后再试。"
        ) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return contents


def check(source: Path, passphrase: str = "", told: Progress = lambda _bytes: None) -> Contents:
    """Reads the whole archive and compares every file with the list. Raises `BackupError`."""
    return _walk(source, passphrase, lambda _name, piece: told(len(piece)))


def unpack(
    source: Path, into: Path, passphrase: str = "", told: Progress = lambda _bytes: None
) -> Contents:
    """Writes the files of an archive into the new folder `into`, each for its owner only.
    Raises `BackupError`; then `into` holds what must not be used."""
    opened: dict[str, BinaryIO] = {}

    def keep(name: str, piece: bytes) -> None:
        told(len(piece))
        if name not in opened:
            for each in opened.values():
                each.close()
            opened.clear()
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened[name] = os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            )
        opened[name].write(piece)

    try:
        return _walk(source, passphrase, keep)
    except OSError as error:
        raise BackupError(
            f"恢复时写不进 {into}：{error.strerror}。请检查权限和剩余空间后再试。"
        ) from error
    finally:
        for each in opened.values():
            each.close()


def _walk(source: Path, passphrase: str, each: Callable[[str, bytes], None]) -> Contents:
    found: dict[str, Stored] = {}
    contents: Contents | None = None
    try:
        with (
            _reading(source, passphrase) as stream,
            gzip.GzipFile(fileobj=stream, mode="rb") as zipped,
            tarfile.open(fileobj=zipped, mode="r|") as archive,
        ):
            for entry in archive:
                data = archive.extractfile(entry)
                if contents is not None or data is None or not _sound(entry.name):
                    raise BackupError(
                        f"{source.name} 里有不该有的内容（{entry.name[:80]}），不是回音做的备份。"
                    )
                if entry.name == LIST:
                    contents = msgspec.json.decode(data.read(), type=Contents)
                    continue
                digest, size = hashlib.sha256(), 0
                # An empty file is told of too.
                while (piece := data.read(_PIECE)) or not size:
                    digest.update(piece)
                    size += len(piece)
                    each(entry.name, piece)
                    if not piece:
                        break
                found[entry.name] = Stored(size, digest.hexdigest())
    except SealError as error:
        raise BackupError(str(error)) from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupError(f"{source.name} 不完整或已损坏（{error}）。请换一份备份。") from None
    except (msgspec.DecodeError, json.JSONDecodeError) as error:
        raise BackupError(f"{source.name} 里的清单读不出来（{error}）。请换一份备份。") from None
    if contents is None:
        raise BackupError(f"{source.name} 没有清单，是没有做完的备份。请换一份备份。")
    if found != contents.files:
        wrong = sorted(name for name in found.keys() | contents.files.keys()
                       if found.get(name) != contents.files.get(name))  # fmt: skip
        raise BackupError(
            f"{source.name} 与清单不符：{'、'.join(wrong[:3])} 等 {len(wrong)} 个文件。"
            "请换一份备份。"
        )
    return contents


@contextmanager
def _reading(source: Path, passphrase: str) -> Iterator[BinaryIO]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise BackupError(f"读不到备份 {source}：{error.strerror}。") from error
    with file:
        sealed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        if sealed and not passphrase:
            raise BackupError(
                f"{source.name} 是加密的备份，要有做备份时的口令。"
                "请设置环境变量 HUIYIN_SECRET_BACKUP_KEY 后再试。"
            )
        yield cast("BinaryIO", SealedReader(file, passphrase)) if sealed else file


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


def _sources(
    home: Path, roots: Mapping[str, Path], *, secret: bool
) -> Iterator[tuple[str, Path, str]]:
    """Name in the archive, path, and for a SQLite file what people call it. `roots`: folders
    beside the data folder, by their name in the archive."""
    databases = sorted(path.name for path in home.glob("*.db"))
    between = [name for name in databases if name not in _DATABASES]
    for name in (*_DATABASES[:-1], *between, _DATABASES[-1]):
        if name in databases:
            yield f"{HOME}/{name}", home / name, "数据文件"
    attachments = roots[FILES].resolve()
    for path in _below(home):
        name = path.relative_to(home).as_posix()
        if name in databases or name.endswith(_LEFT_OUT) or ".before-upgrade-" in name:
            continue
        if path.is_relative_to(home / FILES) and attachments == (home / FILES).resolve():
            continue
        if name == _SECRETS and not secret:
            continue
        yield f"{HOME}/{name}", path, ""
    for root, below in roots.items():
        for path in _below(below):
            yield f"{root}/{path.relative_to(below).as_posix()}", path, ""


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _add(
    archive: tarfile.TarFile, name: str, path: Path, called: str, part: Path, told: Progress
) -> Stored | None:
    """None where the file went away meanwhile, as one does that was being moved."""
    copy = part.with_name(f"{part.name}.copy") if called else None
    if copy is not None:
        sqlite.copy(path, copy, called)
    try:
        with (copy or path).open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size = os.fstat(file.fileno()).st_size
            reader = _Digesting(file, entry.size, told)
            archive.addfile(entry, cast("BinaryIO", reader))
            return Stored(entry.size, reader.digest.hexdigest())
    except FileNotFoundError:
        return None
    finally:
        if copy is not None:
            copy.unlink(missing_ok=True)


class _Digesting:
    """Reads exactly `size` bytes: what is added to a file meanwhile waits for the next backup,
    and one that was cut short is filled up with zeros, as tar needs it."""

    def __init__(self, file: BinaryIO, size: int, told: Progress) -> None:
        self._file, self._left, self._told = file, size, told
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        wanted = min(size, self._left)
        piece = self._file.read(wanted).ljust(wanted, b"\0")
        self._left -= len(piece)
        self.digest.update(piece)
        self._told(len(piece))
        return piece


def _sound(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
