"""Fetching the pages behind a list, without insisting.

One letter whose page is broken must not keep the others from their full text; a server
that refuses several in a row is left alone for the rest of the poll, and the list alone
is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from streams.sources.seam.base import SourceError

T = TypeVar("T")

_IN_A_ROW = 3


class Details:
    """Counts failures in a row within one poll. The polls of a source follow one another."""

    def __init__(self) -> None:
        self._failed = 0
        self.trouble: SourceError | None = None
        """Why the rest of this poll goes without details; None while all is well."""

    def begin(self) -> None:
        """A new poll: count anew."""
        self._failed, self.trouble = 0, None

    def fetch(self, get: Callable[[], T]) -> T | None:
        """What `get` returns; None when it fails or has failed too often."""
        if self.trouble is not None:
            return None
        try:
            value = get()
        except SourceError as error:
            self._failed += 1
            if self._failed >= _IN_A_ROW:
                self.trouble = error
            return None
        self._failed = 0
        return value
