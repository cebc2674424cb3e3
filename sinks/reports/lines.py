"""The ledger line by line: csv for spreadsheets, jsonl for programs and for the proof."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cases.reporting.balance import Balance
from cases.reporting.columns import Cell, plain
from cases.reporting.lines import Line
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period, PeriodKind
from cases.reporting.sight import Shown
from cases.reporting.summary import Summary
from sinks.reports.base import Head
from sinks.reports.export import record
from sinks.reports.texts import clean
from sinks.spreadsheet import csv_line


class CsvLedger:
    """UTF-8 with BOM and CRLF, as Excel opens it by double click; no cell is a formula."""

    def __init__(self, path: Path, head: Head) -> None:
        self._out = path.open("wb")
        self._out.write(b"\xef\xbb\xbf")
        self._out.write(csv_line(column.header for column in head.table.columns))

    def row(self, line: Line, values: Sequence[Cell]) -> None:
        del line
        self._out.write(csv_line(clean(plain(value)) for value in values))

    def finish(self, balance: Balance, summary: Summary) -> None:
        del balance, summary
        self.close()

    def close(self) -> None:
        self._out.close()


_encode = msgspec.json.Encoder().encode


class JsonlLedger:
    """One object a line: the record of the case as of the end of the period, with how it
    came onto the books (`entry`: carried, new, reopened) and how it left (`ended`). Of no
    period, the records alone: every case is new then."""

    def __init__(self, path: Path, period: Period, names: UnitNames, texts: Shown) -> None:
        self._out = path.open("wb")
        self._bare = period.kind is PeriodKind.ALL
        self._names = names.plain if self._bare else names.shown
        self._texts = texts

    def row(self, line: Line, values: Sequence[Cell]) -> None:
        del values
        said: dict[str, object] = dict(record(line.case, self._names, self._texts))
        if not self._bare:
            said |= {
                "entry": line.entry.value,
                "ended": line.ended.value if line.ended else None,
                "ended_at": line.ended_at.isoformat() if line.ended_at else None,
                "again": line.again,
            }
        self._out.write(_encode(said) + b"\n")

    def finish(self, balance: Balance, summary: Summary) -> None:
        del balance, summary
        self.close()

    def close(self) -> None:
        self._out.close()
