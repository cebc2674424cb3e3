"""Cells: every way a date is written, and numbers that a spreadsheet has spoilt."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.times import BEIJING
from streams.sources.values.cells import (
    BadCell,
    Cell,
    CellError,
    read_count,
    read_id,
    read_text,
    read_time,
    read_yes_no,
    trailing_zeros_only,
)

MORNING = datetime(2025, 9, 1, 9, 5, tzinfo=BEIJING)
DAY = datetime(2025, 9, 1, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-09-01 09:05:00",
        "2025-09-01 09:05:00.000",
        "2025-09-01T09:05",
        "2025/9/1 9:05",
        "2025/9/1  9:05:00",
        "2025.9.1 9:05",
        "2025年9月1日 9时5分",
        "2025年09月01日09时05分00秒",
        "2025年9月1日 上午9:05",
        "2025-09-01 星期一 09:05",
        "２０２５－０９－０１　０９：０５",
        " 2025-09-01 09:05:00\t",
        "'2025-09-01 09:05:00",
        "202509010905",
        "20250901090500",
        "20250901 09:05:00",
        "2025-09-01T01:05:00Z",
        "2025-09-01T01:05:00+00:00",
        "2025-09-01T09:05:00+0800",
        "1756688700",
        "1756688700000",
        1756688700,
        1756688700000,
        20250901090500,
        "45901.37847222222",
        45901.37847222222,
        datetime(2025, 9, 1, 9, 5),  # noqa: DTZ001 - a sheet has no zone
        datetime(2025, 9, 1, 1, 5, tzinfo=UTC),
    ],
)
def test_a_moment_in_all_its_spellings(cell: Cell):
    assert read_time(cell) == (MORNING, False)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-09-01",
        "2025/9/1",
        "2025年9月1日",
        "20250901",
        20250901,
        45901,
        "45901",
        date(2025, 9, 1),
    ],
)
def test_a_day_without_a_time_says_so(cell: Cell):
    assert read_time(cell) == (DAY, True)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("下午3:05", 15), ("晚上11:05", 23), ("中午12:05", 12), ("凌晨12:05", 0), ("9:05 PM", 21)],
)
def test_half_days(text: str, hour: int):
    found = read_time(f"2025-09-01 {text}")
    assert found is not None
    assert found.at == DAY + timedelta(hours=hour, minutes=5)


def test_midnight_written_as_24_is_the_next_day():
    assert read_time("2025-08-31 24:00:00") == (DAY, False)


def test_1904_workbooks_count_from_another_day():
    assert read_time(45901 - 1462, epoch1904=True) == (DAY, True)


@pytest.mark.parametrize(
    "cell",
    [
        "9/1/2025",
        "01-09-2025",
        "2025-02-30",
        "2025-09-01 25:00",
        "2025-13-01 00:00:00",
        "昨天",
        "25-09-01",
        "1899-12-30 00:00:00",
        "9999-12-31 23:59:59",
        "2025-09-01 至 2025-09-05",
        -1,
        5,
        float("nan"),
        float("inf"),
        1e30,
        True,
        CellError("#N/A"),
    ],
)
def test_what_has_no_one_reading_is_refused(cell: Cell):
    with pytest.raises(BadCell) as caught:
        read_time(cell)
    assert caught.value.code == "bad_time"


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000"])
def test_an_empty_cell_is_no_time(cell: Cell):
    assert read_time(cell) is None


MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=BEIJING)
)


@given(MOMENTS)
def test_whatever_is_written_out_reads_back(moment: datetime):
    written: list[Cell] = [
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        moment.isoformat(),
        moment.astimezone(UTC).isoformat(),
        f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment.minute:02}:{moment.second:02}",
        f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute}分{moment.second}秒",
        moment.strftime("%Y%m%d%H%M%S"),
        moment.replace(tzinfo=None),
    ]
    assert {read_time(cell) for cell in written} == {(moment, False)}


@given(MOMENTS)
def test_excel_serials_read_back_to_the_second(moment: datetime):
    serial = (moment - datetime(1899, 12, 30, tzinfo=BEIJING)) / timedelta(days=1)
    found = read_time(serial)
    assert found is not None
    assert found.at == moment


@given(st.text(max_size=40))
def test_a_text_is_read_or_refused_with_a_reason(text: str):
    for reader in (read_time, read_id, read_count, read_text):
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
