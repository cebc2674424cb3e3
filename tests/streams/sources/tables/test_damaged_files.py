"""Whatever happens to the bytes of a file: items, dead letters or a plain error."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.record.item import Item
from streams.sources.seam.base import Rejected, SourceError
from tests.streams.sources.tables.test_every_mark_arrives import WRITERS
from tests.streams.sources.tables.test_workbooks import write_xls
from tests.streams.sources.tabular import (
    HEADER_XML,
    csv_text,
    grid,
    inline,
    raw_xlsx,
    read,
    row,
    sheet_xml,
    source,
    write_xlsx,
)

ROWS = [row(f"T{n}", 答复="已修好", 期限="2025-09-08") for n in range(20)]


@cache
def sound(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        if kind == "xlsx":
            write_xlsx(path, {"表": grid(ROWS)})
        elif kind == "xls":
            write_xls(path, grid(ROWS))
        elif kind == "inline":
            cells = inline("A2", "T1") + inline("B2", "2025-09-01") + inline("C2", "标题")
            raw_xlsx(path, sheet_xml(HEADER_XML, *[cells] * 20))
        elif kind in WRITERS:
            WRITERS[kind](path, grid(ROWS))
        else:
            path.write_bytes(csv_text(ROWS).encode(kind))
        return path.read_bytes()


KINDS = ["xlsx", "inline", "xls", "utf-8", "gb18030", "utf-16"]
KINDS += ["json", "html", "mhtml", "xml", "biff2", "biff5"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(st.data())
def test_damage_never_surprises(kind: str, data: st.DataObject):
    content = bytearray(sound(kind))
    place = st.integers(0, len(content) - 1)
    for start, new in data.draw(st.lists(st.tuples(place, st.binary(max_size=6)), max_size=6)):
        content[start : start + len(new)] = new
    del content[data.draw(st.one_of(st.just(len(content)), place)) :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "来信"
        path.write_bytes(content)
        found: list[Item | Rejected] = []
        refused: SourceError | None = None
        try:
            found = read(source(), path)
        except SourceError as error:
            refused = error
    assert bool(found) != (refused is not None)
    assert refused is None or "来信" in str(refused)
    for one in found:
        # What can't be encoded could not be stored.
        assert msgspec.json.encode(one)
