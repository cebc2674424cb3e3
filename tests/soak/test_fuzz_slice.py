"""A few hundred fuzzed records a door; the whole is `python -m tests.soak.fuzz_doors`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.sources.seam.base import Batch
from tests.soak.doors import all_doors
from tests.soak.fuzz_doors import ROOT, fuzz
from tests.soak.offers import Door

DOORS = (
    *("hotline-push", "webhook", "wechat", "site-mailbox-json", "site-mailbox-html", "liuyan"),
    *("feed", "imap", "imap-trees", "table-file-csv", "hotline-file-jsonl", "table-file-xlsx"),
    *("file-zip", "file-xls", "file-xls-nineties", "file-html", "file-mht", "file-spreadsheetml"),
    *("file-json-array", "file-json-envelope", "file-json-columns", "file-json-mongo"),
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_door_is_fuzzed(tmp_path: Path) -> None:
    assert set(all_doors(ROOT, tmp_path)) == set(DOORS)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_nothing_leaves_a_door_and_every_record_is_accounted_for(name: str, tmp_path: Path) -> None:
    door = all_doors(ROOT, tmp_path)[name]
    result = fuzz(name, door, tmp_path, 200, seed=20261129)
    assert not result.failures
    assert result.items


def test_a_door_that_loses_or_breaks_is_found_out(tmp_path: Path) -> None:
    good, read = all_doors(ROOT, tmp_path)["hotline-push"]

    def losing(data: bytes) -> Iterator[Batch]:
        for batch in read(data):
            yield Batch(found=batch.found[1:])

    def breaking(data: bytes) -> Iterator[Batch]:
        if b"9999" in data:
            raise ZeroDivisionError
        yield from read(data)

    def failures(door: Door) -> list[str]:
        return fuzz("hotline-push", door, tmp_path, 60, seed=1).failures

    assert any("offered" in failure for failure in failures((good, losing)))
    (tmp_path / "hotline-push.db").unlink()
    assert any("ZeroDivisionError" in failure for failure in failures((good, breaking)))
