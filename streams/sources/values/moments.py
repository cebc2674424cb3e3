"""Times as interfaces, pages and feeds write them."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from cases.words.times import beijing
from huiyin.net.json_values import Json, as_text
from streams.sources.values.cells import BadCell
from streams.sources.values.times import FIRST_YEAR, LAST_YEAR, When, find_time, read_time

_DIGITS = re.compile(r"\d+(?:\.\d*)?")


def moment(value: Json, *, latest: datetime | None = None) -> When | None:
    """The time in `value`, in Beijing time; None where there is none.

    Unix time in seconds, milliseconds or microseconds is told apart by size. A date inside
    other words ("来信时间：2025年3月9日") is found. `latest` as in `times.read_time`."""
    text = as_text(value)
    if _DIGITS.fullmatch(text):
        # Short numbers are counters, not days since 1900 as in a spreadsheet.
        whole = text.partition(".")[0]
        if len(whole) == 16:
            whole = whole[:-6]
        return _read(whole, None) if len(whole) in (8, 9, 10, 12, 13, 14) else None
    return _read(text, latest) or find_time(text)


def at(value: Json) -> datetime | None:
    """Like `moment`, without the word about a missing time of day."""
    found = moment(value)
    return None if found is None else found.at


def mail_date(text: str, first_year: int = FIRST_YEAR) -> datetime | None:
    """The date of a mail or a feed, by the rules of `times`; what these do not know is left
    to the standard library, which is used to broken mails. Without a zone it is Beijing time:
    that is what Chinese newsrooms mean when they leave it out. Before `first_year` it is none."""
    if (found := _read(text, None)) is not None:
        return found.at
    try:
        moved = beijing(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moved if first_year <= moved.year <= LAST_YEAR else None


def _read(text: str, latest: datetime | None) -> When | None:
    try:
        return read_time(text, latest=latest)
    except BadCell:
        return None
