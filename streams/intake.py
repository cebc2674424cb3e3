"""From a source's batch to inbox messages: what is new, what is known, what is bad.

An item whose content is the version last stored is a known duplicate and goes
no further; it is counted, so that `huiyin audit` can balance what was read
against what the log holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import fields, replace

from cases.item import Item, content_hash
from cases.messages import Observation, observe
from streams.dead_letters import DeadLetter
from streams.sources.base import Batch, Rejected


class IntakeCounts(Struct, frozen=True):
    """What a source gave, in items. `read = new + later + unchanged + rejected`."""

    read: int = 0
    new: int = 0
    later: int = 0
    """Another version of an item known before."""
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: IntakeCounts) -> IntakeCounts:
        return IntakeCounts(
            self.read + other.read,
            self.new + other.new,
            self.later + other.later,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


class Taken(Struct, frozen=True, kw_only=True):
    """One batch, ready to be stored in one step."""

    source: str
    observations: tuple[Observation, ...]
    versions: dict[str, str]
    """Content hash now known, by case_id."""
    dead_letters: tuple[DeadLetter, ...]
    cursor: str | None
    counts: IntakeCounts


class IntakeStore(Protocol):
    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        """Content hash of the version last stored, for those that have one."""
        ...

    def store(self, taken: Taken) -> None:
        """Appends, counts and moves the cursor: all of it or nothing."""
        ...


def take(source: str, batch: Batch, store: IntakeStore, now: datetime) -> IntakeCounts:
    """Stores what is new in `batch`; once this returns it is safe."""
    items = [_cleaned(found) for found in batch.found if isinstance(found, Item)]
    known = store.known_versions(list(dict.fromkeys(item.case_id for item in items)))
    versions: dict[str, str] = {}
    observations: list[Observation] = []
    new = later = 0
    for item in items:
        before = versions.get(item.case_id) or known.get(item.case_id, "")
        version = content_hash(item)
        if version == before:
            continue
        observations.append(observe(item, before))
        versions[item.case_id] = version
        later += bool(before)
        new += not before
    dead = [
        DeadLetter.of_rejected(found, now) for found in batch.found if isinstance(found, Rejected)
    ]
    counts = IntakeCounts(
        read=len(batch.found),
        new=new,
        later=later,
        unchanged=len(items) - len(observations),
        rejected=len(dead),
    )
    store.store(
        Taken(
            source=source,
            observations=tuple(observations),
            versions=versions,
            dead_letters=tuple(dead),
            cursor=batch.cursor,
            counts=counts,
        )
    )
    return counts


_TEXT_FIELDS = tuple(field.name for field in fields(Item) if field.type is str)


def _cleaned(item: Item) -> Item:
    """Without NULs and lone surrogates, which no store and no export can carry."""
    bad = {
        name: _clean(value)
        for name in _TEXT_FIELDS
        if not _is_clean(value := getattr(item, name))
    }
    replies = tuple(
        reply if _is_clean(reply.text) else replace(reply, text=_clean(reply.text))
        for reply in item.replies
    )
    extra = {_clean(name): _clean(value) for name, value in item.extra.items()}
    if bad or replies != item.replies or extra != item.extra:
        return replace(item, **bad, replies=replies, extra=extra)
    return item


def _is_clean(text: str) -> bool:
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
