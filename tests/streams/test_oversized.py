"""What no record of Kafka holds: kept in a folder, and told."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from cases.item import Item
from streams.kafka.oversized import Kept, Oversized
from streams.sources.base import Batch, Rejected
from tests.cases.helpers import item


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.kafka.oversized.MOST_BYTES", 2000)


def large(number: str = "9") -> Item:
    return replace(item(number), body="路" * 700)


def test_what_fits_is_left_as_it_is(tmp_path: Path) -> None:
    batch = Batch(found=(item("1"), item("2")), cursor="2")
    assert Oversized(tmp_path / "oversized").take_out(batch) is batch
    assert not (tmp_path / "oversized").exists()


def test_an_item_that_is_too_large_becomes_a_letter_and_holds_nothing_up(tmp_path: Path) -> None:
    folder = tmp_path / "oversized"
    batch = Batch(found=(item("1"), large(), item("2")), cursor="3")
    found = Oversized(folder).take_out(batch)
    first, letter, second = found.found
    assert (first, second, found.cursor) == (item("1"), item("2"), "3")
    assert isinstance(letter, Rejected)
    assert (letter.reason, letter.source, letter.origin) == ("too_large", "letters", "9")
    kept = msgspec.json.decode(letter.original, type=Kept)
    path = folder / kept.kept_in
    assert str(path) in letter.detail
    data = path.read_bytes()
    assert msgspec.json.decode(data, type=Item) == large()
    assert (kept.bytes, kept.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_again_is_the_same_letter(tmp_path: Path) -> None:
    oversized = Oversized(tmp_path)
    once, twice = (oversized.take_out(Batch(found=(large(),))) for _ in range(2))
    assert once == twice
    assert len(list(tmp_path.iterdir())) == 1


def test_a_row_that_could_not_be_read_is_kept_too(tmp_path: Path) -> None:
    row = Rejected(
        source="letters", reason="missing_id", detail="没有编号。", original=b"x" * 3000, origin="3"
    )
    (letter,) = Oversized(tmp_path).take_out(Batch(found=(row,))).found
    assert isinstance(letter, Rejected)
    assert (letter.reason, letter.origin) == ("missing_id", "3")
    assert letter.detail.startswith("没有编号。原文有 0.0 MB，存在 ")
    kept = msgspec.json.decode(letter.original, type=Kept)
    assert (tmp_path / kept.kept_in).read_bytes() == row.original
