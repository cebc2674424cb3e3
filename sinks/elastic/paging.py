"""Reading any number of documents, page by page, as they were at one moment."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from sinks.elastic.client import translated
from sinks.elastic.query import Clause
from sinks.ledger.base import LedgerUnavailable

KEEP_ALIVE = "2m"
"""From page to page. A slower reader gets a new view and goes on where it was."""

WHOLE_CASES = 500
"""Documents a page where the cases themselves are read: 4 MB at a usual 8 KB."""
KEYS_ONLY = 10_000
"""Elasticsearch's largest page (`index.max_result_window`)."""

Hit = Mapping[str, Any]


def pages(
    client: Elasticsearch,
    index: str,
    query: Clause,
    sort: Sequence[Clause],
    *,
    size: int,
    field: str = "doc",
    keep_alive: str = KEEP_ALIVE,
) -> Generator[list[Hit], None, None]:
    """Pages of hits, the last one possibly empty. `sort` must order all documents
    uniquely. Hits carry `field` unless it is "", and what was sorted by."""
    view = _View(client, index, keep_alive, field)
    after: list[Any] | None = None
    try:
        while True:
            hits = view.page(query, sort, size, after)
            yield hits
            if len(hits) < size:
                return
            # Without the tiebreaker that the server appends: it belongs to this view only.
            after = hits[-1]["sort"][: len(sort)]
    finally:
        view.close()


class _View:
    """A point in time that is opened again when the server gave it up: it expired, or
    the node that held it went away."""

    def __init__(self, client: Elasticsearch, index: str, keep_alive: str, field: str) -> None:
        self._client = client
        self._index = index
        self._keep_alive = keep_alive
        self._field = field
        self._id = ""

    def page(
        self, query: Clause, sort: Sequence[Clause], size: int, after: list[Any] | None
    ) -> list[Hit]:
        if self._id:
            with suppress(NotFoundError):
                return self._ask(query, sort, size, after)
            self._id = ""
        with translated():
            opened = self._client.open_point_in_time(index=self._index, keep_alive=self._keep_alive)
        self._id = opened["id"]
        try:
            return self._ask(query, sort, size, after)
        except NotFoundError as error:
            raise LedgerUnavailable(
                "Elasticsearch 刚打开的分页视图就失效了，可能有节点正在重启"
            ) from error

    def _ask(
        self, query: Clause, sort: Sequence[Clause], size: int, after: list[Any] | None
    ) -> list[Hit]:
        with translated():
            answer = self._client.search(
                pit={"id": self._id, "keep_alive": self._keep_alive},
                query=query,
                sort=list(sort),
                search_after=after,
                size=size,
                source={"includes": [self._field]} if self._field else False,
                track_total_hits=False,
                # Part of an export is worse than none.
                allow_partial_search_results=False,
            )
        self._id = answer["pit_id"]
        hits: list[Hit] = answer["hits"]["hits"]
        return hits

    def close(self) -> None:
        if self._id:
            # It expires by itself; a reader must not fail because of it.
            with suppress(ApiError, LedgerUnavailable), translated():
                self._client.close_point_in_time(id=self._id)
