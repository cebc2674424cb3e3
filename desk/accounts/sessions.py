"""Sessions: who is signed in, from the random word in a cookie."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from msgspec import Struct

from desk.accounts.secret_words import digest_of, new_word
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time
from huiyin.store.errors import StoreError

IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
"""A shift; then everybody signs in again."""

STEPS: Final = (
    """
    CREATE TABLE signed_in (
        key TEXT PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, began TEXT NOT NULL,
        seen TEXT NOT NULL, address TEXT NOT NULL, way TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX signed_in_account ON signed_in (account)
    """,
)
_SEEN_EVERY = timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(minutes=5)


class Way(StrEnum):
    """How a person signed in. The value is stored and shown."""

    PASSWORD = "密码"  # noqa: S105  (a word, not a password)
    OIDC = "统一身份认证"
    PROXY = "认证网关"


class Session(Struct, frozen=True):
    id: str
    """Names the session on the page of its owner; no use as a cookie."""
    account: str
    began: datetime
    seen: datetime
    address: str
    way: Way


class Sessions:
    """The file holds a digest of each word: who reads the file is signed in nowhere."""

    def __init__(self, file: DeskFile, clock: MachineClock = machine_time) -> None:
        """`clock`: the machine's."""
        self._file = file
        self._clock = clock
        file.ensure("signed-in", STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, desk.machine)

    def begin(self, account: str, address: str, way: Way = Way.PASSWORD) -> str:
        """A new session; gives the word for the cookie. Always a new one: a word that was
        there before the sign-in is worth nothing after it."""
        word, now = new_word(), self._clock()
        at = now.isoformat()
        with self._file.writing() as db:
            db.execute("DELETE FROM signed_in WHERE began < ?", ((now - LONGEST).isoformat(),))
            db.execute("DELETE FROM signed_in WHERE seen < ?", ((now - IDLE).isoformat(),))
            db.execute(
                "INSERT INTO signed_in VALUES (?, ?, ?, ?, ?, ?)",
                (digest_of(word), account, at, at, address, way.value),
            )
        return word

    def find(self, word: str) -> Session | None:
        now = self._clock()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT substr(key, 1, 16), account, began, seen, address, way "
                "FROM signed_in WHERE key = ?",
                (digest_of(word),),
            ).fetchone()
        if row is None:
            return None
        session = _session(row)
        if not _lives(session, now):
            # It is over, whether or not that can be written down.
            with suppress(StoreError):
                self.end(word)
            return None
        if now - session.seen > _SEEN_EVERY:
            # With a full disk people can still read.
            with suppress(StoreError), self._file.writing() as db:
                db.execute(
                    "UPDATE signed_in SET seen = ? WHERE key = ?",
                    (now.isoformat(), digest_of(word)),
                )
        return session

    def lives(self, word: str) -> bool:
        """Whether it still holds for a person who is signed in; asking is no sign of life."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT substr(key, 1, 16), account, began, seen, address, way "
                "FROM signed_in WHERE key = ?",
                (digest_of(word),),
            ).fetchone()
        return row is not None and _lives(_session(row), self._clock())

    def of(self, account: str) -> list[Session]:
        """Those that are open, the newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT substr(key, 1, 16), account, began, seen, address, way "
                "FROM signed_in WHERE account = ? "
                "ORDER BY began DESC",
                (account,),
            ).fetchall()
        now = self._clock()
        return [session for session in map(_session, rows) if _lives(session, now)]

    def end(self, word: str) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM signed_in WHERE key = ?", (digest_of(word),))

    def end_one(self, account: str, session_id: str) -> bool:
        """One of the account's own, by `Session.id`; gives whether there was one."""
        with self._file.writing() as db:
            done = db.execute(
                "DELETE FROM signed_in WHERE account = ? AND substr(key, 1, 16) = ?",
                (account, session_id),
            )
        return done.rowcount > 0

    def end_others(self, account: str, word: str) -> None:
        """All of the account but the one of this word."""
        with self._file.writing() as db:
            db.execute(
                "DELETE FROM signed_in WHERE account = ? AND key <> ?", (account, digest_of(word))
            )

    def end_all(self, account: str) -> None:
        """After a change of password, or when an account is disabled."""
        with self._file.writing() as db:
            db.execute("DELETE FROM signed_in WHERE account = ?", (account,))


def _lives(session: Session, now: datetime) -> bool:
    # One from the future is from before the clock was put right: nobody knows its age.
    told = session.began - now <= _CLOCKS_DIFFER and session.seen - now <= _CLOCKS_DIFFER
    return told and now - session.began <= LONGEST and now - session.seen <= IDLE


def _session(row: tuple[str, str, str, str, str, str]) -> Session:
    name, account, began, seen, address, way = row
    return Session(
        name,
        account,
        datetime.fromisoformat(began),
        datetime.fromisoformat(seen),
        address,
        Way(way),
    )


def session_id(word: str) -> str:
    """The `Session.id` of this word."""
    return digest_of(word)[:16]


def csrf_token(word: str) -> str:
    """What the forms of this session carry: a page of others cannot know it."""
    return hmac.new(word.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()
