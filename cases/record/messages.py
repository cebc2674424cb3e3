"""What the inbox carries: observations, actions and ticks.

Every message has a deterministic id, so that delivering it twice is the same
as delivering it once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct

from cases.record.commands import AnyCommand
from cases.record.item import Item, content_hash, observation_id
from cases.words.actors import Actor


class Observation(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="observation"):
    """A source shows this version of an item now."""

    message_id: str
    case_id: str
    item: Item
    replaces: str = ""
    """The version known before, as the intake names it ("HASH#2"); "" for the first."""


class Action(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="action"):
    """A person did something. The id is given where the button was pressed, so that
    pressing again after a lost answer does not act twice."""

    message_id: str
    case_id: str
    actor: Actor
    command: AnyCommand
    at: datetime


class Tick(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tick"):
    """The sweep found that time has done something to this case."""

    message_id: str
    case_id: str
    at: datetime


Message = Observation | Action | Tick

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode_message(message: Message) -> bytes:
    return _encoder.encode(message)


def decode_message(data: bytes) -> Message:
    """Raises `msgspec.DecodeError` or `UnicodeDecodeError` on anything else than a message."""
    return _decoder.decode(data)


def observe(item: Item, replaces: str, version: str = "") -> Observation:
    """`version` is the item's content hash, where the caller has worked it out already."""
    return Observation(
        message_id=observation_id(item, version or content_hash(item), replaces),
        case_id=item.case_id,
        item=item,
        replaces=replaces,
    )


def tick_id(case_id: str, seq: int, stage: str) -> str:
    """One tick per state of a case and stage, however often the sweep runs."""
    key = f"{case_id}\x1f{seq}\x1f{stage}"
    return "t-" + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
