"""What the reader of a file says, put beside the field of the page that it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from desk.tables.sheets import Sheet

_PLACE: Final = re.compile(r"^[^：]*\.toml[^：]*：(?:\[+[^\]]*\]+ [a-z_]+ = [^ ：]+ ?)?")


def beside(sheet: Sheet, lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """What the reader of the file says, beside the field that it is about."""
    fields: dict[str, str] = {}
    others: list[str] = []
    for line in lines:
        key = next(_keys_in(sheet, line), "")
        if key and key not in fields:
            fields[key] = _PLACE.sub("", line)
        else:
            others.append(line)
    return fields, others


def _keys_in(sheet: Sheet, line: str) -> Iterator[str]:
    if not line.partition(" 第 ")[0].endswith(sheet.file):
        return
    for term in sheet.terms:
        last = term.key.rpartition(".")[2]
        if re.search(rf"(?:键 |的 |：){last}\b", line) or f"的{term.label}" in line:
            yield term.key
    for term in sheet.terms:
        if f"的 {term.label}" in line:
            yield term.key
