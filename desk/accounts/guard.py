"""How often a password may be tried.

A lock on the name alone is a weapon: five wrong passwords from anywhere would keep its owner
out. So wrong passwords are counted where they come from: for a name and a network, or for a
name and a device that has signed in before (OWASP: Authentication Cheat Sheet, Device
Cookies). Each wrong one after the first few costs a wait that doubles up to `LONGEST_WAIT`.

Many networks together guess at one name, or at many, no faster: strangers, who come neither
with a known device nor from a known network, share a count for the name and one for the desk.

A try is counted before the password is looked at and taken back when it was right, so a
hundred tries at once are a hundred tries. Names that no account has are counted like the
others: what is answered tells nobody which accounts there are.
"""

from __future__ import annotations

import ipaddress
import sqlite3
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from desk.accounts.devices import Devices
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time

TRIES: Final = 5
"""Wrong passwords in a row, from one network or device, until each further one costs a wait."""
TRIES_OF_STRANGERS: Final = 20
"""The same for all strangers together, for one name."""
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(minutes=15)
TRIES_FROM_ADDRESS: Final = 30
"""Wrong passwords from one network within `LONGEST_WAIT`, whatever the names."""
TRIES_AT_DESK: Final = 300
"""Wrong passwords of strangers within `LONGEST_WAIT`, whatever the names and networks."""
_FORGOTTEN: Final = timedelta(days=1)
"""After a day without a try a count begins anew."""
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_LONGEST_NAME: Final = 80
_STRANGERS: Final = "*"
CODES: Final = " code:"
"""In front of a name under which wrong codes of the second step are counted."""

_STEPS = (
    """
    CREATE TABLE tries (
        name TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last TEXT NOT NULL, locked_until TEXT
    ) WITHOUT ROWID;
    CREATE TABLE tries_from (id INTEGER PRIMARY KEY, address TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX tries_from_address ON tries_from (address, at);
    CREATE INDEX tries_from_at ON tries_from (at)
    """,
    # Counts of a name alone say nothing of where the tries came from: nobody stays locked.
    """
    DROP TABLE tries;
    CREATE TABLE tries (
        name TEXT NOT NULL, place TEXT NOT NULL, wrong INTEGER NOT NULL, last TEXT NOT NULL,
        wait_until TEXT, PRIMARY KEY (name, place)
    ) WITHOUT ROWID;
    ALTER TABLE tries_from ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0
    """,
)


class SignInRefused(Exception):
    """The text is for who tried, and tells nothing about which accounts there are."""

    def __init__(self, text: str, *, counted: bool = False) -> None:
        super().__init__(text)
        self.counted = counted
        """A wrong password. What comes during a wait is not one more, and needs no line of
        its own in a log."""


class Attempt(Struct, frozen=True):
    """A try that was counted; for `right` and `not_tried`."""

    name: str
    places: tuple[str, ...]
    number: int
    """In the list of tries by network; 0 for a known device, which is not in it."""


class Tried(Struct, frozen=True):
    """Wrong passwords for one name, from one place."""

    place: str
    """In words: a network, a known device, or all strangers."""
    wrong: int
    last: datetime
    wait_until: datetime | None


class Guard:
    def __init__(
        self, file: DeskFile, clock: MachineClock = machine_time, devices: Devices | None = None
    ) -> None:
        self._file = file
        self._clock = clock
        self.devices = devices or Devices(file, clock)
        file.ensure("tries", _STEPS)

    def attempt(self, name: str, address: str, device: str = "", *, code: bool = False) -> Attempt:
        """Counts a try. `device`: the word of the browser's long-lived cookie, "" without
        one. `code`: of the second step, which is counted apart from the passwords. Raises
        `SignInRefused`."""
        account, address, now = _key(name), network(address), self._clock()
        name = _code_key(name) if code else account
        key = self.devices.known(account, device)
        stranger = not key and not self.devices.network_known(account, address)
        places: tuple[str, ...] = (f"device {key}" if key else f"network {address}",)
        with self._file.writing() as db:
            self._forget(db, now)
            if not key:
                _check_rates(db, address, stranger=stranger)
            wrong = _wrong(db, name, places[0], now)
            _count(db, name, places[0], now, wrong + 1)
            if stranger:
                together = _wrong(db, name, _STRANGERS, now)
                # One network alone fills a fourth of what strangers have together: it takes
                # several to make all of them wait.
                if wrong < TRIES or together >= TRIES_OF_STRANGERS:
                    _count(db, name, _STRANGERS, now, together + 1)
                    places += (_STRANGERS,)
            if key:
                return Attempt(name, places, 0)
            made = db.execute(
                "INSERT INTO tries_from (address, at, stranger) VALUES (?, ?, ?)",
                (address, now.isoformat(), stranger),
            )
            return Attempt(name, places, made.lastrowid or 0)

    def right(self, attempt: Attempt) -> None:
        """The password of that try was right: its place begins anew. Other tries from the
        network stay counted, and those of strangers at this name: one good password must not
        wash away guesses."""
        with self._file.writing() as db:
            db.execute(
                "DELETE FROM tries WHERE name = ? AND place = ?", (attempt.name, attempt.places[0])
            )
            _take_back(db, attempt, attempt.places[1:])

    def not_tried(self, attempt: Attempt) -> None:
        """Takes a try back that never came to the password."""
        with self._file.writing() as db:
            _take_back(db, attempt, attempt.places)

    def unlock(self, name: str) -> None:
        """Nobody waits any more for this name; the counts begin anew."""
        with self._file.writing() as db:
            db.execute("DELETE FROM tries WHERE name IN (?, ?)", (_key(name), _code_key(name)))

    def tried(self, name: str) -> tuple[Tried, ...]:
        """Wrong passwords and codes for the name that are still counted, the newest first."""
        now = self._clock()
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT name, place, wrong, last, wait_until FROM tries "
                "WHERE name IN (?, ?) AND wrong > 0 AND last > ? ORDER BY last DESC, place",
                (_key(name), _code_key(name), (now - _FORGOTTEN).isoformat()),
            ).fetchall()
        found = []
        for counted, place, wrong, last, until in rows:
            wait = datetime.fromisoformat(until) if until else None
            wait = wait if wait is not None and wait > now else None
            of_codes = "，验证码" if counted == _code_key(name) else ""
            where = f"{_in_words(place)}{of_codes}"
            found.append(Tried(where, wrong, datetime.fromisoformat(last), wait))
        return tuple(found)

    def _forget(self, db: sqlite3.Connection, now: datetime) -> None:
        db.execute("DELETE FROM tries_from WHERE at <= ?", ((now - LONGEST_WAIT).isoformat(),))
        db.execute("DELETE FROM tries WHERE last <= ?", ((now - _FORGOTTEN).isoformat(),))
        # What is from the future is from before the clock was put right: it would never end.
        ahead = ((now + _CLOCKS_DIFFER).isoformat(),)
        db.execute("DELETE FROM tries WHERE last > ?", ahead)
        db.execute("DELETE FROM tries_from WHERE at > ?", ahead)


def wait_after(wrong: int, free: int = TRIES) -> timedelta:
    """What the try after `wrong` wrong ones has to wait."""
    if wrong < free:
        return timedelta()
    # Past the ceiling the power is not worked out: nobody counts what a program tried.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(wrong - free, 10)))


def _check_rates(db: sqlite3.Connection, address: str, *, stranger: bool) -> None:
    """Raises `SignInRefused`."""
    (here,) = db.execute("SELECT count(*) FROM tries_from WHERE address = ?", (address,)).fetchone()
    (everywhere,) = db.execute("SELECT count(*) FROM tries_from WHERE stranger").fetchone()
    if here >= TRIES_FROM_ADDRESS or (stranger and everywhere >= TRIES_AT_DESK):
        raise SignInRefused(f"尝试过于频繁，请 {minutes(LONGEST_WAIT)} 分钟后再试；{_ELSEWHERE}。")


def _wrong(db: sqlite3.Connection, name: str, place: str, now: datetime) -> int:
    """How many wrong ones are counted there. Raises `SignInRefused` during a wait."""
    row = db.execute(
        "SELECT wrong, wait_until FROM tries WHERE name = ? AND place = ?", (name, place)
    ).fetchone()
    wrong, until = row or (0, None)
    left = datetime.fromisoformat(until) - now if until else timedelta()
    if left > timedelta():
        raise SignInRefused(
            f"输错次数较多，请 {minutes(left)} 分钟后再试；{_ELSEWHERE}，也可以请管理员解锁。"
        )
    return int(wrong)


def _count(db: sqlite3.Connection, name: str, place: str, now: datetime, wrong: int) -> None:
    wait = wait_after(wrong, TRIES_OF_STRANGERS if place == _STRANGERS else TRIES)
    db.execute(
        "INSERT OR REPLACE INTO tries VALUES (?, ?, ?, ?, ?)",
        (name, place, wrong, now.isoformat(), (now + wait).isoformat() if wait else None),
    )


_ELSEWHERE: Final = "在以前登录过的电脑上不受影响"


def _take_back(db: sqlite3.Connection, attempt: Attempt, places: tuple[str, ...]) -> None:
    db.execute("DELETE FROM tries_from WHERE id = ?", (attempt.number,))
    db.executemany(
        "UPDATE tries SET wrong = max(0, wrong - 1), wait_until = NULL "
        "WHERE name = ? AND place = ?",
        [(attempt.name, place) for place in places],
    )


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


def _in_words(place: str) -> str:
    if place == _STRANGERS:
        return "陌生的电脑和地址（合计）"
    kind, _, where = place.partition(" ")
    return "登录过的电脑" if kind == "device" else f"地址 {where}"


def _key(name: str) -> str:
    return name.lower()[:_LONGEST_NAME]


def _code_key(account: str) -> str:
    """A name that nobody can type on the page of the password: a login name begins with no space,
    so that a stranger's wrong passwords are no wrong codes."""
    return f"{CODES}{_key(account)}"
