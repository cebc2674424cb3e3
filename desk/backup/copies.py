"""What was copied out of the data file about a case: files, drafts, alerts, logs of the desk.

The data file says what is left to do (`streams.embedded.erasing.copies_due`), so that a process
that died on the way is made up for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing

from cases.privacy.erased import ERASED
from desk.backup.originals import forget_originals
from desk.backup.scrubbing import Marks, marks_of, scrub
from desk.delivery.service import log_file
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings
from huiyin.store.migrations import has_table
from huiyin.store.row_keys import fold
from huiyin.store.sqlite import Connection, connect
from sinks.delivery.log import without_texts
from sinks.ledger.base import Ledger, Query
from streams.embedded.erasing import Copies, copies_done, copies_due, rewrite_alerts
from streams.embedded.store import EmbeddedStore


def forget_copies(settings: Settings, store: EmbeddedStore) -> int:
    """Erases them; gives the number of cases. Raises `StoreError` and `OSError`; what was not done
    is done the next time."""
    due = copies_due(store)
    forget(settings, store.ledger, due)
    if due:
        copies_done(store, [each.case_id for each in due])
    return len(due)


def forget(settings: Settings, ledger: Ledger, due: Sequence[Copies]) -> None:
    """The copies on this machine. May be repeated. Raises as `forget_copies`."""
    if not due:
        return
    marks = marks_of(due)
    case_ids = [each.case_id for each in due]
    uploaded: set[str] = set()
    if settings.desk_file.exists():
        desk = DeskFile(settings.desk_file)
        with closing(desk), desk.writing() as db:
            uploaded = _of_the_desk(db, case_ids)
            scrub(db, marks)
        with closing(connect(settings.desk_file, "值班台的数据文件")) as db:
            fold(db)
    for path in (settings.home / "alerts.db", log_file(settings)):
        if path.exists():
            with closing(connect(path, path.name)) as db:
                _counted_scrub(db, case_ids, marks)
    _forget_files(settings, ledger, due, uploaded)
    forget_originals(settings, [person for each in due for person in each.people])


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
            rewrite_alerts(db, "number", set(case_ids))
        if has_table(db, "delivery_log"):
            _forget_proofs(db, set(case_ids))
        scrub(db, marks)
    fold(db)


def _forget_proofs(db: Connection, case_ids: Collection[str]) -> None:
    """What the other side said, and what a person recorded: it may quote, and say who told whom."""
    for number, seq, case_id, data in db.execute(
        "SELECT delivery_id, seq, case_id, outcome FROM delivery_log WHERE outcome IS NOT NULL"
    ).fetchall():
        if case_id in case_ids:
            db.execute(
                "UPDATE delivery_log SET outcome = ? WHERE delivery_id = ? AND seq = ?",
                (without_texts(data), number, seq),
            )


def _forget_files(
    settings: Settings, ledger: Ledger, due: Sequence[Copies], uploaded: set[str]
) -> None:
    """The same bytes may have come with another case: those stay."""
    wanted = uploaded | {sha for each in due for sha in each.files}
    if not wanted:
        return
    for case in ledger.scan(Query()):
        wanted -= {file.sha for file in case.item.attachments}
    if settings.desk_file.exists():
        desk = DeskFile(settings.desk_file)
        with closing(desk), desk.reading() as db:
            if has_table(db, "uploads"):
                wanted -= {sha for (sha,) in db.execute("SELECT sha FROM uploads")}
    files = file_store(settings)
    for sha in wanted:
        files.path(sha).unlink(missing_ok=True)
