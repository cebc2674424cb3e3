"""A case as an Elasticsearch document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from cases.record.case import Case
from sinks.ledger.case_index import index_of
from sinks.ledger.stored_case import encode_stored

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
    lead: str
    topic: str
    kind: str
    risk: tuple[str, ...]
    sentiment: str
    urgent: bool
    state: str
    dispatched: bool
    open: bool
    received_at: int
    due_at: int | None
    due_by: str
    replied_at: int | None
    replied: bool
    on_time: bool | None
    satisfied: bool | None
    returned: bool
    matters: tuple[str, ...]
    todo: tuple[str, ...]
    promise_due: int | None
    look_by: int | None
    provisional_calendar: str
    outline: str
    withheld_from: tuple[str, ...]
    text: str
    """One token per character: a phrase is then an exact piece of the text."""
    doc: str
    """The case as `sinks.ledger.stored_case` writes it. A string, not an object: neither side
    has to walk through it, and reading is three times as fast."""


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
            lead=index.lead,
            topic=index.topic,
            kind=index.kind,
            risk=index.risk,
            sentiment=index.sentiment,
            urgent=index.urgent,
            state=index.state,
            dispatched=index.dispatched,
            open=index.open,
            received_at=int(index.received_at.timestamp()),
            due_at=seconds(index.due_at),
            due_by=index.due_by,
            replied_at=seconds(index.replied_at),
            replied=index.replied,
            on_time=index.on_time,
            satisfied=index.satisfied,
            returned=index.returned,
            matters=index.matters,
            todo=index.todo,
            promise_due=seconds(index.promise_due),
            look_by=seconds(index.look_by),
            provisional_calendar=index.provisional_calendar,
            outline=index.outline,
            withheld_from=index.withheld_from,
            text=tokens(index.text),
            doc=encode_stored(case).decode(),
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
