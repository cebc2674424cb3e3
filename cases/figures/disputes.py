"""派单异议: what units asked to give back, what was ruled, and how right each rule dispatches.

国办函〔2025〕66号 asks for a way to settle disputes about dispatch; how the shares are counted is a
local agreement, and the same as in `cases.figures.measures` (`right_first`, `returned_share`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.figures.case_facts import CaseFacts
from cases.figures.measures import Ratio
from cases.record import events as ev
from cases.record.case import Case
from cases.words.actors import Actor
from cases.words.times import micros

__all__ = ["BY_DESK", "DispatchShare", "Dispute", "dispatch_shares", "disputes"]

BY_DESK = "desk"
"""`ev.Assigned.rule` of what a person dispatched."""


class Dispute(Struct, frozen=True, kw_only=True):
    """One request to give a case back, with what came before and after it."""

    unit: str
    rule: str
    """What dispatched the case to this unit: a `cases.routing.routing.Rule`, or `BY_DESK`."""
    basis: str
    """Its reason, in one sentence; quotes the message."""
    dispatched_at: datetime
    time: int
    """1 for the first dispatch of the case, 2 for the second."""
    asked_at: datetime
    reason: str
    suggested: str
    agreed: bool | None = None
    """None while it waits for a ruling; a case that ended meanwhile has none."""
    ruled_at: datetime | None = None
    ruled_by: Actor | None = None
    ruling: str = ""
    """The reason of the ruling."""
    next_unit: str = ""
    """Who got the case next, after it was agreed."""
    next_at: datetime | None = None


class _Sent(Struct, frozen=True):
    unit: str
    rule: str
    basis: str
    at: datetime
    time: int


def disputes(case: Case) -> tuple[Dispute, ...]:
    """Oldest first. Requests of assisting units, which stand in old journals, are none."""
    found: list[Dispute] = []
    sent: _Sent | None = None
    for event in case.history:
        body = event.body
        if isinstance(body, ev.Assigned) and not body.to_desk:
            given_back = bool(found and found[-1].agreed and not found[-1].next_unit)
            if given_back:
                found[-1] = replace(found[-1], next_unit=body.lead, next_at=event.at)
            if sent is None or sent.unit != body.lead or given_back:
                time = sent.time + 1 if sent else 1
                sent = _Sent(body.lead, body.rule, body.reason, event.at, time)
        elif isinstance(body, ev.ReturnAsked) and sent is not None and body.unit == sent.unit:
            found.append(
                Dispute(
                    unit=body.unit,
                    rule=sent.rule,
                    basis=sent.basis,
                    dispatched_at=sent.at,
                    time=sent.time,
                    asked_at=event.at,
                    reason=body.reason,
                    suggested=body.suggested_unit,
                )
            )
        elif (
            isinstance(body, ev.ReturnApproved | ev.ReturnRefused)
            and found
            and (found[-1].unit, found[-1].agreed) == (body.unit, None)
        ):
            found[-1] = replace(
                found[-1],
                agreed=isinstance(body, ev.ReturnApproved),
                ruled_at=event.at,
                ruled_by=event.actor,
                ruling=body.reason,
            )
    return tuple(found)


class DispatchShare(Struct, frozen=True):
    """How what one rule dispatched, or one unit got, stood."""

    name: str
    """A rule or the id of a unit."""
    right: Ratio
    """一次派准率."""
    returned: Ratio
    """退单率."""


def dispatch_shares(
    rows: Iterable[CaseFacts], start: datetime, end: datetime
) -> tuple[tuple[DispatchShare, ...], tuple[DispatchShare, ...]]:
    """By the rule and by the unit of the first dispatch, of cases first dispatched in this half
    open time; the most dispatched first. Both sum up to the figures of the whole office."""
    since, until = micros(start), micros(end)
    by_rule: dict[str, list[int]] = {}
    by_unit: dict[str, list[int]] = {}
    for row in rows:
        if row.sent_at is None or not since <= row.sent_at < until:
            continue
        for name, table in ((row.sent_by, by_rule), (row.sent_to, by_unit)):
            counts = table.setdefault(name, [0, 0, 0])
            counts[0] += 1
            counts[1] += row.sent_right
            counts[2] += bool(row.returned)
    return _shares(by_rule), _shares(by_unit)


def _shares(table: dict[str, list[int]]) -> tuple[DispatchShare, ...]:
    most = sorted(table.items(), key=lambda each: (-each[1][0], each[0]))
    return tuple(
        DispatchShare(name, Ratio(right, sent), Ratio(returned, sent))
        for name, (sent, right, returned) in most
    )
