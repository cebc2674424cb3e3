"""What the writers of a ledger share: what they are told, and safe, whole, stable files."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from cases.reporting.balance import Balance
from cases.reporting.columns import Cell
from cases.reporting.ledger_table import LedgerTable
from cases.reporting.lines import Line
from cases.reporting.periods import Period
from cases.reporting.summary import Summary
from sinks.reports.changes import Change


class Head(Struct, frozen=True, kw_only=True):
    """What is known before the first line."""

    table: LedgerTable
    period: Period
    at: datetime
    """The moment it is looked at from."""
    conditions: tuple[str, ...] = ()
    """What narrows the ledger, for people: "责任单位：县住建局"."""
    number: str = ""
    """Of the edition, where it is issued: 2026年第47期."""
    signer: str = ""
    issued_on: str = ""
    changes: tuple[Change, ...] = ()
    """What differs from the edition before, where this one corrects it."""
    unmasked: str = ""
    """Who had it written with personal data in the clear, and why."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Under the title."""
        said = [f"统计时段：{self.period.name}"]
        if self.period.end_at > self.at:
            said.append(f"时段尚未结束，统计至 {self.at:%Y-%m-%d %H:%M}")
        if self.number:
            said.append(f"期号：{self.number}　签发人：{self.signer}　签发日期：{self.issued_on}")
        said += [f"范围：{each}" for each in self.conditions]
        if self.unmasked:
            said.append(f"含个人信息，{self.unmasked}，注意保管")
        return tuple(said)


class LedgerWriter(Protocol):
    """Takes a ledger line by line and makes one file of it."""

    def row(self, line: Line, values: Sequence[Cell]) -> None:
        """`values`: one per column of the table."""
        ...

    def finish(self, balance: Balance, summary: Summary) -> None:
        """The file is complete after this."""
        ...

    def close(self) -> None:
        """Lets go of everything; an unfinished file may be left."""
        ...


class TooManyRows(ValueError):
    """More cases than a sheet has rows; the text says what to do, in Chinese."""


_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def restamp(source: Path, target: Path) -> None:
    """The same archive without the times of writing: equal contents, equal bytes."""
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(stamped(name), old.read(name))


def stamped(name: str) -> zipfile.ZipInfo:
    """An entry of an archive that does not say when it was written."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    info.create_system = 3
    return info
