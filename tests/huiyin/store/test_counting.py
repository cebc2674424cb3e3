"""What was acknowledged is in the file, or somebody hears of it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from huiyin.store.acknowledged import SLOT, CountFile, Damaged
from huiyin.store.chain import beginning, broken, link
from huiyin.store.counting import Counted, Kind
from huiyin.store.errors import StoreError
from huiyin.store.migrations import copies, ensure
from huiyin.store.proof import FileProof, prove
from huiyin.store.sqlite import Connection, connect
from streams.embedded.store import EmbeddedStore
from tests.cases.whole_life import long_life

WORDS = {"notes": "便签", "inbox": "收件日志", "journal": "事件日志"}
STEPS = ("CREATE TABLE notes (position INTEGER PRIMARY KEY, text TEXT)",)


class File:
    """A small data file, opened as those of the program are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = connect(path, "数据文件")
        ensure(self.db, "notes", STEPS)
        self.db.acknowledging = self.counted = Counted(self.db)

    def write(self, *texts: str) -> None:
        for text in texts:
            with self.db.transaction():
                self.db.execute("INSERT INTO notes (text) VALUES (?)", (text,))

    def proof(self) -> FileProof:
        return prove(self.db, self.counted, words=WORDS)

    def close(self) -> None:
        self.db.close()


class _At:
    """Files that nobody has opened yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path.with_name(path.name + "-wal")
        self.count = path.with_name(path.name + ".acknowledged")

    def open(self) -> File:
        return File(self.path)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    opened = File(tmp_path / "home" / "some.db")
    yield opened
    opened.close()


@pytest.fixture
def crashed(file: File, tmp_path: Path) -> _At:
    """Ten notes acknowledged, and a crash."""
    file.write(*"0123456789")
    folder = tmp_path / "crashed"
    shutil.copytree(file.path.parent, folder)
    return _At(folder / file.path.name)


# -- nothing lost ------------------------------------------------------------


def test_what_was_acknowledged_is_there_after_a_crash(crashed: _At) -> None:
    file = crashed.open()
    proof = file.proof()
    assert (proof.acknowledged, proof.commits, proof.problems, proof.named) == (10, 10, (), ())
    file.close()


def test_more_stored_than_acknowledged_is_no_loss(crashed: _At, file: File, tmp_path: Path) -> None:
    """Killed between the commit and the count."""
    before = crashed.count.read_bytes()
    file.write("one more")
    folder = tmp_path / "later"
    shutil.copytree(file.path.parent, folder)
    later = _At(folder / file.path.name)
    later.count.write_bytes(before)
    opened = later.open()
    assert (opened.proof().acknowledged, opened.proof().commits) == (10, 11)
    assert opened.proof().balanced
    opened.close()


def test_a_count_is_on_the_disk_before_the_answer(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    execute, sync = Connection.execute, os.fdatasync

    def watched(self: Connection, sql: str, *rest: object) -> object:
        if sql == "COMMIT":
            order.append("commit")
        return execute(self, sql, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Connection, "execute", watched)

    def synced(descriptor: int) -> None:
        order.append("count")
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", synced)
    file.write("x")
    order.append("answer")
    assert order == ["commit", "count", "answer"]


def test_what_nobody_is_told_of_is_not_counted(file: File) -> None:
    file.write("x")
    with file.db.transaction(acknowledged=False):
        file.db.execute("INSERT INTO notes (text) VALUES ('y')")
    with file.db.transaction():
        file.db.execute("SELECT 1")
    assert (file.proof().acknowledged, file.proof().problems) == (1, ())


def _writes(path: Path, times: int) -> None:
    file = File(path)
    file.write(*map(str, range(times)))
    file.close()


def test_two_processes_on_one_home_count_together(file: File) -> None:
    others = [get_context("fork").Process(target=_writes, args=(file.path, 20)) for _ in range(3)]
    for other in others:
        other.start()
    file.write(*map(str, range(20)))
    for other in others:
        other.join(30)
        assert other.exitcode == 0
    proof = file.proof()
    assert (proof.acknowledged, proof.commits, proof.problems) == (80, 80, ())


def test_rows_that_are_replaced_and_deleted_keep_their_count(file: File) -> None:
    file.write("a", "b", "c")
    with file.db.transaction():
        file.db.execute("INSERT OR REPLACE INTO notes VALUES (1, 'z')")
        file.db.execute("DELETE FROM notes WHERE position = 2")
    assert file.counted.state(file.db).rows == {"notes": 2}
    assert file.proof().balanced


# -- lost --------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["gone", "half", "empty"])
def test_a_log_that_was_cut_is_reported_with_numbers(crashed: _At, cut: str) -> None:
    if cut == "gone":
        crashed.log.unlink()
    else:
        size = crashed.log.stat().st_size if cut == "half" else 0
        os.truncate(crashed.log, size // 2)
    file = crashed.open()
    proof = file.proof()
    assert not proof.balanced
    (problem,) = proof.problems
    assert "确认过 10 次写入" in problem
    left = file.db.execute("SELECT count(*) FROM notes").fetchone()[0]
    assert f"便签 {10 - left} 条" in problem
    assert "huiyin restored" in problem
    file.close()


def test_an_older_copy_in_its_place_is_reported_and_stays_reported(
    file: File, tmp_path: Path
) -> None:
    file.write("a", "b")
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as target:
        file.db.backup(target)
    target.close()
    file.write("c", "d", "e")
    file.close()
    for side in ("", "-wal", "-shm"):
        file.path.with_name(file.path.name + side).unlink(missing_ok=True)
    shutil.copy(old, file.path)
    again = File(file.path)
    # It goes on being written to, and past the old count.
    again.write(*"123456789")
    assert "确认过 5 次写入，文件里只有 2 次，少 3 次（便签 3 条）" in again.proof().problems[0]
    again.close()
    again = File(file.path)
    assert len(again.proof().problems) == 1
    again.close()


def test_a_restore_that_is_named_is_no_loss(crashed: _At) -> None:
    crashed.log.unlink()
    file = crashed.open()
    (one,) = file.counted.explain(file.db, "磁盘损坏，恢复昨晚的备份", "林某")
    assert one.kind is Kind.OTHER or one.kind is Kind.LOST
    proof = file.proof()
    assert proof.balanced
    assert "磁盘损坏，恢复昨晚的备份" in proof.named[0]
    assert "林某" in proof.named[0]
    assert file.counted.explain(file.db, "again", "x") == []
    # What is lost after that is a loss again.
    file.write("x")
    file.close()
    crashed.path.unlink()
    again = crashed.open()
    assert again.counted.incidents(again.db)[-1].explained_at is None
    again.close()


def test_another_file_in_its_place_is_reported(crashed: _At, tmp_path: Path) -> None:
    other = File(tmp_path / "other" / "some.db")
    other.write(*map(str, range(30)))
    other.close()
    crashed.log.unlink()
    shutil.copy(other.path, crashed.path)
    file = crashed.open()
    assert "被换成了另一个文件" in file.proof().problems[0]
    file.close()


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_count_that_is_gone_or_damaged_is_reported(crashed: _At, harm: str) -> None:
    if harm == "gone":
        crashed.count.unlink()
    else:
        crashed.count.write_bytes(b"x" * 2 * SLOT)
        with pytest.raises(Damaged, match="已损坏"):
            CountFile(crashed.path).read()
    file = crashed.open()
    file.write("x")
    assert "无从核对" in file.proof().problems[0]
    file.close()


def test_a_torn_count_leaves_the_one_before(crashed: _At) -> None:
    data = bytearray(crashed.count.read_bytes())
    known = CountFile(crashed.path).read()
    assert known is not None
    newer = data.find(b'"commits":10')
    data[newer : newer + 20] = b"\xff" * 20
    crashed.count.write_bytes(data)
    before = CountFile(crashed.path).read()
    assert before is not None
    assert (known.commits, before.commits) == (10, 9)
    file = crashed.open()
    assert file.proof().balanced
    file.close()


def test_a_bad_page_is_reported(file: File) -> None:
    file.write(*(str(n) * 500 for n in range(200)))
    file.close()
    data = bytearray(file.path.read_bytes())
    data[4096 * 12 : 4096 * 14] = b"\xff" * 8192
    file.path.write_bytes(data)
    again = File(file.path)
    assert any("坏页" in one or "已损坏" in one for one in again.proof().problems)
    again.close()


def test_a_row_taken_out_behind_our_back_is_reported(file: File) -> None:
    file.write("a", "b", "c")
    other = sqlite3.connect(file.path)
    other.execute("DROP TRIGGER count_out_notes")
    other.execute("DELETE FROM notes WHERE text = 'b'")
    other.commit()
    other.close()
    assert file.proof().problems == ("便签应有 3 条，文件里有 2 条",)


def test_a_full_disk_does_not_stop_the_count(file: File) -> None:
    file.write("a")
    assert file.counted.file.path.stat().st_size == 2 * SLOT
    file.write(*"bcdef")
    assert file.counted.file.path.stat().st_size == 2 * SLOT


def test_a_count_that_cannot_be_written_is_no_answer(file: File) -> None:
    file.write("a")
    file.counted.file.path.unlink()
    file.counted.file.path.mkdir()
    with pytest.raises(StoreError, match=r"没有确认.*重复提交只算一次"):
        file.write("b")


# -- chains ------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "home" / "huiyin.db")
    for n in range(20):
        with opened.transaction():
            opened.append_raw([f"message {n}".encode()])
    yield opened
    opened.close()


def _proof(store: EmbeddedStore) -> tuple[str, ...]:
    return prove(store.connection, store.counted, words=WORDS, chain=store.chain).problems


def _behind(store: EmbeddedStore, *statements: str) -> None:
    other = sqlite3.connect(store.path)
    for statement in statements:
        other.execute(statement)
    other.commit()
    other.close()


def test_an_untouched_chain_holds(store: EmbeddedStore) -> None:
    assert _proof(store) == ()


def test_a_changed_row_is_named_by_its_place(store: EmbeddedStore) -> None:
    _behind(store, "UPDATE inbox SET data = CAST('message X' AS BLOB) WHERE position IN (7, 15)")
    assert _proof(store) == (
        "收件日志的校验链断了：第 7 条被改动，或它之前的一条被换过；第 15 条被改动，或它之前的一条被换过",
    )


def test_rows_cut_out_of_the_middle_are_named(store: EmbeddedStore) -> None:
    _behind(store, "DELETE FROM inbox WHERE position BETWEEN 5 AND 7")
    assert _proof(store) == ("收件日志的校验链断了：第 8 条之前缺第 5 至 7 条",)


def test_a_tail_that_was_cut_off_and_written_anew_is_seen(store: EmbeddedStore) -> None:
    _behind(store, "DELETE FROM inbox WHERE position > 18")
    with store.transaction(acknowledged=False):
        store.append_raw([b"other 19", b"other 20", b"other 21"])
    assert _proof(store) == ("收件日志第 20 条与确认过的不同",)


def test_an_event_that_comes_again_leaves_the_chain_whole(store: EmbeddedStore) -> None:
    first, second, third = long_life().history[:3]
    for events in ([first], [first, second], [second], [first, second, third]):
        with store.transaction():
            store.append_events(events)
    assert [event for _, event in store.journal_after(0, 10)] == [first, second, third]
    assert [position for position, _, _ in store.chain("journal")] == [1, 2, 3]
    assert _proof(store) == ()


def test_the_journal_has_a_chain_of_its_own() -> None:
    assert beginning("inbox").link != beginning("journal").link


def test_the_chain_is_over_the_stored_bytes() -> None:
    """What lies encrypted needs no key: the bytes stay when the key is destroyed."""
    first = link(beginning("inbox").link, 1, b"\x00ciphertext")
    rows = [(1, b"\x00ciphertext", first)]
    assert list(broken(beginning("inbox"), rows)) == []


# -- files of earlier programs -----------------------------------------------


def test_a_copy_is_made_before_an_older_file_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "home" / "huiyin.db"
    store = EmbeddedStore(path)
    with store.transaction():
        store.append_raw([b"a", b"b"])
    store.close()
    assert copies(path) == []
    old = sqlite3.connect(path)
    for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        old.execute(f"DROP TRIGGER {name}")
    for table in ("parts", "commits", "row_counts", "incidents"):
        old.execute(f"DROP TABLE {table}")
    for table in ("keys", "remains", "erasures"):
        old.execute(f"DROP TABLE {table}")
    for index in ("inbox_key", "inbox_open"):
        old.execute(f"DROP INDEX {index}")
    for log in ("inbox", "journal"):
        old.execute(f"ALTER TABLE {log} DROP COLUMN chain")
        old.execute(f"ALTER TABLE {log} DROP COLUMN key")
    old.execute("UPDATE facts SET value = '1' WHERE name = 'schema_version'")
    old.commit()
    old.close()
    path.with_name("huiyin.db.acknowledged").unlink()
    store = EmbeddedStore(path)
    (copy,) = copies(path)
    assert copy.stat().st_mode & 0o777 == 0o600
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT data FROM inbox").fetchall() == [(b"a",), (b"b",)]
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept.close()
    assert list(path.parent.glob(f"{copy.name}-*")) == []
    assert _proof(store) == ()
    assert [data for _, data in store.inbox(0, 10)] == [b"a", b"b"]
    store.close()


def test_a_program_from_before_refuses_the_file(store: EmbeddedStore) -> None:
    """It looks at this fact, and says that the program must be upgraded."""
    assert int(store.fact("schema_version") or 0) > 1


@pytest.mark.parametrize("part", ["store", "keys", "acknowledged"])
def test_a_newer_program_s_file_is_refused(part: str, store: EmbeddedStore) -> None:
    statement = "UPDATE parts SET version = 99 WHERE name = "
    _behind(store, f"{statement}'{part}'")
    with pytest.raises(StoreError, match=r"更新版本的程序写的.*升级程序"):
        EmbeddedStore(store.path)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    file = File(path)
    file.write("a")

    def fail(db: Connection) -> None:
        db.execute("DELETE FROM notes")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ensure(file.db, "notes", (*STEPS, fail))
    assert file.proof().balanced
    assert file.db.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    assert len(copies(path)) == 1
    file.close()


def test_killed_during_a_migration_it_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    file = File(path)
    file.write("a", "b")
    file.close()

    def die(db: Connection) -> None:
        db.execute("ALTER TABLE notes ADD COLUMN more TEXT")
        os.kill(os.getpid(), signal.SIGKILL)

    def child() -> None:
        ensure(connect(path, "数据文件"), "notes", (*STEPS, die))

    process = get_context("fork").Process(target=child)
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    db = connect(path, "数据文件")
    ensure(db, "notes", (*STEPS, "ALTER TABLE notes ADD COLUMN more TEXT"))
    assert db.execute("SELECT text, more FROM notes").fetchall() == [("a", None), ("b", None)]
    db.close()
