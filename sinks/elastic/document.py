"""A case as an Elasticsearch document."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

import msgspec

from cases.record.case import Case
from sinks.ledger.case_index import FIELDS, index_of
from sinks.ledger.fields import Declared, Kind, Use, seconds_of, tokens
from sinks.ledger.stored_case import encode_stored

_LONGEST_ID = 512
"""Bytes; Elasticsearch accepts no longer `_id`."""

_encoder = msgspec.json.Encoder()


def _stored(field: Declared) -> Callable[[Any], object] | None:
    """How a value is written; None: as it is. Times in whole seconds, as SQLite has them."""
    if field.field.use is Use.SEARCHED:
        return tokens
    return seconds_of if field.kind is Kind.MOMENT else None


_READ: Final = tuple((each.name, attrgetter(each.name), _stored(each)) for each in FIELDS.values())


def encode_document(case: Case) -> bytes:
    """The line of a bulk request: the fields of `CaseIndex`, and `doc`, the case as
    `sinks.ledger.stored_case` writes it. A string, not an object: neither side has to walk through
    it, and reading is three times as fast."""
    index = index_of(case)
    document = {name: store(read(index)) if store else read(index) for name, read, store in _READ}
    document["doc"] = encode_stored(case).decode()
    return _encoder.encode(document)


def document_id(case_id: str) -> str:
    """The `_id`: the case_id, or its hash where that is too long for one."""
    data = case_id.encode()
    return case_id if len(data) <= _LONGEST_ID else f"sha256:{sha256(data).hexdigest()}"


def document_ids(case_ids: Iterable[str]) -> dict[str, str]:
    """case_id by `_id`. No case has an empty one, and Elasticsearch refuses it."""
    return {document_id(case_id): case_id for case_id in case_ids if case_id}
