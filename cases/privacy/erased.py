"""What is left of messages and events when the personal data of a case were erased.

Which fields hold what people wrote, or who they are, stands in `cases.privacy.visible_fields`.
Numbers, units, labels, times and who of the office acted stay: figures and the proof of the
stream count by them.
"""

from __future__ import annotations

from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.visible_fields import FIELDS, Sort
from cases.record import commands as do
from cases.record.events import Recorded
from cases.record.item import Item
from cases.record.messages import Action, Message, Observation
from cases.words.labels import Evidence

ERASED: Final = "已删除"
S = TypeVar("S", bound=Struct)
_WORDS_OF_TEXTS: Final = frozenset({"words", "places", "topic_guess"})
"""Labels that are pieces of texts."""
_HASHES: Final = frozenset({"version", "sha"})
"""Of a whole text: who has a guess could try it."""


def erased_event(event: Recorded) -> Recorded:
    return _left(event)


def erased_message(message: Message) -> Message:
    """With its id, its case and who it is from."""
    if isinstance(message, Observation):
        return replace(message, item=erased_item(message.item), replaces="")
    if isinstance(message, Action) and not isinstance(message.command, do.Erase):
        return replace(message, command=_without_texts(message.command))
    return message


def erased_item(item: Item) -> Item:
    return _left(item)


def _left(value: S) -> S:
    changes = {}
    for name, sort in FIELDS[type(value)].items():
        old = getattr(value, name)
        if not old:
            continue  # nothing stands there, and nothing is left of it
        new = _nothing(old) if name in _HASHES | _WORDS_OF_TEXTS else _field(old, sort)
        if new is not old:
            changes[name] = new
    return replace(value, **changes) if changes else value


def _field(value: object, sort: Sort) -> object:
    if sort in (Sort.PERSON, Sort.FILE, Sort.SOURCE):
        return _nothing(value)
    if sort is Sort.TEXT:
        return _text(value)
    if isinstance(value, tuple):
        kept = tuple(each for each in value if not isinstance(each, Evidence))
        return tuple(_left(each) if isinstance(each, Struct) else each for each in kept)
    return _left(value) if isinstance(value, Struct) and type(value) in FIELDS else value


def _without_texts(command: do.AnyCommand) -> do.AnyCommand:
    """Commands have no table of sights: every text of them goes, whatever it says. What they hold
    that a case holds, too, keeps what the case keeps."""
    changes: dict[str, object] = {}
    for name in command.__struct_fields__:
        value = getattr(command, name)
        if type(value) is str or isinstance(value, tuple | dict):
            changes[name] = _text(value)
        elif isinstance(value, Struct) and type(value) in FIELDS:
            changes[name] = _left(value)
    return replace(command, **changes)


def _text(value: object) -> object:
    if type(value) is str:
        return ERASED if value else value
    return _nothing(value)


def _nothing(value: object) -> object:
    if type(value) is str:
        return ""
    if isinstance(value, tuple):
        return ()
    return {} if isinstance(value, dict) else value
