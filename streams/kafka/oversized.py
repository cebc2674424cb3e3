"""What no record holds: a long text is cut and its whole goes with the case as a file; where
that does not help, the original goes to the store of files and a dead letter says which it is.

Without this the writer would try for ever, and everything behind it would wait.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import fields, replace

from cases.record.item import Attachment, Item, Note
from sinks.files import FileStore
from streams.kafka.topics import LARGEST_MESSAGE
from streams.sources.seam.base import Batch, Rejected
from streams.stored_originals import Kept, encode_kept, keep

MOST_BYTES: Final = LARGEST_MESSAGE // 2
"""Of an item: the event that comes of it holds more than the item, and of a later version
what was known before."""
LONGEST_TEXT: Final = 100_000
"""Characters of one text of an item that has more than `MOST_BYTES`."""
WHOLE_TEXT: Final = "全文.txt"

_NAMES: Final = frozenset({"source", "source_item_id", "channel", "parent_id"})
"""Fields that say which item it is: cut, it would be another one."""
_encoder = msgspec.json.Encoder(order="deterministic")


class Oversized:
    """Makes batches fit. For one thread."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def take_out(self, batch: Batch) -> Batch:
        """The batch with what is too large replaced; the same batch where nothing is.

        Raises `OSError`."""
        found = tuple(self._fitting(each) for each in batch.found)
        if all(new is old for new, old in zip(found, batch.found, strict=True)):
            return batch
        return replace(batch, found=found)

    def _fitting(self, found: Item | Rejected) -> Item | Rejected:
        if isinstance(found, Rejected):
            if len(found.original) <= MOST_BYTES:
                return found
            kept = keep(found.original, self._files, "original")
            detail = f"{found.detail}原文有 {_megabytes(kept.bytes)}，存在 {self._where(kept)}。"
            return replace(found, original=encode_kept(kept), detail=detail)
        data = _encoder.encode(found)
        if len(data) <= MOST_BYTES:
            return found
        return self._shortened(found, len(data)) or self._letter(found, data)

    def _shortened(self, item: Item, size: int) -> Item | None:
        """None where what is left is still too large."""
        whole: list[str] = []
        cut = replace(
            item,
            **{
                field.name: _cut(getattr(item, field.name), whole)
                for field in fields(Item)
                if field.name not in _NAMES
            },
        )
        content = "\n\n".join(whole).encode()
        said = (
            f"来件有 {_megabytes(size)}，超过每条 {MOST_BYTES // 2**20} MB 的上限："
            f"每段文字只收前 {LONGEST_TEXT // 10_000} 万字，全文在附件“{WHOLE_TEXT}”里。"
        )
        cut = replace(cut, notes=(*cut.notes, Note("text_cut", said)))
        # The room that the name of the file takes is nothing beside the other half.
        if len(_encoder.encode(cut)) > MOST_BYTES:
            return None
        file = Attachment(
            name=WHOLE_TEXT,
            media_type="text/plain",
            size=len(content),
            sha=self._files.keep(content),
        )
        return replace(cut, attachments=(*cut.attachments, file))

    def _letter(self, item: Item, data: bytes) -> Rejected:
        kept = keep(data, self._files, "item")
        return Rejected(
            source=item.source,
            origin=item.source_item_id,
            reason="too_large",
            detail=(
                f"这一条有 {_megabytes(kept.bytes)}，超过每条 {MOST_BYTES // 2**20} MB 的上限，"
                f"缩短文字后也收不下；原文存在 {self._where(kept)}。"
                "请在来源处拆开，或改为附件后重新提供。"
            ),
            original=encode_kept(kept),
        )

    def _where(self, kept: Kept) -> str:
        return str(self._files.path(kept.sha256))


def _cut(value: object, whole: list[str]) -> object:
    """The value with its long texts cut; `whole` gets them as they were."""
    if isinstance(value, str):
        if len(value) <= LONGEST_TEXT:
            return value
        whole.append(value)
        return value[:LONGEST_TEXT]
    if isinstance(value, tuple):
        return tuple(_cut(each, whole) for each in value)
    if isinstance(value, dict):
        return {name: _cut(each, whole) for name, each in value.items()}
    if isinstance(value, Struct):
        return replace(
            value, **{each.name: _cut(getattr(value, each.name), whole) for each in fields(value)}
        )
    return value


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
