"""The desk's own data: accounts, sessions, the trail of operations, registers.

One SQLite file beside the case data, in both runtimes: what stands in it is not a
message about a case and never goes through the stream.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from huiyin.store.counting import Counted
from huiyin.store.errors import StoreError
from huiyin.store.migrations import ensure
from huiyin.store.sqlite import Connection, connect

CALLED: Final = "值班台的数据文件"
_MOST_IDLE: Final = 8
"""Connections kept for the next request. Not one per thread: a server's threads come and
go, and what they opened would stay open."""


class DeskFile:
    """For several threads: each use has a connection to itself."""

    def __init__(self, path: Path) -> None:
        """Raises `StoreError`."""
        self.path = path
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._counted: Counted | None = None
        with self.reading() as db:
            self.counted = Counted(db)
            db.acknowledging = self._counted = self.counted

    def ensure(self, part: str, steps: Sequence[str]) -> None:
        """Brings the tables of one part of the desk up to date: see
        `huiyin.store.migrations.ensure`. Raises `StoreError`."""
        with self.reading() as db:
            ensure(db, part, steps, finish=self.counted.recount)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Raises `StoreError` when the file cannot be opened, was replaced, or was closed."""
        db = self._take()
        try:
            # Of a file that was replaced below us not even what is read is true.
            db.check()
            yield db
        finally:
            self._give_back(db)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of the body or nothing; other writers wait. Not to be nested. Raises as
        `reading`."""
        with self.reading() as db, db.transaction():
            yield db

    def close(self) -> None:
        """After the last request; what is asked afterwards is a `StoreError`."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _take(self) -> Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"值班台的数据文件 {self.path} 已经关闭，程序正在停止。")
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, db: Connection) -> None:
        with self._lock:
            if not self._closed and not db.in_transaction and len(self._idle) < _MOST_IDLE:
                self._idle.append(db)
                return
        db.close()

    def _open(self) -> Connection:
        db = connect(self.path, CALLED)
        db.acknowledging = self._counted
        return db
