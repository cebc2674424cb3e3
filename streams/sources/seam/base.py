"""The seam between a door and the stream.

A source turns what it reads into `Batch`es of items and rejections and says,
with each batch, where to go on. It stores no item itself: the intake stores the
batch and its cursor in one step, so a crash in between costs a repeated read
and never an item. The bytes of attachments it keeps (`sinks.files`) before it gives
the item that names them; a repeated read keeps the same bytes under the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec import Struct

from cases.record.item import Item


class SourceError(Exception):
    """A source cannot go on. The message names what was expected, what was
    found and what to do, in plain Chinese for the desk."""


class Rejected(Struct, frozen=True, kw_only=True):
    """Something that came in and is no item: it goes to the dead letters."""

    source: str
    reason: str
    """Stable name, e.g. "missing_column", "rounded_id"."""
    detail: str
    """Plain Chinese: what was expected, what was found, what to do."""
    original: bytes
    """The bytes as they came, or the row as JSON where the bytes are no text."""
    origin: str
    """Where: file, sheet and row, or address."""


class Batch(Struct, frozen=True, kw_only=True):
    """What a source read in one step."""

    found: tuple[Item | Rejected, ...]
    cursor: str | None = None
    """Where to go on once this batch is stored; opaque to everyone but the source.
    None leaves the stored cursor as it is."""
    done: int = 0
    """Work done so far, for the progress bar; bytes, rows or pages."""
    total: int | None = None


class OpenItem(Struct, frozen=True):
    """A case of this source that has no reply yet and is worth another look."""

    source_item_id: str
    url: str
    truncated: bool


@runtime_checkable
class FileSource(Protocol):
    """Reads a file that a person exported."""

    name: str

    def read(self, path: Path, *, now: datetime) -> Iterator[Batch]:
        """Batches of at most a few hundred rows; raises `SourceError` when the file
        as a whole cannot be read (wrong format, empty, too large, locked)."""
        ...


@runtime_checkable
class PullSource(Protocol):
    """Asks a server for what is new."""

    name: str

    def poll(
        self, cursor: str | None, *, now: datetime, recheck: Sequence[OpenItem]
    ) -> Iterator[Batch]:
        """What came after `cursor`, then another look at `recheck`.

        Raises `SourceError` when the server does not answer as documented."""
        ...

    def rewound(self, to: datetime) -> str:
        """A cursor with which the next poll reads again what came since `to`, or more."""
        ...


@runtime_checkable
class RemembersNames(Protocol):
    """A pull source whose place also holds which item got which number."""

    def rewound_from(self, cursor: str | None, to: datetime) -> str:
        """Like `PullSource.rewound`, with the numbers that `cursor` remembers."""
        ...


@runtime_checkable
class Replayable(Protocol):
    """Can read the original of one of its dead letters again, after the cause is mended."""

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """What it makes of the bytes of `Rejected.original` now: one item or rejection, or
        several where the original is a whole push. A rejection with the same original says
        that the letter stays; one with another original is a letter of its own. Asks no
        server. Raises `SourceError`, and `OSError` when a file cannot be kept."""
        ...


class PushRequest(Struct, frozen=True, kw_only=True):
    """An HTTP request as a push source sees it, free of any web framework."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class PushAnswer(Struct, frozen=True, kw_only=True):
    """What to answer, after `batch` is stored."""

    status: int
    body: bytes
    media_type: str = "application/json"
    batch: Batch | None = None


@runtime_checkable
class PushSource(Protocol):
    """Is told by a server."""

    name: str

    def receive(self, request: PushRequest, *, now: datetime) -> PushAnswer:
        """Checks who sends, reads the items and prepares the answer. The caller stores
        `batch` before it sends the answer, and answers 503 when it can't store."""
        ...


@runtime_checkable
class ChecksHead(Protocol):
    """A push source that can refuse a request before its body is read."""

    @property
    def max_body(self) -> int:
        """Bytes; a longer body is refused."""
        ...

    @property
    def proof_in_head(self) -> bool:
        """Whether a head that is not refused proves who sends; otherwise the proof is over
        the body."""
        ...

    def refuse_head(self, head: PushRequest, *, now: datetime) -> PushAnswer | None:
        """The answer to a request that `receive` would refuse whatever its body; None to read
        on. `head` has an empty body. Raises as `receive`."""
        ...
