"""Whether a spreadsheet rounded the numbers of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.sources.values.cells import trailing_zeros_only

_ENOUGH: Final = 3


def look_rounded(ids: Iterable[str]) -> str | None:
    """The first id, if all the long ones (at least three) end in zeros after digit 15.

    That is what a spreadsheet makes of long numbers when it saves them as text; one
    such id alone can be chance."""
    long = [number for number in ids if trailing_zeros_only(number) is not None]
    if len(long) >= _ENOUGH and all(map(trailing_zeros_only, long)):
        return long[0]
    return None
