"""The course of a case as figures count it: its rounds, its dispatch, its returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.figures.counted import Judged, judged_of
from cases.figures.dated import dated
from cases.record import events as ev
from cases.record.case import Case, Round, State, on_time
from cases.record.commands import Rung
from cases.record.disclosure import Wait
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.times import beijing, micros

__all__ = ["Course", "course_of"]

_NO_FIGURE: Final = (ev.ClockWarned, ev.DateWarned, ev.ActionRefused)
"""What nothing is counted by."""


class Course(Struct, frozen=True, kw_only=True):
    """The fields of `cases.figures.case_facts.CaseFacts` of the same names."""

    judged: tuple[Judged, ...]
    changed: int
    sent_at: int | None
    sent_right: bool
    sent_to: str
    sent_by: str
    asked: tuple[int, ...]
    at_once: bool
    returned: tuple[tuple[str, int], ...]
    pressed: tuple[int, ...]


def course_of(case: Case) -> Course:
    history = list(dated(case))
    counting = [at for event, at in history if not isinstance(event.body, _NO_FIGURE)]
    sent = _first_sent(history)
    return Course(
        judged=judged_rounds(case, history),
        changed=micros(max(counting, default=case.received_at)),
        sent_at=micros(sent.at) if sent else None,
        sent_right=sent is not None and sent.right,
        sent_to=sent.unit if sent else "",
        sent_by=sent.rule if sent else "",
        asked=tuple(
            micros(event.at) for event, _ in history if isinstance(event.body, ev.ReturnAsked)
        ),
        at_once=_at_once(case, history),
        returned=tuple(
            (event.body.unit, micros(at))
            for event, at in history
            if isinstance(event.body, ev.ReturnApproved)
        ),
        pressed=tuple(micros(each.at) for each in case.pressures if each.rung is not Rung.REMIND),
    )


def judged_rounds(case: Case, history: list[tuple[Recorded, datetime]]) -> tuple[Judged, ...]:
    ended = case.state in (State.REFUSED, State.INVALID)
    contacts = _contacts(history)
    return tuple(
        judged_of(
            round_,
            ended=ended and round_ is case.round,
            contacted_at=_first_contact(round_, contacts),
        )
        for round_ in case.rounds
    )


def _contacts(history: list[tuple[Recorded, datetime]]) -> Mapping[int, datetime]:
    """By number of the round: when the citizen was first spoken to or asked for more."""
    found: dict[int, datetime] = {}
    number = 1
    for event, at in history:
        body = event.body
        if isinstance(body, ev.RoundStarted):
            number = body.number
        elif isinstance(body, ev.ContactLogged) or (
            isinstance(body, ev.Paused) and body.why in (Wait.CITIZEN, Wait.SUPPLEMENT)
        ):
            found.setdefault(number, at)
    return found


def _first_contact(round_: Round, contacts: Mapping[int, datetime]) -> datetime | None:
    first = round_.first_delivery
    times = [
        at for at in (contacts.get(round_.number), first.at if first else None) if at is not None
    ]
    return min(times, default=None)


class _Sent(Struct):
    """The first dispatch to a unit."""

    at: datetime
    unit: str
    rule: str
    right: bool = True
    """一次派准."""


def _first_sent(history: list[tuple[Recorded, datetime]]) -> _Sent | None:
    sent: _Sent | None = None
    for event, at in history:
        body = event.body
        if isinstance(body, ev.Assigned) and not body.to_desk:
            if sent is None:
                sent = _Sent(at, body.lead, body.rule)
            elif body.lead != sent.unit:
                sent.right = False
        elif sent is not None and (
            (isinstance(body, ev.ReturnApproved) and body.unit == sent.unit)
            or (isinstance(body, ev.TakenBack) and sent.unit in body.units)
        ):
            sent.right = False
    return sent


def _at_once(case: Case, history: list[tuple[Recorded, datetime]]) -> bool:
    """即答: written by the desk itself and delivered on the day of receipt, or answered out of
    问答库 or a policy (即时答复) and delivered on time."""
    round_ = case.rounds[0]
    first = round_.first_delivery
    if first is None or first.at is None or not first.draft:
        return False
    instant = any(d.number == first.draft and d.rests_on is not None for d in round_.drafts)
    if instant and on_time(round_)[0] is not False:
        return True
    by_desk = any(
        isinstance(event.body, ev.ReplyDrafted)
        and event.body.number == first.draft
        and event.actor.role is Role.DESK
        for event, _ in history
    )
    return by_desk and beijing(first.at).date() == beijing(case.received_at).date()
