"""Accounts: who may use the desk, as what, and with which password."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Self

from msgspec import Struct
from msgspec.structs import replace

from cases.words.actors import Actor, Role
from desk.accounts.devices import Devices
from desk.accounts.guard import CODES, LONGEST_WAIT, TRIES, Guard, SignInRefused, minutes
from desk.accounts.second_factor import STEPS as SECOND_FACTOR_STEPS
from desk.accounts.sessions import STEPS as SESSION_STEPS
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time
from desk.ground.passwords import (
    LONGEST,
    SHORTEST,
    Busy,
    PasswordError,
    check_password,
    hashed,
    matches,
)

__all__ = [
    "LONGEST",
    "ROLES",
    "SHORTEST",
    "Account",
    "AccountError",
    "Accounts",
    "SignInRefused",
    "check",
    "plain_id",
]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ROLES: Final = tuple(role for role in Role if role is not Role.SYSTEM)

_STEPS = (
    """
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY COLLATE NOCASE, name TEXT NOT NULL, role TEXT NOT NULL,
        unit TEXT NOT NULL, password TEXT NOT NULL, must_change INTEGER NOT NULL,
        disabled INTEGER NOT NULL, demo INTEGER NOT NULL, created TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "ALTER TABLE accounts ADD COLUMN password_set TEXT NOT NULL DEFAULT ''",
)
"""`password_set`: "" where it is from before that was kept; then it is as old as the account."""

_SELECT: Final = """
    SELECT id, name, role, unit, must_change, disabled, demo, created, password <> '',
        (SELECT max(wait_until) FROM tries
         WHERE name IN (lower(accounts.id), :codes || lower(accounts.id)) AND wait_until > :now),
        password_set
    FROM accounts
"""


class AccountError(ValueError):
    """What was asked of an account cannot be; the text says why, in Chinese."""


class Account(Struct, frozen=True, kw_only=True):
    id: str
    """Login name; letter case does not matter."""
    name: str
    role: Role
    unit: str = ""
    """Unit id; a responder has one."""
    must_change: bool = False
    """The password was given by another person and has to be changed first."""
    disabled: bool = False
    demo: bool = False
    """Made by `huiyin run --demo`, or by such an account; of no use without it."""
    created: datetime
    locked_until: datetime | None = None
    """Set while a person has to wait after wrong passwords for it, from some network or
    device (`Guard.tried` says which). Told by the file, not to it."""
    has_password: bool = True
    """False: signs in through single sign-on only. Told by the file, not to it."""
    password_at: datetime | None = None
    """When the password was set; None without one. Told by the file, not to it."""
    password_over: bool = False
    """The password is older than the office lets one be (`password_days`) and has to be
    changed first. Told by the file, not to it."""

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, role=self.role, name=self.name, unit=self.unit)


class Accounts:
    def __init__(
        self,
        file: DeskFile,
        *,
        demo: bool = False,
        clock: MachineClock = machine_time,
        known: Sequence[str] = (),
        password_days: Callable[[], int] = int,
    ) -> None:
        """`demo`: whether the accounts of the sample data may sign in. `clock`: the
        machine's, by which waits run out. `known`: words that no password rests on, such as
        the office's name. `password_days`: how long a password is good, as of now; 0 for
        ever."""
        self._known = tuple(known)
        self._password_days = password_days
        self._file = file
        self._demo = demo
        self._clock = clock
        self.devices = Devices(file, clock)
        self.guard = Guard(file, clock, self.devices)
        file.ensure("accounts", _STEPS)
        file.ensure("signed-in", SESSION_STEPS)
        file.ensure("second-factor", SECOND_FACTOR_STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(
            desk.file,
            demo=desk.demo,
            clock=desk.machine,
            known=desk.card.known_words,
            password_days=lambda: desk.card.password_days,
        )

    def add(self, account: Account, password: str) -> None:
        """Raises `AccountError`. An empty password leaves an account that can sign in by
        single sign-on only."""
        check(account)
        if password and not account.demo:
            self._check_new(password, account)
        word = hashed(password) if password else ""
        with self._file.writing() as db:
            try:
                db.execute(
                    "INSERT INTO accounts (id, name, role, unit, password, must_change, disabled, "
                    "demo, created, password_set) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        account.id,
                        account.name,
                        account.role.value,
                        account.unit,
                        word,
                        account.must_change,
                        account.disabled,
                        account.demo,
                        account.created.isoformat(),
                        self._clock().isoformat(),
                    ),
                )
            except sqlite3.IntegrityError:
                raise AccountError(f"已有名为“{account.id}”的账号，请换一个登录名。") from None

    def change(self, account: Account) -> None:
        """Name, role, unit and whether it is disabled. Another role or unit, or none, ends
        every session of the account. Raises `AccountError`."""
        check(account)
        with self._file.writing() as db:
            before = db.execute(
                "SELECT role, unit, disabled FROM accounts WHERE id = ?", (account.id,)
            ).fetchone()
            if before is None:
                raise _unknown(account.id)
            db.execute(
                "UPDATE accounts SET name = ?, role = ?, unit = ?, disabled = ? WHERE id = ?",
                (account.name, account.role.value, account.unit, account.disabled, account.id),
            )
            if before != (account.role.value, account.unit, int(account.disabled)):
                _end_sessions(db, account.id)

    def set_password(self, account_id: str, password: str, *, must_change: bool) -> None:
        """Also unlocks. Every session of the account ends, and no device of it is known any
        more. Raises `AccountError`."""
        account = self.get(account_id)
        if account is None:
            raise _unknown(account_id)
        self._check_new(password, account)
        word = hashed(password)
        with self._file.writing() as db:
            db.execute(
                "UPDATE accounts SET password = ?, must_change = ?, password_set = ? WHERE id = ?",
                (word, must_change, self._clock().isoformat(), account.id),
            )
            _end_sessions(db, account.id)
        self.devices.forget(account.id)
        self.guard.unlock(account.id)

    def unlock(self, account_id: str) -> None:
        self.guard.unlock(account_id)

    def get(self, account_id: str) -> Account | None:
        with self._file.reading() as db:
            row = db.execute(f"{_SELECT} WHERE id = :id", self._asked(account_id)).fetchone()
        return self._account(row) if row else None

    def usable(self, account_id: str) -> Account | None:
        """The account, if it may be used now."""
        found = self.get(account_id)
        if found is None or found.disabled or (found.demo and not self._demo):
            return None
        return found

    def all(self) -> list[Account]:
        with self._file.reading() as db:
            rows = db.execute(f"{_SELECT} ORDER BY id", self._asked()).fetchall()
        return [self._account(row) for row in rows]

    def _asked(self, account_id: str = "") -> dict[str, str]:
        return {"codes": CODES, "now": self._clock().isoformat(), "id": account_id}

    def _account(self, row: Row) -> Account:
        account = _account(row)
        days = self._password_days()
        if not days or account.demo or account.password_at is None:
            return account
        over = self._clock() - account.password_at > timedelta(days=days)
        return replace(account, password_over=over)

    def with_password(self, accounts: Iterable[Account], password: str) -> list[str]:
        """Ids of those whose password this is, for `huiyin doctor`. A hash for each."""
        ids = {one.id for one in accounts}
        with self._file.reading() as db:
            rows = db.execute("SELECT id, password FROM accounts WHERE password <> ''").fetchall()
        return [name for name, known in rows if name in ids and matches(password, known)[0]]

    def _check_new(self, password: str, account: Account) -> None:
        try:
            check_password(password, account.id, (account.name, *self._known))
        except PasswordError as error:
            raise AccountError(str(error)) from None

    def verify(self, account_id: str, password: str, address: str, device: str = "") -> Account:
        """The account with this password. `device`: the word of the browser's long-lived
        cookie. Takes as long whether there is such an account or not.

        Raises `SignInRefused`."""
        name = plain_id(account_id)
        attempt = self.guard.attempt(name, address, device)
        with self._file.reading() as db:
            row = db.execute("SELECT password FROM accounts WHERE id = ?", (name,)).fetchone()
        try:
            right, newer = matches(password, row[0] if row else "")
        except Busy:
            self.guard.not_tried(attempt)
            raise SignInRefused("现在登录的人太多，请稍等片刻再试。") from None
        account = self.usable(name)
        if not right or account is None:
            raise SignInRefused(
                f"登录名或密码不对。连续错 {TRIES} 次后每次要等更久才能再试，"
                f"至多 {minutes(LONGEST_WAIT)} 分钟。",
                counted=True,
            )
        self.guard.right(attempt)
        if newer:
            with self._file.writing() as db:
                db.execute(
                    "UPDATE accounts SET password = ? WHERE id = ? AND password = ?",
                    (newer, account.id, row[0]),
                )
        return account


def _end_sessions(db: sqlite3.Connection, account_id: str) -> None:
    # In the same step as the change: who is signed in is so with the rights of before.
    db.execute("DELETE FROM signed_in WHERE account = ?", (account_id,))
    # The password of before opens the second step no more either.
    db.execute("DELETE FROM half_signed_in WHERE account = ?", (account_id,))


def plain_id(text: str) -> str:
    """A login name as it was meant: an input method's full-width letters are letters."""
    return unicodedata.normalize("NFKC", text).strip()


def check(account: Account) -> None:
    """Raises `AccountError`."""
    if not _ID.fullmatch(account.id):
        raise AccountError(
            "登录名应由字母、数字、点、横线组成，以字母或数字开头，至多 64 个字符，"
            f"实际是“{account.id[:80]}”。"
        )
    if account.role not in ROLES:
        raise AccountError(f"角色应为 {'、'.join(ROLES)} 之一，实际是“{account.role}”。")
    if not account.name.strip() or len(account.name) > 40:
        raise AccountError("请填写姓名，至多 40 个字。")
    if account.role is Role.RESPONDER and not account.unit:
        raise AccountError("承办单位的账号要指明单位（config/units.toml 里的 id）。")


def _unknown(account_id: str) -> AccountError:
    return AccountError(f"没有名为“{account_id[:80]}”的账号。")


Row = tuple[str, str, str, str, int, int, int, str, int, str | None, str]


def _account(row: Row) -> Account:
    account_id, name, role, unit, must_change, disabled, demo, created, has, locked, since = row
    return Account(
        id=account_id,
        name=name,
        role=Role(role),
        unit=unit,
        must_change=bool(must_change),
        disabled=bool(disabled),
        demo=bool(demo),
        created=datetime.fromisoformat(created),
        locked_until=datetime.fromisoformat(locked) if locked else None,
        has_password=bool(has),
        password_at=datetime.fromisoformat(since or created) if has else None,
    )
