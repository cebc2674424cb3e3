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

from cases.record.item import Item, content_hash
from cases.record.messages import Observation, observe
from streams.dead_letters import DeadLetter
from streams.sources.seam.base import Batch, Rejected


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
    """The version now known, by case_id: its content hash and its number, "HASH#2"."""
    dead_letters: tuple[DeadLetter, ...]
    cursor: str | None
    counts: IntakeCounts


class IntakeStore(Protocol):
    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        """The version last stored (`Taken.versions`), for those that have one."""
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
        last, _, number = before.partition("#")
        version = content_hash(item)
        if version == last:
            continue
        # By its number, the fourth version of A, B, A, B is another one than the second.
        observations.append(observe(item, before, version))
        versions[item.case_id] = f"{version}#{int(number or 0) + 1}"
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
_PARTS = ("replies", "attachments", "notes", "extra")


def _cleaned(item: Item) -> Item:
    """Without NULs and lone surrogates, which no store and no export can carry."""
    changes: dict[str, object] = {
        name: _clean(value) for name in _TEXT_FIELDS if not _is_clean(value := getattr(item, name))
    }
    for name in _PARTS:
        part = getattr(item, name)
        if part and (clean := _clean_part(part)) != part:
            changes[name] = clean
    return replace(item, **changes) if changes else item


def _clean_part(value: object) -> object:
    if isinstance(value, str):
        return value if _is_clean(value) else _clean(value)
    if isinstance(value, tuple):
        return tuple(_clean_part(each) for each in value)
    if isinstance(value, dict):
        return {_clean(name): _clean(text) for name, text in value.items()}
    if isinstance(value, Struct):
        return replace(
            value,
            **{field.name: _clean_part(getattr(value, field.name)) for field in fields(value)},
        )
    return value


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
