"""Dead letters: what could not become part of a case, with the reason and the original."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from cases.record.messages import Message, encode_message
from huiyin.net.visible import visible
from streams.sources.seam.base import Rejected

SET_ASIDE: Final = ("auto_reply", "own_mail")
"""Reasons of what was understood and is no letter. A person looks it over when there is time; it
is no fault that piles up."""


class Stage(StrEnum):
    INTAKE = "intake"
    """A source could not make an item of it."""
    PROCESS = "process"
    """It was in the inbox and could not be processed."""


class DeadLetter(Struct, frozen=True, kw_only=True):
    letter_id: str
    """Made of stage, source and original: the same bad row twice is one letter."""
    stage: Stage
    source: str
    reason: str
    """Stable name."""
    detail: str
    """Plain Chinese for the desk: expected, found, what to do. This, `source`, `reason` and
    `origin` are `visible`: they hold what a stranger sent."""
    origin: str
    original: bytes
    at: datetime
    message_id: str = ""

    @staticmethod
    def id_of(stage: Stage, source: str, original: bytes) -> str:
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{stage}\x1f{source}\x1f".encode("utf-8", "surrogatepass"))
        digest.update(original)
        return "d-" + digest.hexdigest()

    @classmethod
    def of(
        cls,
        stage: Stage,
        original: bytes,
        *,
        reason: str,
        detail: str,
        at: datetime,
        source: str = "",
        origin: str = "",
        message_id: str = "",
    ) -> DeadLetter:
        return cls(
            letter_id=cls.id_of(stage, source, original),
            stage=stage,
            source=visible(source),
            reason=visible(reason),
            detail=visible(detail),
            origin=visible(origin),
            original=original,
            at=at,
            message_id=message_id,
        )

    @classmethod
    def of_message(cls, message: Message, *, reason: str, detail: str, at: datetime) -> DeadLetter:
        return cls.of(
            Stage.PROCESS,
            encode_message(message),
            reason=reason,
            detail=detail,
            at=at,
            source=message.case_id.partition(":")[0],
            origin=message.case_id,
            message_id=message.message_id,
        )

    @classmethod
    def of_rejected(cls, rejected: Rejected, at: datetime) -> DeadLetter:
        return cls.of(
            Stage.INTAKE,
            rejected.original,
            reason=rejected.reason,
            detail=rejected.detail,
            at=at,
            source=rejected.source,
            origin=rejected.origin,
        )


class StoredLetter(Struct, frozen=True):
    """A letter as a runtime keeps it."""

    letter: DeadLetter
    replayed_at: datetime | None = None
    """When it was tried again, unless it came back."""
    times: int = 1
    """How often it came: the same bad row in every export is one letter."""


class DeadLetters(Protocol):
    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Letters it already has, by `letter_id`, may come again."""
        ...


class TurnToCome(DeadLetters):
    """For messages before their turn: one that fails becomes a dead letter when its turn comes."""

    def add(self, letters: Sequence[DeadLetter]) -> None:
        pass
