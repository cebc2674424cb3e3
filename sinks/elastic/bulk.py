"""Bulk requests: many documents, each with its own answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from elasticsearch import ApiError, Elasticsearch
from msgspec import Struct

from cases.record.case import Case
from sinks.elastic.client import MISSING_INDEX, translated, why_unavailable
from sinks.elastic.document import document_id, encode_document
from sinks.ledger.base import LedgerUnavailable

REQUEST_BYTES = 8 * 1024 * 1024
"""A request is sent when it has grown to this; larger ones are no faster and cost the
server memory."""
_TOO_LARGE = 413
_CONFLICT = 409
_REFUSED = ("document_parsing_exception", "mapper_parsing_exception", "illegal_argument_exception")
"""Faults of one document. Any other is taken for a fault of the server that a person
mends: a case is never given up for it."""

_ANSWER = (
    "items.*._index,items.*._seq_no,items.*._primary_term,items.*.status,"
    "items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason"
)
_encoder = msgspec.json.Encoder()


class Version(Struct, frozen=True):
    """Which document was read: the index behind the alias, Elasticsearch's own version
    there, and the number of events in the case."""

    index: str
    seq_no: int
    primary_term: int
    seq: int


class Write(Struct, frozen=True):
    case: Case
    over: Version | None
    """What it replaces; None: it must be new."""
    index: str = ""
    """An index behind no alias that is being filled: whatever is there is replaced."""


class Conflict(Struct, frozen=True):
    """Another writer was faster."""


class DocumentRefused(Struct, frozen=True):
    reason: str


class Failed(Struct, frozen=True):
    """The server could not; later it may."""

    reason: str


Answer = Version | Conflict | DocumentRefused | Failed
"""`Version` when it was written."""


def send(
    client: Elasticsearch, alias: str, writes: Iterable[Write]
) -> Iterator[list[tuple[Write, Answer]]]:
    """Sends the writes in requests of about `REQUEST_BYTES`; gives the answers of each.
    Raises `LedgerUnavailable` when a request had no answer: it may have been carried out."""
    lines: list[bytes] = []
    waiting: list[Write] = []
    size = 0
    for write in writes:
        action, document = _action(alias, write), encode_document(write.case)
        lines += (action, document)
        waiting.append(write)
        size += len(action) + len(document)
        if size >= REQUEST_BYTES:
            yield _request(client, waiting, lines)
            lines, waiting, size = [], [], 0
    if waiting:
        yield _request(client, waiting, lines)


def _action(alias: str, write: Write) -> bytes:
    target: dict[str, object] = {"_id": document_id(write.case.case_id)}
    if write.index:
        return _encoder.encode({"index": {"_index": write.index, **target}})
    if write.over is None:
        # An index that is created by writing to it would have no mapping of ours.
        return _encoder.encode({"create": {"_index": alias, "require_alias": True, **target}})
    target |= {
        # Not the alias: a version means nothing in another index. See `ElasticLedger`.
        "_index": write.over.index,
        "if_seq_no": write.over.seq_no,
        "if_primary_term": write.over.primary_term,
    }
    return _encoder.encode({"index": target})


def _request(
    client: Elasticsearch, writes: Sequence[Write], lines: Sequence[bytes]
) -> list[tuple[Write, Answer]]:
    try:
        with translated():
            # Lines that are encoded already; the client declares objects only.
            answer = client.bulk(operations=lines, filter_path=_ANSWER)  # type: ignore[arg-type]
    except ApiError as error:
        if error.status_code != _TOO_LARGE:
            raise
        if len(writes) == 1:
            size = sum(map(len, lines))
            return [
                (writes[0], DocumentRefused(f"文档有 {size} 字节，超过 Elasticsearch 的请求上限"))
            ]
        half = len(writes) // 2
        return _request(client, writes[:half], lines[: 2 * half]) + _request(
            client, writes[half:], lines[2 * half :]
        )
    items = answer.get("items", [])
    if len(items) != len(writes):
        raise LedgerUnavailable(f"Elasticsearch 对 {len(writes)} 个写入只回了 {len(items)} 个结果")
    return [
        (write, _read(write, next(iter(item.values()))))
        for write, item in zip(writes, items, strict=True)
    ]


def _read(write: Write, item: dict[str, Any]) -> Answer:
    error = item.get("error")
    if error is None:
        return Version(item["_index"], item["_seq_no"], item["_primary_term"], write.case.seq)
    status, kind, reason = item["status"], error["type"], error.get("reason", "")
    if status == _CONFLICT:
        return Conflict()
    if kind == MISSING_INDEX and write.over is not None:
        return Conflict()  # the index was replaced and deleted since; the alias knows the new one
    if status == 400 and kind in _REFUSED:
        cause = (error.get("caused_by") or {}).get("reason", "")
        return DocumentRefused(f"{reason[:300]} {cause[:300]}".strip())
    if kind == "strict_dynamic_mapping_exception":
        return Failed(f"台账索引的映射和程序不一致，见 docs/elasticsearch.md。原文：{reason}")
    return Failed(why_unavailable(status, kind, reason) or f"{status} {kind}: {reason}")
