"""Times and names that a page writes into the text itself: "已修复。回复时间：2026-3-4 10:20"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from streams.sources.site_mailbox.labels import LABELS
from streams.sources.values.cells import BadCell
from streams.sources.values.times import read_time

_LAST: Final = 160
"""Characters of the end of a text that are looked at."""
_STAMP: Final = (
    r"[（(\[【]?(?P<label>[^\s:：。！？!?，,;；（(\[【]{2,10})[:：]\s*"
    r"(?P<value>[^\n:：]{2,30}(?:[:：]\d\d){0,2}[^\n:：]{0,8}?)[)）\]】]?\s*"
)
_AT_END: Final = re.compile(rf"(?:^|\n|(?<=[。！？!?.；;…\s]))\s*{_STAMP}$")
_AT_BEGINNING: Final = re.compile(rf"\s*{_STAMP}\n")
_LONGEST_UNIT: Final = 20
_OF_REPLY: Final = {label: field for field in ("reply_at", "reply_unit") for label in LABELS[field]}
_OF_LETTER: Final = dict.fromkeys(LABELS["received_at"], "received_at")


def reply_stamps(text: str) -> tuple[str, dict[str, str]]:
    """A reply without its stamps, and these by field: `reply_at`, `reply_unit`."""
    return _without(text, _OF_REPLY)


def letter_stamp(text: str) -> tuple[str, dict[str, str]]:
    """A letter without its stamp, and this: `received_at`."""
    return _without(text, _OF_LETTER)


def _without(text: str, wanted: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    said: dict[str, str] = {}
    for _ in range(2 * len(set(wanted.values()))):
        begin = max(0, len(text) - _LAST)
        at_end = _AT_END.search(text[begin:])
        found = at_end or _AT_BEGINNING.match(text)
        if found is None:
            break
        field = wanted.get(found["label"].replace(" ", ""), "")
        value = found["value"].strip()
        if not field or field in said or not _fits(field, value):
            break
        said[field] = value
        text = text[: begin + found.start()] if at_end else text[found.end() :]
        text = text.strip()
    return text, said


def _fits(field: str, value: str) -> bool:
    if field == "reply_unit":
        return len(value) <= _LONGEST_UNIT
    try:
        return read_time(value) is not None
    except BadCell:
        return False
