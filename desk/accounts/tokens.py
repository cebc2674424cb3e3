"""Tokens: how machines use the interface in the name of an account."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from msgspec import Struct

from desk.accounts.secret_words import digest_of, new_word
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.doer import COMMAND_LINE
from desk.ground.machine_clock import MachineClock, machine_time
from huiyin.store.errors import StoreError

PREFIX: Final = "hy_"
"""So that a token that was written somewhere by mistake is found by who looks for such."""
MOST_DAYS: Final = 366
_USED_EVERY: Final = timedelta(minutes=1)

_STEPS = (
    """
    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, scope TEXT NOT NULL,
        made_by TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL,
        last_used TEXT, revoked TEXT
    )
    """,
    "ALTER TABLE tokens ADD COLUMN agreed_by TEXT NOT NULL DEFAULT ''",
)


class Scope(StrEnum):
    READ = "read"
    ACT = "act"
    """Reads too."""


class TokenError(ValueError):
    """What was asked cannot be; the text says why, in Chinese."""


class Token(Struct, frozen=True, kw_only=True):
    id: int
    account: str
    name: str
    """What it is for."""
    scope: Scope
    made_by: str
    agreed_by: str = ""
    """The second person; "" for a token that its owner made."""
    created: datetime
    expires: datetime
    last_used: datetime | None = None
    revoked: datetime | None = None

    @property
    def foreign(self) -> bool:
        """Another person made it alone: who reads with it may not be the owner."""
        by_command = self.made_by.startswith(COMMAND_LINE)
        own = self.made_by.lower() == self.account.lower()
        return not (own or self.agreed_by or by_command)

    @property
    def by_another(self) -> bool:
        """Another person than the owner made it, even with consent: also the command line."""
        return self.made_by.lower() != self.account.lower()

    @property
    def people(self) -> str:
        """Who made it and who agreed, for the trail."""
        agreed = f"，{self.agreed_by} 确认" if self.agreed_by else ""
        return f"第 {self.id} 号令牌，{self.made_by} 添加{agreed}"


class Tokens:
    """The file holds a digest of each: a token is shown once, when it is made."""

    def __init__(self, file: DeskFile, clock: MachineClock = machine_time) -> None:
        self._file = file
        self.clock = clock
        file.ensure("tokens", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, desk.machine)

    def make(
        self, account: str, name: str, scope: Scope, days: int, made_by: str, agreed_by: str = ""
    ) -> tuple[int, str]:
        """Its number, and the token itself. Raises `TokenError`."""
        check_token(name, days)
        word, now = PREFIX + new_word(), self.clock()
        with self._file.writing() as db:
            made = db.execute(
                "INSERT INTO tokens (key, account, name, scope, made_by, created, expires, "
                "agreed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    digest_of(word),
                    account,
                    name.strip(),
                    scope.value,
                    made_by,
                    now.isoformat(),
                    (now + timedelta(days=days)).isoformat(),
                    agreed_by,
                ),
            )
        return made.lastrowid or 0, word

    def find(self, word: str) -> Token | None:
        """The token, if it is good now."""
        if not word.startswith(PREFIX):
            return None
        now = self.clock()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT id, account, name, scope, made_by, created, expires, last_used, revoked, "
                "agreed_by "
                "FROM tokens WHERE key = ?",
                (digest_of(word),),
            ).fetchone()
        token = _token(row) if row else None
        if token is None or token.revoked is not None or token.expires <= now:
            return None
        if token.last_used is None or abs(now - token.last_used) > _USED_EVERY:
            # With a full disk machines can still read.
            with suppress(StoreError), self._file.writing() as db:
                db.execute(
                    "UPDATE tokens SET last_used = ? WHERE id = ?", (now.isoformat(), token.id)
                )
        return token

    def all(self) -> list[Token]:
        """The newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, account, name, scope, made_by, created, expires, last_used, revoked, "
                "agreed_by "
                "FROM tokens ORDER BY id DESC"
            ).fetchall()
        return [_token(row) for row in rows]

    def revoke(self, number: int, account: str = "") -> Token:
        """At once and for ever. `account`: only a token of this one. Raises `TokenError`."""
        with self._file.writing() as db:
            row = db.execute(
                "SELECT id, account, name, scope, made_by, created, expires, last_used, revoked, "
                "agreed_by FROM tokens WHERE id = ? AND (? = '' OR account = ?)",
                (number, account, account),
            ).fetchone()
            if row is None:
                raise TokenError(f"没有第 {number} 号令牌。")
            db.execute(
                "UPDATE tokens SET revoked = coalesce(revoked, ?) WHERE id = ?",
                (self.clock().isoformat(), number),
            )
        return _token(row)


def check_token(name: str, days: int) -> None:
    """Raises `TokenError`."""
    if not 1 <= days <= MOST_DAYS:
        raise TokenError(f"有效期应为 1 至 {MOST_DAYS} 天，实际是 {days}。")
    if not name.strip() or len(name) > 60:
        raise TokenError("请写明令牌的用途，至多 60 个字。")


def _token(
    row: tuple[int, str, str, str, str, str, str, str | None, str | None, str],
) -> Token:
    number, account, name, scope, made_by, created, expires, used, revoked, agreed_by = row
    return Token(
        id=number,
        account=account,
        name=name,
        scope=Scope(scope),
        made_by=made_by,
        agreed_by=agreed_by,
        created=datetime.fromisoformat(created),
        expires=datetime.fromisoformat(expires),
        last_used=datetime.fromisoformat(used) if used else None,
        revoked=datetime.fromisoformat(revoked) if revoked else None,
    )
