"""The exchange of a case with the platform above, as a page shows it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.privacy.visibility import Eyes
from cases.record.case import Case, PlatformMessage
from cases.record.platform import SENT_WORDS, Sent, Upward
from desk.phrasing.page_text import shown

_TONES = {Sent.TAKEN: "done", Sent.WAITS: "quiet", Sent.FAILED: "late", Sent.UNCLEAR: "late"}


class UpwardLine(Struct, frozen=True, kw_only=True):
    number: int
    what: str
    at: datetime
    text: str
    state: str
    tone: str
    detail: str
    unclear: bool
    verdict: str
    """The platform's decision, in words; "" where none is expected or none has come."""


def upward_lines(case: Case, eyes: Eyes) -> tuple[UpwardLine, ...]:
    """Newest first; none of a case of which this person does not know of what sort it is."""
    if not eyes.labels:
        return ()
    return tuple(
        UpwardLine(
            number=one.number,
            what=_what(one.what, one.until),
            at=one.at,
            text=shown(eyes, one.text, by_office=True),
            state=SENT_WORDS[one.sent],
            tone=_TONES[one.sent],
            detail=shown(eyes, one.detail),
            unclear=one.sent is Sent.UNCLEAR,
            verdict=_verdict(one),
        )
        for one in reversed(case.upward)
    )


def _what(what: Upward, until: datetime | None) -> str:
    return f"{what}，申请延至 {until:%Y-%m-%d}" if until else what.value


def _verdict(one: PlatformMessage) -> str:
    if one.what not in (Upward.RETURN, Upward.EXTEND):
        return ""
    if one.granted is None:
        return "等平台答复" if one.sent is Sent.TAKEN else ""
    return "平台同意" if one.granted else "平台不同意，继续办理"
