"""Cells: ids, counts and words, and numbers that a spreadsheet has spoilt."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.values.cells import (
    BadCell,
    Cell,
    CellError,
    read_count,
    read_id,
    read_text,
    read_yes_no,
    trailing_zeros_only,
)


@given(st.text(max_size=40))
def test_a_text_is_read_or_refused_with_a_reason(text: str):
    for reader in (read_id, read_count, read_text):
        with contextlib.suppress(BadCell):
            reader(text)


@given(st.text("0123456789", min_size=1, max_size=30))
def test_digits_as_text_stay_as_they_are(number: str):
    assert read_id(number) == number
    assert read_id(f"\t{number} ") == number
    assert read_id(f'="{number}"') == number
    assert read_id(f"'{number}") == number


@given(st.integers(0, 10**15 - 1))
def test_numbers_of_up_to_15_digits_are_exact(number: int):
    assert read_id(number) == str(number)
    assert read_id(float(number)) == str(number)


@given(st.integers(10**15, 10**20))
def test_longer_numbers_are_quarantined_in_every_form(number: int):
    for cell in (number, float(number), f"{number:.5E}", f"{float(number)!r}", f"{number}.0"):
        if isinstance(cell, str) and cell.isdigit():
            continue
        with pytest.raises(BadCell) as caught:
            read_id(cell)
        assert caught.value.code == "rounded_id"


@pytest.mark.parametrize("cell", ["2.50912E+17", "2.5E+17", "1E+18", "2.50912101108115e+17"])
def test_scientific_notation_is_a_rounded_id(cell: str):
    with pytest.raises(BadCell, match="取整"):
        read_id(cell)


@pytest.mark.parametrize("number", ["00123", "AH-2025-0001", "信〔2025〕12号", "12E4", "１２３"])
def test_ids_that_are_text_keep_every_character(number: str):
    assert read_id(number) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "missing_id"),
        ("  ", "missing_id"),
        ("'", "missing_id"),
        ("12.5", None),
        (12.5, "bad_id"),
        (-3, "bad_id"),
        (True, "bad_id"),
        (float("nan"), "bad_id"),
        (date(2025, 9, 1), "bad_id"),
        ("x" * 201, "bad_id"),
        ("A\nB", "bad_id"),
        ("#REF!", "error_cell"),
        (CellError("#N/A"), "error_cell"),
    ],
)
def test_ids_that_are_none(cell: Cell, code: str | None):
    if code is None:
        assert read_id(cell) == cell
        return
    with pytest.raises(BadCell) as caught:
        read_id(cell)
    assert caught.value.code == code


def test_pandas_writes_whole_numbers_with_a_point():
    assert read_id("12345.0") == "12345"


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("250912101108115000", True),
        ("250912101108115409", False),
        ("1234567890123450", None),
        ("A" * 18, None),
    ],
)
def test_trailing_zeros(number: str, verdict: bool | None):
    assert trailing_zeros_only(number) is verdict


@pytest.mark.parametrize(
    ("cell", "count"),
    [("12", 12), ("1,234", 1234), ("3.0", 3), (4.0, 4), ("０", 0), ("", None), (None, None)],
)
def test_counts(cell: Cell, count: int | None):
    assert read_count(cell) == count


@pytest.mark.parametrize(
    "cell", ["-1", "很多", 1.5, -2, True, float("nan"), CellError("#N/A"), "1" * 16]
)
def test_what_is_no_count_is_refused(cell: Cell):
    with pytest.raises(BadCell):
        read_count(cell)


def test_yes_and_no_in_the_words_of_the_office():
    yes, no = frozenset({"是", "已解决"}), frozenset({"否"})
    assert read_yes_no(" 已解决 ", yes, no) is True
    assert read_yes_no("否", yes, no) is False
    assert read_yes_no(True, yes, no) is True
    assert read_yes_no("", yes, no) is None
    with pytest.raises(BadCell, match="一般"):
        read_yes_no("一般", yes, no)
