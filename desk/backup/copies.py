"""What was copied out of the data file about a case: files, drafts, alerts, logs of the desk.

The data file says what is left to do (`streams.embedded.erasing.copies_due`), so that a process
that died on the way is made up for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import decode_alert, encode_alert
from cases.privacy.erased import ERASED
from cases.record.case import Case
from desk.backup.originals import forget_originals
from desk.delivery.service import log_file
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings
from huiyin.store.migrations import has_table
from huiyin.store.row_keys import fold
from huiyin.store.sqlite import Connection, connect
from sinks.ledger.base import Query
from streams.embedded.erasing import Copies, copies_done, copies_due
from streams.embedded.store import EmbeddedStore

_SHORTEST_MARK: Final = 5
"""Characters of a contact that is looked for wherever it stands."""
_SHORTEST_NUMBER: Final = 3
"""A shorter one stands in every file."""


class Marks(Struct, frozen=True):
    """What tells the person, to be looked for in what the desk noted about other things."""

    case_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Looked for only beside the number of a case: another person may have the same."""
    contacts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """The source's own, to be looked for in its files."""


def marks_of(cases: Sequence[Case]) -> Marks:
    items = [case.item for case in cases]
    contacts = {value for i in items for value in (i.phone, i.email, i.address)}
    return Marks(
        case_ids=tuple(case.case_id for case in cases),
        names=tuple(sorted({i.author for i in items if len(i.author) > 1})),
        contacts=tuple(sorted(each for each in contacts if len(each) >= _SHORTEST_MARK)),
        numbers=tuple(i.source_item_id for i in items if len(i.source_item_id) >= _SHORTEST_NUMBER),
    )


def forget_copies(settings: Settings, store: EmbeddedStore, marks: Marks = Marks()) -> int:  # noqa: B008  (frozen)
    """Erases them; gives the number of cases. `marks`: known only to who has just erased the
    cases, and looked for even where another process was faster. Raises `StoreError` and
    `OSError`; what was not done is done the next time."""
    due = copies_due(store)
    if not due and not marks.case_ids:
        return 0
    case_ids = list(dict.fromkeys((*marks.case_ids, *(each.case_id for each in due))))
    uploaded: set[str] = set()
    if settings.desk_file.exists():
        desk = DeskFile(settings.desk_file)
        with closing(desk), desk.writing() as db:
            uploaded = _of_the_desk(db, case_ids)
            _scrub(db, case_ids, marks)
        with closing(connect(settings.desk_file, "值班台的数据文件")) as db:
            fold(db)
    for path in (settings.home / "alerts.db", log_file(settings)):
        if path.exists():
            with closing(connect(path, path.name)) as db:
                _counted_scrub(db, case_ids, marks)
    _forget_files(settings, store, due, uploaded)
    forget_originals(settings.home, [*marks.contacts, *marks.names, *marks.numbers])
    copies_done(store, [each.case_id for each in due])
    return len(due)


def _of_the_desk(db: Connection, case_ids: Sequence[str]) -> set[str]:
    """Gives the files that were put in for these cases."""
    files: set[str] = set()
    for case_id in case_ids:
        for table in ("typed", "outbox"):
            if has_table(db, table):
                db.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id,))  # noqa: S608
        if has_table(db, "uploads"):
            rows = db.execute("SELECT sha FROM uploads WHERE case_id = ?", (case_id,))
            files |= {sha for (sha,) in rows}
            db.execute("DELETE FROM uploads WHERE case_id = ?", (case_id,))
        if has_table(db, "bulk_cases"):
            db.execute("UPDATE bulk_cases SET reason = '' WHERE case_id = ?", (case_id,))
        if has_table(db, "trail"):
            db.execute(
                "UPDATE trail SET detail = ? WHERE about = ? AND detail <> ''", (ERASED, case_id)
            )
    return files


def _counted_scrub(db: Connection, case_ids: Sequence[str], marks: Marks) -> None:
    """No row comes or goes, so the counts of the file stay as they are."""
    with db.transaction(acknowledged=False):
        if has_table(db, "alerts"):
            _rewrite_alerts(db, set(case_ids))
        _scrub(db, case_ids, marks)
    fold(db)


def _rewrite_alerts(db: Connection, case_ids: Collection[str]) -> None:
    for number, data in db.execute("SELECT number, data FROM alerts").fetchall():
        alert = decode_alert(data)
        if alert.case_id in case_ids and alert.text != ERASED:
            left = encode_alert(replace(alert, text=ERASED))
            db.execute("UPDATE alerts SET data = ? WHERE number = ?", (left, number))


def _scrub(db: Connection, case_ids: Sequence[str], marks: Marks) -> None:
    """Takes the marks out of every text of the file but accounts and configuration."""
    for table, column, kind in _texts(db):
        told = f"CAST({column} AS TEXT)"
        new = f"replace({told}, ?, ?)"
        if kind == "BLOB":
            new = f"CAST({new} AS BLOB)"
        change = f"UPDATE {table} SET {column} = {new} WHERE instr({told}, ?)"  # noqa: S608
        for mark in marks.contacts:
            db.execute(change, (mark, ERASED, mark))
        for name in marks.names:
            for case_id in case_ids:
                db.execute(f"{change} AND instr({told}, ?)", (name, ERASED, name, case_id))


_NOT_ABOUT_PEOPLE: Final = ("accounts", "own_tables", "parts", "commits", "row_counts", "incidents")


def _texts(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in rows:
        if table in _NOT_ABOUT_PEOPLE or table.startswith("sqlite_"):
            continue
        for _, column, kind, *_rest in db.execute(f"PRAGMA table_info({table})").fetchall():
            if kind in ("TEXT", "BLOB"):
                yield table, column, kind


def _forget_files(
    settings: Settings, store: EmbeddedStore, due: Sequence[Copies], uploaded: set[str]
) -> None:
    """The same bytes may have come with another case: those stay."""
    wanted = uploaded | {sha for each in due for sha in each.files}
    if not wanted:
        return
    for case in store.ledger.scan(Query()):
        wanted -= {file.sha for file in case.item.attachments}
    if settings.desk_file.exists():
        desk = DeskFile(settings.desk_file)
        with closing(desk), desk.reading() as db:
            if has_table(db, "uploads"):
                wanted -= {sha for (sha,) in db.execute("SELECT sha FROM uploads")}
    files = file_store(settings)
    for sha in wanted:
        files.path(sha).unlink(missing_ok=True)
