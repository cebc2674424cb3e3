"""config/ledger.toml: which columns stand in the ledger, and how much of it goes on paper."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from cases.reporting.columns import COLUMNS, Column
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where


class LedgerTableError(ValueError):
    """config/ledger.toml is wrong; the text says where and what is expected, in Chinese."""


class ChosenColumn(Struct, frozen=True, forbid_unknown_fields=True):
    """A row `[[column]]` as it is written."""

    key: str
    header: str = ""
    width: float | None = None


class OnPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[word]`."""

    columns: tuple[str, ...]
    most_rows: int = 300
    most_listed: int = 100


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    column: tuple[ChosenColumn, ...]
    word: OnPaper
    title: str = "政务舆情回应台账"
    office: str = ""
    summary_chars: int = 120


class LedgerTable(Struct, frozen=True, kw_only=True):
    """config/ledger.toml, checked."""

    title: str
    office: str
    summary_chars: int
    columns: tuple[Column, ...]
    word_columns: tuple[Column, ...]
    """A Word page is narrower: its own choice among `columns`."""
    word_most_rows: int
    """A longer ledger is not printed in Word: summary and lists only."""
    word_most_listed: int
    """Rows of each list in Word; how many are left out is said."""

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/ledger.toml"
    ) -> LedgerTable:
        """Raises `LedgerTableError`."""
        read = read_table(_Table, table, file, LedgerTableError)
        if not read.column:
            raise LedgerTableError(f"{file}：至少要有一个 [[column]]。")
        columns = tuple(
            _chosen(each, where(table, file, "column", number))
            for number, each in enumerate(read.column)
        )
        headers = [column.header for column in columns]
        twice = sorted({header for header in headers if headers.count(header) > 1})
        if twice:
            raise LedgerTableError(f"{file}：栏目名称“{'”“'.join(twice)}”出现了不止一次。")
        by_key = {column.key: column for column in columns}
        for key in read.word.columns:
            if key not in by_key:
                raise LedgerTableError(
                    f"{where(table, file, 'word', 'columns')}：[word] columns 里的“{key}”"
                    "不在 [[column]] 之中；"
                    f"可用的有：{'、'.join(by_key)}。"
                )
        if not 10 <= read.summary_chars <= 2000:
            raise LedgerTableError(
                f"{where(table, file, 'summary_chars')}：summary_chars 应为 10 至 2000，"
                f"实际是 {read.summary_chars}。"
            )
        return cls(
            title=read.title,
            office=read.office,
            summary_chars=read.summary_chars,
            columns=columns,
            word_columns=tuple(by_key[key] for key in read.word.columns),
            word_most_rows=read.word.most_rows,
            word_most_listed=read.word.most_listed,
        )


def _chosen(each: ChosenColumn, place: str) -> Column:
    known = COLUMNS.get(each.key)
    if known is None:
        raise LedgerTableError(
            f"{place}：没有“{each.key}”这个栏目；可用的有：{'、'.join(COLUMNS)}。"
        )
    width = known.width if each.width is None else each.width
    if not 1 <= width <= 200:
        raise LedgerTableError(f"{place}：栏目“{each.key}”的宽度应为 1 至 200，实际是 {width}。")
    return msgspec.structs.replace(known, header=each.header or known.header, width=width)
