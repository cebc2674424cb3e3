"""What a case tells the desk alone: of 待人工派单, and of other cases (苗头预警)."""

from __future__ import annotations

from msgspec.structs import replace

from cases.record import events as ev
from cases.record.case import Case, Held


def without_suggestion(case: Case) -> Case:
    """The case without what is for the desk alone: which units the machine had found, whom the
    text may be about, and which other messages begin something with it."""
    history = tuple(
        replace(event, body=_bare(event.body)) if isinstance(event.body, _FOR_THE_DESK) else event
        for event in case.history
    )
    held = case.held
    return replace(
        case,
        history=history,
        held=held and Held(since=held.since, seq=held.seq, grounds=(), reason=""),
    )


_FOR_THE_DESK = (ev.HeldBack, ev.TakenBack, ev.EmergingSeen)


def _bare(body: ev.EventBody) -> ev.EventBody:
    if isinstance(body, ev.HeldBack):
        return ev.HeldBack(grounds=(), reason="")
    if isinstance(body, ev.TakenBack):
        return ev.TakenBack(units=(), reason="")
    if isinstance(body, ev.EmergingSeen):
        return replace(body, cases=(), places=(), where="", muted_by="")
    return body
