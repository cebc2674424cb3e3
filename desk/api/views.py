"""Cases and their events as the interface shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from cases.privacy.visibility import Eyes, Sight, seen_by, sight_of
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Actor, Role
from cases.words.labels import Labels
from desk.api.answers import CaseAnswer, CaseItem, Happened
from desk.ground.actions import NoSuchCase
from desk.ground.context import DeskContext
from desk.http.authentication import Person
from desk.phrasing.events import describe_event
from desk.phrasing.lines import case_line
from desk.phrasing.phrases import Phrases


def case_item(case: Case, office: DeskContext, now: datetime) -> CaseItem:
    """The case as it really is, shown as a line of a list: masked."""
    line = case_line(case, office, now)
    first = case.round.first_delivery
    return CaseItem(
        case_id=case.case_id,
        seq=case.seq,
        title=line.title,
        channel=case.item.channel,
        kind=case.labels.kind,
        topic=case.labels.topic,
        unit=case.unit if case.dispatched else "",
        unit_name=line.unit if case.dispatched else "",
        state=case.state,
        state_text=case.state_words,
        received_at=case.received_at,
        due_at=line.due_at,
        replied_at=first.at if first else None,
        standing=line.left.text,
        standing_tone=line.left.tone,
        risk=case.labels.risk,
        urgent=case.labels.urgent,
        confidential=case.confidential,
    )


def visible(case: Case | None, case_id: str, person: Person, *, unmasked: bool = False) -> Case:
    """The case as this person may see it, its history included. Who may see everything
    sees personal data, and a confidential case at all, only after asking for it.

    Raises `NoSuchCase`: there is none, or it is none of his business."""
    sight = shown_sight(case, person, unmasked=unmasked) if case else Sight.NOTHING
    shown = seen_by(case, _EYES.get(sight, person.actor)) if case else None
    if case is None or shown is None or sight is Sight.NOTHING:
        raise NoSuchCase(case_id)
    if sight is Sight.WITHHELD:
        # Which unit is accused, and of what sort of thing, is what has to stay hidden.
        return replace(shown, accused=(), labels=Labels(model=case.labels.model), history=())
    return shown


def shown_sight(case: Case, person: Person, *, unmasked: bool = False) -> Sight:
    """As `cases.privacy.visibility.Eyes` has it for pages."""
    sight = sight_of(case, person.actor)
    return Eyes(case, person.actor, unmasked=unmasked).sight if sight else sight


_EYES = {
    Sight.MASKED: Actor(id="", role=Role.LEADER),
    Sight.WITHHELD: Actor(id="", role=Role.ADMIN),
}
"""Who sees exactly so much, where a person sees less than he may. An administrator is shown
nothing of a confidential case; where a unit is accused it is confidential."""


def case_answer(
    case: Case, person: Person, office: DeskContext, now: datetime, *, unmasked: bool = False
) -> CaseAnswer:
    """Raises `NoSuchCase`."""
    shown = visible(case, case.case_id, person, unmasked=unmasked)
    sight = shown_sight(case, person, unmasked=unmasked)
    summary = case_item(case, office, now)
    if sight is Sight.WITHHELD:
        summary = replace(summary, risk=(), urgent=False, topic="", kind=shown.labels.kind)
    return CaseAnswer(summary=summary, sight=sight.name.lower(), case=replace(shown, history=()))


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
