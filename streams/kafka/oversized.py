"""Items that no record holds: their original goes to a folder, and a dead letter says where.

Without this the writer would try for ever, and everything behind them would wait.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from cases.item import Item
from streams.kafka.topics import LARGEST_MESSAGE
from streams.sources.base import Batch, Rejected

MOST_BYTES = LARGEST_MESSAGE // 2
"""Of an item: the event that comes of it holds more than the item, and of a later version
what was known before."""

_encoder = msgspec.json.Encoder(order="deterministic")


class Kept(Struct, frozen=True, kw_only=True):
    """What stands in a dead letter in place of the original."""

    kept_in: str
    """Name of the file in the folder."""
    bytes: int
    sha256: str


class Oversized:
    """The folder. It holds personal data: nobody but its owner reads it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take_out(self, batch: Batch) -> Batch:
        """The batch with what is too large replaced; the same batch where nothing is.

        Raises `OSError`."""
        found = tuple(self._fitting(each) for each in batch.found)
        if all(new is old for new, old in zip(found, batch.found, strict=True)):
            return batch
        return msgspec.structs.replace(batch, found=found)

    def _fitting(self, found: Item | Rejected) -> Item | Rejected:
        if isinstance(found, Rejected):
            if len(found.original) <= MOST_BYTES:
                return found
            kept = self._keep(found.original)
            detail = (
                f"{found.detail}原文有 {_megabytes(kept)}，存在 {self._folder / kept.kept_in}。"
            )
            return msgspec.structs.replace(found, original=_encoder.encode(kept), detail=detail)
        data = _encoder.encode(found)
        if len(data) <= MOST_BYTES:
            return found
        kept = self._keep(data)
        return Rejected(
            source=found.source,
            origin=found.source_item_id,
            reason="too_large",
            detail=(
                f"这一条有 {_megabytes(kept)}，超过每条 {MOST_BYTES // 2**20} MB 的上限，没有收下；"
                f"原文存在 {self._folder / kept.kept_in}。请在来源处拆开，或改为附件后重新提供。"
            ),
            original=_encoder.encode(kept),
        )

    def _keep(self, data: bytes) -> Kept:
        digest = hashlib.sha256(data).hexdigest()
        kept = Kept(kept_in=f"{digest[:32]}.json", bytes=len(data), sha256=digest)
        path = self._folder / kept.kept_in
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
        return kept


def _megabytes(kept: Kept) -> str:
    return f"{kept.bytes / 2**20:.1f} MB"
