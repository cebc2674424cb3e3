"""Keys of rows: what they seal, who opens it, and what is left when they are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin.store.ciphers import KEY_BYTES, Algorithm, WrongKey, is_sealed, seal, unseal
from huiyin.store.errors import StoreError
from huiyin.store.master import NO_MASTER, Master, read_master
from huiyin.store.row_keys import KEY_OF_NAME, RowKeys, fold
from huiyin.store.sqlite import Connection, connect

SECRET = bytes(range(KEY_BYTES))
TEXT = "梅江镇的张某，电话13900012345".encode()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Connection]:
    db = connect(tmp_path / "some.db", "数据文件")
    yield db
    db.close()


def stored(db: Connection, name: str) -> bytes | None:
    (found,) = db.execute(
        "SELECT wrapped FROM keys WHERE name = ? ORDER BY id DESC LIMIT 1", (name,)
    ).fetchone()
    assert found is None or isinstance(found, bytes)
    return found


# -- ciphers -----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_was_sealed_is_opened_by_its_key_alone(algorithm: Algorithm) -> None:
    sealed = seal(algorithm, SECRET, TEXT)
    assert is_sealed(sealed)
    assert TEXT not in sealed
    assert sealed != seal(algorithm, SECRET, TEXT), "never the same twice"
    assert unseal(SECRET, sealed) == TEXT
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], b"\x03" + sealed[1:]):
        with pytest.raises(WrongKey):
            unseal(SECRET, wrong)
    with pytest.raises(WrongKey):
        unseal(SECRET[::-1], sealed)


def test_a_text_is_taken_for_no_sealed_value() -> None:
    assert not is_sealed(b'{"case_id": "hotline:1"}')
    assert not is_sealed(b"")
    assert not is_sealed(b"\x01short")


# -- the master key ------------------------------------------------------------------


def test_a_master_key_is_a_line_of_hex(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(SECRET.hex() + "\n", "ascii")
    read = read_master(path, Algorithm.SM4)
    assert (read.key, read.algorithm) == (SECRET, Algorithm.SM4)
    assert read.derived("one") != read.derived("two") != SECRET
    assert read_master(None) == NO_MASTER


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "读不出来"),
        (b"\xff\xfe", "读不出来：不是文本"),
        (b"00ff", "应为一行 64 位十六进制，实际是 4 个字符"),
    ],
)
def test_a_file_that_is_no_master_key_is_refused(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "master.key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=said):
        read_master(path)


# -- keys in a file ------------------------------------------------------------------


def test_each_name_has_one_key_until_it_is_destroyed(file: Connection) -> None:
    keys = RowKeys(file, NO_MASTER)
    with file.transaction(acknowledged=False):
        made = keys.of(["a", "b", "a"])
        again = keys.of(["b"])
    assert made["a"] != made["b"] == again["b"]
    sealed = made["a"].seal(TEXT)
    assert keys.open(sealed, stored(file, "a")) == TEXT
    assert keys.open(b'{"plain": 1}', None) == b'{"plain": 1}', "a row from before"
    (by_name,) = file.execute(
        "SELECT " + KEY_OF_NAME.format(name="?"), ("a",)
    ).fetchone()  # fmt: skip
    assert by_name == stored(file, "a")
    with file.transaction(acknowledged=False):
        keys.destroy(["a"])
    assert fold(file)
    assert keys.live(["a", "b"]) == ["b"]
    assert keys.numbers("a") == [made["a"].number]
    with pytest.raises(StoreError, match="密钥不见了"):
        keys.open(sealed, stored(file, "a"))
    with file.transaction(acknowledged=False):
        new = keys.of(["a"])["a"]
    assert new.number != made["a"].number
    with pytest.raises(StoreError, match="打不开"):
        keys.open(sealed, stored(file, "a"))


def test_keys_that_lay_plain_are_wrapped_once_there_is_a_master(
    file: Connection, tmp_path: Path
) -> None:
    plain = RowKeys(file, NO_MASTER)
    with file.transaction(acknowledged=False):
        sealed = plain.of(["a"])["a"].seal(TEXT)
    assert plain.lie_plain
    plain.wrap_all()
    assert plain.lie_plain, "without a master key there is nothing to wrap them under"
    master = Master(SECRET)
    keys = RowKeys(file, master)
    keys.wrap_all()
    assert not keys.lie_plain
    assert keys.open(sealed, stored(file, "a")) == TEXT
    for other, said in ((NO_MASTER, "没有主密钥"), (Master(SECRET[::-1]), "不是写入时的那一个")):
        with pytest.raises(StoreError, match=said):
            RowKeys(file, other)
    with file.transaction(acknowledged=False):
        keys.of([f"case:{number}" for number in range(1200)])
    assert len(keys.live(f"case:{number}" for number in range(1200))) == 1200
    assert (tmp_path / "some.db").exists()


def test_what_is_closed_for_a_purpose_is_opened_for_it_alone() -> None:
    master, data = Master(SECRET), b"what is kept"
    closed = master.closed("one", data)
    assert data not in closed
    assert master.opened("one", closed) == data
    assert NO_MASTER.closed("one", data) == data
    assert master.opened("one", data) == data, "from before there was a master key"
    for other, purpose in ((NO_MASTER, "one"), (Master(SECRET[::-1]), "one"), (master, "two")):
        with pytest.raises(StoreError, match="HUIYIN_KEY_FILE"):
            other.opened(purpose, closed)
