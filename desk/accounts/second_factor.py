"""The second step of signing in: six digits from the owner's phone (TOTP, RFC 6238).

Who learned a password still cannot sign in with it. A code is good for half a minute and the
half minutes beside it, and once. Ten recovery codes, each good once, are for who has lost the
phone. Tokens of programs and single sign-on have no second step here: the first is no person, the
second is proved elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final, Self
from urllib.parse import quote

from desk.accounts.secret_words import digest_of
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time
from huiyin.store.master import NO_MASTER, Master

DIGITS: Final = 6
_SECRET: Final = 20
"""Bytes."""
_PURPOSE: Final = "second factor"
STEP_SECONDS: Final = 30
_BESIDE: Final = 1
"""So many steps a phone's clock may be ahead or behind."""
RECOVERY_CODES: Final = 10

STEPS: Final = (
    """
    CREATE TABLE second_factors (
        account TEXT PRIMARY KEY COLLATE NOCASE, secret BLOB NOT NULL, confirmed INTEGER NOT NULL,
        used INTEGER NOT NULL, made TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE recovery_codes (
        account TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL, PRIMARY KEY (account, key)
    ) WITHOUT ROWID;
    CREATE TABLE half_signed_in (
        key TEXT PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, wanted TEXT NOT NULL,
        began TEXT NOT NULL, wrong INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)


class SecondFactorError(ValueError):
    """What was asked cannot be; the text says why, in Chinese."""


class SecondFactor:
    """The second steps of all accounts, by the machine's clock: phones go by the real time."""

    def __init__(
        self, file: DeskFile, clock: MachineClock = machine_time, *, master: Master = NO_MASTER
    ) -> None:
        """`master`: under what secrets are sealed. Raises `StoreError`."""
        self._file = file
        self._clock = clock
        self._master = master
        file.ensure("second-factor", STEPS)
        if master.key:
            self._close_open_ones()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, desk.machine, master=desk.settings.master)

    def has(self, account: str) -> bool:
        """Whether this account is asked for a code."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT 1 FROM second_factors WHERE account = ? AND confirmed", (account,)
            ).fetchone()
        return row is not None

    def begin(self, account: str) -> None:
        """Makes a secret up; it counts for nothing until `confirm`. Raises `SecondFactorError`."""
        with self._file.writing() as db:
            done = db.execute(
                "INSERT INTO second_factors VALUES (?, ?, 0, 0, ?) ON CONFLICT (account) "
                "DO UPDATE SET secret = excluded.secret, made = excluded.made WHERE NOT confirmed",
                (account, self._closed(secrets.token_bytes(_SECRET)), self._clock().isoformat()),
            )
            if not done.rowcount:
                raise SecondFactorError("两步验证已经启用。要换手机，请先停用再重新启用。")

    def waiting(self, account: str) -> str:
        """The secret that waits for its first code, in base 32; "" without one."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT secret FROM second_factors WHERE account = ? AND NOT confirmed", (account,)
            ).fetchone()
        return base64.b32encode(self._opened(row[0])).decode() if row else ""

    def confirm(self, account: str, code: str) -> tuple[str, ...]:
        """The first code is right: from now on one is asked for. Gives the recovery codes, to be
        shown once. Raises `SecondFactorError`."""
        with self._file.writing() as db:
            row = db.execute(
                "SELECT secret FROM second_factors WHERE account = ? AND NOT confirmed", (account,)
            ).fetchone()
            if row is None:
                raise SecondFactorError("没有正在启用的两步验证，请重新开始。")
            step = self._step_of(self._opened(row[0]), _typed(code), 0)
            if step is None:
                raise SecondFactorError(
                    "验证码不对：应为手机验证器里现在显示的 6 位数字。若一直不对，"
                    "请把手机的时间设为自动。"
                )
            db.execute(
                "UPDATE second_factors SET confirmed = 1, used = ? WHERE account = ?",
                (step, account),
            )
        return self.renew_recovery(account)

    def renew_recovery(self, account: str) -> tuple[str, ...]:
        """Ten new recovery codes; those of before are good for nothing."""
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        with self._file.writing() as db:
            db.execute("DELETE FROM recovery_codes WHERE account = ?", (account,))
            db.executemany(
                "INSERT INTO recovery_codes VALUES (?, ?)",
                [(account, digest_of(_typed(code))) for code in codes],
            )
        return codes

    def left(self, account: str) -> int:
        """How many recovery codes are still good."""
        with self._file.reading() as db:
            found: int = db.execute(
                "SELECT count(*) FROM recovery_codes WHERE account = ?", (account,)
            ).fetchone()[0]
        return found

    def right(self, account: str, code: str) -> bool:
        """Whether the code, or the recovery code, is good now; it is not a second time."""
        typed = _typed(code)
        with self._file.writing() as db:
            row = db.execute(
                "SELECT secret, used FROM second_factors WHERE account = ? AND confirmed",
                (account,),
            ).fetchone()
            if row is None:
                return False
            step = self._step_of(self._opened(row[0]), typed, row[1])
            if step is not None:
                db.execute("UPDATE second_factors SET used = ? WHERE account = ?", (step, account))
                return True
            gone = db.execute(
                "DELETE FROM recovery_codes WHERE account = ? AND key = ?",
                (account, digest_of(typed)),
            )
            return gone.rowcount > 0

    def remove(self, account: str) -> bool:
        """No code is asked for any more; gives whether one was."""
        with self._file.writing() as db:
            done = db.execute("DELETE FROM second_factors WHERE account = ?", (account,))
            db.execute("DELETE FROM recovery_codes WHERE account = ?", (account,))
            db.execute("DELETE FROM half_signed_in WHERE account = ?", (account,))
        return done.rowcount > 0

    def _step_of(self, secret: bytes, typed: str, used: int) -> int | None:
        """The step whose code was typed, if it is near now and after those that were used."""
        now = int(self._clock().timestamp()) // STEP_SECONDS
        found = None
        for step in range(now - _BESIDE, now + _BESIDE + 1):
            if hmac.compare_digest(typed.encode(), totp(secret, step).encode()) and step > used:
                found = step
        return found

    def _close_open_ones(self) -> None:
        """Those that were made while there was no master key."""
        with self._file.writing() as db:
            found = db.execute(
                "SELECT account, secret FROM second_factors WHERE length(secret) = ?", (_SECRET,)
            ).fetchall()
            db.executemany(
                "UPDATE second_factors SET secret = ? WHERE account = ?",
                [(self._closed(secret), account) for account, secret in found],
            )

    def _closed(self, secret: bytes) -> bytes:
        return self._master.closed(_PURPOSE, secret)

    def _opened(self, stored: bytes) -> bytes:
        return self._master.opened(_PURPOSE, stored)


def totp(secret: bytes, step: int) -> str:
    """The code of a step of thirty seconds since 1970 (RFC 6238, RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def authenticator_uri(secret: str, account: str, issuer: str) -> str:
    """What the QR code says to the authenticator (Google's Key Uri Format)."""
    label = quote(f"{issuer}:{account}", safe="")
    return (
        f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"
        f"&digits={DIGITS}&period={STEP_SECONDS}"
    )


def _typed(code: str) -> str:
    """As it was meant: without spaces and hyphens, full-width digits as digits."""
    plain = unicodedata.normalize("NFKC", code[:64]).lower()
    return "".join(letter for letter in plain if letter.isalnum())


def _recovery_code() -> str:
    word = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    return f"{word[:5]}-{word[5:]}"
