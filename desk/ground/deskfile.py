"""The desk's own data: accounts, sessions, the trail of operations, registers.

One SQLite file beside the case data, in both runtimes: what stands in it is not a
message about a case and never goes through the stream.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from streams.embedded.store import StoreError

_MOST_IDLE: Final = 8
"""Connections kept for the next request. Not one per thread: a server's threads come and
go, and what they opened would stay open."""


class DeskFile:
    """For several threads: each use has a connection to itself."""

    def __init__(self, path: Path) -> None:
        """Raises `StoreError`."""
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        with self.writing() as db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, version INTEGER NOT NULL)"
            )

    def ensure(self, part: str, steps: Sequence[str]) -> None:
        """Brings the tables of one part of the desk up to date: `steps` are scripts, each
        run once, in order, for ever; later versions of the program add steps at the end.

        Raises `StoreError` when a newer program has written the file."""
        with self.writing() as db:
            row = db.execute("SELECT version FROM parts WHERE name = ?", (part,)).fetchone()
            done = row[0] if row else 0
            if done > len(steps):
                raise StoreError(
                    f"{self.path} 是更新版本的程序写的（{part} {done}，本程序到 {len(steps)}）。"
                    "请升级程序。"
                )
            for step in steps[done:]:
                for statement in _statements(step):
                    db.execute(statement)
            db.execute(
                "INSERT INTO parts VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                "version = excluded.version",
                (part, len(steps)),
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises `StoreError` when the file cannot be opened, or was closed."""
        db = self._take()
        try:
            yield db
        finally:
            self._give_back(db)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the body or nothing; other writers wait. Not to be nested. Raises as
        `reading`."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back already; the first error is the one to tell.
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """After the last request; what is asked afterwards is a `StoreError`."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"值班台的数据文件 {self.path} 已经关闭，程序正在停止。")
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, db: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and not db.in_transaction and len(self._idle) < _MOST_IDLE:
                self._idle.append(db)
                return
        db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Password hashes and who did what: nobody but the owner reads it, from the
            # first byte on. SQLite gives its side files the same mode.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self.path.chmod(0o600)
            db = sqlite3.connect(
                self.path, timeout=60, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreError(
                f"值班台的数据文件 {self.path} 打不开：{error}。"
                "请检查磁盘空间和权限，或从备份恢复。"
            ) from error
        return db


def _statements(script: str) -> Iterator[str]:
    """The statements of a script. A semicolon inside a text or a trigger ends none."""
    statement = ""
    for piece in script.split(";"):
        statement += piece
        if sqlite3.complete_statement(statement + ";"):
            if statement.strip():
                yield statement
            statement = ""
        else:
            statement += ";"
    if statement.strip("; \n\t"):
        yield statement.removesuffix(";")
