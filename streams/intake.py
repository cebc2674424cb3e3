"""From a source's batch to inbox messages: what is new, what is known, what is bad.

An item whose content is the version last stored is a known duplicate and goes
no further; it is counted, so that `huiyin audit` can balance what was read
against what the log holds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import fields, replace

from cases.record.item import Item, content_hash
from cases.record.messages import Observation, observe
from huiyin.net.visible import is_plain, visible
from streams.dead_letters import DeadLetter
from streams.sources.seam.base import Batch, Rejected
from streams.sources.values.secrecy import heeded

_log = logging.getLogger(__name__)


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
    found = [_checked(each) for each in batch.found]
    items = [each for each in found if isinstance(each, _Checked)]
    known = store.known_versions(list(dict.fromkeys(each.item.case_id for each in items)))
    versions: dict[str, str] = {}
    observations: list[Observation] = []
    erased: list[str] = []
    new = later = 0
    for checked in items:
        item, version = checked.item, checked.version
        before = versions.get(item.case_id) or known.get(item.case_id, "")
        last, _, number = before.partition("#")
        if last == ERASED_VERSION:
            erased.append(item.case_id)
            continue
        if version == last:
            continue
        # By its number, the fourth version of A, B, A, B is another one than the second.
        observations.append(observe(item, before, version))
        versions[item.case_id] = f"{version}#{int(number or 0) + 1}"
        later += bool(before)
        new += not before
    dead = [DeadLetter.of_rejected(each, now) for each in found if isinstance(each, Rejected)]
    if erased:
        _log.warning(
            "来源 %s 给出的 %d 件已删除个人信息，不再收入（如 %s）。",
            source,
            len(erased),
            erased[0],
        )
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


ERASED_VERSION: Final = "erased"
"""Stands for the version of an item whose case was erased: no version of it is taken in again."""
NOT_STORABLE: Final = "not_storable_item"
"""A dead letter whose original is the item itself, as JSON."""
_LONGEST_ID: Final = 600
"""Characters; the longest that a door makes of what it reads is 500."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class _Checked(Struct, frozen=True):
    item: Item
    version: str
    """Its content hash."""


def _checked(found: Item | Rejected) -> _Checked | Rejected:
    """The item as every store can carry it, or why none can: then it is a dead letter, and
    the others of its batch are taken in."""
    if isinstance(found, Rejected):
        return found
    number = found.source_item_id
    try:
        item = heeded(_cleaned(found))
        if not number.strip() or len(number) > _LONGEST_ID or not is_plain(number):
            # Mended, it could be another item's number.
            problem = f"编号应为 {_LONGEST_ID} 字以内、没有控制字符的文本，实际是 {number[:40]!r}"
        else:
            return _Checked(item, content_hash(item))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        problem = f"这一件存不下（{type(error).__name__}：{str(error)[:200]}）"
    return Rejected(
        source=found.source,
        reason=NOT_STORABLE,
        detail=f"{problem}。其他各件不受影响，原文已留存。请在来源处核对这一件",
        original=_as_bytes(found),
        origin=number[:_LONGEST_ID],
    )


def _as_bytes(item: Item) -> bytes:
    try:
        return _encode(item)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return repr(item).encode("utf-8", "backslashreplace")


_TEXT_FIELDS = tuple(
    field.name for field in fields(Item) if field.type is str and field.name != "source_item_id"
)
_PARTS = ("replies", "attachments", "notes", "extra")


def _cleaned(item: Item) -> Item:
    """With what no store can carry, or no reader would see, made visible."""
    changes: dict[str, object] = {
        name: visible(value) for name in _TEXT_FIELDS if not is_plain(value := getattr(item, name))
    }
    for name in _PARTS:
        part = getattr(item, name)
        if part and (clean := _clean_part(part)) != part:
            changes[name] = clean
    return replace(item, **changes) if changes else item


def _clean_part(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, tuple):
        return tuple(_clean_part(each) for each in value)
    if isinstance(value, dict):
        return {visible(name): visible(text) for name, text in value.items()}
    if isinstance(value, Struct):
        return replace(
            value,
            **{name: _clean_part(getattr(value, name)) for name in value.__struct_fields__},
        )
    return value
