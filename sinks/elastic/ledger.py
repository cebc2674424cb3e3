"""The ledger in Elasticsearch: one document per case, written by compare-and-set."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch

from cases.figures.case_facts import CaseFacts, decode_facts
from cases.record.case import Case
from sinks.elastic.bulk import Conflict, DocumentRefused, Failed, Version, Write, send
from sinks.elastic.client import translated, why_unavailable
from sinks.elastic.document import document_ids
from sinks.elastic.paging import KEYS_ONLY, WHOLE_CASES, Hit, pages
from sinks.elastic.query import (
    CASE_ID,
    ORDERS,
    conditions,
    count_questions,
    facet_questions,
    of_unit,
    read_counts,
    read_facets,
    to_look_at,
)
from sinks.ledger.base import CasesRefused, Change, Counts, Facets, LedgerUnavailable, Page, Query
from sinks.ledger.stored_case import decode_shown, decode_stored

_MOST_REMEMBERED = 50_000


class ElasticLedger:
    """Implements `sinks.ledger.base.Ledger` on the alias `index`.

    What `store` wrote is loaded at once, and found by searches after the index refreshed
    by itself (about a second) or `refresh` was called. Safe to use from several threads.
    """

    # Compare-and-set. `load` remembers which version of the document it read, and `store`
    # writes over exactly that one (`if_seq_no`, `if_primary_term`). The server compares while
    # it writes, so a writer that was frozen at any line here and wakes up after another took
    # over changes nothing: its version is gone. Asking for `seq` first and then writing
    # unconditionally would leave a gap to be frozen in; asking first and then writing over the
    # version that was asked would be right as well, and costs a request per batch. So `store`
    # asks only for what it was not told by `load`, or where another thread's `load` read a
    # different number of events.
    #
    # A version counts in one index only. After a reindex the alias leads to another index,
    # where the same two numbers may belong to an older state of the case by chance. Hence
    # the write goes to the index that was read. That one is blocked for writing before its
    # successor is complete, so a writer that slept through the exchange is refused, waits,
    # loads through the alias and finds the new index.

    def __init__(self, client: Elasticsearch, index: str = "huiyin-cases") -> None:
        self._client = client
        self._index = index
        self._versions: dict[str, Version] = {}

    def refresh(self) -> None:
        """Searches find everything that was written before."""
        with translated():
            self._client.indices.refresh(index=self._index)

    # -- documents -----------------------------------------------------------

    def load(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found: dict[str, Case] = {}
        for case_id, document in self._documents(case_ids, "doc"):
            if document is None:
                self._versions.pop(case_id, None)
                continue
            case = decode_stored(document["_source"]["doc"])
            if case.case_id != case_id:
                raise ValueError(f"the document of {case_id} holds case {case.case_id}")
            found[case_id] = case
            self._remember(case_id, _version(document, case.seq))
        return found

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        unknown = [c.case.case_id for c in changes if c.expected_seq and not self._knows(c)]
        for case_id, document in self._documents(unknown, "seq"):
            if document is None:
                self._versions.pop(case_id, None)
            else:
                self._remember(case_id, _version(document, document["_source"]["seq"]))
        conflicts: list[str] = []
        writes: list[Write] = []
        for change in changes:
            over = None
            if change.expected_seq:
                over = self._versions.get(change.case.case_id)
                if over is None or over.seq != change.expected_seq:
                    conflicts.append(change.case.case_id)
                    continue
            writes.append(Write(change.case, over))
        refused = self._write(writes, conflicts)
        if refused:
            raise CasesRefused(refused, conflicts)
        return tuple(conflicts)

    def _write(self, writes: Sequence[Write], conflicts: list[str]) -> dict[str, str]:
        """Adds to `conflicts`; gives the reasons of the refused."""
        refused: dict[str, str] = {}
        failed = ""
        for answers in send(self._client, self._index, writes):
            for write, answer in answers:
                case_id = write.case.case_id
                match answer:
                    case Version():
                        self._remember(case_id, answer)
                        continue
                    case Conflict():
                        conflicts.append(case_id)
                    case DocumentRefused():
                        refused[case_id] = answer.reason
                    case Failed():
                        failed = answer.reason
                self._versions.pop(case_id, None)
            if failed:
                raise LedgerUnavailable(failed)
        return refused

    def _knows(self, change: Change) -> bool:
        version = self._versions.get(change.case.case_id)
        return version is not None and version.seq == change.expected_seq

    def _remember(self, case_id: str, version: Version) -> None:
        if len(self._versions) >= _MOST_REMEMBERED:
            # The next `store` asks for what it misses here.
            self._versions.clear()
        self._versions[case_id] = version

    def _documents(
        self, case_ids: Sequence[str], field: str
    ) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """Each case_id with its document as last written, refreshed or not; None: no case."""
        wanted = list(document_ids(case_ids).items())
        for start in range(0, len(wanted), WHOLE_CASES):
            chunk = wanted[start : start + WHOLE_CASES]
            with translated():
                answer = self._client.mget(
                    index=self._index, ids=[key for key, _ in chunk], source_includes=[field]
                )
            for (_, case_id), document in zip(chunk, answer["docs"], strict=True):
                # An error is not an absence: taken for one, it would open the case again.
                if error := document.get("error"):
                    kind, reason = error["type"], error["reason"]
                    raise LedgerUnavailable(why_unavailable(503, kind, reason))
                yield case_id, document if document["found"] else None

    # -- reading -------------------------------------------------------------

    def search(self, query: Query) -> Page:
        deep = query.offset + query.limit > KEYS_ONLY
        with translated():
            answer = self._client.search(
                index=self._index,
                query=conditions(query),
                sort=ORDERS[query.order],
                from_=0 if deep else query.offset,
                size=0 if deep else query.limit,
                source_includes=["doc"],
                track_total_hits=query.count_to or True,
                allow_partial_search_results=False,
            )
        hits = answer["hits"]
        total = hits["total"]["value"]
        found = [_shown(hit) for hit in hits["hits"]]
        if deep and query.offset < total:
            # Further down than Elasticsearch's pages reach.
            with closing(self._hits(query, ORDERS[query.order])) as hits_in_order:
                wanted = islice(hits_in_order, query.offset, query.offset + query.limit)
                found = [_shown(hit) for hit in wanted]
        return Page(total, tuple(found), hits["total"]["relation"] == "eq")

    def scan(
        self,
        query: Query,
        *,
        one_moment: bool = False,  # noqa: ARG002
    ) -> Generator[Case, None, None]:
        # Pages of a scan are always of one moment, as long as they are read without a rest.
        with closing(self._hits(query, CASE_ID)) as hits:
            for hit in hits:
                yield _case(hit)

    def _hits(self, query: Query, sort: Sequence[dict[str, Any]]) -> Generator[Hit, None, None]:
        found = pages(self._client, self._index, conditions(query), sort, size=WHOLE_CASES)
        with closing(found):
            for page in found:
                yield from page

    def counts(self, now: datetime, high_risks: Iterable[str], unit: str = "") -> Counts:
        with translated():
            answer = self._client.search(
                index=self._index,
                query=of_unit(unit),
                size=0,
                track_total_hits=True,
                aggs=count_questions(now, high_risks),
                allow_partial_search_results=False,
            )
        return read_counts(answer["hits"]["total"]["value"], answer["aggregations"])

    def facets(self, query: Query, seconds: float = 0.0) -> Facets:
        where, questions = facet_questions(query)
        with translated():
            answer = self._client.search(
                index=self._index,
                query=where,
                size=0,
                track_total_hits=False,
                aggs=questions,
                timeout=f"{seconds * 1000:.0f}ms" if seconds else None,
                allow_partial_search_results=bool(seconds),
            )
        exact = not answer["timed_out"] and not answer["_shards"]["failed"]
        return read_facets(answer["aggregations"], exact=exact)

    def outlines(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[CaseFacts]:
        where = conditions(Query(received_from=since, received_to=until))
        sort: list[dict[str, Any]] = [{"received_at": "asc"}, *CASE_ID]
        for hits in pages(self._client, self._index, where, sort, size=KEYS_ONLY, field="outline"):
            for hit in hits:
                yield decode_facts(hit["_source"]["outline"])

    def to_look_at(self, until: datetime, calendar: str) -> Iterator[str]:
        where = to_look_at(until, calendar)
        for hits in pages(self._client, self._index, where, CASE_ID, size=KEYS_ONLY, field=""):
            for hit in hits:
                yield hit["sort"][0]


def _version(document: Mapping[str, Any], seq: int) -> Version:
    return Version(document["_index"], document["_seq_no"], document["_primary_term"], seq)


def _shown(hit: Mapping[str, Any]) -> Case:
    return decode_shown(hit["_source"]["doc"])


def _case(hit: Mapping[str, Any]) -> Case:
    return decode_stored(hit["_source"]["doc"])
