"""With Kafka: as whom the person of an erased case was known, until the copies here are gone.

The embedded mode keeps this in its data file (`streams.embedded.erasing`). A topic is no place for
it, so it is written down here before the erasure is asked for: afterwards nobody knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

import msgspec

from desk.backup.copies import forget
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings
from sinks.ledger.base import Ledger
from sinks.ledger.stored_case import forget_shown
from streams.embedded.erasing import Copies

_STEPS: Final = (
    "CREATE TABLE pending_copies (case_id TEXT PRIMARY KEY, at TEXT NOT NULL, data BLOB NOT NULL)",
)
_PURPOSE: Final = "people of erased cases"
_GIVEN_UP: Final = timedelta(days=1)
"""After so long a case that is not erased was refused, or was never asked for."""


def note_copies(settings: Settings, file: DeskFile, due: Sequence[Copies], at: datetime) -> None:
    """Raises `StoreError`."""
    file.ensure("pending_copies", _STEPS)
    rows = [
        (
            each.case_id,
            at.isoformat(),
            settings.master.closed(_PURPOSE, msgspec.json.encode(each)),
        )
        for each in due
    ]
    with file.writing() as db:
        db.executemany(
            "INSERT INTO pending_copies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
            "at = excluded.at, data = excluded.data",
            rows,
        )


def forget_pending(settings: Settings, ledger: Ledger, now: datetime) -> int:
    """Erases the copies on this machine of cases that are erased by now; gives how many. Raises
    `StoreError`, `OSError` and `LedgerUnavailable`; what was not done is done the next time."""
    with closing(DeskFile(settings.desk_file)) as file:
        file.ensure("pending_copies", _STEPS)
        with file.reading() as db:
            rows = db.execute("SELECT case_id, at, data FROM pending_copies").fetchall()
        if not rows:
            return 0
        there = ledger.load([case_id for case_id, _, _ in rows])
        gone = {case_id for case_id, case in there.items() if case.erased_at is not None}
        due = [
            msgspec.json.decode(settings.master.opened(_PURPOSE, data), type=Copies)
            for case_id, _, data in rows
            if case_id in gone
        ]
        forget(settings, ledger, due)
        old = {case_id for case_id, at, _ in rows if now - datetime.fromisoformat(at) > _GIVEN_UP}
        drop_pending(file, gone | old)
    if due:
        forget_shown()
    return len(due)


def drop_pending(file: DeskFile, case_ids: Collection[str]) -> None:
    """Raises `StoreError`."""
    with file.writing() as db:
        db.executemany(
            "DELETE FROM pending_copies WHERE case_id = ?", [(each,) for each in case_ids]
        )
