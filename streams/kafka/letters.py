"""What the topic of dead letters says: a letter came, or was tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.privacy.erased import ERASED
from streams.dead_letters import DeadLetter


class LetterCame(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="came"):
    letter: DeadLetter
    occurrence: str = ""
    """Names one coming of the letter, where comings are counted: written again after a
    crash it is the same one."""

    @property
    def erased(self) -> bool:
        """Whether nothing of it is left to be tried again."""
        return self.letter.detail == ERASED and self.letter.original == _NOTHING


class LetterReplayed(Struct, frozen=True, kw_only=True, tag="replayed"):
    letter_id: str
    at: datetime


_NOTHING: Final = ERASED.encode()
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[LetterCame | LetterReplayed] = msgspec.json.Decoder(
    LetterCame | LetterReplayed
)
encode_letter_entry = _encoder.encode


def decode_letter_entry(data: bytes) -> LetterCame | LetterReplayed:
    """One record of the topic of dead letters."""
    return _decoder.decode(data)
