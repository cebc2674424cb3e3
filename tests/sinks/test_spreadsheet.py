"""No cell is a formula, whatever somebody wrote and however the file is written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.reports.changes import Change, write_changes
from sinks.reports.texts import cell
from sinks.reports.xlsx import fitting
from sinks.reports.xlsx_rows import RowFile
from sinks.spreadsheet import csv_line, harmless

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−|｜"
INVISIBLE = " \t\r\n\u00a0\u3000\ufeff\u200b\u200e\u2060\u00ad\u202e\x00\x0b\x1f\u2028"
INVISIBLE += "\u0301\u034f\ufe0f\u17b4\u115f\u1160\u2800\u3164\uffa0\u2065\ue000\ud800\u20dd"


@given(st.text(INVISIBLE, max_size=4), st.sampled_from(SIGNS), st.text(max_size=5))
def test_a_sign_begins_a_formula_whatever_stands_invisibly_before_it(
    before: str, sign: str, rest: str
) -> None:
    text = before + sign + rest
    assert harmless(text) == f"'{text}"
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx"])
def test_what_ends_a_cell_begins_none(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", " ", "普通文字", "a=b", "1-2", "　两格缩进", "—", "‘引’", "85.0%（17/20）", "\ufeff文"],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_every_cell_of_every_line_is_harmless(cells: list[str]) -> None:
    line = csv_line(cells).decode()
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert [cell_ == harmless(cell_) for cell_ in row] == [True] * len(cells)


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
def test_the_text_cells_of_a_workbook_are_too(tmp_path: Path, sign: str) -> None:
    assert cell(f"{sign}1") == fitting(f"{sign}1") == f"'{sign}1"
    rows = RowFile(tmp_path / "rows.xml", [0])
    rows.add(1, [fitting(f"\u200b{sign}1")], 20)
    rows.close()
    assert f">'\u200b{sign}1<" in (tmp_path / "rows.xml").read_text("utf-8")


def test_the_file_of_changes_is_too(tmp_path: Path) -> None:
    write_changes(tmp_path / "c.csv", (Change("=1", "标题", "＝2", "\ufeff@3"),))
    text = (tmp_path / "c.csv").read_bytes().decode("utf-8-sig")
    assert "'=1,标题,'＝2,'\ufeff@3" in text
