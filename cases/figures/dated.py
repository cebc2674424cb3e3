"""What was true of a case at a moment, worked out from its history.

Events are dated by when they were decided here; the facts in them by when they
happened. A reply that a source dates last week is an answer of last week although it
was read today. So each event gets the moment from which it counts:

- what the first message brought (the case itself, its labels and unit), and what the
  stream made of it on the day it was taken in (links to the same matter): the receipt;
- a reply, or an end at the source: its own time, not before the round began and not
  after it became known; without a time, when it became known;
- everything else: when it was decided, not before the receipt.

A period that was printed once is the same when it is printed again, unless something
that belongs to it became known only later; then a new edition says what changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from cases.life.evolve import fold
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.times import beijing

__all__ = ["as_of", "dated"]


def dated(case: Case) -> Iterator[tuple[Recorded, datetime]]:
    """The history with the moment from which each event counts, in its own order."""
    received = case.received_at
    first = case.history[0].message_id if case.history else ""
    round_began = received
    for event in case.history:
        body = event.body
        happened: datetime | None
        if isinstance(body, ev.ReplySeenAtSource):
            happened = body.reply.at
        elif isinstance(body, ev.ReplyDelivered | ev.ClosedAtSource | ev.Archived):
            happened = body.at
        elif isinstance(body, ev.RoundStarted):
            round_began = max(event.at, received)
            yield event, round_began
            continue
        else:
            brought = event.message_id == first or _found_at_intake(case, event)
            yield event, received if brought else max(event.at, received)
            continue
        known = event.at if happened is None else min(happened, event.at)
        yield event, max(known, round_began)


def _found_at_intake(case: Case, event: Recorded) -> bool:
    """Old messages that are taken in together belong together since they were received,
    not since the day of the import."""
    return (
        isinstance(event.body, ev.MatterLinked | ev.Corrected)
        and event.actor.role is Role.SYSTEM
        and beijing(event.at).date() == beijing(case.opened_at).date()
    )


def as_of(case: Case, moment: datetime) -> Case | None:
    """The case by what counts before `moment`; None when it was not received yet.

    A view: its events are numbered anew, and it is never written anywhere."""
    if case.received_at >= moment:
        return None
    kept = [event for event, counts in dated(case) if counts < moment]
    if len(kept) == len(case.history):
        return case
    return fold(replace(event, seq=number) for number, event in enumerate(kept, 1))
