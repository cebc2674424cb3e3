"""Devices and networks that an account has signed in from: its owner's, as far as one can tell.

A browser that has signed in gets a long-lived random word (OWASP, "Slow Down Online Guessing
Attacks with Device Cookies"). Wrong passwords typed elsewhere do not count for it. The file
holds a digest of the word: nobody makes one up, and it can be taken back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from desk.accounts.secret_words import digest_of, new_word
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time

LASTS: Final = timedelta(days=180)
MOST: Final = 20
"""Devices of one account; the one that was away longest is forgotten."""

_STEPS = (
    """
    CREATE TABLE devices (
        account TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL, network TEXT NOT NULL,
        seen TEXT NOT NULL, PRIMARY KEY (account, key)
    ) WITHOUT ROWID
    """,
)


class Devices:
    def __init__(self, file: DeskFile, clock: MachineClock = machine_time) -> None:
        self._file = file
        self._clock = clock
        file.ensure("devices", _STEPS)

    def remember(self, account: str, word: str, network: str) -> str:
        """After a good sign-in; gives the word for the cookie. Always a new one, also for the
        other accounts of that browser: a word that was put there from outside is worth
        nothing afterwards."""
        new, now = new_word(), self._clock()
        with self._file.writing() as db:
            db.execute("DELETE FROM devices WHERE seen <= ?", ((now - LASTS).isoformat(),))
            if word:
                db.execute(
                    "UPDATE devices SET key = ? WHERE key = ?", (digest_of(new), digest_of(word))
                )
            db.execute(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?)",
                (account, digest_of(new), network, now.isoformat()),
            )
            db.execute(
                "DELETE FROM devices WHERE account = ? AND key NOT IN (SELECT key FROM devices "
                "WHERE account = ? ORDER BY seen DESC LIMIT ?)",
                (account, account, MOST),
            )
        return new

    def known(self, account: str, word: str) -> str:
        """What names the device of this word in the file, if the account has signed in with
        it; "" otherwise."""
        key = digest_of(word) if word else ""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT 1 FROM devices WHERE account = ? AND key = ? AND seen > ?",
                (account, key, self._since()),
            ).fetchone()
        return key if row else ""

    def network_known(self, account: str, network: str) -> bool:
        """Whether the account has signed in from there."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT 1 FROM devices WHERE account = ? AND network = ? AND seen > ?",
                (account, network, self._since()),
            ).fetchone()
        return row is not None

    def count(self, account: str) -> int:
        with self._file.reading() as db:
            found: int = db.execute(
                "SELECT count(*) FROM devices WHERE account = ? AND seen > ?",
                (account, self._since()),
            ).fetchone()[0]
        return found

    def forget(self, account: str) -> None:
        """All of the account: each has to sign in anew like a stranger's."""
        with self._file.writing() as db:
            db.execute("DELETE FROM devices WHERE account = ?", (account,))

    def _since(self) -> str:
        return (self._clock() - LASTS).isoformat()
