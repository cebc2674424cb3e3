"""When a citizen waited, and how the waiting ended, worked out from a case's history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cases.figures.dated import as_of, dated
from cases.record import events as ev
from cases.record.case import Case

__all__ = ["END_WORDS", "End", "Span", "as_of", "dated", "waiting", "waits_at"]


class End(StrEnum):
    """How a citizen's waiting ended."""

    ANSWERED = "answered"
    CLOSED = "closed"
    """Closed without a reply, for a reason on record."""
    REFUSED = "refused"
    INVALID = "invalid"
    ARCHIVED = "archived"
    """Taken in as history without a reply."""


END_WORDS = {
    End.ANSWERED: "已答复",
    End.CLOSED: "未答复办结（有例外理由）",
    End.REFUSED: "不予受理",
    End.INVALID: "无效件",
    End.ARCHIVED: "历史数据（未见答复）",
}


class Span(Struct, frozen=True):
    """A stretch during which the citizen waited for an answer."""

    start: datetime
    end: datetime | None
    how: End | None
    round: int
    """Number of the round it ended or runs in."""


_ENDS: dict[type[ev.Event], End] = {
    ev.Closed: End.CLOSED,
    ev.ClosedAtSource: End.CLOSED,
    ev.RefusedToAccept: End.REFUSED,
    ev.MarkedInvalid: End.INVALID,
    ev.Archived: End.ARCHIVED,
}


def waiting(case: Case) -> tuple[Span, ...]:
    """When the citizen waited: from receipt, and again from each reopening, until the
    first answer or another end. At least one span."""
    spans: list[Span] = [Span(case.received_at, None, None, 1)]
    for event, counts in dated(case):
        body, last = event.body, spans[-1]
        if isinstance(body, ev.ReplySeenAtSource | ev.ReplyDelivered):
            # A reply that is shown later may be the earlier one.
            if last.end is None or counts < last.end:
                spans[-1] = Span(last.start, max(counts, last.start), End.ANSWERED, last.round)
        elif isinstance(body, ev.RoundStarted):
            if last.end is None:
                spans[-1] = replace(last, round=body.number)
            else:
                spans.append(Span(counts, None, None, body.number))
        elif last.end is None and (how := _ENDS.get(type(body))):
            spans[-1] = Span(last.start, max(counts, last.start), how, last.round)
    return tuple(spans)


def waits_at(spans: tuple[Span, ...], moment: datetime) -> bool:
    """Whether the citizen was waiting just before `moment`."""
    return any(s.start < moment and (s.end is None or s.end >= moment) for s in spans)
