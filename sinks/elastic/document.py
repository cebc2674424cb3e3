"""A case as an Elasticsearch document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from cases.case import Case, encode_case
from sinks.case_index import index_of

_LONGEST_ID = 512
"""Bytes; Elasticsearch accepts no longer `_id`."""

_encoder = msgspec.json.Encoder()


class Document(Struct, frozen=True, kw_only=True):
    """What is stored. The fields are those of `CaseIndex` with times in whole seconds, as
    the SQLite ledger has them; `sinks.elastic.index` maps each of them."""

    case_id: str
    seq: int
    source: str
    channel: str
    units: tuple[str, ...]
    topic: str
    kind: str
    risk: tuple[str, ...]
    urgent: bool
    state: str
    dispatched: bool
    open: bool
    received_at: int
    due_at: int | None
    replied_at: int | None
    replied: bool
    on_time: bool | None
    look_by: int | None
    provisional_calendar: str
    text: str
    """One token per character: a phrase is then an exact piece of the text."""
    doc: str
    """The case as `encode_case` wrote it. A string, not an object: it comes back byte for
    byte, and neither side has to walk through it (reading is three times as fast)."""


def encode_document(case: Case) -> bytes:
    """The line of a bulk request."""
    index = index_of(case)
    return _encoder.encode(
        Document(
            case_id=index.case_id,
            seq=index.seq,
            source=index.source,
            channel=index.channel,
            units=index.units,
            topic=index.topic,
            kind=index.kind,
            risk=index.risk,
            urgent=index.urgent,
            state=index.state,
            dispatched=index.dispatched,
            open=index.open,
            received_at=int(index.received_at.timestamp()),
            due_at=seconds(index.due_at),
            replied_at=seconds(index.replied_at),
            replied=index.replied,
            on_time=index.on_time,
            look_by=seconds(index.look_by),
            provisional_calendar=index.provisional_calendar,
            text=tokens(index.text),
            doc=encode_case(case).decode(),
        )
    )


def seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def tokens(folded_text: str) -> str:
    return " ".join(folded_text)


def document_id(case_id: str) -> str:
    """The `_id`: the case_id, or its hash where that is too long for one."""
    data = case_id.encode()
    return case_id if len(data) <= _LONGEST_ID else f"sha256:{sha256(data).hexdigest()}"


def document_ids(case_ids: Iterable[str]) -> dict[str, str]:
    """case_id by `_id`. No case has an empty one, and Elasticsearch refuses it."""
    return {document_id(case_id): case_id for case_id in case_ids if case_id}
