"""Between the password and the code: who has proved the one and not yet the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from msgspec import Struct

from desk.accounts.second_factor import STEPS
from desk.accounts.secret_words import digest_of, new_word
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import MachineClock, machine_time

LASTS: Final = timedelta(minutes=5)
"""From the right password to the code."""
TRIES: Final = 5
"""Wrong codes until the password is asked for again."""


class Half(Struct, frozen=True):
    """A person whose password was right and whose code is not there yet."""

    account: str
    wanted: str
    """The page to go on to."""


class HalfSignedIn:
    """By the machine's clock. What lasted too long, and what began in the future, counts for
    nothing; a new password and new rights end it (`accounts`)."""

    def __init__(self, file: DeskFile, clock: MachineClock = machine_time) -> None:
        """Raises `StoreError`."""
        self._file = file
        self._clock = clock
        # Its table came with those of the second step.
        file.ensure("second-factor", STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, desk.machine)

    def begin(self, account: str, wanted: str) -> str:
        """The password was right; gives the word that the page of the code carries."""
        word, now = new_word(), self._clock()
        with self._file.writing() as db:
            db.execute("DELETE FROM half_signed_in WHERE began <= ?", (_since(now),))
            db.execute(
                "INSERT INTO half_signed_in VALUES (?, ?, ?, ?, 0)",
                (digest_of(word), account, wanted, now.isoformat()),
            )
        return word

    def find(self, word: str) -> Half | None:
        """Whose word this is, while a code is still taken for it."""
        now = self._clock()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT account, wanted FROM half_signed_in WHERE key = ? AND began > ? "
                "AND began <= ? AND wrong < ?",
                (digest_of(word), _since(now), now.isoformat(), TRIES),
            ).fetchone()
        return Half(*row) if row else None

    def wrong_code(self, word: str) -> None:
        with self._file.writing() as db:
            db.execute(
                "UPDATE half_signed_in SET wrong = wrong + 1 WHERE key = ?", (digest_of(word),)
            )

    def end(self, word: str) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM half_signed_in WHERE key = ?", (digest_of(word),))


def _since(now: datetime) -> str:
    return (now - LASTS).isoformat()
