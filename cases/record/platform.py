"""What goes between this desk and the platform above it: our messages, and what it says."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cases.words.grades import Grade


class Upward(StrEnum):
    """A message to the platform. The value is stored and shown."""

    SIGN = "签收"
    RETURN = "退单"
    EXTEND = "延期申请"
    CALL_BACK = "回访结果"


class Says(StrEnum):
    """What the platform says of its own order. The value is stored and shown."""

    RETURN = "退单审核"
    EXTENSION = "延期审核"
    REMIND = "催办"
    SUPERVISE = "督办"
    CALL_BACK = "回访"


ANSWERS = {Says.RETURN: Upward.RETURN, Says.EXTENSION: Upward.EXTEND}
"""What of ours a decision of the platform answers."""


class PlatformWord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that the platform said. A field that it left out is at its default."""

    says: Says
    number: str = ""
    """The platform's own number of it."""
    at: datetime | None = None
    text: str = ""
    granted: bool | None = None
    due_at: datetime | None = None
    """The date it grants, or wants a report by."""
    contacted: bool | None = None
    resolved: bool | None = None
    grade: Grade | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Equal keys: the same thing said again. Under one number only a different verdict is
        news; without a number everything that was said counts, but for when."""
        verdict = (self.granted, self.due_at, self.contacted, self.resolved, self.grade)
        return (self.says, self.number, *verdict, "" if self.number else self.text)


class Sent(StrEnum):
    """What became of a message to the platform. The value is stored."""

    WAITS = "waits"
    TAKEN = "taken"
    FAILED = "failed"
    """Certainly not taken, and not tried any more."""
    UNCLEAR = "unclear"
    """Perhaps taken: a person finds out."""


SENT_WORDS = {
    Sent.WAITS: "待发送",
    Sent.TAKEN: "平台已收下",
    Sent.FAILED: "平台没有收下",
    Sent.UNCLEAR: "是否送达不明",
}
