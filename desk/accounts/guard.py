"""How often somebody may try a password.

A try is counted before the password is looked at and taken back when it was right, so
a hundred tries at once are a hundred tries. Names that no account has are counted and
locked like the others: what is answered tells nobody which accounts there are.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Final

from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time

TRIES: Final = 5
"""Wrong passwords in a row until a name is locked for `LOCKED`."""
TRIES_FROM_ADDRESS: Final = 30
"""Wrong passwords from one address within `LOCKED`, whatever the names."""
LOCKED: Final = timedelta(minutes=15)
_FORGOTTEN: Final = timedelta(days=1)
"""After a day without a try the count of a name begins anew."""
_LONGEST_NAME: Final = 64

_STEPS = (
    """
    CREATE TABLE tries (
        name TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last TEXT NOT NULL, locked_until TEXT
    ) WITHOUT ROWID;
    CREATE TABLE tries_from (id INTEGER PRIMARY KEY, address TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX tries_from_address ON tries_from (address, at);
    CREATE INDEX tries_from_at ON tries_from (at)
    """,
)


class SignInRefused(Exception):
    """The text is for who tried, and tells nothing about which accounts there are."""

    def __init__(self, text: str, *, counted: bool = False) -> None:
        super().__init__(text)
        self.counted = counted
        """A wrong password. What comes while a name or an address is locked is not one
        more, and needs no line of its own in a log."""


class Guard:
    def __init__(self, file: DeskFile, clock: MachineClock = machine_time) -> None:
        self._file = file
        self._clock = clock
        file.ensure("tries", _STEPS)

    def attempt(self, name: str, address: str) -> int:
        """Counts a try; gives its number for `right`. Raises `SignInRefused`."""
        name, address, now = _key(name), network(address), self._clock()
        at = now.isoformat()
        with self._file.writing() as db:
            db.execute("DELETE FROM tries_from WHERE at <= ?", ((now - LOCKED).isoformat(),))
            db.execute("DELETE FROM tries WHERE last <= ?", ((now - _FORGOTTEN).isoformat(),))
            tried = db.execute(
                "SELECT count(*) FROM tries_from WHERE address = ?", (address,)
            ).fetchone()[0]
            if tried >= TRIES_FROM_ADDRESS:
                raise SignInRefused(f"尝试过于频繁，请 {minutes(LOCKED)} 分钟后再试。")
            row = db.execute(
                "SELECT wrong, locked_until FROM tries WHERE name = ?", (name,)
            ).fetchone()
            wrong, until = row or (0, None)
            if until:
                left = datetime.fromisoformat(until) - now
                if left > timedelta():
                    raise SignInRefused(
                        f"已锁定，请 {minutes(left)} 分钟后再试，或联系管理员解锁。"
                    )
                wrong = 0  # the lock is over: the count begins anew
            wrong += 1
            locked = (now + LOCKED).isoformat() if wrong >= TRIES else None
            db.execute(
                "INSERT OR REPLACE INTO tries VALUES (?, ?, ?, ?)", (name, wrong, at, locked)
            )
            made = db.execute("INSERT INTO tries_from (address, at) VALUES (?, ?)", (address, at))
            return made.lastrowid or 0

    def right(self, name: str, attempt: int) -> None:
        """The password of that try was right. Other tries from the address stay counted:
        one good password must not wash away guesses at others."""
        with self._file.writing() as db:
            db.execute("DELETE FROM tries WHERE name = ?", (_key(name),))
            db.execute("DELETE FROM tries_from WHERE id = ?", (attempt,))

    def not_tried(self, name: str, attempt: int) -> None:
        """Takes a try back that never came to the password."""
        with self._file.writing() as db:
            db.execute("DELETE FROM tries_from WHERE id = ?", (attempt,))
            db.execute(
                "UPDATE tries SET wrong = max(0, wrong - 1), locked_until = NULL WHERE name = ?",
                (_key(name),),
            )

    def unlock(self, name: str) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM tries WHERE name = ?", (_key(name),))


def minutes(left: timedelta) -> int:
    """Full minutes, rounded up, at least one."""
    return max(1, -(-int(left.total_seconds()) // 60))


def network(address: str) -> str:
    """Whom an address belongs to: with IPv6 everybody has 2**64 of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _key(name: str) -> str:
    return name.lower()[:_LONGEST_NAME]
