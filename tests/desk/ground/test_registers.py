"""The desk's own file: its tables, its connections, and the registers in it."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Changed, Register
from huiyin.store.errors import StoreError

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
BY = Actor("zhiban", Role.DESK, "林某")


@pytest.fixture
def file(tmp_path: Path) -> DeskFile:
    return DeskFile(tmp_path / "home" / "desk.db")


# -- the file ----------------------------------------------------------------


def test_nobody_but_the_owner_reads_the_file_nor_its_side_files(file: DeskFile) -> None:
    with file.writing() as db:
        db.execute("CREATE TABLE t (x)")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in file.path.parent.iterdir()}
    assert modes == {0o600}


def test_a_semicolon_in_a_text_or_a_trigger_ends_no_statement(file: DeskFile) -> None:
    script = """
        CREATE TABLE t (x TEXT DEFAULT 'a;b'); CREATE TABLE log (x TEXT);
        CREATE TRIGGER noted AFTER INSERT ON t BEGIN
            INSERT INTO log VALUES (new.x); INSERT INTO log VALUES ('; twice');
        END
    """
    file.ensure("part", (script,))
    with file.writing() as db:
        db.execute("INSERT INTO t DEFAULT VALUES")
        found = db.execute("SELECT x FROM log").fetchall()
    assert found == [("a;b",), ("; twice",)]


def test_steps_run_once_and_a_failed_step_leaves_nothing(file: DeskFile) -> None:
    file.ensure("part", ("CREATE TABLE a (x)",))
    file.ensure("part", ("CREATE TABLE a (x)", "CREATE TABLE b (x)"))
    with pytest.raises(Exception, match="already exists"):
        file.ensure("other", ("CREATE TABLE c (x); CREATE TABLE a (x)",))
    file.ensure("other", ("CREATE TABLE c (x)",))


def test_a_newer_program_s_file_is_not_written(file: DeskFile) -> None:
    file.ensure("part", ("CREATE TABLE a (x)", "CREATE TABLE b (x)"))
    with pytest.raises(StoreError, match="升级程序"):
        file.ensure("part", ("CREATE TABLE a (x)",))


def test_a_failed_write_leaves_the_connection_usable(file: DeskFile) -> None:
    file.ensure("part", ("CREATE TABLE a (x)",))

    def fail() -> None:
        with file.writing() as db:
            db.execute("INSERT INTO a VALUES (1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with file.writing() as db:
        assert db.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_threads_that_end_leave_no_connection_open(file: DeskFile) -> None:
    opened = []
    open_one = file._open
    file._open = lambda: opened.append(open_one()) or opened[-1]  # type: ignore[method-assign,func-returns-value]
    for _ in range(30):
        thread = threading.Thread(target=lambda: AuditLog(file).search())
        thread.start()
        thread.join()
    assert len(opened) <= 1


def test_a_closed_file_says_so(file: DeskFile) -> None:
    trail = AuditLog(file)
    file.close()
    with pytest.raises(StoreError, match="已经关闭"):
        trail.search()


# -- registers ---------------------------------------------------------------


def test_a_record_keeps_every_entry_in_order(file: DeskFile) -> None:
    book = Register(file, "整改")
    first = book.begin("整改2026-", NOW, BY, {"what": "路灯"})
    assert first.record == "整改2026-0001"
    book.append(first.record, 1, NOW, BY, {"what": "换了灯泡"})
    entries = book.load(first.record)
    assert [(one.seq, one.by.id) for one in entries] == [(1, "zhiban"), (2, "zhiban")]
    assert book.all() == {first.record: entries}
    assert Register(file, "问答").all() == {}


def test_who_has_not_seen_the_last_entry_overwrites_nothing(file: DeskFile) -> None:
    book = Register(file, "整改")
    record = book.begin("A", NOW, BY, {}).record
    book.append(record, 1, NOW, BY, {"by": "first"})
    with pytest.raises(Changed, match="第 1 步，现在是第 2 步"):
        book.append_all(record, 1, NOW, BY, [{"by": "second"}, {"by": "third"}])
    assert len(book.load(record)) == 2


def test_two_who_begin_at_once_get_two_numbers(file: DeskFile) -> None:
    book = Register(file, "整改")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: book.begin("B", NOW, BY, {}).record, range(12)))
    assert sorted(made) == [f"B{n:04d}" for n in range(1, 13)]


def test_after_9999_comes_10000(file: DeskFile) -> None:
    book = Register(file, "整改")
    book.append("B9999", 0, NOW, BY, {})
    assert book.begin("B", NOW, BY, {}).record == "B10000"
    assert book.begin("B", NOW, BY, {}).record == "B10001"


# -- the trail ---------------------------------------------------------------


def test_the_trail_is_searched_by_text_person_deed_and_day(file: DeskFile) -> None:
    trail = AuditLog(file)
    for day, who, deed, about in (
        (22, "zhiban", AuditAction.EXPORT, "ledger.csv"),
        (23, "zhiban", AuditAction.UNMASK, "demo:1"),
        (24, "admin", AuditAction.ACCOUNT, "housing"),
    ):
        trail.record(NOW.replace(day=day), who, deed, about, "备注%", "10.0.0.9")

    def days(**wanted: object) -> list[int]:
        total, steps = trail.search(**wanted)  # type: ignore[arg-type]
        assert total == len(steps)
        return [step.at.day for step in steps]

    assert days() == [24, 23, 22]
    assert days(who="zhiban") == [23, 22]
    assert days(deed=AuditAction.UNMASK) == [23]
    assert days(text="housing") == days(about="housing") == [24]
    assert days(text="%") == [24, 23, 22]
    assert days(text="' OR 1 --") == []
    assert days(since=NOW.replace(day=23, hour=0), until=NOW.replace(day=24, hour=0)) == [23]
    assert [step.at.day for step in trail.search(limit=1, offset=1)[1]] == [23]
    assert trail.search(limit=1, offset=9) == (3, [])
