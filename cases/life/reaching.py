"""What follows when a reply reaches the citizen."""

from __future__ import annotations

from datetime import datetime

from cases.life.registry import Attempt
from cases.life.timing import resumption
from cases.record import events as ev
from cases.record.case import Case, State
from cases.record.instant import InstantBasis

INSTANT = "即时答复"
"""Note of the closing that follows by itself."""


def reaches(
    case: Case,
    number: int,
    text: str,
    rests_on: InstantBasis | None,
    *,
    at: datetime,
    via: str,
    proof: str,
    attempt: Attempt,
) -> list[ev.EventBody]:
    """Draft `number` with this text was delivered at `at`. A question that was answered on the
    spot is done with, unless the office calls back before it closes anything."""
    bodies: list[ev.EventBody] = []
    if case.state is State.PAUSED:
        bodies.append(resumption(case, at, attempt.rules, "已答复"))
    bodies.append(ev.ReplyDelivered(number=number, text=text, at=at, via=via, proof=proof))
    if rests_on is not None and case.open and not attempt.rules.handling.closing.needs_callback:
        bodies.append(ev.Closed(note=INSTANT))
    return bodies
