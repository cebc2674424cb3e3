"""The one place that opens SQLite files.

POSIX drops all locks that a process has on a file as soon as it closes any descriptor of
it. A file that SQLite has open is therefore never opened beside SQLite: another process
would find it unlocked, believe that it is alone, and delete the write-ahead log into which
this one goes on writing. So the file is created, empty and for its owner only, before the
first connection to it, under a lock that every connection of this process waits for; from
then on nothing but SQLite opens it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from huiyin.store.errors import StoreError, open_error, store_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import _Parameters

_creating = threading.Lock()
"""Held from the look whether a file exists until its creating descriptor is closed."""
_OWNER_ONLY: Final = 0o600
_PATIENCE: Final = 60.0
"""Seconds to wait for another writer."""
_A_MOMENT: Final = 0.01

Acknowledging = Callable[["Connection"], Callable[[], None]]
"""Called before the commit of what will be reported as done; gives what is to be done after it
and before the answer."""
Unsealing = Callable[[bytes, bytes | None], bytes]
FileId = tuple[int, int]
"""Device and number: two files of one name are told apart by it."""


class Cursor(sqlite3.Cursor):
    """Tells what is wrong with the file as a `StoreError`, whenever it comes to light: a
    bad page is met in the middle of a request."""

    connection: Connection

    def execute(self, sql: str, parameters: _Parameters = (), /) -> Self:
        try:
            return super().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def executemany(self, sql: str, seq_of_parameters: Iterable[_Parameters], /) -> Self:
        try:
            return super().executemany(sql, seq_of_parameters)
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        try:
            return super().executescript(sql_script)
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        try:
            return super().fetchmany(size)
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise self.connection.told(error) from error


class Connection(sqlite3.Connection):
    """A connection that knows which file it belongs to. Made by `connect`."""

    path: Path
    called: str
    """What people call the file, such as 数据文件."""
    acknowledging: Acknowledging | None = None
    unsealing: Unsealing | None = None
    """What gives a sealed value of this file from its bytes and its key, both as they are
    stored."""
    readonly: bool = False
    was_empty: bool = False
    """Whether there was nothing in the file when it was opened."""
    copied: bool = False
    """Whether a copy was made before it was changed by a newer program."""
    _file: FileId | None = None
    _log: FileId | None = None

    def cursor(self, _factory: object = None) -> Cursor:  # type: ignore[override]
        return super().cursor(Cursor)

    # Those of the base class make a plain cursor, whatever `cursor` says.
    def execute(self, sql: str, parameters: _Parameters = (), /) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, seq_of_parameters: Iterable[_Parameters], /) -> Cursor:
        return self.cursor().executemany(sql, seq_of_parameters)

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        return self.cursor().executescript(sql_script)

    @contextmanager
    def transaction(self, *, acknowledged: bool = True) -> Iterator[None]:
        """All of the body or nothing; other writers, of other processes too, wait.

        What was committed is safe when this ends, and counted as acknowledged unless that
        nobody is told of it (`acknowledged` False). Raises `StoreError`, also when the file
        is no longer the one that was opened: then nothing that was written counts."""
        self.check()
        changes = self.total_changes
        after: Callable[[], None] | None = None
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            if acknowledged and self.acknowledging and self.total_changes != changes:
                after = self.acknowledging(self)
            self.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back already; the first error is the one to tell.
            with suppress(sqlite3.Error, StoreError):
                self.execute("ROLLBACK")
            raise
        self.check()
        if after is not None:
            after()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What the body reads is of one moment, whatever others write meanwhile."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error, StoreError):
                self.execute("ROLLBACK")

    def check(self) -> None:
        """Raises `StoreError` when the file, or its write-ahead log, was replaced or deleted
        since it was opened: what is written then is gone with the process."""
        if self._file is None:
            return
        if file_id(self.path) != self._file:
            raise self._replaced(self.path)
        log = file_id(_log_of(self.path))
        if self._log is None:
            self._log = log
        elif log != self._log:
            raise self._replaced(_log_of(self.path))

    def told(self, error: sqlite3.DatabaseError) -> Exception:
        """What to raise in place of `error`."""
        return store_error(self.called, self.path, error) or error

    def opened(self, before: FileId) -> None:
        """Remembers which file this is. Raises `StoreError`."""
        # The first read opens the log.
        self.was_empty = not self.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        self._file = before
        self.check()

    def _replaced(self, path: Path) -> StoreError:
        state = "被换成了另一个文件" if path.exists() else "不见了"
        return StoreError(
            f"{self.called} {self.path} 在使用中出了问题：{path.name} {state}。"
            "已停止写入，刚才的操作没有入库。请停止回音；如果是恢复备份，请重新启动；"
            "不是的话请保留现场，从备份恢复，再运行 huiyin audit 核对。"
        )


def connect(path: Path, called: str, *, readonly: bool = False) -> Connection:
    """Opens the file, and creates it where it does not exist.

    In WAL mode with full synchronisation: what a transaction has committed survives the
    process and the power. `readonly`: the file must exist, and nothing is written.
    `called`: what people call it. Raises `StoreError`."""
    try:
        if readonly:
            return _connect(f"{path.absolute().as_uri()}?mode=ro", path, called, readonly=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path)
        return _connect(str(path), path, called, readonly=False)
    except OSError as error:
        raise open_error(called, path, error) from error
    except sqlite3.DatabaseError as error:
        # Before there is a connection that could tell it.
        raise (store_error(called, path, error) or error) from error


def fold_log(path: Path, called: str) -> None:
    """Brings the write-ahead log into the file, and deletes it, where nobody else has the file
    open. SQLite does that when the last connection closes, unless that one only reads. Raises
    `StoreError`."""
    db = connect(path, called)
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    db.close()


def copy(path: Path, target: Path, called: str) -> None:
    """A whole copy of what is committed, while others go on writing; one file, for its owner
    only. Raises `StoreError`, and leaves nothing half done under the name of `target`."""
    half = target.with_name(target.name + ".half")
    try:
        half.unlink(missing_ok=True)
        _create(half)
        source = connect(path, called, readonly=True)
        into = sqlite3.connect(half, isolation_level=None)
        try:
            source.backup(into)
            # The copy of a file in WAL mode would make side files as soon as it is read.
            into.execute("PRAGMA journal_mode = DELETE")
        finally:
            into.close()
            source.close()
        half.replace(target)
    except sqlite3.DatabaseError as error:
        half.unlink(missing_ok=True)
        raise (store_error(called, target, error) or error) from error
    except OSError as error:
        raise open_error(called, target, error) from error


def scratch(path: Path) -> Connection:
    """A new file that need not survive the process, for what is too large for memory. Its
    folder is the owner's only. Raises `StoreError`."""
    db = sqlite3.connect(path, isolation_level=None, factory=Connection)
    db.path, db.called = path, "临时文件"
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    return db


def file_id(path: Path) -> FileId | None:
    """None where there is no such file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _connect(name: str, path: Path, called: str, *, readonly: bool) -> Connection:
    before = file_id(path)
    db = sqlite3.connect(
        name,
        uri=readonly,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )
    db.path, db.called, db.readonly = path, called, readonly
    try:
        if readonly:
            db.execute("PRAGMA query_only = 1")
        else:
            _use_log(db)
            db.execute("PRAGMA synchronous = FULL")
            # What is deleted is gone from the page as well.
            db.execute("PRAGMA secure_delete = ON")
            # What INSERT OR REPLACE takes away counts as deleted.
            db.execute("PRAGMA recursive_triggers = ON")
        db.execute("PRAGMA foreign_keys = ON")
        if before is not None:
            db.opened(before)
    except BaseException:
        db.close()
        raise
    return db


def _use_log(db: Connection) -> None:
    """Changes a new file to WAL mode. SQLite does not wait for others here, but gives up at
    once when several begin together."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except StoreError as error:
            busy = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > end:
                raise
            time.sleep(_A_MOMENT)
        else:
            return


def _create(path: Path) -> None:
    """An empty file for its owner only, where there is none. SQLite gives its side files
    the mode of the file."""
    with _creating, suppress(FileExistsError):
        # O_EXCL: only a file that nobody can have open is opened, and closed, here.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        return
    for each in (path, _log_of(path), path.with_name(path.name + "-shm")):
        # Files of an older program, or unpacked by hand. By name: no descriptor is closed.
        with suppress(FileNotFoundError):
            if stat.S_IMODE(each.stat().st_mode) != _OWNER_ONLY:
                each.chmod(_OWNER_ONLY)


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
