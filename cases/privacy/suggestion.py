"""待人工派单: what a case that waits for a person tells the desk alone."""

from __future__ import annotations

from msgspec.structs import replace

from cases.record import events as ev
from cases.record.case import Case, Held


def without_suggestion(case: Case) -> Case:
    """The case without what is for the desk alone: which units the machine had found, and
    whom the text may be about."""
    history = tuple(
        replace(event, body=_bare(event.body)) if isinstance(event.body, _ABOUT_UNITS) else event
        for event in case.history
    )
    held = case.held
    return replace(
        case,
        history=history,
        held=held and Held(since=held.since, seq=held.seq, grounds=(), reason=""),
    )


_ABOUT_UNITS = (ev.HeldBack, ev.TakenBack)


def _bare(body: ev.EventBody) -> ev.EventBody:
    if isinstance(body, ev.HeldBack):
        return ev.HeldBack(grounds=(), reason="")
    if isinstance(body, ev.TakenBack):
        return ev.TakenBack(units=(), reason="")
    return body
