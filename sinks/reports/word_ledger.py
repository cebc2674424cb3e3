"""The ledger as a Word file, through `LedgerPaper`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cases.reporting.balance import Balance
from cases.reporting.columns import Cell
from cases.reporting.ledger_paper import LedgerPaper
from cases.reporting.lines import Line
from cases.reporting.summary import Summary
from sinks.reports.base import Head
from sinks.reports.docx import write_docx


class WordLedger:
    """Implements `LedgerWriter`."""

    def __init__(self, path: Path, head: Head, high: Summary) -> None:
        self._path = path
        self._head = head
        self._high = high
        self._paper = LedgerPaper(
            head.table,
            head.lines,
            [(c.case_id, c.field, c.before, c.after) for c in head.changes],
        )

    def row(self, line: Line, values: Sequence[Cell]) -> None:
        self._paper.add(line, values, high_risk=self._high.is_high(line))

    def finish(self, balance: Balance, summary: Summary) -> None:
        write_docx(self._paper.document(balance, summary), self._path, self._head.at)

    def close(self) -> None:
        """Nothing is open before the end."""
