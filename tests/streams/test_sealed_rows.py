"""What is said of a case lies sealed under a key of that case, and is read back as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cases.record import events as ev
from cases.record.item import Item
from huiyin.store import ciphers
from huiyin.store.ciphers import Algorithm, WrongKey
from huiyin.store.errors import StoreError
from huiyin.store.master import NO_MASTER, Master, read_master
from huiyin.store.sqlite import connect
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch, Rejected
from tests.cases.helpers import RECEIVED, item, usual
from tests.streams.fakes import OneLabel, OneUnit

MASTER = Master(bytes(range(32)))
MARKED = {
    "author": "欧阳标记",
    "phone": "13900007777",
    "email": "mark@example.org",
    "address": "标记巷9号",
    "title": "标记的标题",
    "body": "标记的正文，电话13900007777。",
}
BAD = Rejected(
    source="letters", reason="missing_id", detail="标记的说明", original="标记的原文".encode(),
    origin="f.xlsx",
)  # fmt: skip


def _marked() -> Item:
    return item("1", **MARKED)


def _runner(store: EmbeddedStore) -> EmbeddedRunner:
    return EmbeddedRunner(store, Processor(usual(), OneLabel(), OneUnit()), lambda: RECEIVED)


def _filled(path: Path, master: Master = NO_MASTER) -> None:
    store = EmbeddedStore(path, master=master)
    runner = _runner(store)
    runner.take("letters", Batch(found=(_marked(), item("2"), BAD)))
    runner.pump_all()
    store.close()


@pytest.fixture(params=[NO_MASTER, MASTER, Master(MASTER.key, Algorithm.SM4)])
def master(request: pytest.FixtureRequest) -> Master:
    return request.param


def test_what_people_wrote_stands_in_no_row(tmp_path: Path, master: Master) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path, master)
    data = path.read_bytes()
    for text in (*MARKED.values(), BAD.detail, BAD.original.decode()):
        if text not in (MARKED["title"], MARKED["body"]):
            assert text.encode() not in data, text
    # What search looks in is masked, and lies as it is.
    assert "标记的标题标记的正文".encode() in data
    with sqlite3.connect(path) as db:
        for table, column in (("inbox", "data"), ("journal", "data"), ("cases", "doc")):
            rows = db.execute(f"SELECT {column} FROM {table}").fetchall()  # noqa: S608
            assert rows
            assert all(ciphers.is_sealed(row) for (row,) in rows), table


def test_it_is_read_back_as_it_was(tmp_path: Path, master: Master) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path, master)
    store = EmbeddedStore(path, readonly=True, master=master)
    (case,) = store.ledger.search(Query(text="标记的标题")).cases
    assert case.item == _marked()
    assert store.ledger.load(["letters:1"]) == {"letters:1": case}
    assert "标记的正文".encode() in store.inbox(0, 1)[0][1]
    opened = next(iter(store.journal())).body
    assert isinstance(opened, ev.CaseOpened)
    assert opened.item == _marked()
    (letter,) = store.newest_letters(5)
    assert (letter.letter.original, letter.letter.detail) == (BAD.original, BAD.detail)
    store.close()


def test_each_case_has_one_key_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path)
    store = EmbeddedStore(path)
    runner = _runner(store)
    runner.take("letters", Batch(found=(item("1", body="改过"),)))
    runner.pump_all()
    names = [name for (name,) in store.connection.execute("SELECT name FROM keys ORDER BY name")]
    assert names[1:] == ["letters:1", "letters:2"]
    assert names[0].startswith("letter:d-")
    store.close()


def test_keys_that_lay_open_are_wrapped_once_there_is_a_master_key(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path)
    before = EmbeddedStore(path)
    keys = [key for (key,) in before.connection.execute("SELECT substr(wrapped, 2) FROM keys")]
    assert before.keys.lie_plain
    before.close()
    store = EmbeddedStore(path, master=MASTER)
    assert not store.keys.lie_plain
    assert store.ledger.load(["letters:1"])["letters:1"].item == _marked()
    store.close()
    data = path.read_bytes()
    assert not any(key in data for key in keys)


@pytest.mark.parametrize(
    ("other", "said"),
    [(NO_MASTER, "没有主密钥"), (Master(bytes(32)), "主密钥不是写入时的那一个")],
)
def test_another_master_key_is_refused_with_what_to_do(
    tmp_path: Path, other: Master, said: str
) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path, MASTER)
    with pytest.raises(StoreError, match=f"{said}.*HUIYIN_KEY_FILE"):
        EmbeddedStore(path, master=other)
    EmbeddedStore(path, master=MASTER).close()


def test_algorithms_may_change_and_stand_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path, MASTER)
    store = EmbeddedStore(path, master=Master(MASTER.key, Algorithm.SM4))
    runner = _runner(store)
    runner.take("letters", Batch(found=(item("1", body="改过"), item("3"))))
    runner.pump_all()
    assert {data[:1] for _, data, _ in store.chain("inbox")} == {b"\x01", b"\x02"}
    assert len(list(store.ledger.scan(Query()))) == 3
    store.close()


def test_a_key_that_is_gone_without_an_erasure_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    _filled(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE keys SET wrapped = NULL WHERE name = 'letters:1'")
    store = EmbeddedStore(path)
    with pytest.raises(StoreError, match=r"密钥不见了.*huiyin audit"):
        store.inbox(0, 10)
    with pytest.raises(StoreError, match="huiyin rebuild"):
        store.ledger.load(["letters:1"])
    store.close()


def test_rows_of_an_older_program_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    EmbeddedStore(path).close()
    store = EmbeddedStore(path)
    with store.transaction():
        store.append_raw([b"\xffnoise"])
    assert store.inbox(0, 10) == [(1, b"\xffnoise")]
    store.close()


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "主密钥"])
def test_a_file_that_is_no_master_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text)
    with pytest.raises(StoreError, match=r"64 位十六进制.*openssl"):
        read_master(file)
    with pytest.raises(StoreError, match=r"读不出来.*放回去"):
        read_master(tmp_path / "none.key")


def test_a_master_key_is_one_line_of_hexadecimal(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_text(f"{'0f' * 32}\n")
    read = read_master(file)
    assert read == Master(b"\x0f" * 32)
    assert read.derived("a") != read.derived("b") != read.key
    assert read_master(None) == NO_MASTER


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_changed_value_does_not_open(algorithm: Algorithm) -> None:
    key = bytes(range(32))
    sealed = ciphers.seal(algorithm, key, "正文".encode())
    assert ciphers.unseal(key, sealed).decode() == "正文"
    assert sealed != ciphers.seal(algorithm, key, "正文".encode())
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], b"\x09" + sealed[1:]):
        with pytest.raises(WrongKey):
            ciphers.unseal(key, changed)


def test_what_is_deleted_is_gone_from_the_page(tmp_path: Path) -> None:
    path = tmp_path / "any.db"
    db = connect(path, "文件")
    db.execute("CREATE TABLE texts (text TEXT)")
    db.execute("INSERT INTO texts VALUES ('marked-text')")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"marked-text" in path.read_bytes()
    db.execute("DELETE FROM texts")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"marked-text" not in path.read_bytes()
    db.close()
