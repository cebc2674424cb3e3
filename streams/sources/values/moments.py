"""Times as interfaces, pages and feeds write them."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from cases.words.times import beijing
from huiyin.net.json_values import Json, as_text
from streams.sources.values.cells import FIRST_YEAR, LAST_YEAR, BadCell, When, read_time

_DIGITS = re.compile(r"\d+(?:\.\d*)?")
_WITHIN = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
    r"(?:[T\s]*\d{1,2}\s*[:：时点]\s*\d{1,2}(?:\s*[:：分]\s*\d{1,2})?(?:\.\d{1,9})?\s*[分秒]?"
    r"(?:\s*(?:Z|[+-]\d{2}:?\d{2})(?!\d))?)?"
)


def moment(value: Json) -> When | None:
    """The time in `value`, in Beijing time; None where there is none.

    Unix time in seconds, milliseconds or microseconds is told apart by size. A date inside
    other words ("来信时间：2025年3月9日") is found."""
    text = as_text(value)
    if _DIGITS.fullmatch(text):
        # Short numbers are counters, not days since 1900 as in a spreadsheet.
        whole = text.partition(".")[0]
        if len(whole) == 16:
            whole = whole[:-6]
        return _read(whole) if len(whole) in (8, 9, 10, 12, 13, 14) else None
    return _read(text) or _inside(text)


def at(value: Json) -> datetime | None:
    """Like `moment`, without the word about a missing time of day."""
    found = moment(value)
    return None if found is None else found.at


def mail_date(text: str) -> datetime | None:
    """The date form of e-mail and RSS. One without a zone is Beijing time: that is what
    Chinese newsrooms mean when they leave it out."""
    try:
        found = beijing(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _inside(text: str) -> When | None:
    found = _WITHIN.search(text)
    return None if found is None else _read(found[0])


def _read(text: str) -> When | None:
    try:
        return read_time(text)
    except BadCell:
        return None
