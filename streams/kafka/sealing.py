"""What a sealed record looks like, and what is left of one when its case was erased.

    mark (7 bytes) · [number of the key, whose it is, what is left, the sealed value] (MessagePack)

What is left is the same message, event, alert or dead letter without what people wrote. It lies
open beside the sealed value, since a topic cannot be written anew: destroying the key is all that
an erasure has to do, and who reads the record afterwards folds on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert, decode_alert, encode_alert
from cases.privacy.erased import ERASED, erased_event, erased_message
from cases.record import commands as do
from cases.record import events as ev
from cases.record.events import Recorded, decode_event, encode_event
from cases.record.messages import Action, Message, decode_message, encode_message
from streams.dead_letters import Stage
from streams.kafka.letters import LetterCame, decode_letter_entry, encode_letter_entry
from streams.kafka.topics import Topics

_MARK: Final = b"\0huiyin"
"""No JSON begins so, and nothing that a stranger sends gets into a topic as it is."""


class Sealed(Struct, frozen=True, array_like=True):
    """A record as it is stored."""

    key: bytes
    """The number of the key: 16 bytes."""
    subject: str
    """Whose it is: a case, or a dead letter that belongs to none."""
    left: bytes
    value: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Sealed)


def encode_sealed(record: Sealed) -> bytes:
    return _MARK + _encoder.encode(record)


def decode_sealed(data: bytes) -> Sealed | None:
    """None for what is not sealed."""
    if not data.startswith(_MARK):
        return None
    try:
        return _decoder.decode(memoryview(data)[len(_MARK) :])
    except msgspec.DecodeError:
        return None


# -- what is left ------------------------------------------------------------


def left_of_message(message: Message) -> bytes | None:
    """None for what lies open: that a case is erased, by whom and on what ground, lasts."""
    if isinstance(message, Action) and isinstance(message.command, do.Erase):
        return None
    return encode_message(erased_message(message))


def left_of_event(event: Recorded) -> bytes | None:
    """None for what lies open."""
    if isinstance(event.body, ev.Erased):
        return None
    return encode_event(erased_event(event))


def left_of_alert(alert: Alert) -> bytes:
    return encode_alert(replace(alert, text=ERASED))


def left_of_letter(came: LetterCame) -> bytes:
    letter = replace(came.letter, original=ERASED.encode(), detail=ERASED)
    return encode_letter_entry(replace(came, letter=letter))


def letter_subject(came: LetterCame) -> str:
    """The case that the letter came of, else the letter itself."""
    letter = came.letter
    of_case = letter.stage is Stage.PROCESS and letter.origin
    return letter.origin if of_case else f"letter:{letter.letter_id}"


class Kind(Struct, frozen=True):
    """How the records of one topic are read where they lie open."""

    subject: Callable[[bytes], str]
    """Whose a record is; "" where nobody's, or where it is none."""
    left: Callable[[bytes], bytes]
    """What is left of a record, also of what was left of it before: a later program may know
    better what is personal."""


def kinds(prefix: str) -> dict[str, Kind]:
    """By topic: those whose records are sealed."""
    topics = Topics(prefix)
    return {
        topics.inbox: Kind(
            lambda data: decode_message(data).case_id,
            lambda data: left_of_message(decode_message(data)) or data,
        ),
        topics.journal: Kind(
            lambda data: decode_event(data).case_id,
            lambda data: left_of_event(decode_event(data)) or data,
        ),
        topics.alerts: Kind(
            lambda data: decode_alert(data).case_id,
            lambda data: left_of_alert(decode_alert(data)),
        ),
        topics.dead_letters: Kind(_letter_of, _left_of_letter),
    }


def sealed_topics(prefix: str) -> frozenset[str]:
    return frozenset(kinds(prefix))


def _letter_of(data: bytes) -> str:
    said = decode_letter_entry(data)
    return letter_subject(said) if isinstance(said, LetterCame) else ""


def _left_of_letter(data: bytes) -> bytes:
    said = decode_letter_entry(data)
    return left_of_letter(said) if isinstance(said, LetterCame) else data
