"""Looking again at open items, one by one, going round them from poll to poll.

Lists show the newest; a reply or a deletion long after is only seen by asking for the
message itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from cases.record.item import Item
from streams.sources.seam.base import Batch, OpenItem, Rejected, SourceError

_BATCH = 10
_FAILURES_IN_A_ROW = 3
_MOST_LOOKS = 2_000


class Looked(Struct, frozen=True):
    """What another look at one item said."""

    item: Item | Rejected
    print: str
    """Fingerprint, to be compared with the last one of this item."""


class Memory(Struct, omit_defaults=True):
    """The part of a cursor that this module needs."""

    looks: dict[str, str] = msgspec.field(default_factory=dict)
    """Fingerprint of the last look, by item: the same again is nothing to hand on. A look
    says less than list and page together, so it would count as another version."""
    last: str = ""
    """The item that the last round ended with."""


class Rounds:
    """One poll's looks."""

    def __init__(self, memory: Memory) -> None:
        """`memory` is moved along."""
        self._memory = memory
        self._met: set[str] = set()

    def handed_on(self, key: str, printed: str) -> None:
        """The list handed on `key` in this poll: another look would say nothing new.
        `printed` is what it would say, "" when unknown."""
        self._met.add(key)
        if printed:
            self._is_news(key, printed)

    def go(
        self,
        items: Sequence[OpenItem],
        limit: int,
        look: Callable[[OpenItem], Looked | None],
        batch: Callable[[list[Item | Rejected]], Batch],
    ) -> Iterator[Batch]:
        """Look at `limit` of `items`, after those of the last poll. One that fails does not
        keep the others waiting; after three in a row the rest comes next time. Raises the
        last `SourceError` at the end."""
        ids = [item.source_item_id for item in items]
        turn = ids.index(self._memory.last) + 1 if self._memory.last in ids else 0
        around = (*items[turn:], *items[:turn])
        due = [item for item in around if item.source_item_id not in self._met][:limit]
        found: list[Item | Rejected] = []
        trouble: SourceError | None = None
        failed = 0
        for item in due:
            # Also when it fails: the next poll goes on behind it.
            self._memory.last = item.source_item_id
            try:
                looked = look(item)
            except SourceError as error:
                trouble = error
                failed += 1
                if failed == _FAILURES_IN_A_ROW:
                    break
                continue
            failed = 0
            if looked is not None and self._is_news(item.source_item_id, looked.print):
                found.append(looked.item)
            if len(found) == _BATCH:
                yield batch(found)
                found = []
        if due:
            # Also without news: where the round goes on is worth keeping.
            yield batch(found)
        if trouble is not None:
            raise trouble

    def _is_news(self, key: str, printed: str) -> bool:
        """Whether a look differs from the last one; remembers it."""
        looks = self._memory.looks
        before = looks.pop(key, "")
        looks[key] = printed
        if len(looks) > _MOST_LOOKS:
            del looks[next(iter(looks))]
        return before != printed
