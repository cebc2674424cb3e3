"""What the reader of a file says, put beside the field of the page that it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from desk.tables.sheets import Sheet

_ROW: Final = r"\[\[[^\]]*\]\] [a-z_]+ = [^ ：]+(?: ?的[^：]{1,20})?：?"
_PLACE: Final = re.compile(rf"^[^：]*\.toml[^：]*：(?:{_ROW})?")


def beside(sheet: Sheet, lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """By key what is wrong with it, in the words of the page; and the lines that are about no
    field of it."""
    fields: dict[str, str] = {}
    others: list[str] = []
    for line in lines:
        key = _key_in(sheet, line)
        if key and key not in fields:
            fields[key] = _in_words(sheet, _PLACE.sub("", line))
        else:
            others.append(line)
    return fields, others


def _key_in(sheet: Sheet, line: str) -> str:
    """The key that a line is about, "" for none."""
    if not re.match(rf"[^：]*{re.escape(sheet.file)}(?:：| 第 \d+ 行)", line):
        return ""
    for term in sheet.terms:
        last = term.key.rpartition(".")[2]
        if re.search(rf"(?:键 |的 |：){last}\b", line) or re.search(rf"的 ?{term.label}：", line):
            return term.key
    return ""


def _in_words(sheet: Sheet, text: str) -> str:
    """With what people call the keys."""
    for term in sheet.terms:
        text = re.sub(rf"\b{term.key.rpartition('.')[2]}\b", term.label, text, flags=re.ASCII)
    return text
