"""What differs between two editions of the ledger, field by field."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sinks.reports.texts import clean
from sinks.spreadsheet import csv_line


class Change(Struct, frozen=True):
    case_id: str
    field: str
    """Heading of the column; `ROW` for a case that came or went."""
    before: str
    after: str


ROW = "（整条）"
_ADDED, _REMOVED = "补入", "删去"


def changes_between(before: Path, after: Path, key: str) -> Iterator[Change]:
    """Of two csv ledgers, in the order of the new one; `key` is the heading of the
    column with the case id. Columns that only one of them has are named once, at the
    beginning: an office that shows another set of columns has not changed any case."""
    old_head, old = _read(before, key)
    new_head, new = _read(after, key)
    for name in old_head:
        if name not in new_head:
            yield Change("", name, "有此栏", "无此栏")
    for name in new_head:
        if name not in old_head:
            yield Change("", name, "无此栏", "有此栏")
    both = [name for name in new_head if name in old_head]
    for case_id, row in new.items():
        was = old.get(case_id)
        if was is None:
            yield Change(case_id, ROW, "", _ADDED)
            continue
        for name in both:
            if was[name] != row[name]:
                yield Change(case_id, name, was[name], row[name])
    for case_id in old:
        if case_id not in new:
            yield Change(case_id, ROW, _REMOVED, "")


def _read(path: Path, key: str) -> tuple[list[str], dict[str, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        head = list(reader.fieldnames or ())
        return head, {row[key]: row for row in reader}


def write_changes(path: Path, changes: tuple[Change, ...]) -> None:
    with path.open("wb") as out:
        out.write(b"\xef\xbb\xbf" + csv_line(["编号", "栏目", "原", "现"]))
        for c in changes:
            out.write(csv_line([clean(c.case_id), c.field, clean(c.before), clean(c.after)]))
