"""Marked sentences in random sheets of every kind: each one arrives, in a case or a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streams.sources.seam.base import SourceError
from tests.streams.sources.old_excel import book95, contained, sheet
from tests.streams.sources.tables.test_imitations import html, mhtml, spreadsheet, xml_row
from tests.streams.sources.tables.test_merged_cells import write
from tests.streams.sources.tabular import COLUMNS, read, source, write_xlsx

Rows = list[list[object]]
NAMES = ["编号", "时间", "标题", "正文", "姓名", "电话", "单位", "答复", "答复时间", "备注"]
MAP = {**COLUMNS, "named_unit": ["单位"]}


def csv_file(path: Path, rows: Rows) -> None:
    lines = (
        ",".join('"' + str(cell or "").replace('"', '""') + '"' for cell in row) for row in rows
    )
    path.write_text("\n".join(lines), "utf-8")


def json_file(path: Path, rows: Rows) -> None:
    names, *lines = rows
    path.write_text(json.dumps({"data": [names, *lines]}, ensure_ascii=False), "utf-8")


def filled(rows: Rows) -> Rows:
    return [["" if cell is None else cell for cell in row] for row in rows]


WRITERS: dict[str, Callable[[Path, Rows], object]] = {
    "csv": csv_file,
    "json": json_file,
    "xlsx": lambda path, rows: write_xlsx(path, {"表": rows}),
    "html": lambda path, rows: path.write_bytes(html(filled(rows)).encode("gb18030")),
    "mhtml": lambda path, rows: path.write_bytes(mhtml(("base64", html(filled(rows)).encode()))),
    "xml": lambda path, rows: path.write_text(
        spreadsheet("".join(map(xml_row, filled(rows)))), "utf-8"
    ),
    "biff2": lambda path, rows: path.write_bytes(sheet(2, rows)),
    "biff5": lambda path, rows: path.write_bytes(
        contained(book95({"表": sheet(5, rows)}, "gbk", 1252))
    ),
}


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Rows, list[str]]:
    """A sheet with some columns in any order, a title row or none, rows that share numbers or
    lack cells; and the marks in it."""
    count = draw(st.integers(0, 2))
    extra = [f"附加{n}" for n in range(count)]
    names = draw(st.permutations([*NAMES, *extra]))
    rows: Rows = []
    if draw(st.booleans()):
        rows.append(["某县来信汇总", *[None] * (len(names) - 1)])
    rows.append(list(names))
    marks: list[str] = []
    times = st.sampled_from(["2025-09-01 09:00:00", "2025/9/2 10:00", "2025-09-03", None, "昨天"])
    for _ in range(draw(st.integers(1, 6))):
        line: list[object] = []
        for name in names:
            if name == "编号":
                line.append(draw(st.sampled_from(["T1", "T2", "T3", None])))
            elif name in ("时间", "答复时间"):
                line.append(draw(times))
            elif draw(st.integers(0, 3)):
                marks.append(f"记号{len(marks)}完")
                line.append(draw(st.sampled_from(["", "'", "（急）"])) + marks[-1])
            else:
                line.append(None)
        rows.append(line)
    return rows, marks


def told(path: Path) -> str:
    try:
        found = read(source(columns=MAP), path)
    except SourceError as error:
        return str(error)
    return "\n".join(
        repr(one) if not hasattr(one, "original") else one.original.decode() for one in found
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
@hypothesis_settings(max_examples=25)
@given(made=sheets())
def test_every_mark_arrives(
    tmp_path_factory: pytest.TempPathFactory, kind: str, made: tuple[Rows, list[str]]
):
    rows, marks = made
    path = tmp_path_factory.mktemp("marks") / "x.xls"
    WRITERS[kind](path, rows)
    text = told(path)
    assert [mark for mark in marks if mark not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
@hypothesis_settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3),
    st.permutations(["标题", "正文", "姓名", "单位", "备注"]),
)
def test_every_mark_arrives_from_merged_cells(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    blocks: Sequence[tuple[int, int]],
    names: Sequence[str],
):
    """Orders over several rows, the first columns merged down, in a heading of two rows."""
    rows: Rows = [["工单", None, *names], ["编号", "时间", *[None] * len(names)]]
    merges = [(0, 0, 0, 1), *((0, 2 + n, 1, 2 + n) for n in range(len(names)))]
    marks: list[str] = []
    for block, (height, shared) in enumerate(blocks):
        top = len(rows)
        for line in range(height):
            row: list[object] = [f"T{block}", "2025-09-01"] if line == 0 else [None, None]
            for column in range(len(names)):
                if line and column < shared:
                    row.append(None)
                    continue
                marks.append(f"记号{len(marks)}完")
                row.append(marks[-1])
            rows.append(row)
        if height > 1:
            merges += [(top, column, top + height - 1, column) for column in range(2 + shared)]
    path = write(tmp_path_factory.mktemp("merged") / f"x{suffix}", rows, merges)
    text = told(path)
    assert [mark for mark in marks if mark not in text] == []
