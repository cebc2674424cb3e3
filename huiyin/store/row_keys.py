"""Keys of rows: one for everything of one subject, destroyed when the subject is erased.

A sealed row says in a column `key` which key opens it, so that rows and keys are read in one
statement and belong to one moment. A key that was destroyed keeps its line: what the rows were
of stays known, what they said does not.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from msgspec import Struct

from huiyin.store.ciphers import KEY_BYTES, Algorithm, WrongKey, is_sealed, seal, unseal
from huiyin.store.errors import StoreError
from huiyin.store.master import Master
from huiyin.store.migrations import Step, ensure, has_table
from huiyin.store.sqlite import Connection

STEPS: Final[tuple[Step, ...]] = (
    """
    CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, wrapped BLOB);
    CREATE UNIQUE INDEX keys_live ON keys (name) WHERE wrapped IS NOT NULL;
    CREATE INDEX keys_name ON keys (name)
    """,
)
_PLAIN: Final = b"\0"
"""In front of a key that no master key wraps."""
_MOST: Final = 500
_NEWEST: Final = "SELECT wrapped FROM keys WHERE wrapped IS NOT NULL ORDER BY id DESC LIMIT 1"
KEY_OF_NAME: Final = "(SELECT wrapped FROM keys WHERE name = {name} AND wrapped IS NOT NULL)"
"""For statements that read a value together with what opens it."""


class Key(Struct, frozen=True):
    number: int
    secret: bytes
    algorithm: Algorithm

    def seal(self, data: bytes) -> bytes:
        return seal(self.algorithm, self.secret, data)


class RowKeys:
    """The keys in one file, for one connection to it. Transactions are the caller's."""

    def __init__(self, db: Connection, master: Master) -> None:
        """Raises `StoreError` where the keys are wrapped under another master key."""
        self._db = db
        self._master = master
        ensure(db, "keys", STEPS)
        db.unsealing = self.open
        self.there = has_table(db, "keys")
        """False in a file of an older program that is only read."""
        if self.there:
            self._check()

    def of(self, names: Collection[str]) -> dict[str, Key]:
        """The key of each, made where there is none."""
        found: dict[str, Key] = {}
        wanted = list(dict.fromkeys(names))
        for start in range(0, len(wanted), _MOST):
            part = wanted[start : start + _MOST]
            marks = ", ".join("?" * len(part))
            rows = self._db.execute(
                "SELECT name, id, wrapped FROM keys "
                f"WHERE name IN ({marks}) AND wrapped IS NOT NULL",
                part,
            )
            for name, number, wrapped in rows:
                found[name] = Key(number, self._unwrapped(wrapped), self._master.algorithm)
        for name in wanted:
            if name not in found:
                found[name] = self._made(name)
        return found

    def open(self, data: bytes, wrapped: bytes | None) -> bytes:
        """What was sealed into `data`; rows from before there were keys are as they are.
        `wrapped`: the key as it is stored. Raises `StoreError`, also where the key is gone."""
        if not is_sealed(data):
            return data
        if wrapped is None:
            raise StoreError(
                f"{self._db.called} {self._db.path} 里有内容的密钥不见了，又没有登记删除。"
                "请停止回音，保留现场，运行 huiyin audit 查看，再从备份恢复。"
            )
        try:
            return unseal(self._unwrapped(wrapped), data)
        except WrongKey:
            raise StoreError(
                f"{self._db.called} {self._db.path} 里有内容用它的密钥打不开：被改动过，或已损坏。"
                "请停止回音，保留现场，从备份恢复。"
            ) from None

    def numbers(self, name: str) -> list[int]:
        """Of all keys that the subject ever had."""
        rows = self._db.execute("SELECT id FROM keys WHERE name = ?", (name,))
        return [number for (number,) in rows]

    def live(self, names: Iterable[str]) -> list[str]:
        """Those that have a key."""
        return [
            name
            for name in names
            if self._db.execute(
                "SELECT 1 FROM keys WHERE name = ? AND wrapped IS NOT NULL", (name,)
            ).fetchone()
        ]

    def destroy(self, names: Sequence[str]) -> None:
        """What was sealed for them is opened by nothing any more, once the page is overwritten
        (`huiyin.store.sqlite` does that) and the log is folded into the file."""
        self._db.executemany(
            "UPDATE keys SET wrapped = NULL WHERE name = ?", [(name,) for name in names]
        )

    @property
    def lie_plain(self) -> bool:
        """Whether the keys lie as they are, because there was no master key: all of them, or
        none."""
        row = self._db.execute(_NEWEST).fetchone()
        return row is not None and row[0][:1] == _PLAIN

    def wrap_all(self) -> None:
        """Wraps the keys that were made while there was no master key. Not within a
        transaction. Raises `StoreError`."""
        if not self._master.key or not self.lie_plain:
            return
        with self._db.transaction(acknowledged=False):
            while rows := self._db.execute(
                "SELECT id, wrapped FROM keys WHERE substr(wrapped, 1, 1) = ? LIMIT 10000",
                (_PLAIN,),
            ).fetchall():
                self._db.executemany(
                    "UPDATE keys SET wrapped = ? WHERE id = ?",
                    [(self._wrapped(wrapped[1:]), number) for number, wrapped in rows],
                )
        fold(self._db)

    def _made(self, name: str) -> Key:
        secret = os.urandom(KEY_BYTES)
        number = self._db.execute(
            "INSERT INTO keys (name, wrapped) VALUES (?, ?)", (name, self._wrapped(secret))
        ).lastrowid
        return Key(number or 0, secret, self._master.algorithm)

    def _wrapped(self, secret: bytes) -> bytes:
        if not self._master.key:
            return _PLAIN + secret
        return seal(self._master.algorithm, self._master.key, secret)

    def _unwrapped(self, wrapped: bytes) -> bytes:
        """Raises `StoreError`."""
        if wrapped[:1] == _PLAIN:
            return wrapped[1:]
        try:
            return unseal(self._master.key, wrapped) if self._master.key else _no_key()
        except WrongKey:
            raise self._master.unfit(f"{self._db.called} {self._db.path} 的内容") from None

    def _check(self) -> None:
        row = self._db.execute(_NEWEST).fetchone()
        if row is not None:
            self._unwrapped(row[0])


def fold(db: Connection) -> bool:
    """Brings the write-ahead log into the file and empties it, so that no old page is left in
    it; False where a reader is in the way, and it has to be tried again."""
    return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def _no_key() -> bytes:
    raise WrongKey
