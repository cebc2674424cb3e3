"""Cases and their events as the interface shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from cases.privacy.visibility import Eyes, is_withheld, seen_at
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Actor
from desk.actions.sentences import describe_event
from desk.api.answers import CaseAnswer, CaseItem, Happened
from desk.ground.actions import NoSuchCase
from desk.ground.context import DeskContext
from desk.http.authentication import Person
from desk.phrasing.lines import case_line
from desk.phrasing.phrases import Phrases


def case_item(case: Case, office: DeskContext, now: datetime, actor: Actor) -> CaseItem:
    """The case as it really is, shown as a line of a list: masked."""
    line = case_line(case, office, now, actor)
    hidden = is_withheld(case, actor)
    first = case.round.first_delivery
    return CaseItem(
        case_id=case.case_id,
        seq=case.seq,
        title=line.title,
        channel=case.item.channel,
        kind=None if hidden else case.labels.kind,
        topic="" if hidden else case.labels.topic,
        unit=case.unit if case.dispatched else "",
        unit_name=line.unit if case.dispatched else "",
        state=case.state,
        state_text=case.state_words,
        received_at=case.received_at,
        due_at=line.due_at,
        replied_at=first.at if first else None,
        standing=line.left.text,
        standing_tone=line.left.tone,
        risk=() if hidden else case.labels.risk,
        urgent=not hidden and case.labels.urgent,
        loud=not hidden and case.labels.loud,
        confidential=case.confidential,
    )


def visible(case: Case, case_id: str, person: Person, *, unmasked: bool = False) -> Case:
    """The case as this person may see it, its history included. Who may see everything
    sees personal data, and a confidential case at all, only after asking for it.

    Raises `NoSuchCase`: this person may not know of it."""
    shown = seen_at(case, Eyes(case, person.actor, unmasked=unmasked).sight)
    if shown is None:
        raise NoSuchCase(case_id)
    return shown


def case_answer(
    case: Case, person: Person, office: DeskContext, now: datetime, *, unmasked: bool = False
) -> CaseAnswer:
    """Raises `NoSuchCase`."""
    shown = visible(case, case.case_id, person, unmasked=unmasked)
    sight = Eyes(case, person.actor, unmasked=unmasked).sight
    return CaseAnswer(
        summary=case_item(case, office, now, person.actor),
        sight=sight.name.lower(),
        case=replace(shown, history=()),
    )


def happened(
    events: Iterable[Recorded], office: DeskContext, now: datetime
) -> tuple[Happened, ...]:
    """`events`: of a case as the reader may see it."""
    teller = Phrases(office.register, now)
    told = []
    for event in events:
        said = describe_event(event.body, teller)
        told.append(
            Happened(
                seq=event.seq,
                at=event.at,
                who=teller.actor(event.actor),
                text=said.text,
                detail=said.detail,
                event=event.body,
            )
        )
    return tuple(told)
