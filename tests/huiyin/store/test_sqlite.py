"""The one opener of SQLite files: who may read them, who keeps their locks, what is said
when they cannot be used."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from desk.ground.deskfile import DeskFile
from huiyin.store.errors import StoreError
from huiyin.store.sqlite import Connection, connect, fold_log, scratch
from sinks.alerts.file import AlertFile
from sinks.delivery.log import SqliteDeliveryLog
from streams.embedded.store import EmbeddedStore

ROOT = Path(__file__).parents[3]
CALLED = "数据文件"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "some.db"


@pytest.fixture
def db(path: Path) -> Iterator[Connection]:
    opened = connect(path, CALLED)
    opened.execute("CREATE TABLE t (x)")
    yield opened
    opened.close()


def beside(code: str, *arguments: object) -> str:
    """Another process; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- locks -------------------------------------------------------------------

OPENERS: dict[str, Callable[[Path], Any]] = {
    "desk": DeskFile,
    "store": EmbeddedStore,
    "alerts": AlertFile,
    "deliveries": lambda path: SqliteDeliveryLog(connect(path, CALLED)),
}
"""Every file that is kept, opened as the program opens it."""

_OPEN_AND_CLOSE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0)
db.execute("SELECT count(*) FROM sqlite_master").fetchone()
db.close()
"""


@pytest.mark.parametrize("name", OPENERS)
def test_a_second_opening_here_leaves_the_file_locked_for_others(name: str, path: Path) -> None:
    """Another process that comes and goes, as each command does, deletes the log only when
    it believes that it is alone."""
    first, second = OPENERS[name](path), OPENERS[name](path)
    second.close()
    log = path.with_name("some.db-wal")
    before = log.stat().st_ino
    beside(_OPEN_AND_CLOSE, path)
    assert log.stat().st_ino == before
    first.close()


def test_connections_that_begin_together_leave_the_file_locked(tmp_path: Path) -> None:
    """The one that creates the file closes a descriptor of it while others wait to open it."""
    for round_ in range(10):
        path = tmp_path / f"{round_}.db"
        start = threading.Barrier(6)

        def open_one(_n: int, path: Path = path, start: threading.Barrier = start) -> Connection:
            start.wait()
            return connect(path, CALLED)

        with ThreadPoolExecutor(6) as threads:
            opened = list(threads.map(open_one, range(6)))
        log = path.with_name(path.name + "-wal")
        opened[0].execute("CREATE TABLE t (x)")
        before = log.stat().st_ino
        beside(_OPEN_AND_CLOSE, path)
        assert log.stat().st_ino == before
        for each in opened:
            each.close()


def test_nothing_else_opens_sqlite_files() -> None:
    """A wrapper of its own is how the fault came in: see `huiyin.store.sqlite`."""
    found = [
        str(path.relative_to(ROOT))
        for package in ("huiyin", "cases", "classifiers", "streams", "sinks", "desk")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"sqlite3\.(dbapi2\.)?(connect|Connection)\(", path.read_text("utf-8"))
    ]
    # The probe for full-text search, in memory.
    assert [each for each in found if not each.endswith("doctor/checks.py")] == [
        "huiyin/store/sqlite.py"
    ]


# -- who reads them ----------------------------------------------------------


def test_nobody_but_the_owner_reads_a_file_nor_its_side_files(db: Connection, path: Path) -> None:
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("some.db", "some.db-wal", "some.db-shm"), 0o600)


def test_a_file_that_others_can_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    before = os.umask(0)
    try:
        other = sqlite3.connect(path)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE t (x)")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        opened = connect(path, CALLED)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    opened.close()
    other.close()


def test_reading_only_creates_nothing(path: Path) -> None:
    with pytest.raises(StoreError, match="打不开"):
        connect(path, CALLED, readonly=True)
    assert not path.parent.exists()


# -- durability --------------------------------------------------------------


@pytest.mark.parametrize("name", OPENERS)
def test_every_file_survives_the_power(name: str, path: Path) -> None:
    opened = OPENERS[name](path)
    if isinstance(opened, DeskFile):
        with opened.reading() as connection:
            found = _pragmas(connection)
    else:
        found = _pragmas(getattr(opened, "db", None) or opened.connection)
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy": 60_000}
    opened.close()


def _pragmas(db: Connection) -> dict[str, object]:
    asked = {"busy": "busy_timeout"}
    return {
        name: db.execute(f"PRAGMA {asked.get(name, name)}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy")
    }


# -- a file that was taken away ----------------------------------------------


def _write(db: Connection) -> None:
    with db.transaction():
        db.execute("INSERT INTO t VALUES (1)")


def test_a_file_that_was_replaced_is_not_written_on(db: Connection, path: Path) -> None:
    _write(db)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    with pytest.raises(StoreError, match=r"some\.db 被换成了另一个文件.*没有入库.*重新启动"):
        _write(db)


@pytest.mark.parametrize("name", ["some.db", "some.db-wal"])
def test_a_file_that_is_gone_is_not_written_on(name: str, db: Connection, path: Path) -> None:
    _write(db)
    path.with_name(name).unlink()
    with pytest.raises(StoreError, match=f"{name} 不见了.*没有入库"):
        _write(db)


def test_what_is_written_while_the_file_goes_is_not_acknowledged(
    db: Connection, path: Path
) -> None:
    def write() -> None:
        with db.transaction():
            db.execute("INSERT INTO t VALUES (1)")
            path.unlink()

    with pytest.raises(StoreError, match="不见了"):
        write()


# -- errors in a person's words ----------------------------------------------


def test_a_bad_page_in_the_middle_of_a_request_says_what_to_do(path: Path) -> None:
    with sqlite3.connect(_made(path)) as other:
        for n in range(300):
            other.execute("INSERT INTO t VALUES (?)", (f"{n}" * 200,))
    other.close()
    data = bytearray(path.read_bytes())
    data[4096 * 20 : 4096 * 30] = b"\xff" * 4096 * 10
    path.write_bytes(data)
    db = connect(path, CALLED)
    for read in (
        lambda: db.execute("SELECT x FROM t ORDER BY x").fetchall(),
        lambda: list(db.execute("SELECT x FROM t")),
        lambda: db.execute("SELECT max(x) FROM t").fetchone(),
        lambda: db.execute("SELECT x FROM t").fetchmany(1000),
        lambda: db.executemany("UPDATE t SET x = ?", [("a",)]),
    ):
        with pytest.raises(StoreError, match=r"数据文件 .*some\.db 已损坏.*保留原文件.*备份"):
            read()
    db.close()


def _made(path: Path) -> Path:
    connection = connect(path, CALLED)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    return path


def test_a_full_disk_says_so_and_what_is_stored_stays(db: Connection, path: Path) -> None:
    _write(db)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("some.db-wal").stat().st_size, -1))
    try:
        with pytest.raises(StoreError, match=r"读写失败.*磁盘空间.*没有写入"):
            _write(db)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    _write(db)
    assert db.execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_a_full_file_says_so(db: Connection) -> None:
    db.execute("PRAGMA max_page_count = 3")
    with pytest.raises(StoreError, match=r"磁盘已满.*腾出"), db.transaction():
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_a_writer_that_keeps_others_waiting_is_named(db: Connection, path: Path) -> None:
    other = connect(path, CALLED)
    other.execute("PRAGMA busy_timeout = 0")
    with db.transaction(), pytest.raises(StoreError, match=r"正被别的程序占用.*稍后"):
        _write(other)
    other.close()


def test_a_broken_constraint_stays_the_caller_s(db: Connection) -> None:
    db.execute("CREATE TABLE u (x UNIQUE)")
    db.execute("INSERT INTO u VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError), db.transaction():
        db.execute("INSERT INTO u VALUES (1)")
    _write(db)


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"打不开.*权限"):
        connect(tmp_path / "file" / "some.db", CALLED)


def test_a_scratch_file_is_as_fast_as_may_be(tmp_path: Path) -> None:
    db = scratch(tmp_path / "x.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("off",)
    assert db.execute("PRAGMA synchronous").fetchone() == (0,)
    db.close()


def test_a_log_that_a_reader_closed_last_is_folded_into_the_file(path: Path) -> None:
    writer, reader = connect(path, CALLED), None
    writer.execute("CREATE TABLE x (a)")
    reader = connect(path, CALLED, readonly=True)
    reader.execute("SELECT * FROM x").fetchall()
    writer.close()
    reader.close()
    log = path.with_name(path.name + "-wal")
    assert log.exists(), "who may only read brings nothing into the file"
    fold_log(path, CALLED)
    assert not log.exists()
    assert connect(path, CALLED, readonly=True).execute("SELECT * FROM x").fetchall() == []


def test_a_log_that_is_in_use_stays(path: Path) -> None:
    writer = connect(path, CALLED)
    writer.execute("CREATE TABLE x (a)")
    fold_log(path, CALLED)
    assert path.with_name(path.name + "-wal").exists()
    writer.execute("INSERT INTO x VALUES (1)")
    assert writer.execute("SELECT a FROM x").fetchall() == [(1,)]
