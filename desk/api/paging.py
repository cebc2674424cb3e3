"""Cursors: where the next page of a list begins.

A list changes while it is read. A cursor therefore carries, besides the place, the
moment of the first page: what came in later is not on the following pages, so that
nothing is pushed from one page to the next. What must be complete is read from
`/export`, which goes by the number of the case.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from desk.api.errors import ApiError
from desk.ledger.filters import Filter
from sinks.ledger.base import Query

MOST: Final = 200
_FURTHEST: Final = 10_000
"""What Elasticsearch gives in pages at most; further on, `/export` is the way."""


class Cursor(Struct, frozen=True, array_like=True):
    filter: str
    """Digest of the conditions: a cursor of another list is refused."""
    until: datetime
    offset: int


def digest(wanted: Filter) -> str:
    return hashlib.blake2b(wanted.href.encode(), digest_size=6).hexdigest()


def read_cursor(text: str, wanted: Filter, now: datetime) -> Cursor:
    """The cursor in an address, or the first of a list. Raises `ApiError` 400."""
    if not text:
        return Cursor(digest(wanted), now, 0)
    try:
        padded = text + "=" * (-len(text) % 4)
        found = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
    except (ValueError, RecursionError):
        raise ApiError(400, "cursor 应为上一页答复里的 next，实际读不出来。") from None
    known = found.until.tzinfo is not None and 1990 <= found.until.year <= 2100
    if found.filter != digest(wanted) or not 0 < found.offset <= _FURTHEST or not known:
        raise ApiError(400, "cursor 是另一个查询的，请从第一页开始。")
    return found


def next_cursor(at: Cursor, given: int, total: int) -> str | None:
    offset = at.offset + given
    if not given or offset >= min(total, _FURTHEST):
        return None
    data = msgspec.json.encode(replace(at, offset=offset))
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def paged(query: Query, at: Cursor, limit: int) -> Query:
    until = min(query.received_to, at.until) if query.received_to else at.until
    # Half open, and whole seconds: what came in this very second belongs to the list.
    seconds = until.replace(microsecond=0).timestamp() + 1
    if query.received_to is None or seconds < query.received_to.timestamp():
        query = replace(query, received_to=datetime.fromtimestamp(seconds, until.tzinfo))
    return replace(query, limit=limit, offset=at.offset, count_to=_FURTHEST + limit)
